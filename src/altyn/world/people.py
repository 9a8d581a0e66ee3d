"""People: who lives in one chunk of a synthetic country, from the pyramid to couples, mothers, twins and the newborn.

Rates here are assumptions of the simulation, not statistics; what is taken from sources is regions, ages and sexes.
"""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.chunks import NONE, WINDOW, YEAR, Chunk, World
from altyn.world.draws import Draws, Floats, Ints
from altyn.world.lives import give_names, live, settle
from altyn.world.numbers import person_numbers
from altyn.world.words import CountryWords

ADULT_CHILD = 25  # below it a person may live with the mother
MARRIES, BIRTHS = 0.06, 0.1  # a year: of the single from 19 to 44, of married women from 20 to 39
MOST_CHILDREN = 7
FIVE = 5
_GOLDEN = 0.6180339887498949


def simulate(country: Country, words: CountryWords, draws: Draws, chunk: Chunk) -> World:
    """Everyone of a chunk, with what happens to them in the year after the base date."""
    base = int(np.datetime64(country.base, "D").astype(np.int64))
    world = _ages(country, draws, chunk, base)
    _communities(country, draws, world)
    _couples(draws, world, base)
    _mothers(draws, world, base)
    _newborns(draws, world, base)
    give_names(country, words, draws, world)
    settle(country, draws, world, base)
    live(draws, world, base)
    world["number"] = person_numbers(
        country, draws, world.ids, world["born"], world["female"], chunk.number, chunk.chunks
    )
    return world


def _ages(country: Country, draws: Draws, chunk: Chunk, base: int) -> World:
    world = World(chunk, chunk.first + np.arange(chunk.men + chunk.women))
    born: list[Ints] = []
    years = np.array([b.years for b in country.pyramid], np.float64)
    starts = np.array([b.age for b in country.pyramid], np.float64)
    for count, weights in (
        (chunk.men, [b.men for b in country.pyramid]),
        (chunk.women, [b.women for b in country.pyramid]),
    ):
        # Systematic sampling: each band of each chunk is right to one person.
        # Shifts of neighbours lie far apart (multiples of the golden ratio), so the few who are very old come out right too.
        shift = (draws.unit("pyramid", np.array([len(born)]))[0] + chunk.number * _GOLDEN) % 1
        edges = np.concatenate([[0.0], np.cumsum(weights) / np.sum(weights)])
        at = (np.arange(count) + shift) / max(count, 1)
        band = (np.searchsorted(edges, at, side="right") - 1).clip(0, len(years) - 1)
        within = (at - edges[band]) / np.maximum(edges[band + 1] - edges[band], 1e-12)
        age = starts[band] + within * years[band]
        born.append(base - 1 - (age * YEAR).astype(np.int64))
    days = np.concatenate(born)
    # People whose day of birth nobody wrote down were given the first of January.
    january = days.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    band = np.floor((base - days) / YEAR / FIVE)
    stays = band == np.floor((base - january) / YEAR / FIVE)
    unknown = draws.chance("january", world.ids, 0.05) & (base - days > 60 * YEAR) & stays
    world["born"] = np.where(unknown, january, days)
    world["female"] = np.arange(len(world)) >= chunk.men
    return world


def _communities(country: Country, draws: Draws, world: World) -> None:
    world["community"] = draws.pick("community", world.ids, np.array(country.areas[world.chunk.area].communities))


def _matched(
    draws: Draws, world: World, name: str, people: tuple[Ints, Ints], keys: tuple[Floats, Floats]
) -> tuple[Ints, Ints]:
    """Pair two groups of the same community by nearness of a key; of the larger group some stay alone."""
    pairs: list[tuple[Ints, Ints]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    circle = world["community"].copy()
    strays = draws.chance(name + " mixed", world.ids, 0.05)
    circle[strays] = draws.below(name + " circle", world.ids[strays], int(circle.max(initial=0)) + 1)
    for community in np.unique(circle):
        sides: list[Ints] = []
        groups = [
            (side[circle[side] == community], key[circle[side] == community])
            for side, key in zip(people, keys, strict=True)
        ]
        count = min(len(g) for g, _ in groups)
        for group, key in groups:
            kept = np.sort(np.argsort(draws.bits(name + " kept", world.ids[group]), kind="stable")[:count])
            sides.append(group[kept][np.argsort(key[kept], kind="stable")])
        pairs.append((sides[0], sides[1]))
    return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])


