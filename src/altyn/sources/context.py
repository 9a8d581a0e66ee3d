"""Context: what a register's rows are checked against beside their own contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from altyn.language import Label
from altyn.model import Kind


@dataclass(frozen=True)
class CodeList:
    """A list of codes with labels, and other spellings that stand for them (`aliases`: alias -> code)."""

    name: str
    codes: Mapping[str, Label]
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Context:
    """What validation needs from outside the extract.

    Args:
        code_lists: by name, as contracts call them.
        kinds: identifier kinds by name.
        parents: register name -> SQL query of its current rows.
        synthetic: whether the project is marked synthetic; only then reserved identifiers are right.
        is_partial: True for rows that are tried again or came back mended: a piece of an extract, of which a table check
            can say nothing and whose hierarchy stands in `parents[register.name]` where that is given.
        known_copies: SQL of the current rows of a register without a key that this extract adds to, whose copies go on from there.
        time_zone: the project's, in which moments without a zone lie where their contract names none.
    """

    code_lists: Mapping[str, CodeList] = field(default_factory=dict[str, CodeList])
    kinds: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    parents: Mapping[str, str] = field(default_factory=dict[str, str])
    synthetic: bool = False
    is_partial: bool = False
    known_copies: str | None = None
    time_zone: str = "UTC"
