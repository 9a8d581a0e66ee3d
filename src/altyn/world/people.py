"""People: who lives in one chunk of a synthetic country, from the pyramid to couples, mothers, twins, the newborn and the departed.

Rates here are assumptions of the simulation, not statistics; what is taken from sources is regions, ages and sexes.
"""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.chunks import DEPARTED, FAR, NEWBORN, NONE, PAST, WINDOW, YEAR, Chunk, World
from altyn.world.draws import Bools, Draws, Floats, Ints
from altyn.world.fates import befall
from altyn.world.lives import give_names, live
from altyn.world.numbers import person_numbers
from altyn.world.words import CountryWords

ADULT_CHILD = 25  # below it a person may live with the mother
MARRIES, BIRTHS = 0.06, 0.1  # a year: of the single from 19 to 44, of married women from 20 to 39
MOST_CHILDREN = 7
FIVE = 5
_GOLDEN = 0.6180339887498949


def simulate(country: Country, words: CountryWords, draws: Draws, chunk: Chunk) -> World:
    """Everyone of a chunk, with what happened to them in the ten years before the base date and what will in the year after it."""
    base = int(np.datetime64(country.base, "D").astype(np.int64))
    world = _ages(country, draws, chunk, base)
    _communities(country, draws, world)
    _couples(draws, world, base)
    _mothers(draws, world, base)
    _newborns(draws, world, base)
    _departed(country, draws, world, base)
    _former_couples(draws, world, base)
    _fathers(world)
    give_names(country, words, draws, world)
    befall(draws, world, base)
    live(draws, world)
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
    # Both were grown at the wedding, and it was in the past.
    grown = np.minimum(age[husbands], age[wives]) - 18
    since = base - 1 - (draws.unit("wedding", world.ids[wives]) * np.maximum(grown * YEAR - 3, 0)).astype(np.int64)
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


def _limit_children(world: World) -> None:
    """Where many children fit one mother, those beyond the seventh have a mother whom nobody knows."""
    kids = np.flatnonzero(world["mother"] != NONE)
    kids = kids[np.argsort(world["mother"][kids], kind="stable")]
    mothers = world["mother"][kids]
    place = np.arange(len(kids)) - np.searchsorted(mothers, mothers, side="left")
    world["mother"][kids[place >= MOST_CHILDREN]] = NONE


def _fathers(world: World) -> None:
    """The husband of the mother, or the one she had when the child was born."""
    mother = world["mother"]
    husband = np.where(mother != NONE, world["spouse"][mother], NONE)
    former = np.where(mother != NONE, world["former"][mother], NONE)
    ended = np.where(world["former_to"][mother] == NONE, FAR, world["former_to"][mother])
    then = (former != NONE) & (world["born"] >= world["former_from"][mother]) & (world["born"] < ended)
    # A child is not born to a man who was dead: a widow's husband died by the base day.
    then &= (world["died"][former] == NONE) | (world["born"] <= world["died"][former])
    husband = np.where(then, former, husband)
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
    mothers = np.flatnonzero(chosen)[: len(world) // NEWBORN]
    ids = world.chunk.first + len(world) + np.arange(len(mothers))
    _append(
        world,
        ids,
        born=base + 1 + draws.below("birthday", ids, WINDOW - 1),
        female=draws.chance("girl", ids, 0.485),
        community=world["community"][mothers],
        mother=mothers,
    )


def _append(world: World, ids: Ints, **columns: Ints | Bools) -> None:
    """More people; what is not said of them is none."""
    none = np.full(len(ids), NONE)
    for name in list(world.columns):
        world[name] = np.concatenate([world[name], np.asarray(columns.get(name, none), np.int64)])
    world.ids = np.concatenate([world.ids, ids])


def _departed(country: Country, draws: Draws, world: World, base: int) -> None:
    """Who is not among the living of the base day: the dead of ten years, and those who left for good, of whom some come back later."""
    ids = world.chunk.first + len(world) + np.arange((world.chunk.men + world.chunk.women) // DEPARTED)
    day = base - draws.below("departing day", ids, PAST)
    emigrant = draws.chance("emigrant", ids, 0.2)
    age = np.where(
        emigrant, 19 + 40 * draws.unit("departing age", ids), 19 + 75 * np.sqrt(draws.unit("departing age", ids))
    )
    for name in ("died", "gone", "back"):
        world[name] = np.full(len(world), NONE)
    back = emigrant & draws.chance("comes back", ids, 0.1)
    _append(
        world,
        ids,
        born=day - (age * YEAR).astype(np.int64),
        female=draws.chance("departed woman", ids, 0.5),
        community=draws.pick("community", ids, np.array(country.areas[world.chunk.area].communities)),
        died=np.where(emigrant, NONE, day),
        gone=np.where(emigrant, day, NONE),
        back=np.where(back, base + 1 + draws.below("day of coming back", ids, WINDOW - 1), NONE),
    )


def _former_couples(draws: Draws, world: World, base: int) -> None:
    """Marriages that ended before the base day, of people who are single then: by divorce, or because one of the two died."""
    for name in ("former", "former_from", "former_to"):
        world[name] = np.full(len(world), NONE)
    age, female = (base - world["born"]) / YEAR, world["female"]
    single = (world["spouse"] == NONE) & (age < 95) & (world["gone"] == NONE)
    dead = single & (world["died"] != NONE) & (age > 40)
    alive = single & (world["died"] == NONE)
    divorced = alive & (age > 24) & (age < 66) & draws.chance("divorced", world.ids, 0.3)
    widowed = alive & ~divorced & (age > 40) & draws.chance("widowed", world.ids, 0.6)
    noise = draws.unit("pairing", world.ids) * 6
    for name, first, second in (
        ("divorces", divorced & (female == 0), divorced & (female == 1)),
        ("widows", dead & (female == 0), widowed & (female == 1)),
        ("widowers", widowed & (female == 0), dead & (female == 1)),
    ):
        men, women = np.flatnonzero(first), np.flatnonzero(second)
        men, women = _matched(
            draws, world, name, (men, women), (age[men] + noise[men], age[women] + 2.5 + noise[women])
        )
        ids = world.ids[women]
        grown = np.maximum(world["born"][men], world["born"][women]) + int(19 * YEAR)
        last = np.full(len(ids), base - 800)
        for side in (men, women):
            died = world["died"][side]
            last = np.where(died == NONE, last, np.minimum(last, died))
        fits = last - grown > 400
        men, women, ids, grown, last = men[fits], women[fits], ids[fits], grown[fits], last[fits]
        since = grown + (draws.unit("former wedding", ids) * (last - grown)).astype(np.int64)
        world["former"][men], world["former"][women] = women, men
        world["former_from"][men] = world["former_from"][women] = since
        if name == "divorces":
            ended = since + 200 + (draws.unit("divorcing day", ids) * (base - 30 - since - 200)).astype(np.int64)
            world["former_to"][men] = world["former_to"][women] = ended
