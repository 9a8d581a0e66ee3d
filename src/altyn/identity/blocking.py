"""Blocking: which pairs of rows are looked at. A rule is a few forms of fields that must agree; pairs come in chunks.

A rule is stored as rows in the order of their keys, so that the partners of any range of rows can be had at once: a country's
pairs never stand in memory together. Blocks too large to look at are named once, when a model is learned, and stay left out
under that model: whether a pair is compared depends on its two rows alone, whatever rows come later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from altyn.identity.columns import EncodedColumn

MAX_BLOCK = 2_000
_DENSE = 1 << 62
_REMAINDERS = (1 << 22) - 3
Keys = NDArray[np.int64]
Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """Forms that agree: ((field, form), ...).

    The form `word N` means one word in common that stands in at most N rows; it comes last.
    """

    parts: tuple[tuple[int, str], ...]

    @property
    def is_by_word(self) -> bool:
        """Whether the last part is one word in common."""
        return self.parts[-1][1].startswith("word ")

    @property
    def word_limit(self) -> int:
        """In how many rows such a word stands at most."""
        return int(self.parts[-1][1].split()[1])

    def shown(self, names: Sequence[str]) -> str:
        """The rule for people: `family (skeleton) + birth_date`."""
        return " + ".join(names[f] + ("" if form == "value" else f" ({form})") for f, form in self.parts)


@dataclass(frozen=True)
class Hot:
    """Blocks of a rule that are left out: per block the codes of the rule's parts; shape (blocks, parts)."""

    codes: NDArray[np.int32]


@dataclass(frozen=True)
class Entries:
    """Rows of a rule with their keys, in order of row; by words a row stands once for each of them.

    Keys of two calls mean the same only over the same columns.
    """

    keys: Keys
    rows: Places
    parts: tuple[NDArray[np.int32], ...]


def entries(rule: Rule, columns: Sequence[EncodedColumn], hot: Hot | None = None) -> Entries:
    """Rows that have all parts of a rule and are in no block left out."""
    plain = rule.parts[:-1] if rule.is_by_word else rule.parts
    total = len(columns[0].codes)
    parts = [columns[f].form_codes(form)[0] for f, form in plain]
    sizes = [columns[f].form_codes(form)[1] for f, form in plain]
    rows = np.arange(total, dtype=np.int32)
    if rule.is_by_word:
        words, rows = _words(columns[rule.parts[-1][0]], rule.word_limit)
        tokens = columns[rule.parts[-1][0]].tokens
        parts = [*(part[rows] for part in parts), words]
        sizes.append(len(tokens.words) if tokens else 1)
    known = np.ones(len(rows), bool)
    for part in parts:
        known &= part >= 0
    if not known.all():
        rows, parts = rows[known], [part[known] for part in parts]
    if hot is None or not len(hot.codes):
        return Entries(_combined(parts, sizes), rows, tuple(parts))
    together = _combined([np.concatenate([part, hot.codes[:, place]]) for place, part in enumerate(parts)], sizes)
    keys, closed = together[: len(rows)], together[len(rows) :]
    is_open = np.ones(len(keys), bool)
    is_open[_among(keys, closed)] = False
    return Entries(keys[is_open], rows[is_open], tuple(part[is_open] for part in parts))


def _combined(parts: Sequence[NDArray[np.int32]], sizes: Sequence[int]) -> Keys:
    key, space = parts[0].astype(np.int64), max(1, sizes[0])
    for part, size in zip(parts[1:], sizes[1:], strict=True):
        if space > _DENSE // max(1, size):
            distinct, inverse = np.unique(key, return_inverse=True)
            key, space = inverse.astype(np.int64), len(distinct)
        key = key * max(1, size) + part
        space *= max(1, size)
    return key


def _words(column: EncodedColumn, limit: int) -> tuple[NDArray[np.int32], Places]:
    """Words that are not frequent and the row of each."""
    tokens = column.tokens
    if tokens is None:
        msg = "only fields compared by words have words"
        raise AssertionError(msg)
    rows = np.flatnonzero(column.codes >= 0)
    values = column.codes[rows]
    counts = tokens.starts[values + 1] - tokens.starts[values]
    owner = np.repeat(rows, counts)
    first = np.repeat(tokens.starts[values] - (np.cumsum(counts) - counts), counts)
    words = tokens.ids[first + np.arange(len(owner))]
    rare = tokens.counts[words] <= limit
    return words[rare], owner[rare].astype(np.int32)


