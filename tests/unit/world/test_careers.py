"""Careers: no work before sixteen, during school or after death; pay that grows; nobody employs before being founded."""

from __future__ import annotations

import numpy as np
import pytest

from altyn.model.worlds import Country
from altyn.world.careers import JOBS, SCHOOL, STUDIES, jobs, lost, retires_on, studies, wages
from altyn.world.chunks import FAR, NONE, YEAR, World
from altyn.world.draws import Draws
from altyn.world.founding import founded_on
from altyn.world.spells import PIECES, Spells


@pytest.fixture(scope="module")
def base(country: Country) -> int:
    return int(np.datetime64(country.base, "D").astype(np.int64))


@pytest.fixture(scope="module")
def work(country: Country, worlds: list[World], base: int) -> list[tuple[World, Spells]]:
    return [(world, jobs(country, Draws(5), world, base)) for world in worlds]


def test_nobody_works_before_sixteen_after_death_or_beyond_the_pension_age(
    country: Country, work: list[tuple[World, Spells]]
) -> None:
    for world, found in work:
        who = found.person
        died = np.where(world["died"][who] == NONE, FAR, world["died"][who])
        assert (found.start - world["born"][who] >= 16 * YEAR).all()
        assert (found.end <= np.minimum(died, retires_on(country, world)[who])).all()
        assert (found.start < found.end).all()


def test_one_main_job_at_a_time(work: list[tuple[World, Spells]]) -> None:
    for _, found in work:
        main = found.where(found.item < JOBS * PIECES)
        order = np.lexsort((main.start, main.person))
        person, start, end = main.person[order], main.start[order], main.end[order]
        assert not ((person[1:] == person[:-1]) & (start[1:] < end[:-1])).any()
        assert len(np.unique(found.person * 1000 + found.item)) == len(found)


def test_an_employer_is_there_before_it_employs(work: list[tuple[World, Spells]]) -> None:
    for world, found in work:
        assert (founded_on(found.more["employer"]) <= found.start).all()
        assert (found.more["employer"] < world.chunk.organisations).all()


def test_pay_grows_and_stands_still_after_the_end(
    country: Country, work: list[tuple[World, Spells]], base: int
) -> None:
    for world, found in work[-6:]:
        now, later = (wages(country, world, found, day) for day in (base, base + 365))
        assert (later >= now).all()
        goes_on = (found.start <= base - 400) & (found.end > base + 365)
        assert (later[goes_on] > now[goes_on]).mean() > 0.9
        assert (later == now)[found.end <= base].all()
        assert (now > 0).all()
        assert (now % 100 == 0).all()


def test_school_comes_at_its_age_and_studies_after_it(country: Country, worlds: list[World]) -> None:
    begins, _ = country.norms.school
    for world in worlds[:6]:
        found = studies(country, Draws(5), world)
        age = (found.start - world["born"][found.person]) / YEAR
        whole = found.where(found.item % PIECES == 0)
        assert (age >= begins - 0.1).all()
        level = whole.more["level"]
        assert (((whole.start - world["born"][whole.person]) / YEAR)[level == SCHOOL] < begins + 1.1).all()
        assert set(level.tolist()) == {SCHOOL, STUDIES}
        day = found.on(int(found.start.max()) - 1)
        assert len(np.unique(day.person)) == len(day.person), "at school or at a university, not at both"


def test_who_studies_does_not_work_yet(country: Country, work: list[tuple[World, Spells]], base: int) -> None:
    for world, found in work[:6]:
        learning = set(studies(country, Draws(5), world).on(base).person.tolist())
        assert not learning & set(found.on(base).person.tolist())


def test_what_is_paid_for_lost_work_lies_between_jobs(country: Country, work: list[tuple[World, Spells]]) -> None:
    longest = country.norms.unemployment_days
    count = 0
    for _, found in work[:6]:
        paid = lost(country, found)
        count += len(paid)
        assert ((paid.end - paid.start >= 20) & (paid.end - paid.start <= longest)).all()
        main = found.where(found.item < JOBS * PIECES)
        days = {p: set[int]() for p in paid.person.tolist()}
        for person, start, end in zip(main.person.tolist(), main.start.tolist(), main.end.tolist(), strict=True):
            if person in days:
                days[person] |= {start, min(end, FAR) - 1}
        for person, start, end in zip(paid.person.tolist(), paid.start.tolist(), paid.end.tolist(), strict=True):
            assert not any(start <= day < end for day in days[person])
    assert count
