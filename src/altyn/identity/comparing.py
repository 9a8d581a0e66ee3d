"""Comparing: how far two values agree, as a level from 0 (one is missing) over 1 (they differ) up to the same.

A pair of rows needs a string comparison only if no exact form decides it, and each pair of VALUES is compared once, however
many pairs of rows have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.process import cpdist

from altyn.identity.columns import Codes, EncodedColumn, Levels, Texts, Tokens, through
from altyn.identity.kinds import Field

MISSING, DIFFERENT, SWAPPED = 0, 1, 2
# Where two values share a word, they differ less than most do.
_WORD_DEMAND = 2
_SOFT_WORDS = 6
_SOFT_LIMIT = 4_000_000
_ALIKE_WORD = 0.88


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a kind is compared.

    Args:
        levels: names of the levels from 1 up; level 0 is always "missing".
        compare: (column, codes of the left rows, codes of the right rows) -> level per pair.
        frequency: level -> form whose reading both share there; how rare that reading is, counts as evidence.
        demands: form of a blocking rule -> level at which it holds; the highest for a form not named.
    """

    levels: tuple[str, ...]
    compare: Callable[[EncodedColumn, Codes, Codes], Levels]
    frequency: Mapping[int, str]
    demands: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def size(self) -> int:
        """Number of levels, the missing one included."""
        return len(self.levels) + 1

    def demanded(self, form: str) -> int:
        """The level that two values reach at least where they share a form of theirs."""
        return _WORD_DEMAND if form.startswith("word ") else self.demands.get(form, len(self.levels))


def comparison(one: Field) -> Comparison:
    """The comparison of a field's kind."""
    return COMPARISONS[one.kind]


def _start(x: Codes, y: Codes, top: int) -> tuple[Levels, NDArray[np.bool_]]:
    missing = (x < 0) | (y < 0)
    same = (x == y) & ~missing
    levels = np.full(len(x), DIFFERENT, np.int8)
    levels[missing], levels[same] = MISSING, top
    return levels, ~(missing | same)


def _value_pairs(x: Codes, y: Codes, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.intp]]:
    """Distinct unordered pairs of codes, and for each pair given the place of its own among them."""
    low, high = np.minimum(x, y).astype(np.int64), np.maximum(x, y).astype(np.int64)
    distinct, inverse = np.unique(low * size + high, return_inverse=True)
    return distinct // size, distinct % size, inverse


def _alike(texts: Texts, x: Codes, y: Codes, scorer: Any, **options: Any) -> NDArray[np.float64]:
    left, right, inverse = _value_pairs(x, y, len(texts))
    if not len(left):
        return np.zeros(0)
    return np.asarray(cpdist(texts[left], texts[right], scorer=scorer, workers=-1, **options), np.float64)[inverse]


def _person_name(column: EncodedColumn, x: Codes, y: Codes) -> Levels:
    levels, todo = _start(x, y, 8)
    stem, skeleton, initial = column.forms["stem"], column.forms["skeleton"], column.forms["initial"]
    sx, sy = stem.codes[x[todo]], stem.codes[y[todo]]
    found = np.full(len(sx), DIFFERENT, np.int8)
    same_skeleton = skeleton.codes[x[todo]] == skeleton.codes[y[todo]]
    same_stem = sx == sy
    rest = ~(same_stem | same_skeleton)
    texts = stem.texts
    if texts is not None and rest.any():
        alike = _alike(texts, sx[rest], sy[rest], JaroWinkler.similarity)
        lengths = np.asarray([len(t) for t in texts], np.int16)
        short = np.minimum(lengths[sx[rest]], lengths[sy[rest]]) == 1
        same_initial = initial.codes[x[todo][rest]] == initial.codes[y[todo][rest]]
        grade = np.where(alike >= 0.92, 5, np.where(alike >= 0.82, 4, DIFFERENT)).astype(np.int8)  # noqa: PLR2004
        grade[short & same_initial] = 3
        found[rest] = grade
    found[same_skeleton] = 6
    found[same_stem] = 7
    levels[todo] = found
    return levels


def _date(column: EncodedColumn, x: Codes, y: Codes) -> Levels:
    levels, todo = _start(x, y, 5)
    year, month, day = (column.numbers[part] for part in ("year", "month", "day"))
    a, b = x[todo], y[todo]
    same_year, same_month, same_day = year[a] == year[b], month[a] == month[b], day[a] == day[b]
    parts = same_year.astype(np.int8) + same_month + same_day
    found = np.full(len(a), DIFFERENT, np.int8)
    found[(parts == 1) & (np.abs(year[a] - year[b]) <= 1)] = 2
    # A date of which only the year is known agrees as far as it goes.
    found[same_year & ((month[a] == 0) | (month[b] == 0))] = 3
    found[parts == 2] = 4  # noqa: PLR2004
    found[same_year & (month[a] == day[b]) & (day[a] == month[b])] = 4
    levels[todo] = found
    return levels


