"""Blocking: which pairs of rows are looked at. A rule is a few forms of fields that must agree; pairs come in chunks.

A rule is stored as rows in the order of their keys, so that the partners of any range of rows can be had at once: a country's
pairs never stand in memory together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from altyn.identity.columns import Column

MAX_BLOCK = 2_000
_DENSE = 1 << 62
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """Forms that agree: ((field, form), ...). The form `word N` means: one word in common that
    stands in at most N rows."""

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
        """The rule for people: `family stem + birth date`."""
        return " + ".join(names[f] + ("" if form == "value" else f" ({form})") for f, form in self.parts)


def keys(rule: Rule, columns: Sequence[Column], rows: slice | None = None) -> Rows:
    """Per row the key of a rule, -1 where a part is missing. Keys of two calls compare only over the same columns."""
    key: Rows | None = None
    size = 1
    for field, form in rule.parts:
        codes, count = columns[field].form_codes(form)
        part = codes.astype(np.int64)
        if rows is not None:
            part = part[rows]
        if key is None:
            key, size = part, max(1, count)
            continue
        if size > _DENSE // max(1, count):
            distinct, inverse = np.unique(key, return_inverse=True)
            key, size = np.where(key < 0, -1, inverse.astype(np.int64)), len(distinct)
        key = np.where((key < 0) | (part < 0), -1, key * max(1, count) + part)
        size *= max(1, count)
    if key is None:
        msg = "a rule has parts"
        raise AssertionError(msg)
    return key


@dataclass(frozen=True)
class Index:
    """A rule's rows in order of key, then of row number.

    Args:
        rows: row numbers in that order; shape (M,), a row with several words stands several times.
        ends: where the block of each entry ends.
        first: for entry e the place among `rows`; entries of row r are those where rows == r.
    """

    rows: NDArray[np.int32]
    ends: NDArray[np.int64]
    by_row: NDArray[np.int64]
    starts: NDArray[np.int64]

    def pairs(self, low: int, high: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Pairs whose left row is in [low, high) and whose right row comes later in the block."""
        entries = self.by_row[self.starts[low] : self.starts[high]]
        counts = self.ends[entries] - entries - 1
        entries, counts = entries[counts > 0], counts[counts > 0]
        left = np.repeat(self.rows[entries], counts)
        offset = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        return left, self.rows[np.repeat(entries + 1, counts) + offset]

    def count(self) -> int:
        """Pairs in all."""
        return int((self.ends - np.arange(len(self.rows)) - 1).sum())


def index(entry_keys: Rows, entry_rows: NDArray[np.int32], total: int, max_block: int = MAX_BLOCK) -> Index:
    """The index of keys; blocks of more than `max_block` rows are left out, for they say little and cost their square."""
    order = np.lexsort((entry_rows, entry_keys)) if len(entry_rows) and (np.diff(entry_rows) < 0).any() else np.argsort(entry_keys, kind="stable")
    found, rows = entry_keys[order], entry_rows[order]
    known = found >= 0
    found, rows = found[known], rows[known]
    edges = np.flatnonzero(np.diff(found, prepend=-1)) if len(found) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(edges, len(found)))
    keep = np.repeat((sizes > 1) & (sizes <= max_block), sizes)
    sizes = sizes[(sizes > 1) & (sizes <= max_block)]
    rows = rows[keep]
    ends = np.repeat(np.cumsum(sizes), sizes)
    by_row = np.argsort(rows, kind="stable")
    starts = np.searchsorted(rows[by_row], np.arange(total + 1))
    return Index(rows, ends, by_row, starts)


def rule_index(rule: Rule, columns: Sequence[Column], max_block: int = MAX_BLOCK) -> Index:
    """The index of a rule over all rows."""
    total = len(columns[0].codes)
    if rule.is_by_word:
        return index(*word_keys(rule, columns), total, max_block)
    return index(keys(rule, columns), np.arange(total, dtype=np.int32), total, max_block)


def word_keys(rule: Rule, columns: Sequence[Column]) -> tuple[Rows, NDArray[np.int32]]:
    """Keys and rows of a rule that ends with one word in common: each row once for each of its words that is not frequent."""
    field = rule.parts[-1][0]
    column = columns[field]
    tokens = column.tokens
    if tokens is None:
        msg = "only fields compared by words have words"
        raise AssertionError(msg)
    rows = np.flatnonzero(column.codes >= 0)
    values = column.codes[rows]
    counts = tokens.starts[values + 1] - tokens.starts[values]
    owner = np.repeat(rows, counts)
    first = np.repeat(tokens.starts[values] - (np.cumsum(counts) - counts), counts)
    words = tokens.ids[first + np.arange(len(owner))].astype(np.int64)
    rare = tokens.counts[words] <= rule.word_limit
    owner, words = owner[rare], words[rare]
    if len(rule.parts) > 1:
        others = keys(Rule(rule.parts[:-1]), columns)[owner]
        words = np.where(others < 0, -1, others * len(tokens.words) + words)
    return words, owner.astype(np.int32)


def chunks(indexes: Sequence[Index], total: int, at_once: int) -> Iterator[tuple[int, int]]:
    """Ranges of left rows whose rules give about `at_once` pairs together, doubles counted."""
    per_row = np.zeros(total + 1, np.int64)
    for one in indexes:
        counts = one.ends - np.arange(len(one.rows)) - 1
        per_row[:total] += np.bincount(one.rows, counts, total).astype(np.int64)[:total]
    sums = np.concatenate([[0], np.cumsum(per_row[:total])])
    low = 0
    while low < total:
        high = max(low + 1, int(np.searchsorted(sums, sums[low] + at_once, side="right")) - 1)
        yield low, min(high, total)
        low = min(high, total)


def pairs_of(indexes: Sequence[Index], low: int, high: int, total: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs of all rules whose left row is in [low, high), each once, in order."""
    found = [one.pairs(low, high) for one in indexes]
    keyed = np.unique(np.concatenate([left.astype(np.int64) * total + right for left, right in found])) if found else np.zeros(0, np.int64)
    return (keyed // total).astype(np.int32), (keyed % total).astype(np.int32)
