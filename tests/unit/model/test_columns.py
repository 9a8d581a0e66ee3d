"""Columns: types that every engine shares, and how a person reads what a column expects."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.model.columns import Column, ColumnType, Form, type_of_delta

TYPES = [ColumnType(k) for k in ("text", "integer", "double", "date", "timestamp", "boolean")] + [
    ColumnType("decimal", 38, 38),
    ColumnType("decimal", 1, 0),
]


@pytest.mark.parametrize("made", TYPES, ids=lambda t: t.name)
def test_a_type_comes_back_from_its_name_in_delta(made: ColumnType) -> None:
    found = type_of_delta(made.delta)

    assert (found.name, found.sql) == (made.name, made.sql)


def test_json_is_kept_as_text() -> None:
    assert type_of_delta(ColumnType("json").delta) == ColumnType("text")


@pytest.mark.parametrize(
    ("kind", "precision", "scale"), [("money", 18, 6), ("decimal", 39, 0), ("decimal", 2, 3), ("decimal", 2, -1)]
)
def test_what_is_no_type_cannot_be_built(kind: str, precision: int, scale: int) -> None:
    with pytest.raises(AltynError) as caught:
        ColumnType(kind, precision, scale)  # type: ignore[arg-type]

    assert caught.value.code == "model.type"
    assert f"{kind}({precision},{scale})" in str(caught.value)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (None, "decimal(9,2)"),
        (Form(), "decimal(9,2)"),
        (Form(decimal=",", thousands=" "), "decimal(9,2), 1 000,00"),
        (Form(percent=True), "decimal(9,2), 1000.00, %"),
        (Form(currency=("₸", "KZT")), "decimal(9,2), 1000.00, ₸/KZT"),
        (Form(missing=("жоқ", "нет")), "decimal(9,2), жоқ/нет"),
    ],
)
def test_what_is_expected_of_a_number(form: Form | None, expected: str) -> None:
    assert Column("n", ColumnType("decimal", 9, 2), form=form).expected == expected


@pytest.mark.parametrize(
    ("form", "described"),
    [
        (Form(pattern="dd.MM.yyyy HH:mm", zone="Asia/Almaty"), "dd.MM.yyyy HH:mm, Asia/Almaty"),
        (Form(pattern="dd.MM.yyyy HH:mm", zone=""), "dd.MM.yyyy HH:mm"),
        (Form(time=True), "hh:mm:ss"),
        (Form(time=True, pattern="HH:mm"), "HH:mm"),
        (Form(duration=True), "ISO 8601"),
        (Form(true_words=("иә",), false_words=("жоқ",)), "иә, жоқ"),
    ],
)
def test_a_form_in_short(form: Form, described: str) -> None:
    assert form.describe() == described


def test_only_text_loses_zeros_and_a_contract_may_allow_it() -> None:
    assert Column("code", ColumnType("text")).needs_text
    assert not Column("code", ColumnType("text"), text_from_any=True).needs_text
    assert not Column("code", ColumnType("integer")).needs_text


def test_a_column_without_a_header_is_looked_for_by_its_name() -> None:
    assert Column("code", ColumnType("text")).source_header == "code"
    assert Column("code", ColumnType("text"), header="Коды").source_header == "Коды"
