"""World: one chunk of a synthetic country, and how a country is cut into chunks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from altyn.model.worlds import Country
from altyn.world.draws import Bools, Ints, spread

YEAR = 365.2425
NONE = -1
# A day that never comes: the end of what has no end.
FAR = 1_000_000
# Days simulated after the base day and before it.
WINDOW = 366
PAST = 3652
# Beside the living: one in twenty is born in the year of --day, one in fourteen died or left for good in the ten years before.
NEWBORN, DEPARTED = 20, 14
MOST_CHUNKS = 400


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a region: its place among all chunks, its area, its people by sex, and the number of its first person."""

    number: int
    chunks: int
    area: int
    men: int
    women: int
    first: int
    organisations: int


@dataclass
class World:
    """A chunk's people, a column each; days are since 1970, places of people are within the chunk, -1 is none."""

    chunk: Chunk
    ids: Ints
    columns: dict[str, Ints] = field(default_factory=dict[str, Ints])

    def __getitem__(self, name: str) -> Ints:
        return self.columns[name]

    def __setitem__(self, name: str, values: Ints | Bools) -> None:
        self.columns[name] = np.asarray(values, np.int64)

    def __len__(self) -> int:
        return len(self.ids)


def plan(country: Country, persons: int, size: int = 50_000) -> list[Chunk]:
    """The chunks of a country of `persons` people: regions and sexes by largest remainder.

    A very large country has larger chunks instead of more: each needs serials of its own for people born on one day.
    """
    size = max(size, persons // MOST_CHUNKS)
    totals = spread(persons, np.array([n for a in country.areas for n in (a.men, a.women)], np.float64))
    parts = [max(1, -(-int(totals[2 * i] + totals[2 * i + 1]) // size)) for i in range(len(country.areas))]
    found: list[Chunk] = []
    first, organisations = 0, max(40, persons // 50)
    for area, count in enumerate(parts):
        men, women = (spread(int(totals[2 * area + s]), np.ones(count)) for s in (0, 1))
        for m, w in zip(men, women, strict=True):
            found.append(Chunk(len(found), sum(parts), area, int(m), int(w), first, organisations))
            first += int(m + w) + int(m + w) // NEWBORN + int(m + w) // DEPARTED + 64
    return found
