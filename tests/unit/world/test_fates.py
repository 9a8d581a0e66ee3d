"""Fates: one household a person and day, mothers with their children, homes that households share, nothing after death."""

from __future__ import annotations

import numpy as np
import pytest

from altyn.model.worlds import Country
from altyn.world.chunks import FAR, NONE, PAST, WINDOW, YEAR, World
from altyn.world.draws import Draws
from altyn.world.fates import homes, membership
from altyn.world.spells import Spells


@pytest.fixture(scope="module")
def base(country: Country) -> int:
    return int(np.datetime64(country.base, "D").astype(np.int64))


def household_on(world: World, day: int) -> np.ndarray:
    """Each one's household on a day; NONE where there is none."""
    found = np.full(len(world), NONE)
    today = membership(world).on(day)
    found[today.person] = today.more["household"]
    return found


def overlaps(spells: Spells) -> int:
    """How many spells of one person begin before the one before has ended."""
    order = np.lexsort((spells.start, spells.person))
    person, start, end = spells.person[order], spells.start[order], spells.end[order]
    return int(((person[1:] == person[:-1]) & (start[1:] < end[:-1])).sum())


def test_nobody_is_in_two_households_or_homes_on_one_day(country: Country, worlds: list[World], base: int) -> None:
    for world in worlds:
        belongs, dwellings = membership(world), homes(country, Draws(5), world, base)
        assert overlaps(belongs) == 0
        assert overlaps(dwellings) == 0
        for spells in (belongs, dwellings):
            assert (spells.start < spells.end).all()
            assert len(np.unique(np.stack([spells.person, spells.item]), axis=1)[0]) == len(spells)


def test_everyone_belongs_to_a_household_from_birth_on(worlds: list[World], base: int) -> None:
    for world in worlds[:6]:
        for day in (base - PAST, base, base + WINDOW):
            assert ((household_on(world, day) != NONE) | (world["born"] > day)).all()


def test_a_child_lives_with_its_mother_until_grown(worlds: list[World], base: int) -> None:
    moved = 0
    for world in worlds:
        child = np.flatnonzero(world["mother"] != NONE)
        mother = world["mother"][child]
        for day in range(base - PAST, base + WINDOW, 397):
            household = household_on(world, day)
            small = (world["born"][child] <= day) & (world["born"][child] > day - 18 * YEAR)
            assert (household[child] == household[mother])[small].all()
        moved += int((household_on(world, base)[child] != household_on(world, base - 1500)[child]).sum())
    assert moved, "some moved with her, some left her"


def test_couples_share_a_household_while_they_are_married_and_not_after_a_divorce(
    worlds: list[World], base: int
) -> None:
    divorced = 0
    for world in worlds:
        wife = np.flatnonzero((world["female"] == 1) & (world["spouse"] != NONE))
        husband, ends = world["spouse"][wife], world["divorced"][wife]
        household = household_on(world, base)
        assert (household[wife] == household[husband]).all()
        later = household_on(world, base + WINDOW)
        apart = (ends != NONE) & (ends <= base + WINDOW)
        assert ((later[wife] != later[husband]) == apart).all()
        divorced += int(apart.sum())
        former = np.flatnonzero((world["female"] == 1) & (world["former_to"] != NONE))
        then = household_on(world, base)
        assert (then[former] != then[world["former"][former]]).all()
        bride = np.flatnonzero((world["female"] == 1) & (world["weds"] != NONE))
        assert (later[bride] == later[world["groom"][bride]]).all()
    assert divorced


def test_a_household_lives_and_moves_together(country: Country, worlds: list[World], base: int) -> None:
    for world in worlds[:6]:
        found = homes(country, Draws(5), world, base)
        key = [
            f"{h} {v}" for h, v in zip(found.more["household"].tolist(), found.more["version"].tolist(), strict=True)
        ]
        for name in ("place", "street", "house", "flat"):
            at = dict(zip(key, found.more[name].tolist(), strict=True))
            assert [at[k] for k in key] == found.more[name].tolist()


def test_homes_lie_in_the_chunks_own_region(country: Country, worlds: list[World], base: int) -> None:
    for world in worlds:
        before = sum(len(a.places) for a in country.areas[: world.chunk.area])
        own = range(before, before + len(country.areas[world.chunk.area].places))
        found = homes(country, Draws(5), world, base)
        assert set(found.more["place"].tolist()) <= set(own)
        assert (found.more["house"] >= 1).all()


def test_fates_do_not_contradict_each_other(worlds: list[World], base: int) -> None:
    seen: dict[str, int] = dict.fromkeys(("was away", "leaves", "returns", "dies", "granted", "disabled soon"), 0)
    for world in worlds:
        died, gone, back, leaves, returns = (world[n] for n in ("died", "gone", "back", "leaves", "returns"))
        away, will, dies = (gone != NONE) & (back != NONE), leaves != NONE, died > base
        assert (gone[away] < back[away]).all()
        assert (leaves[will] > base).all()
        assert ((returns > leaves) | (returns == NONE))[will].all()
        assert not (will & (died != NONE)).any(), "who leaves does not die in the same year"
        assert ((died >= world["born"]) | (died == NONE)).all()
        for name in ("weds", "divorced", "former_from", "married", "granted", "disabled_since"):
            day = world[name]
            assert ((day == NONE) | (died == NONE) | (day < died) | (day <= base) & (died > base)).all(), name
            assert ((day == NONE) | (day >= world["born"])).all(), name
        mothers = world["mother"][world["born"] > base]
        assert (died[mothers] == NONE).all()
        assert ((world["granted"] == NONE) | (world["origin"] != NONE)).all(), "a citizen by birth is not granted it"
        assert ((world["disability"] >= 1) & (world["disability"] <= 3) | (world["disabled_since"] == NONE)).all()
        for name, these in (
            ("was away", away & (back < base)), ("leaves", will), ("returns", returns != NONE), ("dies", dies),
            ("granted", world["granted"] != NONE), ("disabled soon", world["disabled_since"] > base),
        ):  # fmt: skip
            seen[name] += int(these.sum())
    assert all(seen.values()), seen


def test_a_wedding_is_of_two_grown_people(worlds: list[World]) -> None:
    for world in worlds:
        for name in ("married", "weds", "former_from"):
            wed = world[name] != NONE
            assert (world[name][wed] - world["born"][wed] >= 18 * YEAR - 2).all(), name
        assert (world["alone_from"][world["alone_from"] != NONE] < FAR + 1).all()
