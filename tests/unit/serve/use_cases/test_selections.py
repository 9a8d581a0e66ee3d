"""Selections: one address, one selection; what it cannot answer is said and left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.model.columns import INTEGER, TEXT, Column
from altyn.model.registers import Register
from altyn.serve.use_cases.row_filters import fold
from altyn.serve.use_cases.selections import MOST_ROWS, PAGE_ROWS, SelectedRows, Selection, selection_of

ZONE = ZoneInfo("Asia/Almaty")
COLUMNS = (Column("id", INTEGER), Column("title", TEXT), Column("kind", TEXT), Column("shape", TEXT, role="geometry"))
HIDDEN = Column("secret", TEXT)
REGISTER = Register("local.rows", "1.0.0", (*COLUMNS, HIDDEN), ("id",), "hash")


@dataclass(frozen=True)
class Letters:
    """Nothing folds."""

    collation: str = ""
    letters: Mapping[str, str] = field(default_factory=dict[str, str])

    def spellings(self, text: str) -> Sequence[str]:
        """The text in small letters."""
        return [fold(text, self.letters)]


def selected(query: str, also: Sequence[str] = ()) -> Selection:
    return selection_of(REGISTER, COLUMNS, parse_qsl(query, keep_blank_values=True), ZONE, also)


def said(selection: Selection) -> str:
    return " ".join(f"{f.code} {f.what.text('en')} {f.mend.text('en')}" for f in selection.faults)


def test_nothing_asked_is_everything_in_its_own_order() -> None:
    found = selected("")

    assert (found.is_all, found.page, found.size, found.sort, found.faults, found.query()) == (
        True,
        1,
        PAGE_ROWS,
        (),
        (),
        {},
    )
    assert [c.name for c in found.shown] == ["id", "title", "kind"], "an outline of a place is no text to read"


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("kind.eq=b&title.has=+x+&id.min=1", {"id.min": ("1",), "title.has": ("x",), "kind.eq": ("b",)}),
        ("sort=-title,id,title&columns=kind,id,kind", {"sort": "-title,id", "columns": "kind,id"}),
        ("columns=id,title,kind,shape", {}),
        ("page=2&size=100", {"page": "2", "size": "100"}),
        ("page=1&size=50&known_at=2024", {}),
        ("title.eq=", {"title.eq": ("",)}),
        ("title.eq=+x", {"title.eq": (" x",)}),
    ],
)
def test_an_address_is_read_and_written_in_one_way(query: str, canonical: dict[str, object]) -> None:
    found = selected(query)

    assert (found.query(), found.faults) == (canonical, ())
    assert selected(urlencode(found.query(), doseq=True)) == found


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("titel.has=x", "did you mean title?"),
        ("secret.eq=x", "Nothing here is called secret.eq"),
        ("nonsense=1", "Nothing here is called nonsense"),
        ("sort=secret", "Nothing here is called secret"),
        ("sort=shape", "shape"),
        ("columns=secret,id", "secret"),
        ("id.has=1", "cannot be asked for has"),
        ("id.min=Құпия", "The value of id.min cannot be read"),
        ("page=0", "1 to 1000000000"),
        ("page=²", "The value of page"),
        ("size=1001", f"1 to {MOST_ROWS}"),
        ("size=-5", "The value of size"),
    ],
)
def test_what_cannot_be_answered_is_said_and_left_out(query: str, told: str) -> None:
    found = selected(query)

    assert told in said(found)
    assert (found.page, found.size, found.sort) == (1, PAGE_ROWS, ())
    assert "Құпия" not in said(found)
    assert ", secret" not in said(found), "of what may not be seen it is not said that it exists"


def test_names_that_a_door_reads_itself_are_no_fault() -> None:
    assert selected("format=csv", also=("format",)).faults == ()
    assert selected("format=csv").faults != ()


def test_of_many_values_the_rest_is_not_gone_through() -> None:
    found = selected("&".join(f"title.eq={n}" for n in range(5000)))

    assert "More than 200 values" in said(found)
    assert len(found.conditions[0].values) == 200


def test_other_values_for_one_condition_give_the_first_page_of_the_same() -> None:
    found = selected("title.has=a&kind.eq=b&page=3&sort=id")
    title, kind = COLUMNS[1:3]

    assert found.asked(kind) == {"eq": ("b",)}
    assert found.with_asked(kind, "eq", ["c", "d"]).query() == {
        "title.has": ("a",),
        "kind.eq": ("c", "d"),
        "sort": "id",
    }
    assert found.with_asked(title, "has", []).query() == {"kind.eq": ("b",), "sort": "id"}
    assert found.query(paged=False) == {"title.has": ("a",), "kind.eq": ("b",), "sort": "id"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["id.min", "title.has", "sort", "columns", "page", "size", "x"]), st.text(max_size=6)
        ),
        max_size=6,
    )
)
def test_any_address_is_read_and_its_own_address_gives_it_back(asked: list[tuple[str, str]]) -> None:
    found = selection_of(REGISTER, COLUMNS, asked, ZONE)
    pairs = [(n, v) for n, vs in found.query().items() for v in ([vs] if isinstance(vs, str) else vs)]

    assert selection_of(REGISTER, COLUMNS, pairs, ZONE) == found


def test_the_key_decides_between_equals_and_a_collation_that_is_no_name_is_left_out() -> None:
    found = selected("sort=-title")

    assert found.whole(Letters("kk")).sql.endswith('ORDER BY "title" COLLATE kk DESC, "id"')
    assert "COLLATE" not in found.whole(Letters("kk; drop")).sql.upper()


def test_a_download_has_the_columns_that_were_chosen() -> None:
    assert selected("columns=title").whole(Letters()).sql.startswith('SELECT "title" FROM r')
    assert selected("").whole(Letters()).sql.startswith("SELECT * FROM r")


def test_columns_that_may_not_be_seen_are_asked_for_by_no_sheet() -> None:
    register = Register("local.rows", "1.0.0", (*COLUMNS, HIDDEN), ("secret",), "hash")
    for query in ("", "title.has=x"):
        selection = selection_of(register, COLUMNS, parse_qsl(query), ZONE)
        picked = " ".join(r.sql.split("FROM", 2)[1] for r in selection.sheet(Letters(), [COLUMNS[2]]))
        assert '"secret",' not in picked


def test_parts_of_an_answer_are_told_apart_in_whatever_order_they_come() -> None:
    answered = [
        ("facet0", 2, "b", None), ("row", 2, None, "y"), ("all", 9, None, None),
        ("facet0", 5, None, None), ("row", 1, None, "x"), ("facet0", 2, "a", None),
    ]  # fmt: skip
    found = SelectedRows.of(["altyn_part", "altyn_count", "altyn_value", "title"], answered, 1)

    assert (found.names, found.rows, found.total) == (("title",), [("x",), ("y",)], 9)
    assert found.facets == [[(None, 5), ("a", 2), ("b", 2)]]
