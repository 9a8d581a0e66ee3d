"""Deciding: the threshold above which a pair counts as one, and what precision and recall are to be expected, without truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEEPEST = 60.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold and what it is expected to give.

    Args:
        threshold: least weight of an accepted pair, in bits.
        precision: share of accepted pairs that are matches, as the model expects it. It has no interval: none is derived yet.
        recall: share of all matches that are accepted, expected in the same way.
        blocking_recall: expected share of all matches that were compared at all.
        matches: expected number of matches among the pairs compared.
    """

    threshold: float
    precision: float
    recall: float
    blocking_recall: float
    matches: float

    def probability(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        """The probability that pairs of these weights are matches."""
        return chance(scores)


def chance(scores: NDArray[Any]) -> NDArray[np.float64]:
    """1 / (1 + 2^-weight)."""
    return 1 / (1 + np.exp2(-np.clip(scores.astype(np.float64), -_STEEPEST, _STEEPEST)))


def decide(scores: NDArray[np.float64], share: float, blocking_recall: float) -> Threshold:
    """The threshold with the best expected F1.

    Args:
        scores: weights of the pairs looked at.
        share: which share of all pairs they are.
        blocking_recall: expected share of matches among the pairs of all rules.
    """
    if not len(scores):
        return Threshold(0.0, 0.0, 0.0, blocking_recall, 0.0)
    ordered = -np.sort(-scores)
    probability = chance(ordered)
    hits = np.cumsum(probability)
    wanted = hits[-1] / max(0.01, blocking_recall)
    f1 = 2 * hits / (np.arange(1, len(ordered) + 1) + wanted)
    best = int(f1.argmax())
    precision, recall = hits[best] / (best + 1), hits[best] / wanted
    return Threshold(
        float(ordered[best]),
        float(precision),
        float(recall),
        blocking_recall,
        float(hits[-1] / share),
    )
