"""Lives: children are called after their fathers, families live together, and what befalls people falls into the year."""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.chunks import NONE, WINDOW, World


def together(worlds: list[World], *names: str) -> tuple[np.ndarray, ...]:
    return tuple(np.concatenate([w[n] for w in worlds]) for n in names)


def test_a_child_has_its_fathers_surname_and_is_called_after_him(worlds: list[World]) -> None:
    for world in worlds[:6]:
        child = np.flatnonzero(world["father"] != NONE)
        father = world["father"][child]
        assert len(child)
        assert (world["father_given"][child] == world["given"][father]).all()
        assert (world["maiden"][child] == world["maiden"][father]).all()


def test_a_wife_either_takes_the_name_keeps_hers_or_has_both(worlds: list[World]) -> None:
    for world in worlds[:6]:
        wives = np.flatnonzero((world["female"] == 1) & (world["spouse"] != NONE))
        his = world["maiden"][world["spouse"][wives]]
        takes = world["takes"][wives] == 1
        assert 0.6 < takes.mean() < 0.9
        assert (world["stem"][wives][takes] == his[takes]).all()
        assert (world["second"][wives][takes] == NONE).all(), "who took the name has no double one"
        assert (world["stem"][wives][~takes] == world["maiden"][wives][~takes]).all()
    assert (together(worlds, "second")[0] != NONE).any()


def test_nobody_but_women_changes_a_surname(worlds: list[World]) -> None:
    female, stem, maiden, after = together(worlds, "female", "stem", "maiden", "stem_after")

    assert (stem[female == 0] == maiden[female == 0]).all()
    assert (after[female == 0] == stem[female == 0]).all()


def test_a_household_lives_and_moves_together(worlds: list[World]) -> None:
    for world in worlds[:6]:
        for name in ("place", "street", "house", "flat", "moves", "lives_since", "place_before", "home_phone"):
            homes = dict(zip(world["household"].tolist(), world[name].tolist(), strict=True))
            assert [homes[h] for h in world["household"].tolist()] == world[name].tolist()
        wives = np.flatnonzero((world["female"] == 1) & (world["spouse"] != NONE))
        assert (world["household"][wives] == world["household"][world["spouse"][wives]]).all()


def test_homes_lie_in_the_chunks_own_region(worlds: list[World], country: Country) -> None:
    for world in worlds:
        before = sum(len(a.places) for a in country.areas[: world.chunk.area])
        own = range(before, before + len(country.areas[world.chunk.area].places))
        assert set(world["place"].tolist()) <= set(own)
        assert (world["house"] >= 1).all()


def test_what_befalls_people_falls_into_the_year_after_the_base_date(worlds: list[World], country: Country) -> None:
    base = int(np.datetime64(country.base, "D").astype(np.int64))
    for name in ("dies", "leaves", "moves", "changes"):
        days = together(worlds, name)[0]
        happens = days[days != NONE]
        assert len(happens), name
        assert (happens > base).all()
        assert (happens < base + WINDOW).all()
    hired, lives_since = together(worlds, "hired", "lives_since")
    assert (hired < base).all()
    assert (lives_since < base).all()


def test_only_grown_people_work_and_pensions_begin_where_work_ends(worlds: list[World], country: Country) -> None:
    base = int(np.datetime64(country.base, "D").astype(np.int64))
    born, employer, benefit, student, wage, female = together(
        worlds, "born", "employer", "benefit", "student", "wage", "female"
    )
    age = (base - born) / 365.2425

    assert (age[employer != NONE] >= 18).all()
    assert (student[employer != NONE] == 0).all()
    assert (benefit[age >= 63] == 0).all()
    assert (benefit[(age < 60.9) & (female == 1)] != 0).all()
    assert (wage % 100 == 0).all()
    assert (wage > 0).all()
    assert set(benefit.tolist()) == {NONE, 0, 1, 2, 3}
