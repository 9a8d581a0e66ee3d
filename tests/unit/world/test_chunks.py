"""World: a country is cut into chunks that together are the country, and no two share a person's id."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from altyn.model.worlds import Country
from altyn.world.chunks import MOST_CHUNKS, World, plan


@pytest.mark.parametrize(("persons", "size"), [(1, 50_000), (1000, 50_000), (60_000, 2_000), (1_000_003, 10_000)])
def test_chunks_together_are_the_country(country: Country, persons: int, size: int) -> None:
    chunks = plan(country, persons, size)

    assert sum(c.men + c.women for c in chunks) == persons
    assert [c.number for c in chunks] == list(range(len(chunks)))
    assert {c.chunks for c in chunks} == {len(chunks)}
    assert {c.area for c in chunks} == set(range(len(country.areas))), "every region has one, however small"


def test_ids_of_chunks_never_meet_and_leave_room_for_the_newborn(country: Country) -> None:
    chunks = plan(country, 200_000, 5_000)

    for one, following in itertools.pairwise(chunks):
        assert one.first + (one.men + one.women) * 1.05 <= following.first


def test_a_very_large_country_has_larger_chunks_and_not_many_more(country: Country) -> None:
    assert len(plan(country, 100_000_000)) <= MOST_CHUNKS + len(country.areas)


def test_a_column_is_whole_numbers_whatever_is_put_there(country: Country) -> None:
    world = World(plan(country, 10)[0], np.arange(3))
    world["owns"] = np.array([True, False, True])

    assert world["owns"].tolist() == [1, 0, 1]
    assert world["owns"].dtype == np.int64
    assert len(world) == 3
    with pytest.raises(KeyError):
        world["none"]
