"""Fates: which household everyone belongs to since when, where it lives, who leaves the country, becomes a citizen, disabled, or dies.

A household goes by the number of who founded it: everyone founds one on leaving the mother's, wives join their husbands', children follow
their mothers. Homes belong to households, so a household moves together. Rates are assumptions of the simulation, not statistics.
"""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.chunks import FAR, NONE, PAST, WINDOW, YEAR, World
from altyn.world.draws import Bools, Draws, Ints
from altyn.world.spells import Spells, joined, present

# Shares: of households that move in each third of the ten years and in the year to come; that leave for good or for a time; that were away.
MOVES_BEFORE, MOVES, LEAVES, RETURNS, WAS_AWAY = 0.13, 0.04, 0.002, 0.15, 0.01
DIVORCES, FOREIGN, NATURALISED = 0.012, 0.02, 0.35
HOMES = 5
_SEGMENTS = 4
_ADULT = 6575  # days of eighteen years, and a little


def befall(draws: Draws, world: World, base: int) -> None:
    """Everything of a fate that later steps need, as columns; the households come first, for they leave together."""
    _divorces(draws, world, base)
    _leaves_mother(draws, world, base)
    home = membership(world).on(base)
    world["home_now"] = np.full(len(world), NONE)
    world["home_now"][home.person] = home.more["household"]
    _journeys(draws, world, base, home)
    _deaths(draws, world, base)
    _citizenship(draws, world, base)
    _disability(draws, world, base)


def _busy(world: World) -> Bools:
    """Whom something else awaits in the year to come: a birth, a wedding, a divorce. Death and departure wait for another year."""
    busy = (world["weds"] != NONE) | (world["divorced"] != NONE)
    young = np.flatnonzero((world["married"] == NONE) & (world["mother"] != NONE) & world["newborn"].astype(bool))
    busy[young] = True
    busy[world["mother"][young]] = True
    fathers = world["father"][young]
    busy[fathers[fathers != NONE]] = True
    return busy


def _divorces(draws: Draws, world: World, base: int) -> None:
    world["newborn"] = world["born"] > base
    wife = np.flatnonzero((world["female"] == 1) & (world["spouse"] != NONE))
    expects = np.zeros(len(world), np.bool_)
    expects[world["mother"][(world["newborn"] == 1)]] = True
    ends = wife[draws.chance("divorce", world.ids[wife], DIVORCES) & ~expects[wife]]
    world["divorced"] = np.full(len(world), NONE)
    day = base + 1 + draws.below("day of divorce", world.ids[ends], WINDOW - 1)
    world["divorced"][ends] = world["divorced"][world["spouse"][ends]] = day


def _leaves_mother(draws: Draws, world: World, base: int) -> None:
    """The day one leaves the mother's household: for a home of one's own or a wedding, never before eighteen."""
    carer = world["mother"].copy()
    # A child whose mother nobody knows grows up with some woman of the chunk who has no mother here herself.
    alone = np.flatnonzero((carer == NONE) & (world["born"] > base - _ADULT))
    mothers = np.unique(carer[carer != NONE])
    if len(mothers) and len(alone):
        chosen = mothers[draws.below("carer", world.ids[alone], len(mothers))]
        fits = (world["born"][alone] - world["born"][chosen] > 16 * YEAR) & (world["died"][alone] == NONE)
        carer[alone[fits]] = chosen[fits]
    world["carer"] = carer
    own = world["born"] + _ADULT + (draws.unit("own home", world.ids) * 14 * YEAR).astype(np.int64)
    own = np.where(draws.chance("stays", world.ids, 0.2), FAR, own)
    for name in ("former_from", "married", "weds"):
        own = np.where(world[name] == NONE, own, np.minimum(own, world[name]))
    world["alone_from"] = np.where(carer == NONE, NONE, np.maximum(own, world["born"] + _ADULT))