@dataclass(frozen=True)
class BlockIndex:
    """A rule's rows in order of key, then of row number.

    Args:
        rows: row numbers in that order; shape (M,).
        ends: where the block of each entry ends; shape (M,).
        by_row: the entries in order of row number; shape (M,).
        starts: where the entries of each row begin in `by_row`; shape (N + 1,).
    """

    rows: Places
    ends: Places
    by_row: Places
    starts: Places

    def pairs(self, low: int, high: int) -> tuple[Places, Places]:
        """Pairs whose left row is in [low, high) and whose right row comes later in the block."""
        here = self.by_row[self.starts[low] : self.starts[high]].astype(np.int64)
        counts = self.ends[here] - here - 1
        here, counts = here[counts > 0], counts[counts > 0]
        left = np.repeat(self.rows[here], counts)
        offset = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        return left, self.rows[np.repeat(here + 1, counts) + offset]

    def per_row(self, total: int) -> Keys:
        """Pairs each row is the left one of; shape (total,)."""
        counts = self.ends - np.arange(len(self.rows)) - 1
        return np.bincount(self.rows, counts, total).astype(np.int64)[:total]

    def count(self) -> int:
        """Pairs in all."""
        return int((self.ends.astype(np.int64) - np.arange(len(self.rows)) - 1).sum())


def index(found: Entries, total: int) -> BlockIndex:
    """The index of entries."""
    order = np.argsort(found.keys, kind="stable")
    keys, rows = found.keys[order], found.rows[order]
    edges = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1)) if len(keys) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(edges, len(keys)))
    rows = rows[np.repeat(sizes > 1, sizes)]
    sizes = sizes[sizes > 1]
    ends = np.repeat(np.cumsum(sizes), sizes).astype(np.int32)
    by_row = np.argsort(rows, kind="stable").astype(np.int32)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=total))]).astype(np.int32)
    return BlockIndex(rows, ends, by_row, starts)


def hot_blocks(rule: Rule, columns: Sequence[EncodedColumn], limit: int = MAX_BLOCK) -> Hot:
    """Blocks of more than `limit` rows: they say little and cost their square."""
    found = entries(rule, columns)
    keys, first, counts = np.unique(found.keys, return_index=True, return_counts=True)
    del keys
    return Hot(np.stack([part[first[counts > limit]] for part in found.parts], axis=1).astype(np.int32))


def chunks(indexes: Sequence[BlockIndex], total: int, at_once: int) -> Iterator[tuple[int, int]]:
    """Ranges of left rows whose rules give about `at_once` pairs together, doubles counted."""
    per_row = np.zeros(total, np.int64)
    for one in indexes:
        per_row += one.per_row(total)
    sums = np.concatenate([[0], np.cumsum(per_row)])
    low = 0
    while low < total:
        high = max(low + 1, int(np.searchsorted(sums, sums[low] + at_once, side="right")) - 1)
        yield low, min(high, total)
        low = min(high, total)


def pairs_of(indexes: Sequence[BlockIndex], low: int, high: int, total: int) -> tuple[Places, Places]:
    """Pairs of all rules whose left row is in [low, high), each once, in order."""
    found = [left.astype(np.int64) * total + right for left, right in (one.pairs(low, high) for one in indexes)]
    keyed = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    return (keyed // total).astype(np.int32), (keyed % total).astype(np.int32)


def _among(keys: Keys, wanted: Keys) -> NDArray[np.intp]:
    """Places of keys that are wanted. Most are not: a table of remainders says so at once."""
    table = np.zeros(_REMAINDERS, bool)
    table[wanted % _REMAINDERS] = True
    likely = np.flatnonzero(table[keys % _REMAINDERS])
    return likely[np.isin(keys[likely], wanted)]


def pairs_with(found: Sequence[Entries], is_new: NDArray[np.bool_], total: int) -> tuple[Places, Places]:
    """Pairs of all rules of which at least one row is new, each once, in order.

    Args:
        found: entries of each rule.
        is_new: per row whether it is new; shape (total,).
        total: number of rows.
    """
    keyed: list[Keys] = []
    for one in found:
        # Only blocks that hold a new row are looked at.
        near = _among(one.keys, one.keys[is_new[one.rows]])
        small = index(Entries(one.keys[near], one.rows[near], ()), total)
        left, right = small.pairs(0, total)
        fresh = is_new[left] | is_new[right]
        keyed.append(left[fresh].astype(np.int64) * total + right[fresh])
    pairs = np.unique(np.concatenate(keyed)) if keyed else np.zeros(0, np.int64)
    return (pairs // total).astype(np.int32), (pairs % total).astype(np.int32)
