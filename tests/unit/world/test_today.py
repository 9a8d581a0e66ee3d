"""Today: what a register can know on a day, and nothing that happens later."""

from __future__ import annotations

import numpy as np
import pytest

from altyn.model.worlds import Country
from altyn.world.chunks import NONE, YEAR, World
from altyn.world.draws import Draws
from altyn.world.today import tables


@pytest.fixture(scope="module")
def base(country: Country) -> int:
    return int(np.datetime64(country.base, "D").astype(np.int64))


@pytest.mark.parametrize("day", [0, 30, 200])
def test_nothing_of_tomorrow_is_known(country: Country, worlds: list[World], base: int, day: int) -> None:
    today = base + day
    for world in worlds[:5]:
        found = tables(country, Draws(5), world, day)
        assert (found["people"]["born"] <= today).all()
        assert (found["births"]["born"] <= today).all()
        assert (found["deaths"]["died"] <= today).all()
        assert (found["marriages"]["married_on"] <= today).all()
        assert (found["people"]["lives_since"] <= today).all()
        for name, table in found.items():
            assert (table["since"] <= today).all(), name
            assert (table.get("until", np.full(1, NONE)) <= today).all(), name
            assert (table["granted"] <= today).all(), name
            assert (table["disabled_since"] <= today).all(), name


def test_only_the_living_who_are_in_the_country_are_there(country: Country, worlds: list[World], base: int) -> None:
    for world in worlds[:5]:
        today = base + 300
        people = set(tables(country, Draws(5), world, 300)["people"]["person"].tolist())
        gone = (world["died"] != NONE) & (world["died"] <= today)
        for away, again in (("gone", "back"), ("leaves", "returns")):
            left = (world[away] != NONE) & (world[away] <= today)
            gone |= left & ((world[again] == NONE) | (world[again] > today))
        assert people == set(world.ids[~gone & (world["born"] <= today)].tolist())


def test_the_home_of_today_is_the_last_of_the_homes(country: Country, worlds: list[World]) -> None:
    moved = 0
    for world in worlds[:5]:
        found = tables(country, Draws(5), world, 200)
        people, lived = found["people"], found["homes"]
        now = {
            p: (place, house, since)
            for p, place, house, since, until in zip(
                *(lived[n].tolist() for n in ("person", "place", "house", "since", "until")), strict=True
            )
            if until == NONE
        }
        said = zip(*(people[n].tolist() for n in ("person", "place", "house", "lives_since")), strict=True)
        assert all(now[p] == (place, house, since) for p, place, house, since in said)
        moved += int((people["house"] != people["house_before"]).sum())
    assert moved


KEYS = ("people", "homes", "jobs", "payments", "births", "deaths", "marriages", "owners", "directors")


def rows_of(table: dict[str, np.ndarray]) -> dict[tuple[int, int], dict[str, int]]:
    """The rows of a table by subject and item, which is what their record numbers are made of."""
    subject = table["organisation"] if "organisation" in table else table["person"]
    item = table.get("item", np.zeros(len(subject), np.int64))
    names = list(table)
    lists = [table[n].tolist() for n in names]
    return {
        key: dict(zip(names, values, strict=True))
        for key, values in zip(zip(subject.tolist(), item.tolist(), strict=True), zip(*lists, strict=True), strict=True)
    }


@pytest.mark.parametrize("day", [0, 1, 77, 364])
def test_a_later_day_never_contradicts_an_earlier_one(
    country: Country, worlds: list[World], base: int, day: int
) -> None:
    """What has begun keeps its beginning, what has ended its end; new rows begin after the day; only what is long over goes."""
    today = base + day
    for world in worlds[:4]:
        first, then = (tables(country, Draws(5), world, d) for d in (day, day + 1))
        for name in KEYS:
            known, later = rows_of(first[name]), rows_of(then[name])
            assert len(known) == len(first[name]["since"]), name
            for key, row in later.items():
                if key not in known:
                    back = name == "people" and row["since"] <= today
                    assert back or row["since"] == today + 1 or name == "marriages", name
                    continue
                before = known[key]
                assert (before["since"], before["born"], before["number"]) == (row["since"], row["born"], row["number"])
                if "until" in row:
                    assert before["until"] in {NONE, row["until"]}, name
                    assert before["until"] != NONE or row["until"] in {NONE, today + 1}, name
                for fact in ("employer", "kind", "share", "amount", "place", "house", "given", "maiden"):
                    if fact in row and (name == "homes" or fact not in {"place", "house"}):
                        assert before[fact] == row[fact], (name, fact)


def test_pay_and_age_follow_the_day(country: Country, worlds: list[World]) -> None:
    world = max(worlds, key=len)
    first, then = (rows_of(tables(country, Draws(5), world, day)["jobs"]) for day in (0, 365))
    both = [(first[key]["wage"], row["wage"]) for key, row in then.items() if key in first]

    assert all(later >= before for before, later in both)
    assert sum(later > before for before, later in both) > len(both) / 5
    people = tables(country, Draws(5), world, 365)["people"]
    base = int(np.datetime64(country.base, "D").astype(np.int64))
    assert (people["age"] == ((base + 365 - people["born"]) / YEAR).astype(np.int64)).all()


def test_an_act_names_the_others_or_says_that_there_are_none(country: Country, worlds: list[World]) -> None:
    found = [tables(country, Draws(5), world, 0) for world in worlds]
    fathers = np.concatenate([f["births"]["father_person"] for f in found])
    mothers = np.concatenate([f["births"]["mother_person"] for f in found])
    numbers = np.concatenate([f["births"]["father_number"] for f in found])

    assert (mothers != NONE).all()
    assert (fathers == NONE).any()
    assert (numbers[fathers == NONE] == NONE).all()
    assert all((f["marriages"]["female"] == 1).all() for f in found)
    assert all((f["marriages"]["other_female"] == 0).all() for f in found)


def test_school_children_study_and_the_old_do_not(country: Country, worlds: list[World]) -> None:
    people = tables(country, Draws(5), worlds[0], 300)["people"]

    assert (people["level"][(people["age"] >= 8) & (people["age"] < 16)] == 0).all()
    assert (people["level"][people["age"] > 30] == NONE).all()
    assert set(people["level"].tolist()) == {NONE, 0, 1}
    assert ((people["studies_since"] == NONE) == (people["level"] == NONE)).all()
