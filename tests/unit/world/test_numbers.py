"""Numbers: every check digit is right, and nobody can have been given one of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.model.worlds import Country
from altyn.world.draws import Draws
from altyn.world.numbers import account_checks, check_digits, organisation_numbers, person_numbers

LAND = 2035


def digit_by_hand(country: Country, base: int) -> int:
    digits = [int(d) for d in f"{base:011d}"]
    for weights in country.check_rounds:
        rest = sum(w * d for w, d in zip(weights, digits, strict=True)) % country.check_modulus
        if rest < 10:
            return rest
    return -1


@given(st.integers(0, 10**11 - 1))
def test_a_check_digit_is_that_of_the_first_round_that_gives_one(country: Country, base: int) -> None:
    assert check_digits(country, np.array([base]))[0] == digit_by_hand(country, base)


def test_a_number_that_may_not_be_issued_is_found_among_many(country: Country) -> None:
    assert (check_digits(country, np.arange(100_000)) == -1).any()


@pytest.mark.parametrize("born", [-3, 0, 19_782, -25_567])
def test_people_of_one_day_have_numbers_of_their_own(country: Country, born: int) -> None:
    count = 300
    numbers = person_numbers(country, Draws(1), np.arange(count), np.full(count, born), np.arange(count) % 2, 0, 100)

    assert len(set(numbers.tolist())) == count
    for number in numbers.tolist():
        assert digit_by_hand(country, number // 10) == number % 10
    sexes = numbers // 10**5 % 10
    assert set(sexes[0::2].tolist()) == {7}
    assert set(sexes[1::2].tolist()) == {8}


def test_chunks_never_give_the_same_number(country: Country) -> None:
    given_ = [
        person_numbers(country, Draws(1), np.arange(60), np.full(60, 10_000), np.zeros(60, np.int64), chunk, 50)
        for chunk in (0, 1, 49)
    ]

    assert len(set(np.concatenate(given_).tolist())) == 180


def test_organisations_have_a_unit_that_nobody_has(country: Country) -> None:
    numbers = organisation_numbers(country, np.arange(5000))

    assert len(set(numbers.tolist())) == 5000
    assert set((numbers // 10**6 % 10).tolist()) <= {7, 8, 9}
    assert all(digit_by_hand(country, n // 10) == n % 10 for n in numbers[:200].tolist())


@given(st.integers(0, 10**13 - 1))
def test_an_account_leaves_one_by_97(number: int) -> None:
    check = int(account_checks(np.array([number]), LAND)[0])

    assert 2 <= check <= 98
    assert int(f"999{number:013d}{LAND}{check:02d}") % 97 == 1
