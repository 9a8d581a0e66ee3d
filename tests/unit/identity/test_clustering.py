"""Clustering: rows that belong together, whatever the order of pairs; a weak bridge holds nothing together."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from altyn.identity.clustering import clusters, components

ROWS = 8
PAIRS = st.lists(
    st.tuples(st.integers(0, ROWS - 1), st.integers(0, ROWS - 1)).filter(lambda p: p[0] != p[1]), max_size=12
)


def arrays(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([a for a, _ in pairs], np.int32), np.array([b for _, b in pairs], np.int32)


@given(PAIRS)
def test_a_component_is_what_can_be_reached(pairs: list[tuple[int, int]]) -> None:
    labels = components(*arrays(pairs), ROWS)

    reached = {row: {row} for row in range(ROWS)}
    for _ in range(ROWS):
        for a, b in pairs:
            reached[a] |= reached[b]
            reached[b] |= reached[a]
    assert labels.tolist() == [min(reached[row]) for row in range(ROWS)]


@given(pairs=PAIRS, seed=st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_matter(pairs: list[tuple[int, int]], seed: object) -> None:
    pairs = list({frozenset(p): tuple(sorted(p)) for p in pairs}.values())  # type: ignore[misc]
    scores = [((7 * a + 3 * b) % 13) - 5.0 for a, b in pairs]
    order = list(range(len(pairs)))
    seed.shuffle(order)  # type: ignore[attr-defined]

    first = clusters(*arrays(pairs), np.array(scores), ROWS, 0.0)
    other = clusters(*arrays([pairs[o] for o in order]), np.array([scores[o] for o in order]), ROWS, 0.0)

    assert first.tolist() == other.tolist()
    assert all(first[label] == label for label in first), "a cluster is called by its smallest row"


def test_pairs_that_agree_are_one_cluster_and_others_stay_alone() -> None:
    left, right = arrays([(0, 1), (1, 2), (4, 5)])

    assert clusters(left, right, np.array([5.0, 5.0, -5.0]), 6, 0.0).tolist() == [0, 0, 0, 3, 4, 5]
    assert clusters(left, right, np.array([5.0, 5.0, -5.0]), 6, 6.0).tolist() == list(range(6))


def test_a_bridge_between_two_people_is_not_crossed() -> None:
    """0-1 and 2-3 are surely one each; 1-2 looks alike, and everything else between them speaks against it."""
    left, right = arrays([(0, 1), (2, 3), (1, 2), (0, 2), (1, 3), (0, 3)])

    assert clusters(left, right, np.array([20.0, 20.0, 2.0, -9.0, -9.0, -9.0]), 4, 0.0).tolist() == [0, 0, 2, 2]
    # What little speaks against it is outvoted by what is known together.
    assert clusters(left, right, np.array([20.0, 20.0, 9.0, 6.0, -2.0, -2.0]), 4, 0.0).tolist() == [0, 0, 0, 0]


def test_one_huge_weight_does_not_outvote_two_that_speak_against() -> None:
    left, right = arrays([(0, 1), (1, 2), (0, 2)])

    assert clusters(left, right, np.array([90.0, 30.0, -40.0]), 3, 0.0).tolist() == [0, 0, 0]
    assert clusters(left, right, np.array([90.0, 5.0, -40.0]), 3, 0.0).tolist() == [0, 0, 2]


def test_nothing_compared_is_nothing_joined() -> None:
    nothing = np.array([], np.int32)

    assert clusters(nothing, nothing, np.array([]), 3, 0.0).tolist() == [0, 1, 2]
    assert clusters(nothing, nothing, np.array([]), 0, 0.0).tolist() == []
