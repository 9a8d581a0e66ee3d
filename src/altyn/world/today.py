"""Today: what each register can write about on a given day, as tables of numbers; what happens later is not in them.

A world is whole before anybody asks for a day: a later day shows more of the same world, never another one.
"""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.benefits import benefits
from altyn.world.careers import STUDIES, jobs, studies, wages
from altyn.world.chunks import NONE, PAST, YEAR, World
from altyn.world.companies import directors, owners
from altyn.world.draws import Bools, Draws, Ints
from altyn.world.fates import homes
from altyn.world.numbers import account_checks
from altyn.world.spells import Spells

_PERSON = (
    "born", "female", "given", "stem", "maiden", "second", "bare", "father_given", "old_way", "number", "community", "household",
    "place", "street", "house", "flat", "place_before", "street_before", "house_before", "flat_before", "lives_since",
    "foreign", "origin", "granted", "level", "studies_since", "disability", "disabled_since", "owns", "account", "account_check",
    "phone", "home_phone", "age", "mother_number", "married_on",
)  # fmt: skip
_OTHERS = ("number", "given", "stem", "maiden", "bare", "female", "father_given", "old_way", "born")
_HOME = ("place", "street", "house", "flat")
_LAND_KZ = 2035
ACTS, FORMER_PAYMENTS = 1826, 366
# Of homes of people over 25, whose owner lives there.
OWNED = 0.45
Table = dict[str, Ints]


def tables(country: Country, draws: Draws, world: World, day: int) -> dict[str, Table]:
    """The tables of a chunk `day` days after the base date, by what their rows are about; all values are whole numbers."""
    base = int(np.datetime64(country.base, "D").astype(np.int64))
    today = base + day
    dwellings = homes(country, draws, world, base)
    work = jobs(country, draws, world, base)
    now = _now(draws, world, today, dwellings)
    _study(world, now, studies(country, draws, world).on(today))
    people = np.flatnonzero(_here(world, today))
    found = {"people": _rows(world, now, people) | {"since": world["born"][people]}}
    found["homes"] = _homes(world, now, dwellings, today)
    found["payments"] = _payments(world, now, benefits(country, draws, world, work, base), today)
    found["jobs"] = _jobs(country, world, now, work, today)
    born = _happened(world["born"], today, ACTS) & (world["mother"] != NONE)
    born = np.flatnonzero(
        born & _were_here(world, world["born"]) & _were_here(world, world["born"], of=world["mother"])
    )
    found["births"] = (
        _rows(world, now, born)
        | _other(world, now, "mother_", world["mother"][born])
        | _other(world, now, "father_", world["father"][born])
        | {"since": world["born"][born]}
    )
    wed = np.flatnonzero((world["female"] == 1) & _happened(now["married_on"], today, ACTS))
    # A wedding of the year to come is another act than the one before it.
    weds = (now["married_on"][wed] == world["weds"][wed]).astype(np.int64)
    found["marriages"] = (
        _rows(world, now, wed)
        | _other(world, now, "other_", now["wed_to"][wed])
        | {"since": now["married_on"][wed], "item": weds}
    )
    dead = np.flatnonzero(_happened(world["died"], today, PAST))
    found["deaths"] = _rows(world, now, dead) | {"died": world["died"][dead], "since": world["died"][dead]}
    found["owners"] = _known(_companies(world, now, owners(draws, world, base), "owner"), today)
    found["directors"] = _known(_companies(world, now, directors(draws, world, base), "director"), today)
    return found


def _yet(days: Ints, today: int | Ints, *, never: bool) -> Bools:
    """Where something has not happened by today; `never` is what holds for those to whom it never does."""
    return np.where(days == NONE, never, days > today)


def _happened(days: Ints, today: int, within: int) -> Bools:
    return (days != NONE) & (days <= today) & (days > today - within)


def _were_here(world: World, day: Ints, of: Ints | None = None) -> Bools:
    """Who was not abroad on a day of his own; `of` are the places of others, asked about the same days."""
    who = np.arange(len(world)) if of is None else of
    away = np.zeros(len(who), np.bool_)
    for gone, back in (("gone", "back"), ("leaves", "returns")):
        left = ~_yet(world[gone][who], day, never=True)
        away |= left & _yet(world[back][who], day, never=True)
    return ~away


def _here(world: World, today: int) -> Bools:
    """Who is born, alive and in the country."""
    days = np.full(len(world), today)
    return _yet(world["died"], today, never=True) & (world["born"] <= today) & _were_here(world, days)


