"""Numbers that pass every check and that nobody was given: of persons, of organisations, of accounts."""

from __future__ import annotations

import numpy as np

from altyn.model.worlds import Country
from altyn.world.draws import Draws, Ints
from altyn.world.founding import FIRST_YEAR, MONTHS

DIGITS = 11
SERIALS = 10_000
# The seventh digit of a person's number tells sex and century; 7 and 8 are issued to nobody.
RESERVED_MAN, RESERVED_WOMAN = 7, 8
# The sixth digit of an organisation's number tells what kind of unit it is; 9 and 8 are no kind.
RESERVED_UNITS = (9, 8, 7)
BANK = 999
_BASE = 10


def check_digits(country: Country, bases: Ints) -> Ints:
    """The check digit of each eleven-digit number; -1 where every round gives ten, and the number may not be issued."""
    digits = [(bases // 10 ** (DIGITS - 1 - place)) % 10 for place in range(DIGITS)]
    found = np.full(len(bases), -1, np.int64)
    for weights in reversed(country.check_rounds):
        rest = (
            sum((w * d for w, d in zip(weights, digits, strict=True)), np.zeros(len(bases), np.int64))
            % country.check_modulus
        )
        found = np.where(rest < _BASE, rest, found)
    return found


def _dated(born: Ints) -> Ints:
    days = born.astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    months = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    of_month = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    return (years % 100) * 10_000 + months * 100 + of_month


def person_numbers(  # noqa: PLR0917
    country: Country, draws: Draws, ids: Ints, born: Ints, female: Ints, chunk: int, chunks: int
) -> Ints:
    """A number for each person, different over all chunks: a chunk only takes serials of its own.

    Args:
        country: its check digit.
        draws: for those whose turn of serials is used up.
        ids: persons.
        born: days since 1970.
        female: 1 for women.
        chunk: place of the chunk.
        chunks: how many there are.
    """
    room = SERIALS // chunks
    day = born.copy()
    sex = np.where(female == 1, RESERVED_WOMAN, RESERVED_MAN)
    result = np.full(len(ids), -1, np.int64)
    taken = np.zeros(0, np.int64)
    waiting = np.arange(len(ids))
    turn = 0
    while len(waiting):
        if turn == 0:
            group = day[waiting] * 2 + female[waiting]
            order = np.argsort(group, kind="stable")
            first = np.searchsorted(group[order], group[order], side="left")
            serial = np.empty(len(waiting), np.int64)
            serial[order] = np.arange(len(waiting)) - first
        else:
            # A number need not repeat the day of birth: who finds no serial takes one of a day near.
            day[waiting] += 1
            serial = draws.below(f"serial {turn}", ids[waiting], room)
        base = _dated(day[waiting]) * 100_000 + sex[waiting] * SERIALS + chunk * room + np.minimum(serial, room - 1)
        digit = check_digits(country, base)
        number = base * 10 + digit
        first_of = np.zeros(len(waiting), bool)
        first_of[np.unique(number, return_index=True)[1]] = True
        good = (digit >= 0) & (serial < room) & first_of & ~np.isin(number, taken)
        result[waiting[good]] = number[good]
        taken = np.concatenate([taken, number[good]])
        waiting = waiting[~good]
        turn += 1
    return result


def organisation_numbers(country: Country, numbers: Ints) -> Ints:
    """The number of each organisation: month of registration, a kind of entity, a unit nobody has, serial, check digit."""
    months = numbers % MONTHS
    year, month = FIRST_YEAR % 100 + months // 12, months % 12 + 1
    found = np.full(len(numbers), -1, np.int64)
    for unit in RESERVED_UNITS:
        base = (year * 100 + month) * 10_000_000 + (4 * 10 + unit) * 100_000 + numbers // MONTHS
        digit = check_digits(country, base)
        found = np.where((found < 0) & (digit >= 0), base * 10 + digit, found)
    return found


def account_checks(numbers: Ints, land: int) -> Ints:
    """The two check digits (ISO 13616, modulo 97) of accounts of bank 999, which no bank is. `land`: two letters as digits."""
    rest = (BANK * 10**13 + numbers) % 97
    return 98 - (rest * 1_000_000 + land * 100) % 97
