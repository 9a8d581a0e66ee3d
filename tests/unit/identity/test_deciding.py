"""Deciding: the threshold with the best expected F1, and an expectation that is a share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.identity.deciding import chance, decide

SCORES = st.lists(st.floats(-80, 80), min_size=1, max_size=40).map(np.array)


def test_without_pairs_there_is_nothing_to_decide() -> None:
    decision = decide(np.array([]), 1.0, 0.9)

    assert (decision.threshold, decision.precision, decision.recall, decision.matches) == (0.0, 0.0, 0.0, 0.0)
    assert decision.blocking_recall == 0.9


def test_a_weight_in_bits_is_odds() -> None:
    assert chance(np.array([0.0, 1.0, -1.0])).tolist() == pytest.approx([1 / 2, 2 / 3, 1 / 3])
    assert chance(np.array([1e300, -1e300])).tolist() == pytest.approx([1, 0])


def test_clear_pairs_are_told_apart() -> None:
    decision = decide(np.array([-20.0] * 90 + [20.0] * 10), 1.0, 1.0)

    assert decision.threshold == 20.0
    assert decision.precision == pytest.approx(1, abs=1e-4)
    assert decision.recall == pytest.approx(1, abs=1e-3)
    assert decision.matches == pytest.approx(10, abs=0.01)


@given(scores=SCORES, blocking=st.floats(0.0, 1.0))
def test_no_other_threshold_is_expected_to_be_better(scores: np.ndarray, blocking: float) -> None:
    decision = decide(scores, 1.0, blocking)
    wanted = chance(scores).sum() / max(0.01, blocking)

    def f1(threshold: float) -> float:
        taken = scores >= threshold
        return float(2 * chance(scores[taken]).sum() / (taken.sum() + wanted))

    assert decision.threshold in scores
    assert f1(decision.threshold) >= max(f1(s) for s in scores) - 1e-9
    assert 0 <= decision.precision <= 1
    assert 0 <= decision.recall <= 1


def test_of_a_sample_the_number_of_all_is_told() -> None:
    whole, sampled = decide(np.array([30.0] * 8), 1.0, 1.0), decide(np.array([30.0] * 2), 0.25, 1.0)

    assert sampled.matches == pytest.approx(whole.matches)


def test_what_blocking_misses_lowers_recall_and_not_precision() -> None:
    scores = np.array([30.0] * 8 + [-30.0] * 8)

    assert decide(scores, 1.0, 0.5).recall == pytest.approx(0.5)
    assert decide(scores, 1.0, 0.5).precision == pytest.approx(1)
