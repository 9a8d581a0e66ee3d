"""Choosing: which blocking rules to use, by what they cost and how many matches they are expected to find.

The cost of a rule is counted on a sample of rows. What it finds is read from imagined matches: fields that are there as often
as in the data and agree as often as matches do, by a first guess, and once a model was estimated by its m probabilities.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from altyn.identity.blocking import Rule, entries
from altyn.identity.columns import EncodedColumn
from altyn.identity.kinds import KINDS, Field

_SAMPLE, _IMAGINED, _MOST_RULES = 60_000, 20_000, 14
_LEAST_GAIN = 0.0004
_ONE_RULE_SHARE = 0.3
_FREE_PAIRS = 300_000
_WORD_LIMITS = (400, 100, 30, 10, 4)
_SHARE_A_WORD = 0.93


@dataclass(frozen=True, slots=True)
class Choice:
    """Rules with what each is expected to cost and to add.

    Args:
        rules: in the order they were chosen.
        pairs: expected pairs of each.
        gains: expected share of all matches each adds to those before it.
    """

    rules: tuple[Rule, ...]
    pairs: tuple[int, ...]
    gains: tuple[float, ...]

    @property
    def recall(self) -> float:
        """Expected share of all matches that some rule finds."""
        return float(sum(self.gains))


def choose(
    fields: Sequence[Field],
    columns: Sequence[EncodedColumn],
    sources: NDArray[np.int16],
    budget_per_row: float,
    agreement: Mapping[tuple[int, str], float] | None = None,
    *,
    seed: int = 1,
) -> Choice:
    """Choose rules.

    Args:
        fields: what is compared.
        columns: their columns.
        sources: per row its source.
        budget_per_row: pairs the rules may give for a row on average.
        agreement: (field, form) -> how often it agrees for matches where both have it, once that is known.
        seed: of the sample.
    """
    total = len(sources)
    if not total:
        return Choice((), (), ())
    rng = np.random.default_rng(seed)
    budget = _FREE_PAIRS + budget_per_row * total
    candidates = _candidates(fields)
    rows = np.sort(rng.choice(total, min(total, _SAMPLE), replace=False))
    sampled = [column.taken(rows) for column in columns]
    factor = (total / max(1, len(rows))) ** 2
    found = _imagined(fields, columns, sources, agreement or {}, rng)
    costs: dict[Rule, float] = {}
    for rule in candidates:
        cost = _cost(rule, sampled) * factor
        if cost <= budget * _ONE_RULE_SHARE:
            costs[rule] = cost
    hits = {rule: _hits(rule, found) for rule in costs}
    # Words are never as precise as their limit says for a sample; they come with their own limits, most generous first.
    by_word = [rule for rule in hits if rule.is_by_word]
    for rule in by_word:
        if any(wider.parts[0][0] == rule.parts[0][0] and wider.word_limit > rule.word_limit for wider in by_word):
            del hits[rule]
    chosen, gains = list[Rule](), list[float]()
    covered, spent = np.zeros(_IMAGINED, bool), 0.0
    while hits and len(chosen) < _MOST_RULES:
        gain = {rule: float((hit & ~covered).mean()) for rule, hit in hits.items() if spent + costs[rule] <= budget}
        if not gain:
            break
        best = max(gain, key=lambda rule: (gain[rule] / (1 + costs[rule] / (0.1 * budget)), -costs[rule], rule))
        if gain[best] < _LEAST_GAIN:
            break
        chosen.append(best)
        gains.append(gain[best])
        covered |= hits.pop(best)
        spent += costs[best]
    return Choice(tuple(chosen), tuple(round(costs[rule]) for rule in chosen), tuple(gains))


def coverage(
    rules: Sequence[Rule],
    fields: Sequence[Field],
    columns: Sequence[EncodedColumn],
    sources: NDArray[np.int16],
    agreement: Mapping[tuple[int, str], float],
) -> float:
    """Expected share of all matches that some rule finds."""
    found = _imagined(fields, columns, sources, agreement, np.random.default_rng(2))
    covered = np.zeros(_IMAGINED, bool)
    for rule in rules:
        covered |= _hits(rule, found)
    return float(covered.mean())


def forms_of(field: Field) -> tuple[str, ...]:
    """Forms of a field that rules are made of."""
    return tuple(_guesses(field))


def _guesses(field: Field) -> Mapping[str, float]:
    return {form: share for form, share in KINDS[field.kind].keys.items() if share is not None}


def _candidates(fields: Sequence[Field]) -> list[Rule]:
    forms: list[tuple[int, str]] = []
    alone: list[Rule] = []
    words: list[Rule] = []
    for place, field in enumerate(fields):
        forms += [(place, form) for form in _guesses(field)]
        if KINDS[field.kind].has_words:
            words += [Rule(((place, f"word {limit}"),)) for limit in _WORD_LIMITS]
    alone = [Rule((part,)) for part in forms]
    several = [
        Rule(tuple(parts))
        for size in (2, 3)
        for parts in itertools.combinations(forms, size)
        if len({place for place, _ in parts}) == size
    ]
    return [*alone, *several, *words]


def _cost(rule: Rule, sampled: Sequence[EncodedColumn]) -> float:
    counts = np.unique(entries(rule, sampled).keys, return_counts=True)[1]
    return float((counts.astype(np.float64) * (counts - 1) / 2).sum())


def _imagined(
    fields: Sequence[Field],
    columns: Sequence[EncodedColumn],
    sources: NDArray[np.int16],
    agreement: Mapping[tuple[int, str], float],
    rng: np.random.Generator,
) -> dict[tuple[int, str], NDArray[np.bool_]]:
    """Imagined matches: per (field, form) whether both rows have it and agree."""
    present = _present(columns, sources, rng)
    found: dict[tuple[int, str], NDArray[np.bool_]] = {}
    for place, field in enumerate(fields):
        # One draw a field: forms of a value agree together, the looser one where the stricter does.
        draw = rng.random(_IMAGINED)
        for form, guess in _guesses(field).items():
            share = agreement.get((place, form), guess)
            found[place, form] = present[place] & (draw < share)
        if KINDS[field.kind].has_words:
            # Of agreeing values, those have a rare word in common that have one at all.
            agree = agreement.get((place, "word"), _SHARE_A_WORD)
            for limit in _WORD_LIMITS:
                found[place, f"word {limit}"] = present[place] & (draw < agree * _with_rare_word(columns[place], limit))
    return found


def _with_rare_word(column: EncodedColumn, limit: int) -> float:
    """Share of rows that have a word that stands in at most `limit` rows."""
    tokens = column.tokens
    if tokens is None or not len(tokens.ids):
        return 0.0
    owner = np.repeat(np.arange(len(column.values)), np.diff(tokens.starts))
    has = np.zeros(len(column.values), bool)
    has[owner[tokens.counts[tokens.ids] <= limit]] = True
    return float((has * column.counts).sum() / max(1, column.counts.sum()))


def _present(
    columns: Sequence[EncodedColumn], sources: NDArray[np.int16], rng: np.random.Generator
) -> list[NDArray[np.bool_]]:
    """Which fields two rows of a match both have: rows taken at random, of two sources where there are several."""
    left, right = (rng.integers(0, len(sources), _IMAGINED) for _ in range(2))
    if sources.max(initial=0) > 0:
        for _ in range(8):
            same = sources[left] == sources[right]
            right = np.where(same, rng.integers(0, len(sources), _IMAGINED), right)
    return [(column.codes[left] >= 0) & (column.codes[right] >= 0) for column in columns]


def _hits(rule: Rule, found: Mapping[tuple[int, str], NDArray[np.bool_]]) -> NDArray[np.bool_]:
    hit = np.ones(_IMAGINED, bool)
    for part in rule.parts:
        hit &= found[part]
    return hit
