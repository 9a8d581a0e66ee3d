"""Columns: values become codes and come back; what came before keeps its code."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from altyn.identity.columns import EncodedColumn, EncodedForm, Tokens, among, distinct, joined, through
from altyn.identity.kinds import Field, encode
from tests.unit.identity.people import LETTERS

TEXTS = st.lists(st.sampled_from(["", "а", "ң", "b", "c d", "Әлия"]), max_size=12)


@given(TEXTS)
def test_codes_and_values_say_the_texts(texts: list[str]) -> None:
    codes, values = distinct(texts)

    assert [values[c] if c >= 0 else "" for c in codes] == texts
    assert len(set(values)) == len(values)
    assert list(values) == list(dict.fromkeys(t for t in texts if t)), "in order of first appearance"


@given(known=TEXTS, texts=TEXTS)
def test_known_values_keep_their_codes(known: list[str], texts: list[str]) -> None:
    _, before = distinct(known)

    codes, values = among(before, texts)

    assert list(values[: len(before)]) == list(before)
    assert [values[c] if c >= 0 else "" for c in codes] == texts
    assert len(set(values)) == len(values)


def test_through_leaves_what_is_missing_missing() -> None:
    assert through(np.array([7, 8]), np.array([1, -1, 0])).tolist() == [8, -1, 7]
    assert through(np.array([], np.int32), np.array([-1, -1])).tolist() == [-1, -1]


def column() -> EncodedColumn:
    forms = {"first": EncodedForm(np.array([0, 0, -1], np.int32), 1)}
    return EncodedColumn(
        np.array([0, 1, 1, -1, 2], np.int32), np.array(["ab", "ac", "z"], object), np.array([1, 2, 1]), forms
    )


def test_a_form_is_asked_per_row_and_counted_over_rows() -> None:
    codes, size = column().form_codes("first")

    assert (codes.tolist(), size) == ([0, 0, 0, -1, -1], 1)
    assert column().form_counts("first").tolist() == [3]
    assert column().form_codes("value")[1] == 3
    assert column().form_counts("value").tolist() == [1, 2, 1]


def test_rows_are_taken_in_the_order_asked_for() -> None:
    taken = column().taken(np.array([4, 0, 3]))

    assert taken.codes.tolist() == [2, 0, -1]
    assert taken.counts.tolist() == [1, 2, 1], "frequencies stay those of all rows"


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    words = Tokens(np.array([0, 2]), np.array([0, 1], np.int32), np.array(["а", "б"], object), np.array([1, 99]))

    rare, common = words.weights()

    assert rare > common > 0
    assert np.isfinite(
        Tokens(np.array([0]), np.array([], np.int32), np.array([], object), np.array([])).weights()
    ).all()


@given(old=TEXTS, new=TEXTS)
def test_columns_joined_say_what_both_said(old: list[str], new: list[str]) -> None:
    """Words of every value, ascending, whichever column brought them; counts are those of the column that was there."""
    field = Field("name", "full name")
    codes, values = distinct(old)
    known = encode(field, values, codes, LETTERS)
    codes, values = distinct(new)
    found = encode(field, values, codes, LETTERS, known)

    assert list(found.values[: len(known.values)]) == list(known.values)
    assert found.counts[: len(known.values)].tolist() == known.counts.tolist()
    assert found.counts[len(known.values) :].sum() == 0
    assert found.tokens is not None
    for value, (start, end) in zip(
        found.values, zip(found.tokens.starts, found.tokens.starts[1:], strict=False), strict=True
    ):
        ids = found.tokens.ids[start:end]
        assert ids.tolist() == sorted(set(ids.tolist()))
        alone = encode(field, np.array([value], object), np.array([0], np.int32), LETTERS)
        assert alone.tokens is not None
        assert set(found.tokens.words[ids].tolist()) == set(alone.tokens.words.tolist())


def test_readings_that_both_have_keep_the_first_ones_code() -> None:
    def formed(values: list[str], texts: list[str]) -> EncodedColumn:
        codes, readings = distinct(texts)
        made = np.array(values, object)
        return EncodedColumn(
            np.arange(len(values), dtype=np.int32), made, np.ones(len(values), np.int64),
            {"root": EncodedForm(codes, len(readings), readings)},
        )  # fmt: skip

    both = joined(
        formed(["a1", "b1"], ["a", "b"]), formed(["b2", "c2"], ["b", "c"]), np.array(["a1", "b1", "b2", "c2"], object),
        np.array([3, 2], np.int32),
    )  # fmt: skip

    assert both.forms["root"].codes.tolist() == [0, 1, 1, 2]
    assert both.forms["root"].size == 3
    assert both.form_codes("root")[0].tolist() == [2, 1]
