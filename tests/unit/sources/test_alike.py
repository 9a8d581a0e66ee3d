"""Alike: headers pasted between rows fall; keys that only a computer tells apart are told, and stay as they are."""

from __future__ import annotations

import pytest

from altyn.model import Column
from altyn.model.columns import INTEGER
from tests.unit.sources.staging import check, register, text, values

MADE = register(text("code"), text("name", header="Атауы"), key=("code",))


@pytest.mark.parametrize(
    ("row", "falls"),
    [
        ({"id": "id", "code": "code", "name": "Атауы"}, True),
        ({"id": " id ", "code": "code", "name": "\ufeffАтауы"}, True),
        ({"id": "id", "code": "code", "name": "other"}, False),
        ({"id": "id", "code": None, "name": "Атауы"}, False),
    ],
)
def test_a_header_among_the_rows_falls_as_such(row: dict[str, str | None], *, falls: bool) -> None:
    _, failures, _ = check(MADE, [{"id": "1", "code": "a", "name": "x"}, row])

    assert ((3, None, "row.header") in failures) == falls


def test_where_all_columns_are_texts_a_header_would_pass_for_a_row() -> None:
    made = register(Column("id", text().type), text("code"))

    _, failures, session = check(made, [{"id": "1", "code": "a"}, {"id": "id", "code": "code"}])

    assert failures == [(3, None, "row.header")]
    assert values(session, "id") == ["1"]


def test_one_column_may_well_hold_its_own_name() -> None:
    made = register(text("code"), key=("code",))
    alone = register(made.columns[1], key=("code",))
    object.__setattr__(alone, "columns", (made.columns[1],))

    _, failures, _ = check(alone, [{"code": "code"}, {"code": "x"}])

    assert failures == []


@pytest.mark.parametrize(
    ("key", "points"),
    [
        ("1000\u200b", "U+200B"), (" 1000", "U+0020"), ("1000\u00a0", "U+00A0"), ("10\t00", "U+0009"), ("И\u0306", "U+0306"),
        ("\ufeff1000", "U+FEFF"), ("10\u00ad00", "U+00AD"),
    ],
)  # fmt: skip
def test_a_key_with_a_sign_that_cannot_be_seen_is_told_and_kept(key: str, points: str) -> None:
    validated, failures, session = check(MADE, [{"id": "1", "code": "1000"}, {"id": "2", "code": key}])

    (found,) = [f for f in validated.findings if f.rule == "key.unseen"]
    assert (found.rows, found.column, found.severity) == (1, "code", "finding")
    assert points in str(found.message)
    assert "1000" not in str(found.message)
    assert failures == []
    assert values(session, "code") == ["1000", key]


@pytest.mark.parametrize("key", ["Ақтөбе қаласы", "Ә-1", "a b", "№1", ""])
def test_letters_of_any_alphabet_and_blanks_between_words_are_seen(key: str) -> None:
    validated, _, _ = check(MADE, [{"id": "1", "code": key}])

    assert not [f for f in validated.findings if f.rule == "key.unseen"]


def test_a_number_has_no_such_signs() -> None:
    validated, _, _ = check(register(Column("id", INTEGER), text()), [{"id": "1", "code": "a\u200b"}])

    assert not validated.findings, "only keys are looked at"