def _own_segments(world: World, person: Ints) -> list[tuple[Ints, Ints]]:
    """First day and household of the stretches of a life without a mother: one's own, a husband's, one's own again, another husband's."""
    female, none = world["female"][person] == 1, np.full(len(person), FAR)

    def since(name: str) -> Ints:
        return np.where(world[name][person] == NONE, none, world[name][person])

    own = world.ids[person]
    husband = np.where(world["former"][person] != NONE, world["former"][person], world["spouse"][person])
    joins, parts = np.minimum(since("former_from"), since("married")), np.minimum(since("former_to"), since("divorced"))
    weds = since("weds")
    return [
        (np.zeros(len(person), np.int64), own),
        (np.where(female, joins, none), world.ids[husband]),
        (np.where(female, parts, none), own),
        (np.where(female, weds, none), world.ids[world["groom"][person]]),
    ]


def membership(world: World) -> Spells:
    """Who belongs to which household, from and to: one row a person and stretch, on no day two of one person.

    More than `household`: nothing. Death and absence do not show here; `present` cuts them away.
    """
    people = np.arange(len(world))
    grown = np.where(world["alone_from"] == NONE, world["born"], world["alone_from"])
    parts: list[Spells] = []
    children = people[world["carer"] != NONE]
    for first, persons, whose, start, end in (
        (0, children, world["carer"][children], world["born"][children], grown[children]),
        (_SEGMENTS, people, people, grown, np.full(len(world), FAR)),
    ):
        segments = _own_segments(world, whose)
        for number, (since, household) in enumerate(segments):
            until = np.full(len(persons), FAR)
            for later, _ in segments[number + 1 :]:
                until = np.minimum(until, later)
            low, high = np.maximum(since, start), np.minimum(until, end)
            item = np.full(len(persons), first + number)
            parts.append(Spells(persons, low, high, item, {"household": household}).where(low < high))
    return joined(parts)


def homes(country: Country, draws: Draws, world: World, base: int) -> Spells:
    """Where everyone lived: one row a person and home, with `household`, `version`, place, street, house, flat; absences are gaps."""
    belongs = membership(world)
    household = belongs.more["household"]
    third = PAST // 3
    begins = [np.zeros(len(household), np.int64)]
    for number in range(HOMES - 2):
        day = base - PAST + number * third + draws.below(f"moving day {number}", household, third)
        begins.append(np.where(draws.chance(f"moves {number}", household, MOVES_BEFORE), day, FAR))
    day = base + 1 + draws.below("moving day", household, WINDOW - 1)
    begins.append(np.where(draws.chance("moves", household, MOVES), day, FAR))
    parts: list[Spells] = []
    for version, since in enumerate(begins):
        until = np.full(len(household), FAR)
        for later in begins[version + 1 :]:
            until = np.minimum(until, later)
        low, high = np.maximum(belongs.start, since), np.minimum(belongs.end, until)
        fits = (low < high) & (high > base - PAST)
        ids = household[fits]
        more = {"household": ids, "version": np.full(len(ids), version)} | _address(country, draws, world, ids, version)
        parts.append(Spells(belongs.person[fits], low[fits], high[fits], belongs.item[fits] * HOMES + version, more))
    return present(world, joined(parts))


def _address(country: Country, draws: Draws, world: World, household: Ints, version: int) -> dict[str, Ints]:
    """The home of a household: a function of its number and of how often it has moved."""
    area = country.areas[world.chunk.area]
    before = sum(len(a.places) for a in country.areas[: world.chunk.area])
    weights = np.array([p.weight for p in area.places])
    return {
        "place": before + draws.pick(f"place {version}", household, weights),
        "street": draws.pick(f"street {version}", household, 1 / (np.arange(len(country.streets)) + 3.0)),
        "house": 1 + draws.below(f"house {version}", household, 180),
        "flat": draws.below(f"flat {version}", household, 120),
    }


