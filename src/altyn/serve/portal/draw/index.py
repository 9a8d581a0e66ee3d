"""An index of names and codes: which rows of a register hold every word of a question. It holds keys to ask for, never an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from altyn.model.registers import Register
from altyn.serve.portal.draw.folding import Folding

_CODE = "\x01"
# One word of the question: the spellings any of which will do.
Wanted = list[list[str]]


@dataclass(frozen=True, slots=True)
class Searched:
    """What of a register may be searched: names that hold a word, codes that begin with one, and where a row's parent is named."""

    register: Register
    names: tuple[str, ...]
    codes: tuple[str, ...]
    parent: tuple[str, str, str, str] | None = None


class Entry(NamedTuple):
    """A row: all its text, its key, its first name, all names, its codes each after a mark, and the name of what it belongs to."""

    whole: str
    key: tuple[str, ...]
    first: str
    called: str
    codes: str
    parent: str


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """Folded texts of a register's rows, those of the shortest first names first."""

    entries: tuple[Entry, ...]
    words: frozenset[str]

    @classmethod
    def of(cls, folding: Folding, one: Searched, rows: Iterable[Sequence[str | None]]) -> SearchIndex:
        """The index of rows as `_everything` gives them."""
        keys, names = len(one.register.key), len(one.names)
        found: list[Entry] = []
        words: set[str] = set()
        for row in rows:
            folded = [folding.fold(text or "") for text in row[keys : keys + names]]
            # A code is found by its beginning, so a sign that no question holds stands before it.
            codes = "".join(f"{_CODE}{folding.fold(code)}" for code in row[keys + names : -1] if code)
            words.update(word for name in folded for word in re.findall(r"\w+", name))
            parent = folding.fold(row[-1] or "")
            called = " ".join(folded)
            key = tuple(str(part) for part in row[:keys])
            found.append(
                Entry(f"{called}{codes}{_CODE}{parent}", key, folded[0] if folded else "", called, codes, parent)
            )
        found.sort(key=lambda entry: (len(entry.first), entry.first, entry.key))
        return cls(tuple(found), frozenset(words))

    def keys(self, wanted: Wanted, most: int) -> list[tuple[str, ...]]:
        """Keys of the first rows in which every word stands: those called so first. What only belongs to something so called is no hit."""
        left: Sequence[Entry] = self.entries
        for some in wanted:
            # Nearly all rows end here, so this is all that is done for each.
            first, *more = some
            left = [entry for entry in left if first in entry.whole or any(s in entry.whole for s in more)]
        tests = [(some, f"{_CODE}{some[0]}" if any(c.isdigit() for c in some[0]) else "") for some in wanted]
        begun: list[tuple[str, ...]] = []
        others: list[tuple[str, ...]] = []
        for entry in left:
            own = [any(s in entry.called for s in some) or (code != "" and code in entry.codes) for some, code in tests]
            if any(own) and all(
                o or any(s in entry.parent for s in some) for o, (some, _) in zip(own, tests, strict=True)
            ):
                is_begun = any(entry.first.startswith(s) for s in wanted[0])
                (begun if is_begun else others).append(entry.key)
                if len(begun) >= most:
                    break
        return [*begun, *others][:most]
