"""Linking: rows of one or more sources become scored pairs and clusters, under a model learned from the rows alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from altyn import settings
from altyn.errors import AltynError
from altyn.identity.blocking import BlockIndex, Hot, Rule, chunks, entries, hot_blocks, index, pairs_of, pairs_with
from altyn.identity.choosing import Choice, choose, coverage, forms_of
from altyn.identity.clustering import ClusterLabels, clusters
from altyn.identity.columns import EncodedColumn, Levels
from altyn.identity.comparing import compare, comparison, frequency_bits
from altyn.identity.deciding import Threshold, decide
from altyn.identity.specification import Specification
from altyn.identity.weighing import Floats, Weights, estimate, random_levels
from altyn.language import say

AT_ONCE = 2_000_000
# Pairs a model is learned from; more say no more.
_LEARN_FROM = 4_000_000
_RANDOM_PAIRS = 300_000
# Pairs under this weight are not kept: far from any threshold, they only say that two rows differ.
KEEP_FROM = -8.0
# Measured at a million rows: what an entry of a rule, a cell and a pair of a chunk hold while pairs are made.
_BYTES_PER_ENTRY, _BYTES_PER_CELL, _BYTES_PER_PAIR = 40, 24, 48
_MB = 1 << 20
# Where a machine does not say what it has free, nothing is refused.
_UNKNOWN_MB = 1 << 30
_SOME_WORDS = 3


@dataclass(frozen=True)
class SourceRows:
    """Rows of all sources, column by column. `sources` is each row's source, by number; shape (N,)."""

    columns: tuple[EncodedColumn, ...]
    sources: NDArray[np.int16]

    @property
    def total(self) -> int:
        """Number of rows."""
        return len(self.sources)

    def unlinkable(self) -> int:
        """Rows that say nothing in any field."""
        known = np.zeros(self.total, bool)
        for column in self.columns:
            known |= column.codes >= 0
        return int((~known).sum())


@dataclass(frozen=True)
class Model:
    """What was learned, enough to score other rows the same way."""

    specification: Specification
    rules: tuple[Rule, ...]
    choice: Choice
    hot: tuple[Hot, ...]
    weights: Weights
    random: tuple[Floats, ...]
    decision: Threshold
    within: bool


@dataclass(frozen=True)
class Pairs:
    """Compared pairs of rows that were kept: left < right, weight in bits, levels per field."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    scores: NDArray[np.float32]
    vectors: NDArray[np.int64]


@dataclass(frozen=True)
class Linked:
    """A result: the model, the pairs it kept, each row's cluster and how sure its membership is."""

    model: Model
    pairs: Pairs
    labels: ClusterLabels
    probability: NDArray[np.float64]
    compared: int = 0

    def cluster_sizes(self) -> NDArray[np.int64]:
        """Rows of each cluster."""
        sizes = np.bincount(self.labels, minlength=len(self.labels))
        return sizes[sizes > 0].astype(np.int64)


def link(specification: Specification, rows: SourceRows, *, seed: int = 1) -> Linked:
    """Learn a model from rows and link them by it."""
    model, compared = learn(specification, rows, seed=seed)
    pairs, count = compared if compared is not None else score_all(model, rows)
    return finish(model, rows, pairs, count)


def finish(model: Model, rows: SourceRows, pairs: Pairs, compared: int) -> Linked:
    """Clusters and certainty from scored pairs."""
    threshold = model.decision.threshold
    labels = clusters(pairs.left, pairs.right, pairs.scores, rows.total, threshold)
    return Linked(model, pairs, labels, certainty(labels, pairs, threshold, model.decision), compared)