def _journeys(draws: Draws, world: World, base: int, home: Spells) -> None:
    """Households that were abroad for a time, and those that will leave: everyone who belongs to them at the base day goes together."""
    place = np.unique(home.more["household"], return_inverse=True)[1]
    count = int(place.max(initial=-1)) + 1
    latest = np.full(count, base - PAST)
    np.maximum.at(latest, place, home.start)
    busy = np.zeros(count, np.bool_)
    np.logical_or.at(busy, place, _busy(world)[home.person])
    household = home.more["household"]
    room = np.maximum(base - 430 - latest[place], 0)
    gone = latest[place] + 30 + (draws.unit("going", household) * room).astype(np.int64)
    back = gone + 200 + (draws.unit("coming back", household) * np.maximum(base - 30 - gone - 200, 0)).astype(np.int64)
    # Of the departed, who founded a household too, nobody goes again.
    stayed = (world["died"][home.person] == NONE) & (world["gone"][home.person] == NONE)
    was = draws.chance("was away", household, WAS_AWAY) & (room > 60) & stayed
    world["gone"][home.person[was]], world["back"][home.person[was]] = gone[was], back[was]
    world["leaves"], world["returns"] = np.full(len(world), NONE), np.full(len(world), NONE)
    will = draws.chance("leaves", household, LEAVES) & ~busy[place] & stayed
    day = base + 1 + draws.below("leaving day", household, WINDOW - 1)
    world["leaves"][home.person[will]] = day[will]
    comes = will & draws.chance("returns", household, RETURNS)
    again = day + 60 + draws.below("returning day", household, 200)
    world["returns"][home.person[comes]] = again[comes]


def _deaths(draws: Draws, world: World, base: int) -> None:
    ids, age = world.ids, (base - world["born"]) / YEAR
    chance = np.interp(age, [0, 1, 30, 50, 65, 80, 95], [0.006, 0.0005, 0.0015, 0.006, 0.022, 0.09, 0.3])
    may = (age > 0) & (world["died"] == NONE) & (world["leaves"] == NONE) & (world["back"] < base) & ~_busy(world)
    may &= (world["gone"] == NONE) | (world["back"] != NONE)
    dies = may & draws.chance("dies", ids, chance)
    world["died"] = np.where(dies, base + 1 + draws.below("dying day", ids, WINDOW - 1), world["died"])


def _citizenship(draws: Draws, world: World, base: int) -> None:
    """Citizens by birth, foreigners, and foreigners who were granted it on a day; a family is of one origin."""
    root = np.where(world["mother"] != NONE, world["mother"], np.arange(len(world)))
    root = np.where((world["female"][root] == 1) & (world["spouse"][root] != NONE), world["spouse"][root], root)
    ids = world.ids[root]
    foreign = draws.chance("foreign", ids, FOREIGN)
    granted = np.where(
        foreign & draws.chance("naturalised", ids, NATURALISED),
        base - PAST + draws.below("granting day", ids, PAST + WINDOW),
        NONE,
    )
    # A child born after the family became citizens is one by birth; nobody becomes one after death.
    by_birth = (granted != NONE) & (granted <= world["born"])
    late = (world["died"] != NONE) & (granted >= world["died"])
    world["origin"] = np.where(foreign & ~by_birth, draws.below("origin", ids, 1000), NONE)
    world["granted"] = np.where(by_birth | late, NONE, granted)


def _disability(draws: Draws, world: World, base: int) -> None:
    """A group from 1, the gravest, to 3, and since when; a few become disabled in the year to come."""
    ids, age = world.ids, np.maximum((base - world["born"]) / YEAR, 0)
    before = draws.chance("disabled", ids, np.interp(age, [0, 40, 70, 90], [0.015, 0.025, 0.08, 0.12]))
    soon = ~before & draws.chance("becomes disabled", ids, 0.002)
    since = np.maximum(
        world["born"], base - (draws.unit("disabled since", ids) * np.minimum(age, 25) * YEAR).astype(np.int64)
    )
    since = np.where(before, since, base + 1 + draws.below("day of disability", ids, WINDOW - 1))
    fits = (before | soon) & ((world["died"] == NONE) | (since < world["died"])) & (since >= world["born"])
    world["disabled_since"] = np.where(fits, since, NONE)
    world["disability"] = np.where(fits, 1 + draws.pick("group", ids, np.array([0.15, 0.4, 0.45])), NONE)
