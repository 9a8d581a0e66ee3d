"""Careers: school and studies by age, jobs one after another with times without work between, pay that grows from year to year.

Rates are assumptions of the simulation, not statistics; ages of school and pension are the country's.
"""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.chunks import FAR, PAST, WINDOW, YEAR, World
from altyn.world.draws import Draws, Ints
from altyn.world.founding import founded_before
from altyn.world.spells import Spells, joined, present

SCHOOL, STUDIES = 0, 1
JOBS = 8
_ADULT = 6575
_RAISE = 1.05


def _on(born: Ints, years: int, month: int, day: int) -> Ints:
    """A day of the year so many years after that of birth."""
    year = born.astype("datetime64[D]").astype("datetime64[Y]") + years
    return (year.astype("datetime64[M]") + month - 1).astype("datetime64[D]").astype(np.int64) + day - 1


def retires_on(country: Country, world: World) -> Ints:
    """The day of each one's pension age."""
    men, women = country.norms.retires
    return world["born"] + np.ceil(np.where(world["female"] == 1, women, men) * YEAR).astype(np.int64)


def studies(country: Country, draws: Draws, world: World) -> Spells:
    """School for everyone, studies for some; `level` says which, `organisation` where."""
    born, people = world["born"], np.arange(len(world))
    begins, years = country.norms.school
    # Who turns six after the first of September begins a year later.
    late = (born.astype("datetime64[D]") - born.astype("datetime64[D]").astype("datetime64[Y]")).astype(np.int64) > 243
    start = np.where(late, _on(born, begins + 1, 9, 1), _on(born, begins, 9, 1))
    end = np.where(late, _on(born, begins + 1 + years, 5, 26), _on(born, begins + years, 5, 26))
    goes = draws.chance("student", world.ids, 0.45)
    length = country.norms.study_years
    first = np.where(late, _on(born, begins + 1 + years, 9, 1), _on(born, begins + years, 9, 1))
    last = np.where(late, _on(born, begins + 1 + years + length, 7, 1), _on(born, begins + years + length, 7, 1))
    parts = [
        Spells(people, start, end, np.full(len(people), SCHOOL), {"level": np.full(len(people), SCHOOL)}),
        Spells(people, first, last, np.full(len(people), STUDIES), {"level": np.full(len(people), STUDIES)}).where(
            goes
        ),
    ]
    return present(world, joined(parts))


def jobs(country: Country, draws: Draws, world: World, base: int) -> Spells:
    """Jobs of the last ten years and of the year to come: `employer`, `part` (thousandths of a full job), `raised` (jobs before it)."""
    born, ids, people = world["born"], world.ids, np.arange(len(world))
    goes = draws.chance("student", ids, 0.45)
    grown = born + _ADULT
    length = sum(country.norms.school) + country.norms.study_years + 1
    ready = np.where(goes, np.maximum(grown, _on(born, length, 7, 1)), grown) + draws.below("first search", ids, 300)
    stops = retires_on(country, world)
    works = draws.chance("works", ids, 0.82)
    start = np.maximum(ready, base - PAST - draws.below("before the window", ids, 1500))
    parts: list[Spells] = []
    for number in range(JOBS):
        long = 120 + (-1500 * np.log(1 - draws.unit(f"job {number}", ids))).astype(np.int64)
        end = np.minimum(np.full(len(ids), FAR) if number == JOBS - 1 else start + long, stops)
        part = Spells(people, start, end, np.full(len(ids), number), {
            "employer": _employers(draws, ids, world.chunk.organisations, f"employer {number}", start),
            "part": np.full(len(ids), 1000),
            "raised": np.full(len(ids), number),
        })  # fmt: skip
        parts.append(part.where(works & (start < end) & (start < base + WINDOW) & (end > base - PAST)))
        soon = draws.chance(f"next at once {number}", ids, 0.6)
        gap = np.where(
            soon, draws.below(f"days between {number}", ids, 14), 20 + draws.below(f"search {number}", ids, 500)
        )
        start = end + gap
    begins = np.maximum(ready, base - draws.below("second job from", ids, 1500))
    ends = np.minimum(base - 200 + draws.below("second job to", ids, 900), stops)
    second = Spells(people, begins, ends, np.full(len(ids), JOBS), {
        "employer": _employers(draws, ids, world.chunk.organisations, "second employer", begins),
        "part": np.full(len(ids), 330),
        "raised": np.zeros(len(ids), np.int64),
    })  # fmt: skip
    parts.append(
        second.where(works & draws.chance("second job", ids, 0.05) & (begins < ends) & (begins < base + WINDOW))
    )
    return present(world, joined(parts))


def wages(country: Country, world: World, spells: Spells, day: int) -> Ints:
    """The monthly wage of each job on a day, or when it ended: it grows with every full year in it, and with the country's."""
    base = int(np.datetime64(country.base, "D").astype(np.int64))
    until = np.minimum(spells.end, day)
    years = np.maximum(until - spells.start, 0) // int(YEAR)
    before = (spells.start - base) / YEAR
    full = country.norms.wage * world["earns"][spells.person] / 1000 * spells.more["part"] / 1000
    paid = full * _RAISE ** (before + years) * (1 + 0.03 * spells.more["raised"])
    return np.maximum(paid, 100).astype(np.int64) // 100 * 100


def lost(country: Country, spells: Spells) -> Spells:
    """Times without work after a job that lasted as long as it must, until the next job or the end of what is paid."""
    main = spells.where(spells.more["part"] == 1000)
    order = np.lexsort((main.start, main.person))
    main = main.where(order)
    follows = np.concatenate([main.person[1:] == main.person[:-1], np.zeros(min(len(main), 1), np.bool_)])
    start = main.end + 10
    following = np.concatenate([main.start[1:], np.full(min(len(main), 1), FAR)])
    end = np.minimum(start + country.norms.unemployment_days, np.where(follows, following, FAR))
    fits = (main.end < FAR) & (main.end - main.start >= country.norms.unemployment_days) & (end - start >= 20)
    return Spells(main.person, start, end, main.item, {}).where(fits)


def _employers(draws: Draws, ids: Ints, count: int, name: str, start: Ints) -> Ints:
    """Few organisations employ many: sizes fall as a power of the rank. None employs before it was founded."""
    found = (count * draws.unit(name, ids) ** 2.2).astype(np.int64).clip(0, count - 1)
    return founded_before(found, start)