def _identifier(column: EncodedColumn, x: Codes, y: Codes) -> Levels:
    levels, todo = _start(x, y, 3)
    if todo.any():
        distance = _alike(column.values, x[todo], y[todo], DamerauLevenshtein.distance, score_cutoff=2)
        levels[todo] = np.where(distance <= 1, 2, DIFFERENT)
    return levels


def _equal(column: EncodedColumn, x: Codes, y: Codes) -> Levels:
    del column
    return _start(x, y, 2)[0]


def _email(column: EncodedColumn, x: Codes, y: Codes) -> Levels:
    levels, todo = _start(x, y, 3)
    local = column.forms["local"].codes
    levels[todo] = np.where(local[x[todo]] == local[y[todo]], 2, DIFFERENT)
    return levels


def _number(column: EncodedColumn, x: Codes, y: Codes) -> Levels:
    levels, todo = _start(x, y, 4)
    number = column.numbers["number"]
    a, b = number[x[todo]], number[y[todo]]
    apart = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)
    levels[todo] = np.where(apart <= 0.02, 3, np.where(apart <= 0.15, 2, DIFFERENT))  # noqa: PLR2004
    return levels


def _wordwise(column: EncodedColumn, x: Codes, y: Codes) -> Levels:
    levels, todo = _start(x, y, 8)
    tokens = column.tokens
    if tokens is None or not todo.any():
        return levels
    left, right, inverse = _value_pairs(x[todo], y[todo], len(column.values))
    share = word_agreement(tokens, left, right)
    grade = 1 + np.digitize(share, (0.2, 0.4, 0.6, 0.75, 0.88, 0.995)).astype(np.int8)
    levels[todo] = grade[inverse]
    return levels