def _couples(draws: Draws, world: World, base: int) -> None:
    age = (base - world["born"]) / YEAR
    share = np.interp(age, [18, 20, 25, 30, 40, 60, 75, 90], [0, 0.08, 0.5, 0.75, 0.8, 0.72, 0.5, 0.2])
    married = draws.chance("married", world.ids, share) & (age >= 18)
    noise = draws.unit("pairing", world.ids) * 6
    men, women = (np.flatnonzero(married & (world["female"] == sex)) for sex in (0, 1))
    husbands, wives = _matched(
        draws, world, "couples", (men, women), (age[men] + noise[men], age[women] + 2.5 + noise[women])
    )
    world["spouse"] = np.full(len(world), NONE)
    world["spouse"][husbands], world["spouse"][wives] = wives, husbands
    since = base - (draws.unit("wedding", world.ids[wives]) * np.maximum(age[wives] - 18, 0.1) * YEAR).astype(np.int64)
    world["married"] = np.full(len(world), NONE)
    world["married"][husbands] = world["married"][wives] = since
    # Weddings of the year to come, among those who are single now.
    single = (world["spouse"] == NONE) & (age >= 19) & (age < 45) & draws.chance("to marry", world.ids, MARRIES * 1.6)
    men, women = (np.flatnonzero(single & (world["female"] == sex)) for sex in (0, 1))
    grooms, brides = _matched(
        draws, world, "weddings", (men, women), (age[men] + noise[men], age[women] + 2.5 + noise[women])
    )
    world["groom"] = np.full(len(world), NONE)
    world["weds"] = np.full(len(world), NONE)
    world["groom"][brides], world["groom"][grooms] = grooms, brides
    world["weds"][brides] = world["weds"][grooms] = base + 1 + draws.below("wedding day", world.ids[brides], WINDOW - 1)


def _mothers(draws: Draws, world: World, base: int) -> None:
    born, female = world["born"], world["female"] == 1
    age = (base - born) / YEAR
    world["mother"] = np.full(len(world), NONE)
    can = female & (age > 18) & (age < 70) & ((world["spouse"] != NONE) | draws.chance("alone", world.ids, 0.2))
    children = np.flatnonzero((age < ADULT_CHILD) & draws.chance("known mother", world.ids, 0.97) & ~can)
    for community in np.unique(world["community"][children]):
        mothers = np.flatnonzero(can & (world["community"] == community))
        mine = children[world["community"][children] == community]
        if not len(mothers):
            continue
        mothers = mothers[np.argsort(born[mothers], kind="stable")]
        wanted = (
            17.5
            + 27 * (draws.unit("mother's age", world.ids[mine]) + draws.unit("mother's age too", world.ids[mine])) / 2
        )
        near = np.searchsorted(born[mothers], born[mine] - (wanted * YEAR).astype(np.int64)).clip(0, len(mothers) - 1)
        fits = np.abs((born[mine] - born[mothers[near]]) / YEAR - 31) < 14
        world["mother"][mine[fits]] = mothers[near[fits]]
    _limit_children(world)
    # Twins: of brothers and sisters next to each other in age, a few are born on one day.
    kids = np.flatnonzero(world["mother"] != NONE)
    kids = kids[np.lexsort((born[kids], world["mother"][kids]))]
    second = np.flatnonzero(
        (world["mother"][kids[1:]] == world["mother"][kids[:-1]])
        & (born[kids[1:]] - born[kids[:-1]] < 3 * YEAR)
        & draws.chance("twins", world.ids[kids[1:]], 0.08)
    )
    world["born"][kids[second + 1]] = born[kids[second]]
    _fathers(world)


def _limit_children(world: World) -> None:
    """Where many children fit one mother, those beyond the seventh have a mother whom nobody knows."""
    kids = np.flatnonzero(world["mother"] != NONE)
    kids = kids[np.argsort(world["mother"][kids], kind="stable")]
    mothers = world["mother"][kids]
    place = np.arange(len(kids)) - np.searchsorted(mothers, mothers, side="left")
    world["mother"][kids[place >= MOST_CHILDREN]] = NONE


def _fathers(world: World) -> None:
    mother = world["mother"]
    husband = np.where(mother != NONE, world["spouse"][mother], NONE)
    fits = (husband != NONE) & (world["born"] - world["born"][husband] > 17 * YEAR)
    world["father"] = np.where(fits, husband, NONE)


def _newborns(draws: Draws, world: World, base: int) -> None:
    age = (base - world["born"]) / YEAR
    chosen = (
        (world["female"] == 1)
        & (age > 20)
        & (age < 40)
        & (world["spouse"] != NONE)
        & draws.chance("births", world.ids, BIRTHS)
    )
    mothers = np.flatnonzero(chosen)[: len(world) // 20]
    count, before = len(mothers), len(world)
    ids = world.chunk.first + before + np.arange(count)
    for name in ("spouse", "married", "groom", "weds"):
        world[name] = np.concatenate([world[name], np.full(count, NONE)])
    world["born"] = np.concatenate([world["born"], base + 1 + draws.below("birthday", ids, WINDOW - 1)])
    world["female"] = np.concatenate([world["female"], draws.chance("girl", ids, 0.485).astype(np.int64)])
    world["community"] = np.concatenate([world["community"], world["community"][mothers]])
    world["mother"] = np.concatenate([world["mother"], mothers])
    world.ids = np.concatenate([world.ids, ids])
    _fathers(world)
