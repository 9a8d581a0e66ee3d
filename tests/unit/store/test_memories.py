"""Memories: used only where a line alone decides, and only while nothing else has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from altyn.language import Label
from altyn.model import Check, Column, Derivation, Hierarchy, Kind, Relationship, RowRule, TableCheck
from altyn.model.columns import TEXT
from altyn.model.registers import Register
from altyn.sources.context import CodeList, Context
from altyn.store import memories
from tests.integration.conftest import Trial

PLAIN = Register(
    "local.areas", "1", (Column("code", TEXT, checks=(Check("code-list", "x"),)), Column("n", TEXT)), ("code",), "hash"
)


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True), ({"relationships": (Relationship(("n",), "local.places", ("id",)),)}, True), ({"row_rules": (RowRule("r", "n <> 'x'"),)}, True),
        ({"columns": (*PLAIN.columns, Column("c", TEXT, derivation=Derivation("constant", "x")))}, True),
        ({"columns": (replace(PLAIN.columns[0], unique=True), PLAIN.columns[1])}, True), ({"key": ()}, False),
        ({"table_checks": (TableCheck("t", "SELECT 1", 0, 1),)}, False), ({"hierarchy": Hierarchy("code", "n", (1,), 2)}, False),
        ({"columns": (*PLAIN.columns, Column("c", TEXT, derivation=Derivation("lookup", ("n", "x"))))}, False),
        ({"columns": (PLAIN.columns[0], replace(PLAIN.columns[1], unique=True))}, False),
        ({"relationships": (Relationship(("n",), "local.areas", ("code",)),)}, False), ({"row_rules": (RowRule("r", "n <> 'x'", "finding"),)}, False),
        *(
            ({"row_rules": (RowRule("r", sql),)}, False)
            for sql in ("sum(1) OVER () > 0", "d < current_date", "d < NOW()", "today() > d", "random() < 1", "age(d) > n")
        ),
        ({"row_rules": (RowRule("r", "overall > 1"), RowRule("s", "nowhere = 1"))}, True),
    ],
)  # fmt: skip
def test_where_a_line_alone_decides(changes: dict[str, Any], *, may: bool) -> None:
    assert memories.may_carry(replace(PLAIN, **changes)) == may


@pytest.fixture(scope="module")
def marks(lived: Trial) -> dict[str, str | None]:
    """The mark of an extract of areas, and with one thing changed at a time."""
    workspace = lived.open()
    register = workspace.store.registers["local.areas"]
    places = workspace.store.registers["local.places"]
    with workspace.store.run("nobody") as run:

        def mark(context: Context = Context(), contract: str = "c", *options: str) -> str | None:  # noqa: B008
            return memories.mark(run, register, context, contract, options)

        kind = Kind("k", bool, "{value} = '1'")
        found = {
            "same": mark(), "again": mark(), "contract": mark(Context(), "d"), "options": mark(Context(), "c", "encoding=cp1251"),
            "lists": mark(Context(code_lists={"x": CodeList("x", {"A": Label("a")})})),
            "aliases": mark(Context(code_lists={"x": CodeList("x", {"A": Label("a")}, {"a": "A"})})), "kinds": mark(Context(kinds={"k": kind})),
            "synthetic": mark(Context(synthetic=True)), "zone": mark(Context(time_zone="Asia/Almaty")),
            "new register": memories.mark(run, replace(register, name="local.none"), Context(), "c", ()),
            "of a parent": memories.mark(run, places, Context(), "c", ()),
        }  # fmt: skip
        run.states["local.areas"] = replace(run.states["local.areas"], version=9)
        found["state"] = mark()
        found["state of a parent"] = memories.mark(run, places, Context(), "c", ())
    return found


def test_the_same_extract_has_the_same_mark(marks: dict[str, str | None]) -> None:
    assert marks["same"] == marks["again"] != None  # noqa: E711


@pytest.mark.parametrize("changed", ["contract", "options", "lists", "aliases", "kinds", "synthetic", "zone", "state"])
def test_whatever_a_verdict_hangs_on_changes_the_mark(marks: dict[str, str | None], changed: str) -> None:
    assert marks[changed] not in {None, marks["same"]}


def test_parents_that_moved_change_it_too(marks: dict[str, str | None]) -> None:
    assert marks["of a parent"] != marks["state of a parent"]


def test_a_register_without_rows_has_nothing_to_remember(marks: dict[str, str | None]) -> None:
    assert marks["new register"] is None


def test_one_memory_is_kept_and_only_one_that_is_there_is_used(lived: Trial) -> None:
    workspace = lived.open()
    register = workspace.store.registers["local.areas"]
    with workspace.store.run("nobody") as run:
        first, second = (memories.path_of(run, register, mark * 64) for mark in "ab")
        first.parent.mkdir(parents=True, exist_ok=True)
        first.touch()
        second.touch()

        assert memories.remembered(run, register, None) is None
        memories.keep_only(run, register, second)
        assert memories.remembered(run, register, "a" * 64) is None
        found = memories.remembered(run, register, "b" * 64)
        assert found is not None
        assert [c.name for c in found.key] == ["code"]
        memories.keep_only(run, register, None)
        assert not second.exists()


def test_the_keys_order_is_the_keys_and_small_extracts_are_not_worth_it() -> None:
    made = replace(PLAIN, key=("n", "code"))

    assert [c.name for c in memories.key_columns(made)] == ["n", "code"]
    assert not memories.is_worth(1000)
    assert memories.is_worth(1 << 30)
