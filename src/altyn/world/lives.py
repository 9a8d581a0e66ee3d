"""Lives: how the people of a chunk are called, where they live, what they work at and what they are paid.

Rates here are assumptions of the simulation, not statistics.
"""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.chunks import NONE, WINDOW, YEAR, World
from altyn.world.draws import Draws, Ints
from altyn.world.words import CountryWords

# Shares a year: of households that move, people who leave the country or change work.
MOVES, LEAVES, CHANGES_WORK = 0.04, 0.002, 0.08


def give_names(country: Country, words: CountryWords, draws: Draws, world: World) -> None:
    """Given names; surnames that come down from fathers and change at weddings; the father's name."""
    count = len(world)
    for name in ("given", "stem", "father_given", "old_way", "bare"):
        world[name] = np.zeros(count, np.int64)
    for number, stock in enumerate(words.stocks):
        for sex, names, weights in ((0, stock.men, stock.men_weights), (1, stock.women, stock.women_weights)):
            mine = np.flatnonzero((world["community"] == number) & (world["female"] == sex))
            world["given"][mine] = names[draws.pick("given", world.ids[mine], weights)]
        mine = np.flatnonzero(world["community"] == number)
        ids = world.ids[mine]
        world["stem"][mine] = stock.surnames[draws.pick("surname", ids, stock.surname_weights)]
        world["father_given"][mine] = stock.men[draws.pick("father", ids, stock.men_weights)]
        world["old_way"][mine] = draws.chance("old way", ids, country.communities[number].old_style)
        world["bare"][mine] = draws.chance("bare", ids, country.communities[number].bare)
    # Children of children of this world: two rounds reach everyone, for grandparents are not their parents' parents here.
    for _ in range(2):
        has_father, has_mother = world["father"] != NONE, world["mother"] != NONE
        parent = np.where(has_father, world["father"], world["mother"])
        for name in ("stem", "bare"):
            world[name] = np.where(has_father | has_mother, world[name][parent], world[name])
        world["father_given"] = np.where(has_father, world["given"][world["father"]], world["father_given"])
    world["maiden"] = world["stem"].copy()
    wife = (world["female"] == 1) & (world["spouse"] != NONE)
    takes = wife & draws.chance("takes name", world.ids, 0.75)
    world["takes"] = takes
    world["stem"] = np.where(takes, world["maiden"][world["spouse"]], world["stem"])
    world["second"] = np.where(
        wife & ~takes & draws.chance("double name", world.ids, 0.06), world["maiden"][world["spouse"]], NONE
    )
    bride = (world["female"] == 1) & (world["groom"] != NONE) & draws.chance("takes name", world.ids, 0.75)
    world["stem_after"] = np.where(bride, world["maiden"][world["groom"]], world["stem"])


def settle(country: Country, draws: Draws, world: World, base: int) -> None:
    """A household is a couple or one adult, with the children of the mother; it lives and moves together."""
    count = len(world)
    own = np.arange(count)
    head = np.where((world["female"] == 1) & (world["spouse"] != NONE), world["spouse"], own)
    mother = world["mother"]
    grown = (base - world["born"] > 18 * YEAR) & draws.chance("own home", world.ids, 0.5)
    child = (mother != NONE) & (world["spouse"] == NONE) & ~grown
    head = np.where(child, head[mother], head)
    world["household"] = world.ids[head]
    homes = world["household"]
    area = country.areas[world.chunk.area]
    before = sum(len(a.places) for a in country.areas[: world.chunk.area])
    weights = np.array([p.weight for p in area.places])
    for suffix in ("", "_after", "_before"):
        world["place" + suffix] = before + draws.pick("place" + suffix, homes, weights)
        world["street" + suffix] = draws.pick("street" + suffix, homes, 1 / (np.arange(len(country.streets)) + 3.0))
        world["house" + suffix] = 1 + draws.below("house" + suffix, homes, 180)
        world["flat" + suffix] = draws.below("flat" + suffix, homes, 120)
    moves = draws.chance("moves", homes, MOVES)
    world["moves"] = np.where(moves, base + 1 + draws.below("moving day", homes, WINDOW - 1), NONE)
    world["lives_since"] = base - 30 - draws.below("lives since", homes, 9000)


def live(draws: Draws, world: World, base: int) -> None:
    """What befalls people and what they do: death, leaving, study, work, wages, benefits, accounts and phones."""
    ids, age = world.ids, (base - world["born"]) / YEAR
    death = np.interp(age, [0, 1, 30, 50, 65, 80, 95], [0.006, 0.0005, 0.0015, 0.006, 0.022, 0.09, 0.3])
    world["dies"] = np.where(
        (age > 0) & draws.chance("dies", ids, death), base + 1 + draws.below("dying day", ids, WINDOW - 1), NONE
    )
    world["leaves"] = np.where(
        draws.chance("leaves", ids, LEAVES), base + 1 + draws.below("leaving day", ids, WINDOW - 1), NONE
    )
    world["foreign"] = draws.chance("foreign", world["household"], 0.012)
    world["student"] = (age >= 17) & (age < 23) & draws.chance("student", ids, 0.45)
    world["disabled"] = draws.chance("disabled", ids, np.interp(age, [0, 40, 70, 90], [0.015, 0.025, 0.08, 0.12]))
    world["owns"] = (age >= 25) & draws.chance("owns", ids, 0.4)
    works = (age >= 18) & (age < 63) & (world["student"] == 0) & draws.chance("works", ids, 0.66)
    world["employer"] = np.where(works, _employers(draws, ids, world.chunk.organisations, "employer"), NONE)
    changes = works & draws.chance("changes work", ids, CHANGES_WORK)
    world["next_employer"] = np.where(changes, _employers(draws, ids, world.chunk.organisations, "next employer"), NONE)
    world["changes"] = np.where(changes, base + 1 + draws.below("changing day", ids, WINDOW - 1), NONE)
    world["hired"] = (
        base
        - 20
        - (draws.unit("hired", ids) ** 2 * np.minimum(15, np.maximum(age - 17.5, 0.2)) * YEAR).astype(np.int64)
    )
    normal = np.sqrt(-2 * np.log(1 - draws.unit("wage", ids))) * np.cos(2 * np.pi * draws.unit("wage too", ids))
    world["wage"] = (np.exp(12.4 + 0.55 * normal) / 100).astype(np.int64) * 100
    children = np.bincount(world["mother"][(world["mother"] != NONE) & (age < 18)], minlength=len(world))
    kind = np.full(len(world), NONE)
    kind[(children >= 4) & (world["female"] == 1)] = 2
    kind[world["disabled"] == 1] = 1
    kind[age >= np.where(world["female"] == 1, 61, 63)] = 0
    kind[(kind == NONE) & (children > 0) & draws.chance("poor", world["household"], 0.05)] = 3
    world["benefit"] = kind
    world["amount"] = np.array([95_000, 60_000, 63_000, 24_000, 0])[kind] + draws.below("amount", ids, 40_000)
    world["account"] = draws.below("account", ids, 10**13)
    # After the country code a number of a subscriber never begins with 0.
    world["phone"] = draws.below("phone", ids, 10**9)
    world["home_phone"] = draws.below("home phone", world["household"], 10**9)


def _employers(draws: Draws, ids: Ints, count: int, name: str) -> Ints:
    """Few organisations employ many: sizes fall as a power of the rank."""
    return (count * draws.unit(name, ids) ** 2.2).astype(np.int64).clip(0, count - 1)
