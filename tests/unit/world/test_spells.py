"""Spells: what is left of them where people die or are away, found again by a number that stays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from altyn.world.chunks import FAR, NONE, Chunk, World
from altyn.world.spells import PIECES, Spells, joined, present

days = st.integers(0, 40)


def one(start: int, end: int) -> Spells:
    array = np.array
    return Spells(array([0]), array([start]), array([end]), array([4]), {"household": array([7])})


@given(
    start=days, length=days, born=days, died=st.none() | days, away=st.lists(days, min_size=4, max_size=4, unique=True)
)
def test_exactly_the_days_of_the_living_and_present_are_left(
    start: int, length: int, born: int, died: int | None, away: list[int]
) -> None:
    gone, back, leaves, returns = sorted(away)
    world = World(Chunk(0, 1, 0, 1, 0, 0, 40), np.array([0]))
    for name, value in (
        ("born", born), ("died", NONE if died is None else died), ("gone", gone), ("back", back), ("leaves", leaves), ("returns", returns)
    ):  # fmt: skip
        world[name] = np.array([value])

    left = present(world, one(start, start + length))

    found = sorted(day for a, b in zip(left.start.tolist(), left.end.tolist(), strict=True) for day in range(a, b))
    right = [
        day for day in range(start, start + length)
        if day >= born and (died is None or day < died) and not gone <= day < back and not leaves <= day < returns
    ]  # fmt: skip
    assert found == right, "no day is there twice, none too much"
    assert len(set(left.item.tolist())) == len(left)
    assert {item // PIECES for item in left.item.tolist()} <= {4}
    assert set(left.more["household"].tolist()) <= {7}


def test_an_end_shows_only_when_it_has_come() -> None:
    spells = joined([one(10, 20), one(15, FAR)])

    assert spells.ended(19).tolist() == [NONE, NONE]
    assert spells.ended(20).tolist() == [20, NONE]
    assert [len(spells.known(day, 5)) for day in (9, 10, 15, 24, 25)] == [0, 1, 2, 2, 1]
    assert [len(spells.on(day)) for day in (9, 10, 19, 20)] == [0, 1, 2, 1]
