"""Weighing: probabilities that add up, evidence that speaks the right way, and a truth that is found again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.identity.weighing import Weights, agreeing, estimate, first_match, random_levels


@pytest.mark.parametrize("size", [2, 3, 5, 9])
def test_a_first_guess_is_a_probability_that_grows_with_agreement(size: int) -> None:
    guess = first_match(size)

    assert len(guess) == size
    assert guess[0] == 1.0, "a missing value says nothing"
    assert guess[1:].sum() == pytest.approx(1)
    assert guess[-1] == guess[1:].max()


def test_a_rule_leaves_next_to_nothing_below_what_it_demands() -> None:
    u = np.array([1.0, 0.7, 0.2, 0.1])

    kept = agreeing(u, 3)

    assert kept[1:].sum() == pytest.approx(1)
    assert kept[3] > 0.99
    assert (kept > 0).all()
    assert agreeing(u, 1) == pytest.approx(u)


@given(levels=st.lists(st.integers(0, 3), max_size=30), exact=st.none() | st.floats(0, 1))
def test_u_is_a_probability_whatever_the_sample(levels: list[int], exact: float | None) -> None:
    u = random_levels(np.array(levels, np.int8), 4, exact)

    assert u[0] == 1.0
    assert u[1:].sum() == pytest.approx(1, abs=0.01)
    assert (u > 0).all()
    if exact is not None:
        assert u[-1] == pytest.approx(min(max(exact, 1e-7), 0.999))


def truth() -> tuple[np.ndarray, np.ndarray, float]:
    """Vectors of two fields with three levels, as counts of a world with known m, u and share."""
    m, u, share = np.array([0.05, 0.15, 0.8]), np.array([0.9, 0.08, 0.02]), 0.1
    vectors = np.array([[a, b] for a in (1, 2, 3) for b in (1, 2, 3)], np.int8)
    counts = np.array([1e5 * (share * m[a - 1] * m[b - 1] + (1 - share) * u[a - 1] * u[b - 1]) for a, b in vectors])
    return vectors, counts, share


def test_a_known_truth_is_found_without_being_told() -> None:
    vectors, counts, share = truth()
    u = np.array([1.0, 0.9, 0.08, 0.02])

    found = estimate(vectors, counts, [u, u], [])

    assert found.shares[0] == pytest.approx(share, abs=0.03)
    assert found.shares.sum() == pytest.approx(1, abs=0.01)
    assert found.m[0][3] == pytest.approx(0.8, abs=0.08)
    scores = found.scores(np.array([[3, 3], [3, 1], [1, 1]], np.int8))
    assert scores[0] > 0 > scores[2]
    assert scores[0] > scores[1] > scores[2]


def test_a_missing_value_says_nothing() -> None:
    vectors, counts, _ = truth()
    found = estimate(vectors, counts, [np.array([1.0, 0.9, 0.08, 0.02])] * 2, [])
    alone = Weights(found.m[:1], tuple(one[:1] for one in found.others), found.shares, found.steps)

    assert found.scores(np.array([[3, 0]], np.int8)) == pytest.approx(alone.scores(np.array([[3]], np.int8)))


def test_nothing_seen_leaves_the_first_guess() -> None:
    u = np.array([1.0, 0.9, 0.1])

    found = estimate(np.zeros((0, 1), np.int8), np.zeros(0), [u], [[(0, 2)]])

    assert found.m[0] == pytest.approx(first_match(3))
    assert len(found.others) == 2
    assert np.isfinite(found.shares).all()
