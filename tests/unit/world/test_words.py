"""CountryWords: every name has a number, and each table spells it in every way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from altyn.engines.duckdb import Session
from altyn.model.worlds import Country
from altyn.world.words import FATHERS, FORMS, CountryWords, put_tables


@pytest.fixture(scope="module")
def session(country: Country) -> Iterator[Session]:
    with Session(threads=1) as made:
        put_tables(made, country, CountryWords.of(country))
        yield made


def test_a_name_of_two_communities_is_one(country: Country) -> None:
    words = CountryWords.of(country)

    assert list(words.given) == sorted(set(words.given))
    assert list(words.surnames) == sorted(set(words.surnames))
    for community, stock in zip(country.communities, words.stocks, strict=True):
        assert [words.given[n] for n in stock.men] == [n for n, _ in community.men]
        assert [words.given[n] for n in stock.women] == [n for n, _ in community.women]
        assert [words.surnames[n] for n in stock.surnames] == [n for n, _ in community.surnames]
        assert stock.men_weights.tolist() == [w for _, w in community.men]


def test_a_surname_stands_at_its_stem_and_form(session: Session, country: Country) -> None:
    words, first = CountryWords.of(country), next(iter(country.spellings))
    rows = dict(session.run(f"SELECT no, {first} FROM surname"))

    assert len(rows) == FORMS * len(words.surnames)
    for stem in (0, len(words.surnames) // 2, len(words.surnames) - 1):
        assert tuple(rows[FORMS * stem + form] for form in range(FORMS)) == country.surname_forms(words.surnames[stem])


def test_a_fathers_name_stands_at_its_given_name_and_form(session: Session, country: Country) -> None:
    words, first = CountryWords.of(country), next(iter(country.spellings))
    rows = dict(session.run(f"SELECT no, {first} FROM fathers"))

    assert tuple(rows[FATHERS * 3 + form] for form in range(FATHERS)) == country.fathers_name(words.given[3])


@pytest.mark.parametrize("table", ["given", "surname", "fathers", "place", "street", "form", "word"])
def test_each_table_has_every_spelling_of_every_word(session: Session, country: Country, table: str) -> None:
    columns = [str(r[0]) for r in session.run(f"DESCRIBE {table}")]
    spelled = ", ".join(f'count("{s}") FILTER ("{s}" <> \'\')' for s in country.spellings)
    count, least, most, *found = session.one(f"SELECT count(DISTINCT no), min(no), max(no), {spelled} FROM {table}")

    assert set(country.spellings) <= set(columns)
    assert (least, most) == (0, count - 1)
    assert found == [count] * len(found)


def test_places_come_in_the_order_of_their_areas(session: Session, country: Country) -> None:
    codes = [code for (code,) in session.run("SELECT code FROM place ORDER BY no")]

    assert codes == [p.code for area in country.areas for p in area.places]
    assert np.unique(codes).size == len(codes)