def certainty(labels: ClusterLabels, pairs: Pairs, threshold: float, decision: Threshold) -> NDArray[np.float64]:
    """Per row the probability of its best pair inside its cluster; for a row alone, that none of its pairs is a match."""
    del threshold
    chance = decision.probability(pairs.scores)
    inside = labels[pairs.left] == labels[pairs.right]
    best, outside = np.zeros(len(labels)), np.zeros(len(labels))
    for rows in (pairs.left, pairs.right):
        np.maximum.at(best, rows[inside], chance[inside])
        np.maximum.at(outside, rows[~inside], chance[~inside])
    alone = np.bincount(labels, minlength=len(labels))[labels] == 1
    return np.where(alone, 1 - outside, best)


def learn(specification: Specification, rows: SourceRows, *, seed: int = 1) -> tuple[Model, tuple[Pairs, int] | None]:
    """Learn a model; where all pairs were looked at for it, they come with it, scored.

    Args:
        specification: what is linked and by what.
        rows: the rows.
        seed: of the samples.
    """
    several = int(rows.sources.max(initial=0)) > 0
    within = specification.within if specification.within is not None else not several
    rng = np.random.default_rng(seed)
    random = _random(specification, rows, rng, within=within)
    agreement: dict[tuple[int, str], float] = {}
    choice = _chosen(specification, rows, agreement)
    hot = _hot(choice.rules, rows)
    _require_memory(rows, choice)
    batch = _sampled(specification, choice.rules, hot, rows, within=within)
    weights = _estimated(specification, choice.rules, batch, random)
    if not specification.rules and len(batch.left):
        # What matches agree on is known now: rules are chosen once more by it.
        agreement = _agreement(specification, rows, batch, weights)
        again = _chosen(specification, rows, agreement)
        if set(again.rules) != set(choice.rules):
            choice = again
            hot = _hot(choice.rules, rows)
            batch = _sampled(specification, choice.rules, hot, rows, within=within)
            weights = _estimated(specification, choice.rules, batch, random)
    scores = _scores(specification, rows, batch, weights)
    found = (
        coverage(choice.rules, specification.fields, rows.columns, rows.sources, agreement)
        if agreement
        else choice.recall
    )
    decision = decide(scores.astype(np.float64), batch.share, found)
    model = Model(specification, choice.rules, choice, hot, weights, random, decision, within)
    if batch.share < 1:
        return model, None
    return model, (_kept(batch, scores), len(scores))


def _require_memory(rows: SourceRows, choice: Choice) -> None:
    """Refuse before pairs are made what would not fit; most pairs are forgotten, but chunks and indexes are not.

    Raises:
        AltynError: `identity.memory`.
    """
    fields = len(rows.columns)
    held = rows.total * (len(choice.rules) * _BYTES_PER_ENTRY + fields * _BYTES_PER_CELL)
    chunk = min(sum(choice.pairs), AT_ONCE + _LEARN_FROM) * (_BYTES_PER_PAIR + fields)
    need, have = (held + chunk) // _MB, free_mb()
    if need > have:
        raise AltynError(
            "identity.memory",
            what=say("Linking these rows would need about {need} MB, and {have} MB are free.", need=need, have=have),
            mend=say("Use a larger machine, lower max_pairs_per_row in the specification, or link a part."),
        )


def free_mb() -> int:
    """Memory that may be used, in MB: what `ALTYN_MEMORY_MB` allows, or what the machine has free."""
    if allowed := settings.memory_mb():
        return allowed
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return _UNKNOWN_MB
    free = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return int(free) // 1024 if free else _UNKNOWN_MB


@dataclass(frozen=True)
class _Batch:
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    levels: tuple[Levels, ...]
    vectors: NDArray[np.int64]
    share: float


def _chosen(specification: Specification, rows: SourceRows, agreement: Mapping[tuple[int, str], float]) -> Choice:
    if specification.rules:
        indexes = _indexes(specification.rules, _hot(specification.rules, rows), rows)
        return Choice(specification.rules, tuple(i.count() for i in indexes), tuple(0.0 for _ in indexes))
    return choose(specification.fields, rows.columns, rows.sources, specification.max_pairs_per_row, agreement or None)


