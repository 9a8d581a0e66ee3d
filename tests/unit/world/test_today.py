"""Today: what a register can know on a day, and nothing that happens later."""

from __future__ import annotations

import numpy as np
import pytest

from altyn.model.worlds import Country
from altyn.world.chunks import NONE, World
from altyn.world.draws import Draws
from altyn.world.today import organisations, tables


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
        assert (found["jobs"]["hired"] <= today).all()


def test_who_died_or_left_is_no_longer_there(country: Country, worlds: list[World], base: int) -> None:
    for world in worlds[:5]:
        people = set(tables(country, Draws(5), world, 300)["people"]["person"].tolist())
        gone = ((world["dies"] != NONE) & (world["dies"] <= base + 300)) | (
            (world["leaves"] != NONE) & (world["leaves"] <= base + 300)
        )
        unborn = world["born"] > base + 300
        assert people == set(world.ids[~gone & ~unborn].tolist())


def test_who_moved_lives_elsewhere_and_the_old_home_is_remembered(
    country: Country, worlds: list[World], base: int
) -> None:
    world = max(worlds, key=len)
    before, after = (tables(country, Draws(5), world, day)["people"] for day in (0, 365))
    at = {p: n for n, p in enumerate(world.ids.tolist())}
    moved = [n for n, p in enumerate(after["person"].tolist()) if NONE != world["moves"][at[p]] <= base + 365]
    stayed = [n for n, p in enumerate(after["person"].tolist()) if world["moves"][at[p]] == NONE]
    ids = np.array([at[p] for p in after["person"].tolist()])

    assert moved
    assert (after["house"][moved] == world["house_after"][ids[moved]]).all()
    assert (after["house_before"][moved] == world["house"][ids[moved]]).all()
    assert (after["house"][stayed] == world["house"][ids[stayed]]).all()
    assert (before["house"] == np.array([world["house"][at[p]] for p in before["person"].tolist()])).all()


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


def test_payments_go_to_those_who_have_a_benefit(country: Country, worlds: list[World]) -> None:
    for world in worlds[:5]:
        assert (tables(country, Draws(5), world, 0)["payments"]["benefit"] != NONE).all()


def test_organisations_are_the_same_whichever_are_asked_for(country: Country) -> None:
    all_, some = organisations(country, Draws(5), np.arange(200)), organisations(country, Draws(5), np.array([7, 3]))

    assert set(all_) == set(some)
    for name, values in some.items():
        assert values.tolist() == all_[name][[7, 3]].tolist(), name
    places = sum(len(a.places) for a in country.areas)
    assert all_["place"].max() < places