def word_agreement(tokens: Tokens, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far the words of two values agree, 0 to 1: twice the weight they share over the weight of both.

    Words weigh what they tell. Where both values have few words, a word also meets one spelled much like it.

    Args:
        tokens: words of a column's values.
        left: values, shape (P,).
        right: values, shape (P,).
    """
    weights = tokens.weights()
    total = (
        np.add.reduceat(np.append(weights[tokens.ids], 0.0), tokens.starts[:-1])
        if len(tokens.ids)
        else np.zeros(len(tokens.starts) - 1)
    )
    counts = np.diff(tokens.starts)
    total[counts == 0] = 0.0
    shared = np.empty(len(left))
    size = np.maximum(counts[left], counts[right])
    few = size <= _SOFT_WORDS
    for chosen, measure in ((few, _shared_softly), (~few, _shared)):
        places = np.flatnonzero(chosen)
        while len(places):
            # So many pairs at a time that their combinations of words fit in memory.
            cost = np.cumsum(counts[left[places]] * counts[right[places]])
            take = max(1, int(np.searchsorted(cost, _SOFT_LIMIT)))
            now, places = places[:take], places[take:]
            shared[now] = measure(tokens, weights, left[now], right[now])
    both = total[left] + total[right]
    return np.where(both > 0, 2 * shared / np.maximum(both, 1e-12), 0.0)


def _expanded(tokens: Tokens, values: NDArray[np.int64]) -> tuple[NDArray[np.int64], Codes]:
    """All words of values: the place of the value each belongs to, and the word."""
    counts = tokens.starts[values + 1] - tokens.starts[values]
    owner = np.repeat(np.arange(len(values)), counts)
    first = np.repeat(tokens.starts[values] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return owner, tokens.ids[first + np.arange(len(owner))]


def _shared(
    tokens: Tokens, weights: NDArray[np.float64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    size = len(tokens.words)
    keys = [owner * size + word for owner, word in (_expanded(tokens, left), _expanded(tokens, right))]
    common = np.intersect1d(keys[0], keys[1], assume_unique=True)
    return np.bincount(common // size, weights[common % size], len(left)).astype(np.float64)


def _shared_softly(
    tokens: Tokens, weights: NDArray[np.float64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    owner, word = _expanded(tokens, left)
    per = (tokens.starts[right + 1] - tokens.starts[right])[owner]
    which = np.repeat(np.arange(len(owner)), per)
    start = np.repeat(tokens.starts[right][owner] - np.concatenate([[0], np.cumsum(per)[:-1]]), per)
    other = tokens.ids[start + np.arange(len(which))]
    mine = word[which]
    alike = np.ones(len(which))
    rest = mine != other
    alike[rest] = _alike(tokens.words, mine[rest], other[rest], JaroWinkler.similarity, score_cutoff=_ALIKE_WORD)
    best = np.zeros(len(owner))
    np.maximum.at(best, which, alike * np.sqrt(weights[mine] * weights[other]))
    return np.bincount(owner, best, len(left)).astype(np.float64)


_NAME_LEVELS = ("different", "swapped", "initial", "somewhat alike", "alike", "same consonants", "same root", "same")
_WORD_LEVELS = (
    "different",
    "a fifth",
    "two fifths",
    "three fifths",
    "three quarters",
    "nearly all",
    "same words",
    "same",
)
_WORDWISE = Comparison(_WORD_LEVELS, _wordwise, {8: "value", 7: "words"}, {"value": 7, "words": 7})


# A kind's comparison: the names of its levels, and for each form it is blocked by the level at which that holds.
COMPARISONS: Mapping[str, Comparison] = {
    "person name": Comparison(
        _NAME_LEVELS, _person_name, {8: "value", 7: "stem", 6: "skeleton"}, {"stem": 7, "skeleton": 6}
    ),
    "organisation name": _WORDWISE,
    "identifier": Comparison(("different", "one sign", "same"), _identifier, {}),
    "date": Comparison(
        ("different", "year near", "year", "two parts", "same"),
        _date,
        {},
        {"unordered": 4, "month and day": 4, "year": 2},
    ),
    "phone": Comparison(("different", "same"), _equal, {2: "value"}),
    "e-mail": Comparison(("different", "same name", "same"), _email, {}, {"local": 2}),
    "full name": _WORDWISE,
    "place": _WORDWISE,
    "text": _WORDWISE,
    "category": Comparison(("different", "same"), _equal, {2: "value"}),
    "number": Comparison(("different", "near", "nearly same", "same"), _number, {4: "value"}),
}


def compare(
    fields: Sequence[Field], columns: Sequence[EncodedColumn], left: NDArray[Any], right: NDArray[Any]
) -> list[Levels]:
    """Levels of each field for pairs of rows, one array of shape (P,) a field."""
    levels = [
        comparison(field).compare(column, column.codes[left], column.codes[right])
        for field, column in zip(fields, columns, strict=True)
    ]
    parts = {field.part: place for place, field in enumerate(fields) if field.kind == "person name"}
    if "given" in parts and "family" in parts:
        _mark_swapped(levels, columns, parts, (left, right))
    return levels


def _mark_swapped(
    levels: list[Levels],
    columns: Sequence[EncodedColumn],
    parts: Mapping[str, int],
    rows: tuple[NDArray[Any], NDArray[Any]],
) -> None:
    """Where given and family name differ but each is the other's, the given name says so and the family name says nothing."""
    given, family = parts["given"], parts["family"]
    doubtful = np.flatnonzero((levels[given] == DIFFERENT) & (levels[family] == DIFFERENT))
    if not len(doubtful):
        return
    readings: dict[str, int] = {}
    first, last = (
        np.fromiter(
            (readings.setdefault(str(v), len(readings)) for v in columns[f].values), np.int64, len(columns[f].values)
        )
        for f in (given, family)
    )
    a, b = rows[0][doubtful], rows[1][doubtful]
    g, s = columns[given].codes, columns[family].codes
    swapped = doubtful[(first[g[a]] == last[s[b]]) & (last[s[a]] == first[g[b]])]
    levels[given][swapped], levels[family][swapped] = SWAPPED, MISSING


def frequency_bits(field: Field, column: EncodedColumn, codes: Codes, levels: Levels) -> NDArray[np.float32]:
    """What the rarity of a shared reading adds to a pair's weight, in bits: more than 0 for a rare one.

    Args:
        field: the field.
        column: its column.
        codes: the left rows' codes.
        levels: the pairs' levels.
    """
    bits = np.zeros(len(codes), np.float32)
    for level, form in comparison(field).frequency.items():
        at = levels == level
        if not at.any():
            continue
        counts = column.form_counts(form).astype(np.float64)
        total = max(1.0, float(counts.sum()))
        average = float(((counts / total) ** 2).sum())
        mine = codes[at] if form == "value" else through(column.forms[form].codes, codes[at])
        # A value seen once tells no more than that it is rare: half a row more keeps its weight finite.
        bits[at] = np.log2(average / ((counts[mine] + 0.5) / (total + 0.5))).astype(np.float32)
    return bits