def _hot(rules: Sequence[Rule], rows: SourceRows) -> tuple[Hot, ...]:
    return tuple(hot_blocks(rule, rows.columns) for rule in rules)


def _indexes(rules: Sequence[Rule], hot: Sequence[Hot], rows: SourceRows) -> list[BlockIndex]:
    return [index(entries(rule, rows.columns, closed), rows.total) for rule, closed in zip(rules, hot, strict=True)]


def batches(
    specification: Specification, rules: Sequence[Rule], hot: Sequence[Hot], rows: SourceRows, *, within: bool
) -> Iterator[tuple[float, _Batch]]:
    """Compared pairs of the rules in chunks, each with the share of rows that were done before it."""
    indexes = _indexes(rules, hot, rows)
    for low, high in chunks(indexes, rows.total, AT_ONCE):
        left, right = pairs_of(indexes, low, high, rows.total)
        yield low / max(1, rows.total), _compared(specification, rows, left, right, within=within)


def _compared(
    specification: Specification, rows: SourceRows, left: NDArray[np.int32], right: NDArray[np.int32], *, within: bool
) -> _Batch:
    if not within:
        across = rows.sources[left] != rows.sources[right]
        left, right = left[across], right[across]
    levels = compare(specification.fields, rows.columns, left, right)
    return _Batch(left, right, tuple(levels), _vectors(specification, levels), 1.0)


def score_new(model: Model, rows: SourceRows, is_new: NDArray[np.bool_]) -> Pairs:
    """Pairs of the model's rules that have a new row, scored as `score_all` scores them.

    Args:
        model: the model.
        rows: all rows, old and new, encoded with the model's values first.
        is_new: per row whether it is new; shape (N,).
    """
    found = [entries(rule, rows.columns, closed) for rule, closed in zip(model.rules, model.hot, strict=True)]
    left, right = pairs_with(found, is_new, rows.total)
    batch = _compared(model.specification, rows, left, right, within=model.within)
    return _kept(batch, _scores(model.specification, rows, batch, model.weights))


def _vectors(specification: Specification, levels: Sequence[Levels]) -> NDArray[np.int64]:
    vectors = np.zeros(len(levels[0]), np.int64)
    for one, size in zip(levels, specification.sizes, strict=True):
        vectors = vectors * size + one
    return vectors


def levels_of(specification: Specification, vectors: NDArray[np.int64]) -> NDArray[np.int8]:
    """The levels behind vector numbers; shape (V, fields)."""
    rest = vectors.astype(np.int64)
    out = np.zeros((len(vectors), len(specification.sizes)), np.int8)
    for place in reversed(range(len(specification.sizes))):
        out[:, place] = rest % specification.sizes[place]
        rest //= specification.sizes[place]
    return out


def _sampled(
    specification: Specification, rules: Sequence[Rule], hot: Sequence[Hot], rows: SourceRows, *, within: bool
) -> _Batch:
    found: list[_Batch] = []
    share, count = 1.0, 0
    for done, batch in batches(specification, rules, hot, rows, within=within):
        if count >= _LEARN_FROM:
            share = done
            break
        found.append(batch)
        count += len(batch.left)
    if not found:
        empty = np.zeros(0, np.int32)
        return _Batch(
            empty, empty, tuple(np.zeros(0, np.int8) for _ in specification.fields), np.zeros(0, np.int64), 1.0
        )
    return _Batch(
        np.concatenate([b.left for b in found]),
        np.concatenate([b.right for b in found]),
        tuple(np.concatenate([b.levels[f] for b in found]) for f in range(len(specification.fields))),
        np.concatenate([b.vectors for b in found]),
        share,
    )


