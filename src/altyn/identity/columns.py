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
class EncodedForm:
    """Another reading of each distinct value: `codes[value]` is a code into `size` readings; -1 where there is none.

    `texts` holds the readings themselves where they are compared as texts.
    """

    codes: Codes
    size: int
    texts: Texts | None = None


@dataclass(frozen=True)
class EncodedColumn:
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
    forms: Mapping[str, EncodedForm] = field(default_factory=dict[str, EncodedForm])
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

    def taken(self, rows: NDArray[Any]) -> EncodedColumn:
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
    return (
        np.where(codes < 0, np.asarray(-1, mapping.dtype), mapping[codes])
        if len(mapping)
        else np.full(len(codes), -1, mapping.dtype)
    )


def distinct(texts: list[str]) -> tuple[Codes, Texts]:
    """Codes of texts into their distinct values in order of first appearance; an empty text is -1."""
    seen: dict[str, int] = {"": -1}
    codes = np.fromiter((seen.setdefault(text, len(seen) - 1) for text in texts), np.int32, len(texts))
    del seen[""]
    values = np.empty(len(seen), object)
    values[:] = list(seen)
    return codes, values


def among(known: Texts, texts: list[str]) -> tuple[Codes, Texts]:
    """Codes of texts into known values and, after them, new ones; an empty text is -1.

    Args:
        known: distinct values that keep their codes; far more of them than there are texts.
        texts: what to look up.

    Returns:
        The codes and all values.
    """
    wanted = set(texts)
    codes = {value: place for place, value in enumerate(known) if value in wanted}
    codes[""] = -1
    fresh = [text for text in dict.fromkeys(texts) if text not in codes]
    codes |= {text: len(known) + place for place, text in enumerate(fresh)}
    added = np.empty(len(fresh), object)
    added[:] = fresh
    return np.fromiter((codes[text] for text in texts), np.int32, len(texts)), np.concatenate([known, added])


def joined(known: EncodedColumn, fresh: EncodedColumn, values: Texts, codes: Codes) -> EncodedColumn:
    """A column of known values followed by fresh ones; readings both have keep the known one's code.

    Args:
        known: the column whose values and counts stay.
        fresh: a column of new values only, with its forms.
        values: values of both, the known ones first.
        codes: per row a code into them.
    """
    forms: dict[str, EncodedForm] = {}
    for name, form in known.forms.items():
        other = fresh.forms[name]
        if form.texts is None or other.texts is None:
            forms[name] = EncodedForm(np.concatenate([form.codes, other.codes]), form.size, None)
            continue
        places, texts = among(form.texts, other.texts.tolist())
        forms[name] = EncodedForm(
            np.concatenate([form.codes, through(places, other.codes)]).astype(np.int32), len(texts), texts
        )
    tokens = known.tokens
    if tokens is not None and fresh.tokens is not None:
        places, words = among(tokens.words, fresh.tokens.words.tolist())
        starts = np.concatenate([tokens.starts, tokens.starts[-1] + fresh.tokens.starts[1:]])
        ids = np.concatenate([tokens.ids, places[fresh.tokens.ids]]) if len(fresh.tokens.ids) else tokens.ids
        counts = np.concatenate([tokens.counts, np.zeros(len(words) - len(tokens.words), np.int64)])
        tokens = Tokens(starts, _ascending(ids, starts), words, counts)
    numbers = {name: np.concatenate([value, fresh.numbers[name]]) for name, value in known.numbers.items()}
    counts = np.concatenate([known.counts, np.zeros(len(values) - len(known.values), np.int64)])
    return EncodedColumn(codes, values, counts, forms, numbers, tokens, known.settings)


def _ascending(ids: Codes, starts: NDArray[np.int64]) -> Codes:
    """The words of each value in ascending order."""
    owner = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return ids[np.lexsort((ids, owner))]
