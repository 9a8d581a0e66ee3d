"""Blocking: exactly the pairs that agree, each once, in any chunks; none from a block left out."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from altyn.identity.blocking import Hot, Rule, chunks, entries, hot_blocks, index, pairs_of, pairs_with
from tests.unit.identity.people import Person, rows_of

NAMES = st.sampled_from(["Асан", "Үсен", "Айгүл", "", "Асқар"])
RECORDS = st.lists(
    st.tuples(NAMES, NAMES, st.sampled_from(["1990-01-02", "1990-02-01", "", "1991-01-02"]), st.just("t"), st.just("")),
    min_size=1,
    max_size=25,
)
RULES = [Rule(((0, "value"), (1, "value"))), Rule(((2, "unordered"),)), Rule(((1, "skeleton"), (2, "year")))]


def agreeing(rules: list[Rule], records: list[Person]) -> set[tuple[int, int]]:
    """Pairs by comparing every row with every other."""
    columns = rows_of(records).columns
    found = set[tuple[int, int]]()
    for rule in rules:
        codes = [columns[field].form_codes(form)[0] for field, form in rule.parts]
        for a, b in itertools.combinations(range(len(records)), 2):
            if all(c[a] == c[b] >= 0 for c in codes):
                found.add((a, b))
    return found


@given(records=RECORDS, at_once=st.integers(1, 50))
def test_pairs_are_those_that_agree(records: list[Person], at_once: int) -> None:
    columns, total = rows_of(records).columns, len(records)
    indexes = [index(entries(rule, columns), total) for rule in RULES]

    found = [pairs_of(indexes, low, high, total) for low, high in chunks(indexes, total, at_once)]
    listed = [(int(a), int(b)) for left, right in found for a, b in zip(left, right, strict=True)]

    assert len(listed) == len(set(listed))
    assert set(listed) == agreeing(RULES, records)


@given(records=RECORDS, flags=st.lists(st.booleans(), min_size=25, max_size=25))
def test_pairs_of_new_rows_are_those_with_a_new_row(records: list[Person], flags: list[bool]) -> None:
    columns, total = rows_of(records).columns, len(records)
    is_new = np.asarray(flags[:total])

    left, right = pairs_with([entries(rule, columns) for rule in RULES], is_new, total)

    assert set(zip(left.tolist(), right.tolist(), strict=True)) == {
        (a, b) for a, b in agreeing(RULES, records) if is_new[a] or is_new[b]
    }


def test_a_block_left_out_gives_no_pairs_and_others_stay() -> None:
    records: list[Person] = [("Асан", "Айгүл", "1990-01-02", "t", "")] * 6 + [
        ("Үсен", "Асқар", "1991-01-02", "t", "")
    ] * 2
    columns, total = rows_of(records).columns, len(records)
    rule = RULES[0]

    hot = hot_blocks(rule, columns, limit=5)
    left, right = pairs_of([index(entries(rule, columns, hot), total)], 0, total, total)

    assert hot.codes.shape == (1, 2)
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(6, 7)]
    nothing = Hot(np.zeros((0, 2), np.int32))
    assert index(entries(rule, columns, nothing), total).count() == 15 + 1


def test_a_million_equal_values_are_one_block_left_out() -> None:
    """Blocking by a value everybody has must cost its rows, not their square."""
    from altyn.identity.columns import EncodedColumn

    codes = np.zeros(1_000_000, np.int32)
    column = EncodedColumn(codes, np.array(["x"], object), np.array([1_000_000]))
    rule = Rule(((0, "value"),))

    hot = hot_blocks(rule, [column])

    assert index(entries(rule, [column], hot), 1_000_000).count() == 0
