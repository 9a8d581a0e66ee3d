"""How a country was made is told from the counts that came with it, as shares of its own size; what is no description is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from altyn.serve.use_cases.countries import WORLD, country_made, parse_country
from tests.integration.conftest import Trial


def described(**more: Any) -> dict[str, Any]:
    """A country of ten people, drawn from a source of two thousand."""
    return {
        "persons": 10,
        "seed": 3,
        "base": "2026-01-01",
        "day": 0,
        "sources": ["A census"],
        "rows": {"civil.persons": 10},
        "regions": [
            {"area": "1", "source": {"men": 600, "women": 400}, "world": {"men": 3, "women": 3}},
            {"area": "2", "source": {"men": 500, "women": 500}, "world": {"men": 2, "women": 2}},
        ],
        "pyramid": [
            {"age": 0, "source": {"men": 0.4, "women": 0.4}, "world": {"men": 4, "women": 3}},
            {"age": 5, "source": {"men": 0.1, "women": 0.1}, "world": {"men": 1, "women": 2}},
        ],
        **more,
    }


def test_counts_stand_beside_the_sources_shares_of_as_many_people() -> None:
    made = parse_country(described())

    assert [(m.name, m.expected, m.made, m.difference) for m in made.regions] == [("1", 5, 6, 1), ("2", 5, 4, -1)]
    assert made.people == 10
    assert made.largest_by_region.name == "1"
    assert [(age, round(men.expected, 9), women.made) for age, men, women in made.ages] == [(0, 4, 3), (5, 1, 2)]
    age, sex, furthest = made.largest_by_age
    assert (age, sex, round(furthest.difference, 9)) in {(0, "women", -1), (5, "women", 1)}


def place(trial: Trial, text: str, *, synthetic: bool = True) -> None:
    """Put a description into the trial's data."""
    toml = trial.folder / "altyn.toml"
    marked = toml.read_text(encoding="utf-8").replace("synthetic = false", f"synthetic = {str(synthetic).lower()}")
    toml.write_text(marked, encoding="utf-8")
    (trial.folder / WORLD).write_text(text, encoding="utf-8")


def test_only_a_project_marked_synthetic_has_a_country(fresh: Trial) -> None:
    place(fresh, json.dumps(described()), synthetic=False)
    assert country_made(fresh.open()) is None
    place(fresh, json.dumps(described()))
    made = country_made(fresh.open())
    assert made is not None
    assert made.rows == {"civil.persons": 10}


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "null", "[" * 5000, "\u0000", json.dumps(described(regions=[])), json.dumps(described(pyramid=[{}])),
        json.dumps(described(regions=3)), json.dumps(described(rows=[])), json.dumps(described(persons=float("nan"))),
        json.dumps(described(persons=float("inf"))), json.dumps(described(note="x" * (1 << 20))),
        json.dumps(described(regions=[{"area": "1", "source": {"men": 0, "women": 0}, "world": {"men": 0, "women": 0}}])),
    ],
)  # fmt: skip
def test_what_describes_no_country_is_none_and_takes_nothing_down(fresh: Trial, text: str) -> None:
    place(fresh, text)

    assert country_made(fresh.open()) is None


def test_a_description_that_is_not_there_or_a_folder_is_none(fresh: Trial) -> None:
    place(fresh, "")
    (fresh.folder / WORLD).unlink()
    assert country_made(fresh.open()) is None
    (fresh.folder / WORLD).mkdir()
    assert country_made(fresh.open()) is None


def test_nothing_is_looked_for_beside_the_project_where_the_truth_lies(fresh: Trial) -> None:
    place(fresh, json.dumps(described()))
    beside = fresh.folder.with_name(f"{fresh.folder.name}-world")
    beside.mkdir()
    (fresh.folder / WORLD).rename(beside / WORLD.name)

    assert country_made(fresh.open()) is None
