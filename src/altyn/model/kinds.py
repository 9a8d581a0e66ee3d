"""Kinds: identifier numbers that carry their own check, declared by packs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from altyn.language import Label


@dataclass(frozen=True, slots=True)
class Kind:
    """An identifier kind, written twice and tested equal.

    Args:
        name: as contracts say it in `altyn.identifier`.
        python: the reference; True for a text that can be such an identifier.
        sql: DuckDB SQL with `{value}` for a VARCHAR expression; true, false, never an error.
        label: its name in the state's languages.
        reserved_sql: true for numbers that are not issued and stand for synthetic people, accepted only in projects
            marked synthetic; empty where there are none.
    """

    name: str
    python: Callable[[str], bool]
    sql: str
    label: Label = field(default_factory=Label)
    reserved_sql: str = ""

    def expression(self, value: str) -> str:
        """The SQL of the check over the expression `value`."""
        return "(" + self.sql.replace("{value}", value) + ")"
