"""The country that Altyn ships, for tests of the simulation."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from altyn.model.worlds import Country, Rendering
from altyn.packs.manifest import builtin_folder, load_world
from altyn.world.chunks import World, plan
from altyn.world.draws import Draws
from altyn.world.people import simulate
from altyn.world.words import CountryWords


@pytest.fixture(scope="session")
def shipped() -> tuple[Country, Sequence[Rendering]]:
    """The country and the renderings of the built-in packs."""
    return load_world(sorted(p.parent for p in builtin_folder().glob("*/synth.py")))


@pytest.fixture(scope="session")
def country(shipped: tuple[Country, Sequence[Rendering]]) -> Country:
    return shipped[0]


@pytest.fixture(scope="session")
def worlds(country: Country) -> list[World]:
    """Every chunk of a country of 60,000 people."""
    words = CountryWords.of(country)
    return [simulate(country, words, Draws(5), chunk) for chunk in plan(country, 60_000, size=2_000)]
