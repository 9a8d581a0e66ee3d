"""How a synthetic country was made: what its makers took from sources, beside what came out; read from the project's own data.

The truth about who is who lies elsewhere, and nothing here looks there: `data/world.json` holds counts and names of sources alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altyn.serve.workspace import Workspace

WORLD = Path("data") / "world.json"
_MOST_BYTES = 1 << 20
SEXES = ("men", "women")


@dataclass(frozen=True, slots=True)
class Marginal:
    """A group of people: how many the source has of them at the country's size, how many there are, and the difference."""

    name: str
    expected: float
    made: int

    @property
    def difference(self) -> float:
        """How many more there are than the source has."""
        return self.made - self.expected


@dataclass(frozen=True, slots=True)
class CountryMade:
    """A synthetic country: its size, seed, days, sources, rows by register, people by region and by age and sex.

    `ages` are (first age of the group, men, women).
    """

    persons: int
    seed: int
    base: str
    day: int
    sources: tuple[str, ...]
    rows: Mapping[str, int]
    regions: tuple[Marginal, ...]
    ages: tuple[tuple[int, Marginal, Marginal], ...]

    @property
    def largest_by_region(self) -> Marginal:
        """The region that is furthest from its source."""
        return max(self.regions, key=lambda m: abs(m.difference))

    @property
    def largest_by_age(self) -> tuple[int, str, Marginal]:
        """The group of age and sex that is furthest from its source: its first age, its sex."""
        groups = [(age, sex, m) for age, *both in self.ages for sex, m in zip(SEXES, both, strict=True)]
        return max(groups, key=lambda group: abs(group[2].difference))

    @property
    def people(self) -> int:
        """Everybody who was counted."""
        return sum(m.made for m in self.regions)


def country_made(workspace: Workspace) -> CountryMade | None:
    """What is known of the project's synthetic country; None where there is none, or where its description cannot be read."""
    if not workspace.project.synthetic:
        return None
    path = workspace.project.folder / WORLD
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        return parse_country(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def parse_country(document: Any) -> CountryMade:
    """A country from its `world.json`.

    Raises:
        ValueError, TypeError, KeyError, AttributeError, OverflowError: when it is none.
    """
    regions = [(str(r["area"]), *_counts(r)) for r in document["regions"]]
    ages = [(int(band["age"]), *_counts(band)) for band in document["pyramid"]]
    by_region = _marginals([(name, sum(source), sum(made)) for name, source, made in regions])
    by_age = _marginals(
        [(f"{age} {sex}", source[i], made[i]) for age, source, made in ages for i, sex in enumerate(SEXES)]
    )
    return CountryMade(
        int(document["persons"]),
        int(document["seed"]),
        str(document["base"]),
        int(document["day"]),
        tuple(str(source) for source in document["sources"]),
        {str(name): int(n) for name, n in document["rows"].items()},
        by_region,
        tuple((age, men, women) for (age, _, _), men, women in zip(ages, by_age[::2], by_age[1::2], strict=True)),
    )


def _counts(entry: Any) -> tuple[tuple[float, float], tuple[int, int]]:
    """Men and women in the source, and made."""
    source, made = entry["source"], entry["world"]
    return (float(source["men"]), float(source["women"])), (int(made["men"]), int(made["women"]))


def _marginals(groups: list[tuple[str, float, int]]) -> tuple[Marginal, ...]:
    """Each group beside its source's share of all that were made."""
    whole, total = sum(source for _, source, _ in groups), sum(made for _, _, made in groups)
    if not whole > 0:
        raise ValueError("a source without people")
    return tuple(Marginal(name, source * total / whole, made) for name, source, made in groups)
