"""Lists stand in the order a reader expects: the alphabet of the state, and numbers by their size."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from altyn.serve.portal.draw.ordering import Ordering

KAZAKH = Ordering("аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя")


def mixed(texts: list[str]) -> list[str]:
    return random.Random(1).sample(texts, len(texts))  # noqa: S311 - a shuffle


def test_kazakh_letters_stand_in_their_own_places() -> None:
    names = [
        "Абай",
        "Әйет",
        "Баян",
        "Ғалым",
        "Дала",
        "Қала",
        "Ләззат",
        "Ңа",
        "Өскемен",
        "Ұлытау",
        "Үржар",
        "Һа",
        "Ыс",
        "Ілбі",
        "Юрта",
    ]

    assert KAZAKH.sorted(mixed(names), str) == names


def test_groups_of_ages_stand_by_age() -> None:
    groups = ["0-4", "5–9", "10-14", "15-19", "80-84", "85+", "100+"]

    assert Ordering().sorted(mixed(groups), str) == groups
    assert KAZAKH.sorted(mixed(groups), str) == groups


def test_numbers_inside_names_count_too() -> None:
    names = ["№ 2 мектеп", "№ 10 мектеп", "№ 100 мектеп"]

    assert KAZAKH.sorted(mixed(names), str) == names


@given(st.lists(st.one_of(st.text(), st.none(), st.integers())))
def test_whatever_stands_in_a_list_can_be_sorted(values: list[object]) -> None:
    assert len(KAZAKH.sorted(values, lambda v: v)) == len(values)
