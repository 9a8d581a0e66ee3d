"""Governed: what one purpose may see of one face of a register: columns, masks, a filter of rows, and an id of all that.

Policy decides it, the store carries it out. Whatever keeps rows for a purpose (a copy, a cache) is keyed by the id, so that no
copy is ever read by a purpose it was not made for, only because it happens to hold the right columns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from altyn.language import Message
from altyn.model.columns import Column
from altyn.model.sql import identifier


@dataclass(frozen=True, slots=True)
class Governed:
    """A decision, and what it lets through.

    Args:
        purpose: the purpose's code.
        columns: those that may be seen, masked ones too; none where the decision is no.
        masks: column -> SQL over the register's current columns that stands in its place.
        row_filter: SQL over the same columns; a row passes where it is true, not where it is unknown. Empty: every row.
        is_whole: whether nothing is held back: every column as it is, every row.
        refusal: why nothing may be seen; None where something may.
    """

    purpose: str
    columns: tuple[Column, ...] = ()
    masks: Mapping[str, str] = field(default_factory=dict[str, str])
    row_filter: str = ""
    is_whole: bool = False
    refusal: Message | None = None

    @property
    def is_allowed(self) -> bool:
        """Whether anything may be seen."""
        return self.refusal is None

    @property
    def id(self) -> str:
        """16 hexadecimal signs over purpose, columns, masks and filter; never over who asks, so that copies can be shared.

        >>> Governed("open").id == Governed("synthetic").id
        False
        """
        # recorded_at is joined to every copy when it is read, and is in none.
        columns = [[c.name, c.type.name] for c in self.columns if c.name != "recorded_at"]
        meaning = [self.purpose, columns, sorted(self.masks.items()), self.row_filter]
        return hashlib.sha256(json.dumps(meaning, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that a copy holds."""
        return tuple(c.name for c in self.columns if c.name != "recorded_at")

    def select(self, source: str, extra: Iterable[str] = ()) -> str:
        """SQL of what may be seen of `source`, which has the register's columns and may be anything that stands after FROM.

        `extra` are columns of `source` given as they are.
        """
        shown = [
            f"{self.masks[name]} AS {identifier(name)}" if name in self.masks else identifier(name)
            for name in (*self.names, *extra)
        ]
        rows = f" WHERE ({self.row_filter}) IS TRUE" if self.row_filter else ""
        return f"SELECT {', '.join(shown)} FROM {source}{rows}"