def _random(
    specification: Specification, rows: SourceRows, rng: np.random.Generator, *, within: bool
) -> tuple[Floats, ...]:
    """u: levels of rows taken at random, the top one from how often values are."""
    total = rows.total
    left, right = (rng.integers(0, max(1, total), min(_RANDOM_PAIRS, 20 * total * total)) for _ in range(2))
    good = left != right
    if not within:
        good &= rows.sources[left] != rows.sources[right]
    left, right = left[good], right[good]
    out: list[Floats] = []
    levels = compare(specification.fields, rows.columns, left, right)
    for one, column, found in zip(specification.fields, rows.columns, levels, strict=True):
        counts = column.counts.astype(np.float64)
        known = counts.sum()
        same = float((counts * (counts - 1)).sum() / (known * (known - 1))) if known > 1 else None
        out.append(random_levels(found, comparison(one).size, same))
    return tuple(out)


def _estimated(specification: Specification, rules: Sequence[Rule], batch: _Batch, random: Sequence[Floats]) -> Weights:
    cells, counts = np.unique(batch.vectors, return_counts=True)
    classes = [
        [
            (
                place,
                comparison(specification.fields[place]).demanded(form),
            )
            for place, form in rule.parts
        ]
        for rule in rules
    ]
    return estimate(levels_of(specification, cells), counts.astype(np.float64), random, classes)


def _scores(specification: Specification, rows: SourceRows, batch: _Batch, weights: Weights) -> NDArray[np.float32]:
    if not len(batch.vectors):
        return np.zeros(0, np.float32)
    cells, place = np.unique(batch.vectors, return_inverse=True)
    scores = weights.scores(levels_of(specification, cells))[place].astype(np.float32)
    for one, column, found in zip(specification.fields, rows.columns, batch.levels, strict=True):
        if one.name not in specification.without_rarity:
            scores += frequency_bits(one, column, column.codes[batch.left], found)
    return scores


def _kept(batch: _Batch, scores: NDArray[np.float32]) -> Pairs:
    keep = scores >= KEEP_FROM
    return Pairs(batch.left[keep], batch.right[keep], scores[keep], batch.vectors[keep])


def score_all(model: Model, rows: SourceRows) -> tuple[Pairs, int]:
    """All pairs of the model's rules, chunk by chunk, and how many were compared."""
    found: list[Pairs] = []
    count = 0
    for _, batch in batches(model.specification, model.rules, model.hot, rows, within=model.within):
        found.append(_kept(batch, _scores(model.specification, rows, batch, model.weights)))
        count += len(batch.left)
    if not found:
        empty = np.zeros(0, np.int32)
        return Pairs(empty, empty, np.zeros(0, np.float32), np.zeros(0, np.int64)), 0
    return Pairs(
        *(np.concatenate([getattr(p, name) for p in found]) for name in ("left", "right", "scores", "vectors"))
    ), count


def _agreement(
    specification: Specification, rows: SourceRows, batch: _Batch, weights: Weights
) -> dict[tuple[int, str], float]:
    """How often each form agrees for matches where both rows have it, by the pairs' probabilities."""
    scores = _scores(specification, rows, batch, weights).astype(np.float64)
    chance = 1 / (1 + np.exp2(-np.clip(scores, -60, 60)))
    out: dict[tuple[int, str], float] = {}
    for place, one in enumerate(specification.fields):
        for form in forms_of(one):
            codes, _ = rows.columns[place].form_codes(form)
            a, b = codes[batch.left], codes[batch.right]
            both = (a >= 0) & (b >= 0)
            weight = chance[both]
            if weight.sum() > 1:
                out[place, form] = float(min(0.999, (weight * (a[both] == b[both])).sum() / weight.sum()))
        if rows.columns[place].tokens is not None:
            known = batch.levels[place] > 0
            weight = chance[known]
            if weight.sum() > 1:
                out[place, "word"] = float(
                    min(0.999, (weight * (batch.levels[place][known] >= _SOME_WORDS)).sum() / weight.sum())
                )
    return out
