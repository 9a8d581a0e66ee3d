"""Weighing: m and u probabilities and the share of matches, estimated without truth from counts of comparison vectors.

Fellegi and Sunter's model with one class of matches and several of others: pairs at random, and for each blocking rule pairs
that agree on its fields for another reason than being one (namesakes, families, twins, a child with a parent's number). The
expectation-maximisation runs over distinct vectors with their counts, so it is exact and costs nearly nothing.

Source: Fellegi and Sunter 1969, J. Am. Stat. Assoc. 64 (328); counting patterns: Enamorado, Fifield and Imai 2019, APSR 113 (2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FIRST_MATCH_SHARE = 0.2
_STEPS, _ENOUGH = 200, 1e-6
# How many pairs a first guess of a class is worth: keeps what is not seen in the data where it was.
_OTHERS_PRIOR, _MATCH_PRIOR = 0.05, 2.0
_FEW = 1e-7


@dataclass(frozen=True, slots=True)
class Weights:
    """What was estimated.

    Args:
        m: per field the probability of each level for a match; level 0 (missing) says nothing and is 1.
        others: per class and field the probability of each level for pairs that are none.
        shares: share of the matches, then of each other class, among the pairs looked at.
        steps: iterations until nothing moved.
    """

    m: tuple[Floats, ...]
    others: tuple[tuple[Floats, ...], ...]
    shares: Floats
    steps: int

    def scores(self, vectors: NDArray[np.int8]) -> Floats:
        """log2 of the odds that a pair with these levels is a match; shape (V,)."""
        match = np.log2(self.shares[0]) + _bits(self.m, vectors)
        rest = [np.log2(share) + _bits(one, vectors) for share, one in zip(self.shares[1:], self.others, strict=True)]
        return match - np.logaddexp2.reduce(rest, axis=0)


def _bits(tables: Sequence[Floats], vectors: NDArray[np.int8]) -> Floats:
    out = np.zeros(len(vectors))
    for f, table in enumerate(tables):
        out += np.log2(table)[vectors[:, f]]
    return out


def _levels(given: Floats) -> Floats:
    return np.concatenate([[1.0], given / given.sum()])


def first_match(size: int) -> Floats:
    """A first guess of m: most matches agree, fewer the further a level is from the top."""
    return _levels(np.concatenate([[0.06], np.linspace(4, 1, size - 2)[::-1] ** 2 / 20]) if size > 2 else np.ones(1))  # noqa: PLR2004


def agreeing(u: Floats, lowest: int) -> Floats:
    """Levels of u among pairs that reach at least `lowest`: what a blocking rule does to its field."""
    kept = np.where(np.arange(1, len(u)) >= lowest, u[1:], u[1:].min() * 1e-3)
    return _levels(np.maximum(kept, _FEW))


def estimate(
    vectors: NDArray[np.int8], counts: Floats, random: Sequence[Floats], classes: Sequence[Sequence[tuple[int, int]]]
) -> Weights:
    """Estimate the model.

    Args:
        vectors: distinct comparison vectors, shape (V, F).
        counts: pairs with each, shape (V,).
        random: per field u, the probability of each level for two rows taken at random, level 0 as 1.
        classes: per blocking rule the (field, lowest level) it demands.
    """
    fields = range(vectors.shape[1])
    match = [first_match(len(u)) for u in random]
    start = [[u.copy() for u in random]]
    for rule in classes:
        demands = dict(rule)
        start.append([agreeing(random[f], demands[f]) if f in demands else random[f].copy() for f in fields])
    total = float(counts.sum())
    shares = np.asarray([_FIRST_MATCH_SHARE, *[(1 - _FIRST_MATCH_SHARE) / len(start)] * len(start)])
    others = [[table.copy() for table in one] for one in start]
    m = [table.copy() for table in match]
    steps = 0
    while steps < _STEPS:
        steps += 1
        bits = np.stack([_bits(one, vectors) for one in (m, *others)]) + np.log2(np.maximum(shares, 1e-12))[:, None]
        posterior = np.exp2(bits - np.logaddexp2.reduce(bits, axis=0)) * counts
        mass = posterior.sum(axis=1)
        before, shares = shares, (mass + 0.5) / (total + 0.5 * len(mass))
        for f in fields:
            m[f] = _update(vectors[:, f], posterior[0], match[f], _MATCH_PRIOR)
            for c, one in enumerate(others):
                # A class of others may not drift to what matches look like: its first guess counts as a share of its pairs.
                one[f] = _update(vectors[:, f], posterior[c + 1], start[c][f], 20.0 + _OTHERS_PRIOR * mass[c + 1])
        if float(np.abs(before - shares).max()) < _ENOUGH:
            break
    return Weights(tuple(m), tuple(tuple(one) for one in others), shares, steps)


def _update(levels: NDArray[np.int8], weight: Floats, prior: Floats, strength: float) -> Floats:
    found = np.bincount(levels, weight, len(prior))[1:] + strength * prior[1:]
    return np.concatenate([[1.0], np.maximum(found / found.sum(), _FEW)])


def random_levels(levels: NDArray[np.int8], size: int, exact: float | None) -> Floats:
    """Level probabilities u from the levels of pairs taken at random; the top level from how often values are, where that is known.

    Args:
        levels: levels of random pairs.
        size: number of levels with the missing one.
        exact: probability that two rows share a value, or None to take it from the sample.
    """
    found = np.bincount(levels, minlength=size)[1:].astype(np.float64)
    known = found.sum()
    share = (found + 0.5 / len(found)) / (known + 0.5)
    if exact is not None:
        exact = min(max(exact, _FEW), 0.999)
        rest = share[:-1].sum()
        share = np.concatenate([share[:-1] / max(rest, _FEW) * (1 - exact), [exact]])
    return np.concatenate([[1.0], np.maximum(share, _FEW)])
