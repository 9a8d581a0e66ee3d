"""Full names: which word is which part is told by sources that keep them apart, and never guessed."""

from __future__ import annotations

import pytest

from altyn.engines.duckdb import Session
from altyn.identity.full_names import part_of, parts
from altyn.model.sql import literal
from tests.unit.identity.people import LETTERS

FAMILY = ["Ахметов", "Садыкова", "Омаров", "Нурова"]
GIVEN = ["Ерлан", "Айгүл", "Дархан", "Ләззат"]


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("fio: word 1", " Ахметов   Ерлан, Болатұлы", "Ахметов"), ("fio: word 2", "Ахметов,Ерлан", "Ерлан"), ("fio: word 3", "Ахметов Ерлан", None),
        ("fio: words from 2", "Ахметов Ерлан Болат ұлы", "Ерлан Болат ұлы"), ("fio: words from 3", "Ахметов Ерлан", None),
        ("fio", " as it is ", " as it is "), ("fio: word 1", None, None),
    ],
)  # fmt: skip
def test_a_part_of_a_cell(column: str, text: str | None, said: str | None) -> None:
    header, sql = part_of(column, ["fio", "other"])

    assert header == "fio"
    with Session(threads=1) as session:
        cell = "NULL::VARCHAR" if text is None else literal(text)
        assert session.one(f"SELECT {sql.replace('{text}', cell)}")[0] == said


@pytest.mark.parametrize("column", ["none", "none: word 1", "fio: word 0", "fio: word", "fio: words", "fio:word 1"])
def test_what_names_no_column_has_none(column: str) -> None:
    assert part_of(column, ["fio"]) == ("", "")


def test_a_header_that_looks_like_a_part_is_a_header() -> None:
    assert part_of("fio: word 1", ["fio", "fio: word 1"]) == ("fio: word 1", "{text}")


def whole(*order: int) -> list[str]:
    people = [(f, g, "Болатұлы") for f, g in zip(FAMILY, GIVEN, strict=True)]
    return [" ".join(person[o] for o in order) for person in people]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (whole(0, 1), {"family": "word 1", "given": "word 2", "patronymic": "words from 3"}),
        (whole(0, 1, 2), {"family": "word 1", "given": "word 2", "patronymic": "words from 3"}),
        (whole(1, 0), {"given": "word 1", "family": "words from 2"}),
        (whole(1, 2, 0), {"given": "word 1", "patronymic": "word 2", "family": "words from 3"}),
        ([name.upper() for name in whole(0, 1)], {"family": "word 1", "given": "word 2", "patronymic": "words from 3"}),
        (["Akhmetov Erlan", "Sadykova Aigul", "Omarov Darkhan"], {"family": "word 1", "given": "word 2", "patronymic": "words from 3"}),
    ],
)  # fmt: skip
def test_the_order_is_told_by_other_sources_in_any_script(values: list[str], told: dict[str, str]) -> None:
    assert parts(values, FAMILY, GIVEN, LETTERS) == told


@pytest.mark.parametrize(
    "values", [[], ["Ахметов"], ["", "  "], ["North Wind", "South Sea"], ["Ерлан Айгүл", "Дархан Ләззат"]]
)
def test_where_it_cannot_be_told_nothing_is_said(values: list[str]) -> None:
    assert parts(values, FAMILY, GIVEN, LETTERS) is None


def test_without_stocks_nothing_is_said() -> None:
    assert parts(whole(0, 1), [], [], LETTERS) is None
