"""Today: what each register can write about on a given day, as tables of numbers; what happens later is not in them."""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.chunks import NONE, World
from altyn.world.draws import Bools, Draws, Ints
from altyn.world.numbers import account_checks, organisation_numbers

_PERSON = (
    "born", "female", "given", "stem", "maiden", "second", "bare", "father_given", "old_way", "number", "community", "household",
    "place", "street", "house", "flat", "place_before", "street_before", "house_before", "flat_before", "lives_since",
    "foreign", "student", "disabled", "owns", "benefit", "amount", "account", "account_check", "phone", "home_phone", "employer", "hired",
    "wage", "age", "mother_number", "married_on",
)  # fmt: skip
_LAND_KZ = 2035


def tables(country: Country, draws: Draws, world: World, day: int) -> dict[str, dict[str, Ints]]:
    """The tables of a chunk `day` days after the base date, by what their rows are about; all values are whole numbers."""
    base = int(np.datetime64(country.base, "D").astype(np.int64))
    today = base + day
    now = _now(world, today)
    alive = _yet(world["dies"], today, never=True) & _yet(world["leaves"], today, never=True) & (world["born"] <= today)
    people = np.flatnonzero(alive)
    found = {"people": _rows(world, now, people)}
    found["payments"] = _rows(world, now, people[world["benefit"][people] != NONE])
    found["jobs"] = _jobs(draws, world, now, people)
    born = np.flatnonzero((world["born"] <= today) & (world["born"] > today - 1826) & (world["mother"] != NONE))
    found["births"] = (
        _rows(world, now, born) | _other(world, now, "mother_", world["mother"][born]) | _father(world, now, born)
    )
    wed = np.flatnonzero((world["female"] == 1) & (now["married_on"] > today - 1826))
    found["marriages"] = _rows(world, now, wed) | _other(world, now, "other_", now["spouse"][wed])
    dead = np.flatnonzero((world["dies"] != NONE) & (world["dies"] <= today))
    found["deaths"] = _rows(world, now, dead) | {"died": world["dies"][dead]}
    return found


def _yet(days: Ints, today: int, *, never: bool) -> Bools:
    """Where something has not happened by today; `never` is what holds for those to whom it never does."""
    return np.where(days == NONE, never, days > today)


def _now(world: World, today: int) -> dict[str, Ints]:
    now = dict(world.columns)
    moved = ~_yet(world["moves"], today, never=True)
    for name in ("place", "street", "house", "flat"):
        now[name + "_before"] = np.where(moved, world[name], world[name + "_before"])
        now[name] = np.where(moved, world[name + "_after"], world[name])
    now["lives_since"] = np.where(moved, world["moves"], world["lives_since"])
    changed = ~_yet(world["changes"], today, never=True)
    now["employer"] = np.where(changed, world["next_employer"], world["employer"])
    now["hired"] = np.where(changed, world["changes"], world["hired"])
    wed = ~_yet(world["weds"], today, never=True)
    now["stem"] = np.where(wed, world["stem_after"], world["stem"])
    now["spouse"] = np.where(wed, world["groom"], world["spouse"])
    now["married_on"] = np.where(wed, world["weds"], world["married"])
    now["age"] = ((today - world["born"]) / 365.2425).astype(np.int64)
    now["mother_number"] = np.where(world["mother"] != NONE, world["number"][world["mother"]], NONE)
    now["account_check"] = account_checks(world["account"], _LAND_KZ)
    return now


def _rows(world: World, now: dict[str, Ints], chosen: Ints) -> dict[str, Ints]:
    return {"person": world.ids[chosen]} | {name: now[name][chosen] for name in _PERSON}


def _other(world: World, now: dict[str, Ints], prefix: str, chosen: Ints) -> dict[str, Ints]:
    """The second person of an act; where there is none, every column says so."""
    none = chosen == NONE
    columns = {"person": world.ids} | {
        n: now[n] for n in ("number", "given", "stem", "maiden", "bare", "female", "father_given", "old_way", "born")
    }
    return {prefix + name: np.where(none, NONE, values[chosen]) for name, values in columns.items()}


def _father(world: World, now: dict[str, Ints], chosen: Ints) -> dict[str, Ints]:
    return _other(world, now, "father_", world["father"][chosen])


def _jobs(draws: Draws, world: World, now: dict[str, Ints], people: Ints) -> dict[str, Ints]:
    """One row a job: the present one, the one before it where it ended in the last years, and a few second ones."""
    works = people[now["employer"][people] != NONE]
    main = _rows(world, now, works) | {"job": np.zeros(len(works), np.int64), "ended": np.full(len(works), NONE)}
    ids = world.ids
    before = works[draws.chance("former job", ids[works], 0.15)]
    former = _rows(world, now, before) | {"job": np.full(len(before), 1)}
    former["employer"] = (former["employer"] * 7 + 13) % world.chunk.organisations
    former["ended"] = former["hired"] - draws.below("between jobs", ids[before], 90)
    former["hired"] = former["ended"] - 30 - draws.below("former job's days", ids[before], 2000)
    also = works[draws.chance("second job", ids[works], 0.05)]
    second = _rows(world, now, also) | {"job": np.full(len(also), 2), "ended": np.full(len(also), NONE)}
    second["employer"] = (second["employer"] * 3 + 5) % world.chunk.organisations
    second["wage"] //= 3
    return {name: np.concatenate([part[name] for part in (main, former, second)]) for name in main}


def organisations(country: Country, draws: Draws, numbers: Ints) -> dict[str, Ints]:
    """Organisations by their numbers 0, 1 ..., a column each."""
    shares = np.array([share for _, share in country.organisation_forms])
    words = len(country.organisation_words)
    people = np.array([a.men + a.women for a in country.areas], np.float64)
    area = draws.pick("organisation's area", numbers, people)
    counts = np.array([len(a.places) for a in country.areas])
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return {
        "organisation": numbers,
        "bin": organisation_numbers(country, numbers),
        "form": draws.pick("organisation's form", numbers, shares),
        "word": draws.below("organisation's word", numbers, words),
        "other_word": draws.below("organisation's other word", numbers, words),
        "has_other": draws.chance("organisation's name", numbers, 0.8).astype(np.int64),
        "place": firsts[area] + (draws.unit("organisation's place", numbers) ** 3 * counts[area]).astype(np.int64),
        "street": draws.below("organisation's street", numbers, len(country.streets)),
        "house": 1 + draws.below("organisation's house", numbers, 150),
        "phone": draws.below("organisation's phone", numbers, 10**9),
    }
