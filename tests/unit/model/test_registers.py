"""Registers: what the other rooms read of a contract."""

from __future__ import annotations

from dataclasses import replace

import pytest

from altyn.model.columns import DATE, INTEGER, TEXT, Column, Derivation, Form
from altyn.model.registers import CONTENT_KEY, RESERVED, Register, Relationship, system_columns, written_columns

CODE = Column("code", TEXT)
NAME = Column("name", TEXT, sensitivity="confidential", form=Form(missing=("жоқ",)))
MADE = Column("made", TEXT, derivation=Derivation("constant", "x"))
AREAS = Register("local.areas", "1.0.0", (CODE, NAME, MADE), ("code",), "hash")


def test_a_name_has_a_pack_and_a_table() -> None:
    assert (AREAS.pack, AREAS.table) == ("local", "areas")
    # A table may be named with a dot; its pack may not.
    assert replace(AREAS, name="local.a.b").table == "a.b"


def test_a_column_is_found_by_name_or_refused() -> None:
    assert AREAS.column("name") is NAME
    with pytest.raises(KeyError):
        AREAS.column("none")


def test_what_a_source_must_carry_and_what_may_leave() -> None:
    assert AREAS.source_columns == (CODE, NAME)
    assert AREAS.public_columns == (CODE, MADE)


def test_a_register_whose_key_is_its_content_has_none() -> None:
    assert not AREAS.is_keyless
    assert replace(AREAS, key=(CONTENT_KEY,)).is_keyless
    assert not replace(AREAS, key=(CONTENT_KEY, "code")).is_keyless


def test_parents_are_each_named_once_and_never_itself() -> None:
    made = replace(
        AREAS,
        relationships=tuple(Relationship(("code",), p, ("code",)) for p in ("b.b", "local.areas", "a.a", "b.b")),
    )

    assert made.parents() == ("a.a", "b.b")
    assert AREAS.parents() == ()


def test_a_contracts_own_column_stands_in_place_of_ours() -> None:
    own = replace(AREAS, columns=(CODE, Column("valid_from", DATE), Column("batch", INTEGER)))

    assert [c.name for c in system_columns(AREAS)] == ["valid_from", "valid_to", "recorded_at", "batch"]
    assert [c.name for c in system_columns(own)] == ["valid_to", "recorded_at"]
    assert {c.name for c in system_columns(AREAS)} <= RESERVED


def test_what_was_written_is_as_secret_as_its_column() -> None:
    (written,) = written_columns(AREAS.columns)

    assert (written.name, written.type, written.sensitivity) == ("_written_name", TEXT, "confidential")
