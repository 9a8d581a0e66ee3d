"""The guard: what a statement reads is told by name; a construct that is on no list is named and refused."""

from __future__ import annotations

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.policy.guard import parse


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(memory_mb=256, threads=1)


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("select 1", ()),
        ("select * from areas", (("areas",),)),
        ("select * from local.areas a join local.places p on a.code = p.area", (("local", "areas"), ("local", "places"))),
        ("with areas as (select 1) select * from areas", ()),
        ("with x as (select * from areas) select * from x", (("areas",),)),
        ("with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select * from n", ()),
        ("select (select max(code) from places) from areas where code in (select area from homes)",
         (("areas",), ("homes",), ("places",))),
        ("select * from areas union all select * from areas", (("areas",),)),
        ("select title.upper() from areas order by title collate nocase", (("areas",),)),
        ("select cast(people as decimal(9, 2)), code::timestamptz from areas", (("areas",),)),
        ("select * from range(5), generate_series(1, 1000000)", ()),
    ],
)  # fmt: skip
def test_what_is_read_is_told_and_names_of_its_own_are_not(
    session: Session, text: str, tables: tuple[tuple[str, ...], ...]
) -> None:
    assert parse(session, text).tables == tables


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("select * from read_csv('/etc/passwd')", "read_csv"),
        ("select * from glob('*')", "glob"),
        ("select getenv('HOME')", "getenv"),
        ("select * from a.b.c", "two parts"),
        ("select * from areas at (version => 3)", "AT"),
        ("select title collate de from areas", "de"),
        ("select * from range(1000001)", "1000000"),
        ("select range(99999999)", "1000000"),
        ("select * from generate_series(1, 10000000000000000000)", "1000000"),
    ],
)
def test_what_is_on_no_list_is_named_and_refused(session: Session, text: str, named: str) -> None:
    with pytest.raises(AltynError) as caught:
        parse(session, text)

    assert caught.value.code == "sql.forbidden"
    assert named in caught.value.what.text("en")


@pytest.mark.parametrize(
    "text", ["drop table areas", "select 1; select 2", "copy areas to 'x'", "attach 'x'", "select from where"]
)
def test_only_one_select_passes(session: Session, text: str) -> None:
    with pytest.raises(AltynError, match=r"sql\.(syntax|forbidden)"):
        parse(session, text)


def test_a_function_that_is_nearly_one_is_offered(session: Session) -> None:
    with pytest.raises(AltynError) as caught:
        parse(session, "select uper(title) from areas")

    assert "upper" in caught.value.mend.text("en")


def test_a_long_name_is_cut(session: Session) -> None:
    with pytest.raises(AltynError) as caught:
        parse(session, f"select {'f' * 400}(1)")

    assert "f" * 41 not in caught.value.what.text("en")
