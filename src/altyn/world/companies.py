"""Companies: organisations, who owns them with shares that add up to the whole on every day, and who directs them, from and to.

An organisation lies with one chunk: its owners and directors live there, or are organisations that were there before it.
"""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.chunks import FAR, NONE, PAST, WINDOW, YEAR, World
from altyn.world.draws import Draws, Floats, Ints
from altyn.world.founding import founded_on
from altyn.world.numbers import organisation_numbers

WHOLE = 10_000  # shares are hundredths of a percent
OWNERS = 3
SOLD_BEFORE, SOLD, NEW_DIRECTOR_BEFORE, NEW_DIRECTOR = 0.25, 0.04, 0.2, 0.04
Holdings = dict[str, Ints]


def how_many(persons: int) -> int:
    """How many organisations a country of so many persons has."""
    return max(40, persons // 50)


def organisations(country: Country, draws: Draws, numbers: Ints) -> Holdings:
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
        "founded": founded_on(numbers),
        "form": draws.pick("organisation's form", numbers, shares),
        "word": draws.below("organisation's word", numbers, words),
        "other_word": draws.below("organisation's other word", numbers, words),
        "has_other": draws.chance("organisation's name", numbers, 0.8).astype(np.int64),
        "place": firsts[area] + (draws.unit("organisation's place", numbers) ** 3 * counts[area]).astype(np.int64),
        "street": draws.below("organisation's street", numbers, len(country.streets)),
        "house": 1 + draws.below("organisation's house", numbers, 150),
        "phone": draws.below("organisation's phone", numbers, 10**9),
    }


def of_chunk(draws: Draws, world: World) -> Ints:
    """The organisations whose owners and directors live in the chunk."""
    numbers = np.arange(world.chunk.organisations)
    return numbers[draws.below("organisation's chunk", numbers, world.chunk.chunks) == world.chunk.number]


def _able(world: World) -> Ints:
    """Who may own and direct: people who stay, alive, by age, the oldest first."""
    stays = (world["died"] == NONE) & (world["gone"] == NONE) & (world["leaves"] == NONE) & (world["born"] > -25_000)
    able = np.flatnonzero(stays)
    return able[np.argsort(world["born"][able], kind="stable")]


def _chosen(draws: Draws, world: World, name: str, numbers: Ints, day: Ints) -> Ints:
    """For each organisation one of those who were grown on a day; none where there is nobody."""
    able = _able(world)
    room = np.searchsorted(world["born"][able], day - int(18 * YEAR) - 2, side="right")
    if not len(able):
        return np.full(len(numbers), NONE)
    place = (draws.unit(name, numbers) * room).astype(np.int64)
    return np.where(room > 0, able[np.minimum(place, len(able) - 1)], NONE)


def _stretches(
    draws: Draws, name: str, numbers: Ints, base: int, shares: tuple[float, float]
) -> list[tuple[Ints, Ints]]:
    """[start, end) of up to three stretches of each organisation: one change in the ten years before the base, one in the year after."""
    founded = founded_on(numbers)
    first = np.maximum(base - PAST, founded) + 1
    before = first + (draws.unit(f"{name} before", numbers) * np.maximum(base - first, 0)).astype(np.int64)
    before = np.where(draws.chance(f"{name} changed", numbers, shares[0]) & (before < base), before, FAR)
    after = np.maximum(base, founded) + 1 + draws.below(f"{name} after", numbers, WINDOW - 1)
    after = np.where(draws.chance(f"{name} changes", numbers, shares[1]), after, FAR)
    never = np.full(len(numbers), FAR)
    middle = np.where(before == FAR, FAR, after)
    return [(founded, np.minimum(before, after)), (before, middle), (after, never)]


def owners(draws: Draws, world: World, base: int) -> Holdings:
    """One row an owner and stretch: `organisation`, `owner` (place in the chunk or none), `owner_organisation`, `share`, `since`, `ends`."""
    numbers = of_chunk(draws, world)
    parts: list[Holdings] = []
    for version, (start, end) in enumerate(_stretches(draws, "ownership", numbers, base, (SOLD_BEFORE, SOLD))):
        count = 1 + draws.pick(f"owners {version}", numbers, np.array([0.6, 0.28, 0.12]))
        shares = _shares(draws, numbers, count, version)
        # Nobody owns a company twice in one stretch: a second share of the same person would be one larger share.
        taken: list[Ints] = []
        for slot in range(OWNERS):
            person = _chosen(draws, world, f"owner {version} {slot}", numbers, start)
            holds = draws.chance(f"held {version} {slot}", numbers, 0.12) & (numbers > 0) & (slot > 0)
            holder = (draws.unit(f"holder {version} {slot}", numbers) * np.maximum(numbers, 1)).astype(np.int64)
            holds &= founded_on(holder) < start
            owner = np.where(holds, -2 - holder, person)
            parts.append({
                "organisation": numbers, "owner": np.where(holds, NONE, person),
                "owner_organisation": np.where(holds, holder, NONE), "share": shares[slot],
                "since": start, "ends": end, "item": np.full(len(numbers), version * OWNERS + slot),
            })  # fmt: skip
            for earlier, before in enumerate(taken):
                again = (owner == before) & (shares[slot] > 0)
                first = parts[-1 - (slot - earlier)]
                first["share"] = first["share"] + np.where(again, shares[slot], 0)
                shares[slot] = np.where(again, 0, shares[slot])
            parts[-1]["share"] = shares[slot]
            taken.append(np.where(shares[slot] > 0, owner, FAR))
    rows = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    # Where nobody grown lived in the chunk, the state owns the organisation, and the register has no row of it.
    nobody = (rows["share"] > 0) & (rows["owner"] == NONE) & (rows["owner_organisation"] == NONE)
    stateowned = np.isin(rows["organisation"], rows["organisation"][nobody])
    return {n: v[(rows["share"] > 0) & (rows["since"] < rows["ends"]) & ~stateowned] for n, v in rows.items()}


def _shares(draws: Draws, numbers: Ints, count: Ints, version: int) -> list[Ints]:
    first: Floats = 0.3 + 0.4 * draws.unit(f"first share {version}", numbers)
    one = np.where(count == 1, WHOLE, (first * 20).astype(np.int64) * (WHOLE // 20))
    two = np.where(count == 2, WHOLE - one, np.where(count == 3, (WHOLE - one) // 3, 0))
    return [one, two, WHOLE - one - two]


def directors(draws: Draws, world: World, base: int) -> Holdings:
    """One row a director and stretch, one director on every day: `organisation`, `director`, `since`, `ends`."""
    numbers = of_chunk(draws, world)
    parts: list[Holdings] = []
    for version, (start, end) in enumerate(
        _stretches(draws, "direction", numbers, base, (NEW_DIRECTOR_BEFORE, NEW_DIRECTOR))
    ):
        found = _chosen(draws, world, f"director {version}", numbers, start)
        fits = (start < end) & (found != NONE)
        parts.append({
            "organisation": numbers[fits], "director": found[fits], "since": start[fits], "ends": end[fits],
            "item": np.full(int(fits.sum()), version),
        })  # fmt: skip
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
