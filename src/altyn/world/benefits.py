"""Benefits: what is paid to whom since when, only to those to whom it is due, and to nobody dead or abroad."""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import PAYMENTS, Country
from altyn.world.careers import lost, retires_on
from altyn.world.chunks import FAR, NONE, PAST, World
from altyn.world.draws import Draws, Ints
from altyn.world.spells import Spells, joined, present

AGE, DISABILITY, LARGE_FAMILY, CARE, UNEMPLOYMENT = range(len(PAYMENTS))
_CASES = 32
_ADULT = 6574


def benefits(country: Country, draws: Draws, world: World, jobs: Spells, base: int) -> Spells:
    """What is paid: `kind` (a place in PAYMENTS), `amount` a month."""
    people = np.arange(len(world))
    retires = retires_on(country, world)
    since = world["disabled_since"]
    disabled = (since != NONE) & (since < retires)
    work = lost(country, jobs)
    parts = [
        _due(people, retires, np.full(len(people), FAR), np.zeros_like(people), AGE),
        # A pension takes the place of what is paid to the disabled.
        _due(people[disabled], since[disabled], retires[disabled], np.zeros_like(people[disabled]), DISABILITY),
        *_for_children(country, world),
        _due(work.person, work.start, work.end, work.item % _CASES, UNEMPLOYMENT),
    ]
    found = present(world, joined([p.where((p.start < p.end) & (p.end > base - PAST)) for p in parts]))
    least, more = np.array(country.norms.amounts).T
    kind = found.more["kind"]
    amount = least[kind] + (draws.unit("amount", world.ids[found.person]) * more[kind]).astype(np.int64)
    return Spells(found.person, found.start, found.end, found.item, {"kind": kind, "amount": amount})


def _due(person: Ints, start: Ints, end: Ints, case: Ints, kind: int) -> Spells:
    return Spells(person, start, end, kind * _CASES + case, {"kind": np.full(len(person), kind)})


def _for_children(country: Country, world: World) -> tuple[Spells, Spells]:
    """Care of each child from its birth; a large family from the child that makes it one, a new award with each child after it."""
    kids = np.flatnonzero(world["mother"] != NONE)
    kids = kids[np.lexsort((world.ids[kids], world["born"][kids], world["mother"][kids]))]
    mother, born = world["mother"][kids], world["born"][kids]
    died = np.where(world["died"][kids] == NONE, FAR, world["died"][kids])
    left = np.where(world["leaves"][kids] == NONE, FAR, world["leaves"][kids])
    place = np.arange(len(kids)) - np.searchsorted(mother, mother, side="left")
    care = _due(mother, born, np.minimum(np.minimum(born + country.norms.care_days, died), left), place, CARE)
    size = country.norms.large_family
    minor = np.minimum(np.minimum(born + _ADULT, died), left)
    # Of each run of `size` brothers and sisters: from the birth of the last to the day the first of them is no longer one.
    ends = np.full(len(kids), FAR)
    for back in range(size):
        ends[back:] = np.minimum(ends[back:], minor[: len(kids) - back])
    following = np.concatenate([np.where(mother[1:] == mother[:-1], born[1:], FAR), np.full(min(len(kids), 1), FAR)])
    large = _due(mother, born, np.minimum(ends, following), place, LARGE_FAMILY)
    return care, large.where(place >= size - 1)
