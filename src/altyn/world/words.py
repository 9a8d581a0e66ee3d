"""Words: every name a synthetic country uses, spelled in every way its registers spell, as tables that rows refer to by number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from altyn.engines.duckdb import Session
from altyn.model.sql import identifier
from altyn.model.worlds import Community, Country
from altyn.world.draws import Floats, Ints

FORMS, FATHERS = 3, 4


@dataclass(frozen=True, slots=True)
class Stock:
    """Where a community's names stand in the tables, and how often each is given."""

    men: Ints
    men_weights: Floats
    women: Ints
    women_weights: Floats
    surnames: Ints
    surname_weights: Floats


@dataclass(frozen=True, slots=True)
class CountryWords:
    """All names of a country.

    A given name goes by its number g; a surname by 3 * stem + form (man, woman, bare); a father's name by 4 * g + form
    (man and woman the first way, man and woman the second way).
    """

    given: tuple[str, ...]
    surnames: tuple[str, ...]
    stocks: tuple[Stock, ...]

    @classmethod
    def of(cls, country: Country) -> CountryWords:
        """The words of a country; equal names of two communities are one."""
        given = sorted({n for c in country.communities for n, _ in (*c.men, *c.women)})
        surnames = sorted({n for c in country.communities for n, _ in c.surnames})
        places = {n: i for i, n in enumerate(given)}, {n: i for i, n in enumerate(surnames)}
        return cls(tuple(given), tuple(surnames), tuple(_stock(c, *places) for c in country.communities))


def _stock(community: Community, given: dict[str, int], surnames: dict[str, int]) -> Stock:
    def numbers(names: tuple[tuple[str, float], ...], places: dict[str, int]) -> tuple[Ints, Floats]:
        return np.array([places[n] for n, _ in names], np.int64), np.array([w for _, w in names], np.float64)

    return Stock(
        *numbers(community.men, given), *numbers(community.women, given), *numbers(community.surnames, surnames)
    )


def put_tables(session: Session, country: Country, words: CountryWords) -> None:
    """Make the tables given, surname, fathers, place, street, form and word: `no` and a column for each spelling."""
    surnames = [form for stem in words.surnames for form in country.surname_forms(stem)]
    fathers = [form for name in words.given for form in country.fathers_name(name)]
    for table, names in (("given", list(words.given)), ("surname", surnames), ("fathers", fathers)):
        _table(session, table, {s: [spell(n) for n in names] for s, spell in country.spellings.items()})
    places = [p for area in country.areas for p in area.places]
    spelled = {s: [p.names[s] for p in places] for s in country.spellings}
    _table(session, "place", {"code": [p.code for p in places], **spelled})
    _table(session, "street", {s: [n[s] for n in country.streets] for s in country.spellings})
    _table(session, "form", {s: [n[s] for n, _ in country.organisation_forms] for s in country.spellings})
    _table(session, "word", {s: [n[s] for n in country.organisation_words] for s in country.spellings})


def _table(session: Session, name: str, columns: dict[str, list[str]]) -> None:
    count = len(next(iter(columns.values())))
    lists = ", ".join(f"unnest($c{i}) AS {identifier(c)}" for i, c in enumerate(columns))
    session.run(
        f"CREATE TABLE {name} AS SELECT unnest(range({count})) AS no, {lists}",
        {f"c{i}": values for i, values in enumerate(columns.values())},
    )
