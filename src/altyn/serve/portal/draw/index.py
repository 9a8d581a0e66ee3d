"""An index of names and codes: which rows of a register hold every word of a question. It holds keys to ask for, never an answer."""

from __future__ import annotations

import bisect
import heapq
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from altyn.model.registers import Register
from altyn.serve.portal.draw.folding import Folding

_CODE, _END = "\x01", "\n"
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
    """Folded texts of a register's rows, those of the shortest first names first.

    `text` is all of them with a line end after each, and `ends` where each ends: to look for a word in one long text is a
    hundred times as quick as in twenty thousand short ones.
    """

    entries: tuple[Entry, ...]
    words: frozenset[str]
    text: str
    ends: tuple[int, ...]

    @classmethod
    def of(cls, folding: Folding, one: Searched, rows: Iterable[Sequence[str | None]]) -> SearchIndex:
        """The index of rows as `_everything` gives them."""
        keys, names = len(one.register.key), len(one.names)
        found: list[Entry] = []
        words: set[str] = set()
        for row in rows:
            # A line end separates rows in the text, and no question holds one.
            folded = [folding.fold(text or "").replace(_END, " ") for text in row[keys : keys + names]]
            # A code is found by its beginning, so a sign that no question holds stands before it.
            codes = "".join(f"{_CODE}{folding.fold(code)}" for code in row[keys + names : -1] if code).replace(
                _END, " "
            )
            words.update(word for name in folded for word in re.findall(r"\w+", name))
            parent = folding.fold(row[-1] or "").replace(_END, " ")
            called = " ".join(folded)
            key = tuple(str(part) for part in row[:keys])
            found.append(
                Entry(f"{called}{codes}{_CODE}{parent}", key, folded[0] if folded else "", called, codes, parent)
            )
        found.sort(key=lambda entry: (len(entry.first), entry.first, entry.key))
        ends = tuple(itertools.accumulate(len(entry.whole) + 1 for entry in found))
        return cls(tuple(found), frozenset(words), "".join(entry.whole + _END for entry in found), ends)

    def keys(self, wanted: Wanted, most: int) -> list[tuple[str, ...]]:
        """Keys of the first rows in which every word stands: those called so first. What only belongs to something so called is no hit."""
        tests = [(some, f"{_CODE}{some[0]}" if any(c.isdigit() for c in some[0]) else "") for some in wanted]
        # The longest word stands in the fewest rows.
        rarest = max(wanted, key=lambda some: min(map(len, some)))
        begun: list[tuple[str, ...]] = []
        others: list[tuple[str, ...]] = []
        for entry in self._holding(rarest):
            own = [any(s in entry.called for s in some) or (code != "" and code in entry.codes) for some, code in tests]
            if any(own) and all(
                o or any(s in entry.parent for s in some) for o, (some, _) in zip(own, tests, strict=True)
            ):
                is_begun = any(entry.first.startswith(s) for s in wanted[0])
                (begun if is_begun else others).append(entry.key)
                if len(begun) >= most:
                    break
        return [*begun, *others][:most]

    def _holding(self, some: Sequence[str]) -> Iterator[Entry]:
        """Rows in whose text one of the spellings stands, in order."""
        found = heapq.merge(*(self._with(spelling) for spelling in some))
        return (self.entries[place] for place, _ in itertools.groupby(found))

    def _with(self, spelling: str) -> Iterator[int]:
        at = self.text.find(spelling)
        while at >= 0:
            place = bisect.bisect_right(self.ends, at)
            yield place
            at = self.text.find(spelling, self.ends[place])
