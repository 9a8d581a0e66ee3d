"""Questions that need more than one row: parents and row rules."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.model import Check, Column, Derivation, Hierarchy, Relationship, RowRule
from altyn.model.columns import INTEGER, TEXT
from altyn.sources.validate import Context
from tests.unit.sources.staging import check, register, text, values

PLACES = Context(parents={"lab.places": "(SELECT * FROM (VALUES ('A', 1), ('B', 2)) AS v(code, year))"})
UP = Relationship(("up",), "lab.things", ("id",))


def test_row_without_a_parent_waits() -> None:
    made = register(text("place"), relationships=(Relationship(("place",), "lab.places", ("code",)),))

    validated, failures, session = check(
        made, [{"id": "1", "place": "A"}, {"id": "2", "place": "C"}, {"id": "3"}], PLACES
    )

    assert failures == [(3, "place", "relationship")]
    assert values(session, "id") == [1, 3]
    assert session.run("SELECT key_text FROM failures") == [("2",)]
    assert validated.rows_refused == 1


def test_composite_reference_matches_as_a_whole() -> None:
    made = register(
        text("place"),
        Column("year", INTEGER),
        relationships=(Relationship(("place", "year"), "lab.places", ("code", "year")),),
    )
    rows = [{"id": "1", "place": "A", "year": "1"}, {"id": "2", "place": "A", "year": "2"}, {"id": "3", "place": "C"}]

    _, failures, _ = check(made, rows, PLACES)

    assert failures == [(3, "place, year", "relationship")]


def test_types_that_differ_are_compared_as_texts() -> None:
    made = register(Column("place", INTEGER), relationships=(Relationship(("place",), "lab.places", ("code",)),))

    _, failures, _ = check(made, [{"id": "1", "place": "1"}], PLACES)

    assert failures == [(2, "place", "relationship")]


@pytest.mark.parametrize(
    ("relationship", "code"),
    [
        (Relationship(("place",), "lab.none", ("code",)), "contract.parent-missing"),
        (Relationship(("place",), "lab.places", ("x",)), "contract.invalid"),
    ],
)
def test_parent_nobody_knows(relationship: Relationship, code: str) -> None:
    with pytest.raises(AltynError) as caught:
        check(register(text("place"), relationships=(relationship,)), [], PLACES)

    assert caught.value.code == code


def test_child_of_a_refused_row_falls_too() -> None:
    made = register(Column("up", INTEGER), text("name", Check("max-length", 1)), relationships=(UP,))
    rows = [
        {"id": "1"}, {"id": "2", "up": "1", "name": "xx"}, {"id": "3", "up": "2"},
        {"id": "4", "up": "3"}, {"id": "5", "up": "1"}, {"id": "6", "up": "6"},
    ]  # fmt: skip

    _, failures, session = check(made, rows)

    assert failures == [(3, "name", "max-length"), (4, "up", "relationship"), (5, "up", "relationship")]
    assert values(session, "id") == [1, 5, 6]


def test_current_rows_are_parents_too() -> None:
    made = register(Column("up", INTEGER), relationships=(UP,))

    _, failures, _ = check(
        made,
        [{"id": "1", "up": "9"}, {"id": "2", "up": "8"}],
        Context(parents={"lab.things": "SELECT 9::BIGINT AS id"}),
    )

    assert failures == [(3, "up", "relationship")]


def test_row_rule_that_fells_a_parent_fells_its_children() -> None:
    made = register(Column("up", INTEGER), relationships=(UP,), row_rules=(RowRule("small", "id <> 1"),))

    _, failures, _ = check(made, [{"id": "1"}, {"id": "2", "up": "1"}, {"id": "3"}])

    assert failures == [(2, None, "row:small"), (3, "up", "relationship")]


def test_row_rule_that_fells_an_ancestor_moves_its_children_up() -> None:
    parent = Column("parent", TEXT, derivation=Derivation("hierarchy"))
    made = register(
        text("code"), parent, key=("code",), hierarchy=Hierarchy("code", "parent", (1, 2), 3), row_rules=(RowRule("not_11", "code <> '110'"),),
        relationships=(Relationship(("parent",), "lab.things", ("code",)),),
    )  # fmt: skip

    _, failures, session = check(
        made, [{"id": "1", "code": "100"}, {"id": "2", "code": "110"}, {"id": "3", "code": "111"}]
    )

    assert failures == [(3, None, "row:not_11")]
    assert values(session, "parent") == [None, "100"]
