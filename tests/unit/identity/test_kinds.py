"""Kinds: what is written differently and means the same has one value; what says nothing has none."""

from __future__ import annotations

import numpy as np
import pytest

from altyn.identity.columns import EncodedColumn, distinct
from altyn.identity.kinds import Field, encode
from tests.unit.identity.people import LETTERS


def column(kind: str, texts: list[str], part: str = "", given: EncodedColumn | None = None) -> EncodedColumn:
    codes, values = distinct(texts)
    return encode(Field("x", kind, part), values, codes, LETTERS, given)


def values(kind: str, texts: list[str]) -> list[str | None]:
    found = column(kind, texts)
    return [None if code < 0 else str(found.values[code]) for code in found.codes]


@pytest.mark.parametrize(
    ("kind", "texts", "expected"),
    [
        ("date", ["1990-02-03", "03.02.1990", "19900203", "3/2/1990", "1990-02-03T00:00:00"], ["1990-02-03"] * 5),
        ("date", ["12/31/1990", "02/03/1990"], ["1990-12-31", "1990-02-03"]),
        ("date", ["1990", "soon", "0"], ["1990-00-00", None, None]),
        ("identifier", ["041299300017", "41299300017", "О41299300017", "0412 9930 0017"], ["041299300017"] * 4),
        ("identifier", ["000000000000", "111111111111", "123456789012", "041299300017"], [None, None, None, "041299300017"]),
        ("phone", ["+7 701 123-45-67", "87011234567", "7011234567", "0", "7777777777"], ["7011234567"] * 3 + [None, None]),
        ("e-mail", ["A.B@Example.org", "a.b@example.org ", "none"], ["a.b@example.org", "a.b@example.org", None]),
        ("category", ["F", "f", "нет данных", "n/a"], ["f", "f", None, None]),
        ("number", ["1 200,50", "$1200.50", "-"], ["1200.5", "1200.5", None]),
        ("person name", ["Нұрлан", "НУРЛАН", "Nurlan", "", "-"], ["nurlan", "nurlan", "nurlan", None, None]),
    ],
)  # fmt: skip
def test_one_meaning_has_one_value(kind: str, texts: list[str], expected: list[str | None]) -> None:
    assert values(kind, texts) == expected


def test_a_column_of_nothing_has_no_value() -> None:
    for kind in ("person name", "date", "identifier", "text", "number", "place", "phone", "e-mail", "category"):
        found = column(kind, ["", "null", "-"])
        assert (found.codes == -1).all()


def test_strange_texts_are_read_like_any() -> None:
    texts = ["x" * 10_000, "😀😀", "שלום", "a\nb", "a\rb", "ﷺ", "\u202eabc", "\x00"]
    for kind in (
        "person name",
        "date",
        "identifier",
        "text",
        "number",
        "place",
        "phone",
        "e-mail",
        "category",
        "full name",
    ):
        assert len(column(kind, texts).codes) == len(texts)


@pytest.mark.parametrize("kind", ["person name", "date", "identifier", "text", "e-mail"])
def test_new_rows_keep_the_codes_of_known_values(kind: str) -> None:
    """A day's rows are read by the same values, forms and words as those before; the same value is the same code."""
    first = ["Ахметова Алма", "2001-02-03", "a@example.org", "123456789012"]
    later = ["Ахметов Алма", "2001-02-03", "b@example.org", "Ахметова Алма", "123456789013"]
    known = column(kind, first, "family")

    fresh = column(kind, later, "family", known)
    whole = column(kind, [*first, *later], "family")

    assert list(fresh.values[: len(known.values)]) == list(known.values)
    for name in ["value", *known.forms]:
        both = np.concatenate([known.form_codes(name)[0], fresh.form_codes(name)[0]])
        assert _partition(both) == _partition(whole.form_codes(name)[0])
    assert fresh.counts[: len(known.counts)].tolist() == known.counts.tolist()
    assert fresh.counts[len(known.counts) :].sum() == 0
    if fresh.tokens is not None and whole.tokens is not None:
        assert list(fresh.tokens.words) == list(whole.tokens.words)


def _partition(codes: np.ndarray) -> list[int]:
    seen: dict[int, int] = {-1: -1}
    return [seen.setdefault(int(code), len(seen)) for code in codes]
