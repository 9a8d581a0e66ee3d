"""People: marginals of the sources, families that can be, numbers that nobody else has."""

from __future__ import annotations

import numpy as np
import pytest

from altyn.model.worlds import Country
from altyn.packs.manifest import builtin_folder, load_pack
from altyn.world.chunks import DEPARTED, NONE, YEAR, World, plan
from altyn.world.draws import Draws, Ints
from altyn.world.numbers import account_checks, organisation_numbers
from altyn.world.people import simulate
from altyn.world.today import tables
from altyn.world.words import CountryWords


def days(country: Country) -> int:
    return int(np.datetime64(country.base, "D").astype(np.int64))


def of_all(worlds: list[World], name: str) -> Ints:
    return np.concatenate([w[name] for w in worlds])


def test_regions_and_sexes_are_those_of_the_source(country: Country) -> None:
    chunks = plan(country, 1_000_000)
    total = sum(a.men + a.women for a in country.areas)
    for number, area in enumerate(country.areas):
        men = sum(c.men for c in chunks if c.area == number)
        women = sum(c.women for c in chunks if c.area == number)
        assert men == pytest.approx(area.men / total * 1_000_000, abs=1)
        assert women == pytest.approx(area.women / total * 1_000_000, abs=1)


def test_ages_are_those_of_the_source(country: Country, worlds: list[World]) -> None:
    base = days(country)
    # The departed are behind everyone else: those of the pyramid and the newborn come first.
    living = np.concatenate([(w["died"] == NONE) | (w["died"] > base) for w in worlds])
    living &= np.concatenate([np.arange(len(w)) < w.chunk.men + w.chunk.women for w in worlds])
    born, female = of_all(worlds, "born")[living], of_all(worlds, "female")[living]
    bands = np.floor((base - born[born <= base]) / YEAR / 5).astype(int)
    for sex in (0, 1):
        found = np.bincount(bands[female[born <= base] == sex], minlength=22)
        weights = [b.women if sex else b.men for b in country.pyramid]
        for band, weight in zip(country.pyramid, weights, strict=True):
            expected = weight / sum(weights) * found.sum()
            assert abs(found[band.age // 5] - expected) < max(0.02 * expected, 3 * expected**0.5 / 5 + 3), band.age


def test_families_can_be(worlds: list[World]) -> None:
    for w in worlds:
        spouse, mother = w["spouse"], w["mother"]
        wed = np.flatnonzero(spouse != NONE)
        assert (spouse[spouse[wed]] == wed).all()
        assert (w["female"][wed] != w["female"][spouse[wed]]).all()
        children = np.flatnonzero(mother != NONE)
        age = (w["born"][children] - w["born"][mother[children]]) / YEAR
        assert (w["female"][mother[children]] == 1).all()
        assert age.min() > 15
        assert age.max() < 47
        assert np.bincount(mother[children]).max() <= 8  # seven and one newborn
        father = w["father"][children]
        assert (w["stem"][children] == w["maiden"][father])[father != NONE].mean() > 0.9


def test_there_are_twins_and_namesakes(worlds: list[World]) -> None:
    twins = 0
    for w in worlds:
        kids = np.flatnonzero(w["mother"] != NONE)
        pairs, counts = np.unique(np.stack([w["mother"][kids], w["born"][kids]]), axis=1, return_counts=True)
        twins += int((counts > 1).sum())
        assert len(pairs)
    assert twins > 50


def test_numbers_pass_the_check_are_reserved_and_differ(worlds: list[World], country: Country) -> None:
    kinds = load_pack(builtin_folder() / "kazakhstan").kinds
    numbers = of_all(worlds, "number")
    assert len(np.unique(numbers)) == len(numbers)
    texts = [f"{n:012d}" for n in numbers[:: max(1, len(numbers) // 5000)]]
    assert all(kinds["iin"].python(t) and t[6] in "78" for t in texts)
    bins = organisation_numbers(country, np.arange(30_000))
    assert len(np.unique(bins)) == 30_000
    assert all(kinds["bin"].python(f"{n:012d}") and f"{n:012d}"[5] in "789" for n in bins[::10])


def test_everyone_fits_where_chunks_have_few_serials(country: Country) -> None:
    """Four hundred chunks leave 25 serials a day and sex: whoever finds none takes a number of another day."""
    chunk = plan(country, 20_000_000)[3]
    assert chunk.chunks >= 400
    numbers = simulate(country, CountryWords.of(country), Draws(1), chunk)["number"]
    assert len(np.unique(numbers)) == len(numbers)
    assert numbers.min() > 0


def test_accounts_pass_modulo_97() -> None:
    numbers = Draws(1).below("account", np.arange(2000), 10**13)
    for number, check in zip(numbers.tolist(), account_checks(numbers, 2035).tolist(), strict=True):
        assert int(f"999{number:013d}2035{check:02d}") % 97 == 1


def test_a_day_later_some_are_born_move_and_die(country: Country, worlds: list[World]) -> None:
    for w in worlds[:4]:
        first, later = (tables(country, Draws(5), w, day) for day in (0, 200))
        before, after = set(first["people"]["person"].tolist()), set(later["people"]["person"].tolist())
        assert after - before
        assert before - after
        base = days(country)
        assert (later["people"]["born"] <= base + 200).all()
        dead = set(later["deaths"]["person"].tolist()) - set(first["deaths"]["person"].tolist())
        assert dead
        assert not dead & after
        homes = dict(zip(first["people"]["person"].tolist(), first["people"]["house"].tolist(), strict=True))
        moved = [
            p
            for p, h in zip(later["people"]["person"].tolist(), later["people"]["house"].tolist(), strict=True)
            if homes.get(p, h) != h
        ]
        assert moved


def test_the_departed_are_dead_or_abroad_on_the_base_day_and_some_come_back(
    country: Country, worlds: list[World]
) -> None:
    base = days(country)
    came = 0
    for w in worlds:
        count = (w.chunk.men + w.chunk.women) // DEPARTED
        died, gone, back = (w[n][-count:] for n in ("died", "gone", "back"))
        assert ((died != NONE) != (gone != NONE)).all()
        assert (np.maximum(died, gone) <= base).all()
        assert ((back == NONE) | (back > base)).all()
        assert (w["spouse"][-count:] == NONE).all()
        came += int((back != NONE).sum())
    assert came


def test_former_marriages_have_ended_and_their_children_a_father(country: Country, worlds: list[World]) -> None:
    base = days(country)
    widowed = children = 0
    for w in worlds:
        one = np.flatnonzero(w["former"] != NONE)
        other = w["former"][one]
        assert (w["former"][other] == one).all()
        assert (w["female"][one] != w["female"][other]).all()
        assert (w["former_from"][one] == w["former_from"][other]).all()
        ended = w["former_to"][one]
        by_death = ended == NONE
        assert (np.maximum(w["died"][one], w["died"][other])[by_death] != NONE).all()
        assert ((ended > w["former_from"][one]) & (ended < base))[~by_death].all()
        assert (w["spouse"][one] == NONE).all()
        widowed += int(by_death.sum())
        children += int(np.isin(w["father"], one).sum())
    assert widowed
    assert children
