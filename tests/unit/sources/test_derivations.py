"""Derivations: a code found by its name, the parent in a hierarchy, a key made of the row itself."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.language import Label
from altyn.model import Check, Column, Derivation, Hierarchy, row_hash
from altyn.model.columns import TEXT
from altyn.sources.context import CodeList, Context
from tests.unit.sources.staging import check, register, text, values

LISTS = {
    "short": CodeList("short", {"A": Label("a"), "B": Label("b")}, {"Alpha": "A", "beta": "B", "BETA ": "B"}),
    "twofold": CodeList("twofold", {}, {"Semey": "1", "SEMEY": "2"}),
}
CONTEXT = Context(code_lists=LISTS)


def test_lookup_finds_a_code_as_written_then_loosely() -> None:
    found = Column("found", TEXT, required=True, derivation=Derivation("lookup", ("name", "short")))

    _, failures, session = check(
        register(text("name"), found),
        [{"id": str(n), "name": t} for n, t in enumerate(["Alpha", " ALPHA", "BETA ", "gamma", None])],
        CONTEXT,
    )

    assert values(session, "found") == ["A", "A", "B"]
    assert values(session, "name") == ["Alpha", " ALPHA", "BETA "]
    assert failures == [(5, "found", "lookup"), (6, "found", "required")]


def test_lookup_does_not_choose_between_codes() -> None:
    found = Column("found", TEXT, derivation=Derivation("lookup", ("name", "twofold")))

    _, failures, session = check(
        register(text("name"), found),
        [{"id": "1", "name": "Semey"}, {"id": "2", "name": "SEMEY"}, {"id": "3", "name": "semey"}, {"id": "4"}],
        CONTEXT,
    )

    assert values(session, "found") == ["1", "2", None]
    assert failures == [(4, "found", "lookup")]


HIERARCHY = Hierarchy("code", "parent", (2, 4, 6), 9)


PARENT = Column("parent", TEXT, derivation=Derivation("hierarchy"))


def test_hierarchy_takes_the_nearest_ancestor_and_reports_the_gap() -> None:
    made = register(text("code"), PARENT, hierarchy=HIERARCHY)
    codes = ["110000000", "113800000", "113820100", "113821000", "113821100", "990000100"]

    validated, failures, session = check(made, [{"id": str(n), "code": c} for n, c in enumerate(codes)])

    assert failures == []
    assert values(session, "parent") == [None, "110000000", "113800000", "113800000", "113821000", None]
    assert [(f.rule, f.rows) for f in validated.findings] == [("hierarchy", 1), ("hierarchy.none", 1)]
    row = {"id": 1, "code": "113800000", "parent": "110000000"}
    assert session.one("SELECT row_hash FROM accepted WHERE id = 1")[0] == row_hash.row_hash(made.columns, row)


def test_hierarchy_passes_over_a_refused_ancestor() -> None:
    made = register(text("code"), PARENT, text("name", Check("max-length", 1)), hierarchy=HIERARCHY)
    rows = [
        {"id": "1", "code": "110000000"},
        {"id": "2", "code": "113800000", "name": "xx"},
        {"id": "3", "code": "113820000"},
    ]

    _, _, session = check(made, rows)

    assert values(session, "parent") == [None, "110000000"]


def test_hierarchy_of_retried_rows_stands_in_the_current_rows() -> None:
    made = register(text("code"), PARENT, hierarchy=HIERARCHY)
    context = Context(parents={made.name: "SELECT '110000000' AS code"}, is_partial=True)

    _, _, session = check(made, [{"id": "1", "code": "113800000"}], context)

    assert values(session, "parent") == ["110000000"]


def test_hierarchy_that_fits_no_column_is_refused() -> None:
    with pytest.raises(AltynError, match=r"contract\.profile"):
        check(register(text("code"), hierarchy=HIERARCHY), [])
