"""Columns: one field of all rows as codes into its distinct values, with the forms those values are compared and blocked by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Levels = NDArray[np.int8]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Form:
    """Another reading of each distinct value: `codes[value]` is a code into `size` readings; -1 where there is none.

    `texts` holds the readings themselves where they are compared as texts.
    """

    codes: Codes
    size: int
    texts: Texts | None = None


@dataclass(frozen=True)
class Column:
    """A field of N rows with V distinct canonical values.

    Args:
        codes: per row the code of its value, -1 where it is missing; shape (N,).
        values: the canonical values; shape (V,).
        counts: in how many rows each stands; shape (V,). Under a model, in how many rows it stood when the model was made.
        forms: other readings by name, each per distinct value.
        numbers: parts of a date or a number, per distinct value, by name.
        tokens: per distinct value its words, for kinds compared word by word.
        settings: what was noticed about the whole column when its values were first read; new rows are read the same way.
    """

    codes: Codes
    values: Texts
    counts: NDArray[np.int64]
    forms: Mapping[str, Form] = field(default_factory=dict[str, Form])
    numbers: Mapping[str, NDArray[Any]] = field(default_factory=dict[str, NDArray[Any]])
    tokens: Tokens | None = None
    settings: Mapping[str, int] = field(default_factory=dict[str, int])

    def form_codes(self, name: str) -> tuple[Codes, int]:
        """Per row the code of a form, -1 where there is none, and how many readings there are. `value` is the value itself."""
        if name == "value":
            return self.codes, len(self.values)
        form = self.forms[name]
        return through(form.codes, self.codes), form.size

    def form_counts(self, name: str) -> NDArray[np.int64]:
        """In how many rows each reading of a form stands."""
        if name == "value":
            return self.counts
        form = self.forms[name]
        known = form.codes >= 0
        return np.bincount(form.codes[known], self.counts[known], form.size).astype(np.int64)

    def taken(self, rows: NDArray[Any]) -> Column:
        """The same values with some of the rows, in the order given."""
        return replace(self, codes=self.codes[rows])


@dataclass(frozen=True)
class Tokens:
    """Words of V values, one after the other: those of value v stand at starts[v] to starts[v + 1], each once, ascending."""

    starts: NDArray[np.int64]
    ids: Codes
    words: Texts
    counts: NDArray[np.int64]

    def weights(self) -> NDArray[np.float64]:
        """How telling each word is: the logarithm of the share of rows without it, in nats."""
        total = float(self.counts.sum()) or 1.0
        return np.log(1.0 + total / np.maximum(self.counts, 1))


def through(mapping: NDArray[Any], codes: Codes) -> NDArray[Any]:
    """mapping[code] per row; -1 stays -1."""
    return np.where(codes < 0, np.asarray(-1, mapping.dtype), mapping[codes]) if len(mapping) else np.full(len(codes), -1, mapping.dtype)


def distinct(texts: list[str]) -> tuple[Codes, Texts]:
    """Codes of texts into their distinct values in order of first appearance; an empty text is -1."""
    seen: dict[str, int] = {"": -1}
    codes = np.fromiter((seen.setdefault(text, len(seen) - 1) for text in texts), np.int32, len(texts))
    del seen[""]
    values = np.empty(len(seen), object)
    values[:] = list(seen)
    return codes, values
