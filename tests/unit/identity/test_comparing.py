"""Comparing: levels mean what they say, whichever row stands left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.identity.columns import distinct
from altyn.identity.comparing import compare, comparison, frequency_bits
from altyn.identity.kinds import KINDS, Field, encode
from tests.unit.identity.people import LETTERS


def level(kind: str, left: str, right: str, part: str = "", beside: tuple[str, ...] = ()) -> str:
    """The name of the level of two values."""
    field = Field("x", kind, part)
    codes, values = distinct([left, right, *beside])
    column = encode(field, values, codes, LETTERS)
    found = compare([field], [column], np.asarray([0]), np.asarray([1]))[0][0]
    return ("missing", *comparison(field).levels)[found]


@pytest.mark.parametrize(
    ("kind", "left", "right", "expected"),
    [
        ("person name", "Нұрлан", "NURLAN", "same"),
        ("person name", "Нұрлан", "Nurlen", "same consonants"),
        ("person name", "Бауыржан", "Баужан", "alike"),
        ("person name", "Асқар", "Мадина", "different"),
        ("person name", "A", "Alexander", "initial"),
        ("person name", "Асқар", "", "missing"),
        ("date", "1990-02-03", "03.02.1990", "same"),
        ("date", "1990-02-03", "1990-03-02", "two parts"),
        ("date", "1990-02-03", "1990-02-05", "two parts"),
        ("date", "1990-02-03", "1990", "year"),
        ("date", "1990-02-03", "1991-02-20", "year near"),
        ("date", "1990-02-03", "1955-07-20", "different"),
        ("identifier", "840412300017", "840412300018", "one sign"),
        ("identifier", "840412300017", "480412300017", "one sign"),
        ("identifier", "840412300017", "999912300017", "different"),
        ("e-mail", "a@x.example", "a@y.example", "same name"),
        ("number", "100", "101", "nearly same"),
        ("number", "100", "110", "near"),
        ("number", "100", "300", "different"),
        ("full name", "Ахметов Нұрлан", "Нурлан АХМЕТОВ", "same words"),
    ],
)
def test_levels(kind: str, left: str, right: str, expected: str) -> None:
    assert level(kind, left, right) == expected


def test_rare_words_say_more_than_common_ones() -> None:
    common = tuple(f"red chair number {n}" for n in range(50))

    assert level("text", "red chair kalamkas", "blue chair kalamkas", beside=common) > level(
        "text", "red chair kalamkas", "red chair senek", beside=common
    )


def test_given_and_family_name_in_each_others_place() -> None:
    fields = [Field("given", "person name", "given"), Field("family", "person name", "family")]
    columns = []
    for field, texts in zip(fields, (["Нұрлан", "Ахметов", "Асқар"], ["Ахметов", "Нұрлан", "Ахметов"]), strict=True):
        codes, values = distinct(texts)
        columns.append(encode(field, values, codes, LETTERS))

    given_levels, family_levels = compare(fields, columns, np.asarray([0, 0]), np.asarray([1, 2]))

    assert comparison(fields[0]).levels[given_levels[0] - 1] == "swapped"
    assert family_levels[0] == 0
    assert comparison(fields[0]).levels[given_levels[1] - 1] == "different"
    assert comparison(fields[1]).levels[family_levels[1] - 1] == "same"


@given(kind=st.sampled_from(sorted(KINDS)), texts=st.lists(st.text(max_size=25), min_size=2, max_size=8))
def test_order_does_not_matter(kind: str, texts: list[str]) -> None:
    field = Field("x", kind)
    codes, values = distinct(texts)
    column = encode(field, values, codes, LETTERS)
    left, right = (axis.ravel() for axis in np.meshgrid(np.arange(len(texts)), np.arange(len(texts))))

    there, back = compare([field], [column], left, right)[0], compare([field], [column], right, left)[0]

    assert there.tolist() == back.tolist()
    same = (left == right) & (column.codes[left] >= 0)
    assert (there[same] == comparison(field).size - 1).all()


def test_a_rare_name_weighs_more_than_a_common_one() -> None:
    field = Field("x", "person name", "family")
    codes, values = distinct(["Ахметов"] * 50 + ["Шоқанбай"] * 2)
    column = encode(field, values, codes, LETTERS)
    top = np.full(2, comparison(field).size - 1, np.int8)

    common, rare = frequency_bits(field, column, column.codes[[0, 50]], top)

    assert rare > 0 > common
