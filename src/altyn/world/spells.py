"""Spells: stretches of a life with a first day and a day that is no longer part of it, many at once; what nobody lived is cut away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from altyn.world.chunks import FAR, NONE, World
from altyn.world.draws import Bools, Ints

# How many pieces two absences can cut one spell into.
PIECES = 3


@dataclass(frozen=True, slots=True)
class Spells:
    """One row a spell: place of the person in the chunk, days [start, end), a number within the person, and what else is known.

    An end of FAR is none. `item` and person together tell a spell from every other, whatever is filtered away.
    """

    person: Ints
    start: Ints
    end: Ints
    item: Ints
    more: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.person)

    def where(self, chosen: Bools | Ints) -> Spells:
        """Some of the spells."""
        more = {name: values[chosen] for name, values in self.more.items()}
        return Spells(self.person[chosen], self.start[chosen], self.end[chosen], self.item[chosen], more)

    def on(self, day: int) -> Spells:
        """The spells of a day."""
        return self.where((self.start <= day) & (day < self.end))

    def known(self, day: int, years_days: int) -> Spells:
        """The spells that a keeper knows of on a day: begun by then, and not ended longer ago than `years_days`."""
        return self.where((self.start <= day) & (self.end > day - years_days))

    def ended(self, day: int) -> Ints:
        """The day each ended; none where it goes on on that day, however soon it will end."""
        return np.where(self.end <= day, self.end, NONE)


def joined(parts: Sequence[Spells]) -> Spells:
    """Spells behind each other; all know the same."""
    return Spells(
        np.concatenate([p.person for p in parts]),
        np.concatenate([p.start for p in parts]),
        np.concatenate([p.end for p in parts]),
        np.concatenate([p.item for p in parts]),
        {name: np.concatenate([p.more[name] for p in parts]) for name in parts[0].more},
    )


def present(world: World, spells: Spells) -> Spells:
    """What is left of spells of people who are born, alive and in the country: an absence cuts a spell into pieces."""
    who = spells.person
    start = np.maximum(spells.start, world["born"][who])
    died = world["died"][who]
    end = np.minimum(spells.end, np.where(died == NONE, FAR, died))
    gone, back, leaves, returns = (
        np.where(world[n][who] == NONE, FAR, world[n][who]) for n in ("gone", "back", "leaves", "returns")
    )
    never = np.full(len(spells), FAR)
    pieces = (
        (start, np.minimum(np.minimum(end, gone), leaves)),
        (np.where(gone == FAR, never, np.maximum(start, back)), np.minimum(end, leaves)),
        (np.where(leaves == FAR, never, np.maximum(start, returns)), end),
    )
    parts: list[Spells] = []
    for piece, (first, last) in enumerate(pieces):
        cut = Spells(who, first, last, spells.item * PIECES + piece, spells.more)
        parts.append(cut.where(first < last))
    return joined(parts)
