"""Headers: matched as the eye reads them, told without showing what may be a value."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.sources.headers import header_names, looks, match_headers
from tests.unit.sources.reading import columns


def test_headers_are_trimmed_and_those_without_a_name_are_numbered() -> None:
    assert header_names(["\ufeff code ", "", "\xa0", "Атауы\r"]) == ["code", "#2", "#3", "Атауы"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Йод", "И\u0306од"), ("a  b", "a\xa0b"), ("code", "co\u00adde"), ("код", "\u200bкод\u2060"), ("a b", "a\n b")],
)
def test_what_the_eye_cannot_tell_apart_is_one(one: str, other: str) -> None:
    assert looks(one) == looks(other)


def test_letters_of_two_alphabets_are_not_one() -> None:
    assert looks("code") != looks("cоde")
    assert looks("ң") != looks("н")


def test_each_column_has_its_place_and_others_are_named() -> None:
    assert match_headers(["x", "b ", "", "a"], columns("a", "b"), "in.csv") == ([3, 1], ("x", "#3"))


def test_an_exact_header_goes_before_one_that_looks_like_it() -> None:
    places, extra = match_headers(["a  b", "a b"], columns("a b"), "in.csv")

    assert (places, extra) == ([1], ("a  b",))


def test_a_header_that_stands_twice_is_refused_with_its_line() -> None:
    with pytest.raises(AltynError) as caught:
        match_headers(["code", "co\u00adde", "\u200bcode"], columns("сode", "x"), "in.csv", line=4)
    assert caught.value.code == "source.column-missing"

    with pytest.raises(AltynError) as caught:
        match_headers(["Code ", "b", "Code"], columns("Code"), "in.csv", line=4)
    assert (caught.value.code, caught.value.where) == ("source.column-duplicate", "in.csv, line 4")


@pytest.mark.parametrize(
    ("found", "shown", "hidden"),
    [
        (["district_cod", "Ахметов"], "district_cod", "Ахметов"),
        (["Ахметов", "Ерлан"], "None of the 2 cells", "Ахметов"),
        (["n", "Ахметов"], "the file has 2 columns", "Ахметов"),
    ],
)
def test_a_lost_header_line_is_not_shown_for_it_may_be_a_row(found: list[str], shown: str, hidden: str) -> None:
    with pytest.raises(AltynError) as caught:
        match_headers(found, columns("district_code", "n"), "in.csv")

    assert caught.value.code == "source.column-missing"
    assert shown in str(caught.value.mend)
    assert hidden not in str(caught.value)


def test_no_column_is_asked_for() -> None:
    assert match_headers(["a", "b"], [], "in.csv") == ([], ("a", "b"))