def _now(draws: Draws, world: World, today: int, dwellings: Spells) -> Table:
    now = dict(world.columns)
    wed = ~_yet(world["weds"], today, never=True)
    now["stem"] = np.where(wed, world["stem_after"], world["stem"])
    now["wed_to"] = np.where(wed, world["groom"], world["spouse"])
    now["married_on"] = np.where(wed, world["weds"], world["married"])
    now["age"] = ((today - world["born"]) / YEAR).astype(np.int64)
    now["mother_number"] = np.where(world["mother"] != NONE, world["number"][world["mother"]], NONE)
    now["account_check"] = account_checks(world["account"], _LAND_KZ)
    granted = ~_yet(world["granted"], today, never=True)
    now["foreign"] = ((world["origin"] != NONE) & ~granted).astype(np.int64)
    now["granted"] = np.where(granted, world["granted"], NONE)
    disabled = ~_yet(world["disabled_since"], today, never=True)
    for name in ("disability", "disabled_since"):
        now[name] = np.where(disabled, world[name], NONE)
    _at_home(draws, world, now, dwellings, today)
    return now


def _at_home(draws: Draws, world: World, now: Table, dwellings: Spells, today: int) -> None:
    """Where everyone lives today, or lived last, and where before that; `lives_since` is the day of moving in."""
    known = dwellings.where(dwellings.start <= today)
    known = known.where(np.lexsort((known.start, known.person)))
    last = np.searchsorted(known.person, np.arange(len(world)), side="right") - 1
    has = (last >= 0) & (known.person[last] == np.arange(len(world))) if len(known) else np.zeros(len(world), np.bool_)
    first = np.searchsorted(known.person, np.arange(len(world)), side="left")
    before = np.where(has & (last > first), last - 1, last)
    for name in (*_HOME, "household", "version"):
        values = known.more[name] if len(known) else np.full(1, NONE)
        now[name] = np.where(has, values[last], NONE)
        now[name + "_before"] = np.where(has, values[before], NONE)
    now["lives_since"] = np.where(has, known.start[last], world["born"]) if len(known) else world["born"]
    now["home_phone"] = draws.below("home phone", now["household"], 10**9)
    owned = draws.chance("owned", now["household"] * 8 + now["version"], OWNED)
    now["owns"] = (owned & (now["age"] >= 25)).astype(np.int64)


def _study(world: World, now: Table, today: Spells) -> None:
    """What one learns today: 0 school, 1 studies, -1 nothing; a school child of the first form has begun, a newborn has not."""
    now["level"], now["studies_since"] = np.full(len(world), NONE), np.full(len(world), NONE)
    now["level"][today.person] = np.minimum(today.more["level"], STUDIES)
    now["studies_since"][today.person] = today.start


def _rows(world: World, now: Table, chosen: Ints) -> Table:
    return {"person": world.ids[chosen]} | {name: now[name][chosen] for name in _PERSON}


def _other(world: World, now: Table, prefix: str, chosen: Ints) -> Table:
    """The second person of an act; where there is none, every column says so."""
    none = chosen == NONE
    columns = {"person": world.ids} | {n: now[n] for n in _OTHERS}
    return {prefix + name: np.where(none, NONE, values[chosen]) for name, values in columns.items()}


def _spelled(world: World, now: Table, spells: Spells, today: int) -> Table:
    more = {name: values for name, values in spells.more.items() if name not in {"household", "version"}}
    return (
        _rows(world, now, spells.person)
        | {"item": spells.item, "since": spells.start, "until": spells.ended(today)}
        | more
    )


def _homes(world: World, now: Table, dwellings: Spells, today: int) -> Table:
    return _spelled(world, now, dwellings.known(today, PAST), today)


def _payments(world: World, now: Table, paid: Spells, today: int) -> Table:
    return _spelled(world, now, paid.known(today, FORMER_PAYMENTS), today)


def _jobs(country: Country, world: World, now: Table, work: Spells, today: int) -> Table:
    known = work.known(today, PAST)
    return _spelled(world, now, known, today) | {"wage": wages(country, world, known, today)}


def _companies(world: World, now: Table, rows: Table, who: str) -> Table:
    """The people of an organisation, each with the columns of a person; where the owner is an organisation, they say none."""
    person = rows.pop(who)
    none = person == NONE
    columns = {n: np.where(none, NONE, v) for n, v in _rows(world, now, person).items()}
    return columns | rows


def _known(rows: Table, today: int) -> Table:
    """Stretches that have begun and have not ended ten years ago; the end shows when it has come."""
    chosen = (rows["since"] <= today) & (rows["ends"] > today - PAST)
    found = {name: values[chosen] for name, values in rows.items()}
    ends = found.pop("ends")
    return found | {"until": np.where(ends <= today, ends, NONE)}
