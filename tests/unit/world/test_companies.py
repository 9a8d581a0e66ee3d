"""Companies: shares are the whole on every day, one director, owners who were there, grown, before they owned."""

from __future__ import annotations

import numpy as np
import pytest

from altyn.model.worlds import Country
from altyn.world.chunks import NONE, PAST, WINDOW, YEAR, World
from altyn.world.companies import WHOLE, directors, how_many, of_chunk, organisations, owners
from altyn.world.draws import Draws
from altyn.world.founding import founded_on


@pytest.fixture(scope="module")
def base(country: Country) -> int:
    return int(np.datetime64(country.base, "D").astype(np.int64))


def test_shares_add_up_to_the_whole_on_every_day(worlds: list[World], base: int) -> None:
    sold = held = 0
    for world in worlds:
        rows = owners(Draws(5), world, base)
        sold += int((rows["item"] >= 3).sum())
        held += int((rows["owner_organisation"] != NONE).sum())
        for day in range(base - PAST, base + WINDOW, 199):
            now = (rows["since"] <= day) & (day < rows["ends"])
            total = np.bincount(rows["organisation"][now], rows["share"][now], minlength=world.chunk.organisations)
            there = np.isin(np.arange(world.chunk.organisations), rows["organisation"]) & (
                founded_on(np.arange(world.chunk.organisations)) <= day
            )
            assert (total[there] == WHOLE).all()
            assert (total[~there] == 0).all()
            # Nobody is there twice.
            who = np.where(rows["owner"] != NONE, rows["owner"], -2 - rows["owner_organisation"])[now]
            pairs = np.stack([rows["organisation"][now], who])
            assert len(np.unique(pairs, axis=1)[0]) == len(who)
        assert len(np.unique(rows["organisation"] * 100 + rows["item"])) == len(rows["item"])
    assert sold
    assert held


def test_owners_are_grown_people_or_older_organisations(worlds: list[World], base: int) -> None:
    for world in worlds:
        rows = owners(Draws(5), world, base)
        person = rows["owner"] != NONE
        assert (person != (rows["owner_organisation"] != NONE)).all(), "one or the other"
        age = (rows["since"] - world["born"][rows["owner"]]) / YEAR
        assert (age[person] >= 18).all()
        assert (world["died"][rows["owner"][person]] == NONE).all()
        assert (founded_on(rows["owner_organisation"]) < rows["since"])[~person].all()
        assert (rows["owner_organisation"] < rows["organisation"])[~person].all(), "no circle"


def test_one_director_at_a_time(worlds: list[World], base: int) -> None:
    changed = 0
    for world in worlds:
        rows = directors(Draws(5), world, base)
        changed += int((rows["item"] > 0).sum())
        for day in range(base - PAST, base + WINDOW, 199):
            now = (rows["since"] <= day) & (day < rows["ends"])
            assert len(np.unique(rows["organisation"][now])) == now.sum()
        assert (rows["since"] - world["born"][rows["director"]] >= 18 * YEAR).all()
    assert changed


def test_every_organisation_lies_with_one_chunk(worlds: list[World]) -> None:
    found = np.concatenate([of_chunk(Draws(5), world) for world in worlds])
    assert sorted(found.tolist()) == list(range(worlds[0].chunk.organisations))


def test_a_country_of_children_has_organisations_without_owners(
    country: Country, worlds: list[World], base: int
) -> None:
    young = World(worlds[0].chunk, worlds[0].ids[:5])
    for name in ("born", "died", "gone", "leaves"):
        young[name] = np.full(5, NONE if name != "born" else base - 100)
    assert len(owners(Draws(5), young, base)["organisation"]) == 0
    assert len(directors(Draws(5), young, base)["organisation"]) == 0
    del country


def test_organisations_are_the_same_whichever_are_asked_for(country: Country) -> None:
    all_, some = organisations(country, Draws(5), np.arange(200)), organisations(country, Draws(5), np.array([7, 3]))

    assert set(all_) == set(some)
    for name, values in some.items():
        assert values.tolist() == all_[name][[7, 3]].tolist(), name
    assert all_["place"].max() < sum(len(a.places) for a in country.areas)
    assert [how_many(n) for n in (1, 1_000_000)] == [40, 20_000]
