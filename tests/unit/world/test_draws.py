"""Draws: the same for the same seed, name and id, whatever else is drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from altyn.world.draws import Draws, record_numbers, spread

IDS = np.arange(200_000)


def test_a_draw_hangs_on_seed_name_and_id_alone() -> None:
    draws = Draws(3)
    whole = draws.unit("height", IDS)
    assert (draws.unit("height", IDS[5000:6000]) == whole[5000:6000]).all()
    for other in (Draws(4).unit("height", IDS), draws.unit("weight", IDS)):
        assert abs(np.corrcoef(whole, other)[0, 1]) < 0.01


def test_draws_are_uniform() -> None:
    counts = np.bincount(Draws(1).below("die", IDS, 20), minlength=20)
    expected = len(IDS) / 20
    assert ((counts - expected) ** 2 / expected).sum() < 50  # chi square of 19 degrees: one in ten thousand


def test_weights_are_kept() -> None:
    picked = np.bincount(Draws(1).pick("name", IDS, np.array([1.0, 0.0, 3.0])), minlength=3) / len(IDS)
    assert picked[1] == 0
    assert abs(picked[0] - 0.25) < 0.005


@given(st.integers(0, 2**32), st.lists(st.integers(0, 2**37), min_size=1, max_size=200, unique=True))
def test_record_numbers_never_meet(seed: int, ids: list[int]) -> None:
    numbers = record_numbers(Draws(seed), "civil.persons", np.array(ids, np.int64))
    assert len(set(numbers.tolist())) == len(ids)
    assert numbers.min() >= 0
    assert numbers.max() < 2**40


def test_record_numbers_do_not_tell_the_order() -> None:
    numbers = record_numbers(Draws(1), "civil.persons", IDS)
    assert abs(np.corrcoef(numbers, IDS)[0, 1]) < 0.02
    assert abs(np.corrcoef(numbers, record_numbers(Draws(1), "bank.clients", IDS))[0, 1]) < 0.02


@given(st.integers(0, 10**7), st.lists(st.floats(0.001, 1e6), min_size=1, max_size=60))
def test_shares_add_up_and_are_near(total: int, weights: list[float]) -> None:
    shares = spread(total, np.array(weights))
    assert shares.sum() == total
    assert (np.abs(shares - np.array(weights) / sum(weights) * total) < 1.001).all()
