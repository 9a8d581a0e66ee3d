"""Lives: how the people of a chunk are called, and what else is theirs for good.

Rates here are assumptions of the simulation, not statistics.
"""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.chunks import NONE, World
from altyn.world.draws import Draws
from altyn.world.words import CountryWords


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


def live(draws: Draws, world: World) -> None:
    """What belongs to a person for good: an account, a phone, and how much one earns beside others."""
    ids = world.ids
    normal = np.sqrt(-2 * np.log(1 - draws.unit("wage", ids))) * np.cos(2 * np.pi * draws.unit("wage too", ids))
    # By thousandths of the country's middle wage at the base day.
    world["earns"] = (np.exp(0.55 * normal) * 1000).astype(np.int64)
    world["account"] = draws.below("account", ids, 10**13)
    # After the country code a number of a subscriber never begins with 0.
    world["phone"] = draws.below("phone", ids, 10**9)
