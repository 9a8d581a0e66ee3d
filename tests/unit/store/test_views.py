"""Views: the newest version of each record, of batches that exist, and every version with the time it was recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from altyn.engines.duckdb import Session
from altyn.model.columns import TEXT, Column
from altyn.model.registers import Register
from altyn.store import views

AREAS = Register("local.areas", "1", (Column("code", TEXT), Column("a b", TEXT)), ("code", "a b"), "hash")
JOURNAL = """(SELECT * FROM (VALUES ('1', 'x', 'old', 'put', 1), ('1', 'x', 'new', 'put', 2), ('2', 'x', 'gone', 'put', 1),
    ('2', 'x', NULL, 'retract', 2),
    ('3', 'x', 'unpublished', 'put', 3), ('1', 'y', 'other', 'put', 1)) AS v(code, "a b", said, op, batch))"""
BATCHES = """(SELECT * FROM (VALUES (1, 'local.areas', 10), (2, 'local.areas', 20), (3, 'local.places', 30)) AS v(batch, register, recorded_at))"""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session(threads=1) as made:
        yield made


def test_only_published_batches_of_the_register_and_those_at_work_are_known(session: Session) -> None:
    def known(*given: object) -> list[int]:
        return sorted(b for (b,) in session.run(views.known_batches("local.areas", *given)))  # type: ignore[arg-type]

    assert known(BATCHES) == [1, 2]
    assert known(BATCHES, [9]) == [1, 2, 9]
    assert known(None, [9]) == [9]
    assert known(None) == []
    assert session.run(views.known_batches("it's", BATCHES)) == []


def test_the_newest_version_that_is_not_retracted(session: Session) -> None:
    known = views.known_batches("local.areas", BATCHES)

    assert session.run(f'SELECT code, "a b", said FROM {views.current(AREAS, JOURNAL, known)} ORDER BY ALL') == [
        ("1", "x", "new"), ("1", "y", "other"),
    ]  # fmt: skip
    assert session.run(f"SELECT code, op FROM {views.newest(AREAS, JOURNAL, known)} ORDER BY ALL") == [
        ("1", "put"), ("1", "put"), ("2", "retract"),
    ]  # fmt: skip
    assert session.run(f"SELECT said FROM {views.current(AREAS, JOURNAL, 'SELECT 1')} ORDER BY 1") == [
        ("gone",),
        ("old",),
        ("other",),
    ]


def test_where_each_record_has_one_version_none_is_looked_for(session: Session) -> None:
    one = "(SELECT '1' AS code, 'x' AS \"a b\", 'put' AS op, 1 AS batch)"

    assert session.run(f"SELECT * FROM {views.current(AREAS, one, 'SELECT 1', is_single=True)}") == session.run(
        f"SELECT * FROM {views.current(AREAS, one, 'SELECT 1')}"
    )


def test_history_has_every_version_and_when_it_became_known(session: Session) -> None:
    found = session.run(
        f"SELECT said, recorded_at FROM {views.history(JOURNAL, BATCHES, 'local.areas')} WHERE code = '1' ORDER BY ALL"
    )

    assert found == [("new", 20), ("old", 10), ("other", 10)]


def test_a_key_as_one_text(session: Session) -> None:
    assert session.one(f"SELECT {views.key_text(AREAS.key)} FROM {JOURNAL} LIMIT 1")[0] == "1\x1fx"
    assert views.names(["a", Column('b "c"', TEXT)], "t.") == 't."a", t."b ""c"""'
