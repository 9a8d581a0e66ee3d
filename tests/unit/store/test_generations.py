"""Generations: which change needs a new journal, and how a column and a key are followed through it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from altyn.engines.duckdb import Session
from altyn.model.columns import Column, ColumnType
from altyn.model.registers import Register
from altyn.store.generations import (
    begins_generation,
    is_same_key,
    key_before,
    key_in,
    next_path,
    older_key_texts,
    origins,
)


def column(name: str, kind: str = "text", renamed_from: str | None = None) -> Column:
    return Column(name, ColumnType(kind), renamed_from=renamed_from)  # type: ignore[arg-type]


def register(*columns: Column, key: tuple[str, ...] = ("code",)) -> Register:
    return Register("local.areas", "0.1.0", columns, key, "hash")


OLD = register(column("code"), column("name"), column("people", "integer"))


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (OLD, False),
        (register(*OLD.columns, column("more")), False),
        (register(*OLD.columns[:2], column("people", "text")), True),
        (register(*OLD.columns[:2], column("people", "decimal")), True),
        (register(*OLD.columns[:2], column("persons", "integer", "people")), True),
        (register(*OLD.columns[:2]), True),
        (replace(OLD, key=("code", "name")), True),
        (register(*OLD.columns[:2], column("people", "integer"), key=("name",)), True),
    ],
    ids=["same", "more", "text", "wider", "renamed", "dropped", "longer key", "other key"],
)
def test_what_begins_a_generation(new: Register, expected: bool) -> None:  # noqa: FBT001
    assert begins_generation(OLD, new) is expected


def test_a_rename_is_followed_once_and_may_stand_in_the_contract() -> None:
    renamed = register(column("code"), column("name"), column("persons", "integer", "people"))
    later = register(*renamed.columns, column("people", "integer"))

    assert origins(OLD, renamed)["persons"] == "people"
    assert origins(renamed, renamed)["persons"] == "persons"
    assert "people" not in origins(renamed, later), "a new column that bears the old name has no values yet"
    assert not begins_generation(renamed, later)


def test_two_columns_may_change_places() -> None:
    swapped = register(column("code"), column("name", "text", "code"), column("people", "integer"), key=("name",))
    both = register(
        column("code", "text", "name"), column("name", "text", "code"), column("people", "integer"), key=("name",)
    )

    assert origins(OLD, both) == {"code": "name", "name": "code", "people": "people"}
    assert key_before(OLD, both) == ("code",)
    assert origins(OLD, swapped)["name"] == "code"


def test_a_key_is_followed_through_its_names() -> None:
    renamed = register(column("kod", "text", "code"), column("name"), key=("kod",))
    typed = register(column("kod", "integer", "code"), column("name"), key=("kod",))

    assert is_same_key(OLD, renamed)
    assert not is_same_key(renamed, typed)
    assert key_in([OLD, renamed, typed], 0) == ("code",)
    assert key_in([OLD, replace(OLD, key=("name",))], 0) == ("name",)
    assert key_in([OLD, register(column("id"), key=("id",))], 0) is None


def test_a_key_is_known_as_older_contracts_wrote_it() -> None:
    number = register(column("code", "integer"))
    text = register(column("code"))
    with Session() as session:
        found = session.run(
            f"SELECT {older_key_texts([number, text])[0]} FROM (VALUES ('007'), ('7'), ('x')) AS t(code)"
        )

    assert [k for (k,) in found] == ["7", "7", None]


def test_a_path_is_never_taken_twice() -> None:
    assert next_path("store/a/b", []) == "store/a/b~2"
    assert next_path("store/a/b", ["store/a/b~2", "store/a/b~10", "store/a/c~20"]) == "store/a/b~11"
    assert next_path("store/a/b~2", ["store/a/b~3"]) == "store/a/b~4"
