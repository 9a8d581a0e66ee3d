"""Benefits: paid to those to whom they are due, on the days on which they are, and to nobody dead."""

from __future__ import annotations

import numpy as np
import pytest

from altyn.model.worlds import PAYMENTS, Country
from altyn.world.benefits import AGE, CARE, DISABILITY, LARGE_FAMILY, UNEMPLOYMENT, benefits
from altyn.world.careers import jobs, retires_on
from altyn.world.chunks import FAR, NONE, YEAR, World
from altyn.world.draws import Draws
from altyn.world.spells import Spells


@pytest.fixture(scope="module")
def paid(country: Country, worlds: list[World]) -> list[tuple[World, Spells, Spells]]:
    base = int(np.datetime64(country.base, "D").astype(np.int64))
    found: list[tuple[World, Spells, Spells]] = []
    for world in worlds:
        work = jobs(country, Draws(5), world, base)
        found.append((world, benefits(country, Draws(5), world, work, base), work))
    return found


def of(spells: Spells, kind: int) -> Spells:
    return spells.where(spells.more["kind"] == kind)


def test_every_kind_is_paid_to_somebody(paid: list[tuple[World, Spells, Spells]]) -> None:
    assert {int(k) for _, found, _ in paid for k in np.unique(found.more["kind"])} == set(range(len(PAYMENTS)))
    for _, found, _ in paid:
        assert len(np.unique(found.person * 1000 + found.item)) == len(found)


def test_nothing_is_paid_to_the_dead_or_to_who_is_abroad(paid: list[tuple[World, Spells, Spells]]) -> None:
    for world, found, _ in paid:
        who = found.person
        died = np.where(world["died"][who] == NONE, FAR, world["died"][who])
        assert (found.end <= died).all()
        gone, back = world["gone"][who], np.where(world["back"][who] == NONE, FAR, world["back"][who])
        assert ((gone == NONE) | (found.end <= gone) | (found.start >= back)).all()
        assert (found.start < found.end).all()
        assert (found.more["amount"] > 0).all()


def test_pensions_begin_at_their_age_and_end_what_is_paid_to_the_disabled(
    country: Country, paid: list[tuple[World, Spells, Spells]]
) -> None:
    for world, found, _ in paid:
        retires = retires_on(country, world)
        age, disabled = of(found, AGE), of(found, DISABILITY)
        assert (age.start >= retires[age.person]).all()
        assert (disabled.end <= retires[disabled.person]).all()
        assert (world["disabled_since"][disabled.person] != NONE).all()
        assert (disabled.start >= world["disabled_since"][disabled.person]).all()


def test_care_is_paid_to_a_mother_of_a_small_child(country: Country, paid: list[tuple[World, Spells, Spells]]) -> None:
    for world, found, _ in paid:
        born: dict[int, list[int]] = {}
        for child in np.flatnonzero(world["mother"] != NONE).tolist():
            born.setdefault(int(world["mother"][child]), []).append(int(world["born"][child]))
        care = of(found, CARE)
        assert (world["female"][care.person] == 1).all()
        for person, start, end in zip(care.person.tolist(), care.start.tolist(), care.end.tolist(), strict=True):
            assert any(day <= start and end <= day + country.norms.care_days for day in born[person])


def test_a_large_family_has_so_many_small_children_on_each_day(
    country: Country, paid: list[tuple[World, Spells, Spells]]
) -> None:
    count = 0
    for world, found, _ in paid:
        large = of(found, LARGE_FAMILY)
        count += len(large)
        for person, start, end in zip(large.person.tolist(), large.start.tolist(), large.end.tolist(), strict=True):
            children = np.flatnonzero(world["mother"] == person)
            born, died = world["born"][children], world["died"][children]
            for day in (start, end - 1):
                small = (born <= day) & (day < born + 18 * YEAR) & ((died == NONE) | (day < died))
                assert small.sum() >= country.norms.large_family
        assert len(np.unique(large.on(20_400).person)) == len(large.on(20_400)), "one award at a time"
    assert count


def test_lost_work_is_paid_after_work(paid: list[tuple[World, Spells, Spells]]) -> None:
    for _, found, work in paid[:8]:
        last = of(found, UNEMPLOYMENT)
        worked = set(work.person.tolist())
        assert set(last.person.tolist()) <= worked
