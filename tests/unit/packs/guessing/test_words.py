"""HeaderWords: what a header means, in three languages; a pack adds words and takes none away."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.packs.guessing.words import HeaderWords, is_identifier_word, means, tokens, words_of


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", ()),
        ("reg_istat_code", ("reg", "istat", "code")),
        ("orgUnitId", ("org", "unit", "id")),
        ("№5 (Қала)", ("№", "5", "қала")),
        ("Р/с", ("р/с",)),
        ("кол-во", ("кол", "во")),
        ("Дата\nрождения", ("дата", "рождения")),
    ],
)
def test_the_words_of_a_header(header: str, found: tuple[str, ...]) -> None:
    assert tokens(header) == found


def test_letters_written_in_two_parts_are_the_same_word() -> None:
    assert tokens(unicodedata.normalize("NFD", "Қызметкер й")) == tokens("Қызметкер й")


@given(st.text(max_size=20))
def test_words_are_small_and_never_empty(header: str) -> None:
    assert all(word and word == word.lower() for word in tokens(header))


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("Код района", "code"),
        ("Облыс, қала", "category"),
        ("Халық саны", "measure"),
        ("жүктелген", "changed"),
        ("тегі", "name"),
        ("Тоқсан", "period"),
        ("№", "number"),
    ],
)
def test_headers_of_three_languages_are_understood(header: str, meant: str) -> None:
    words = HeaderWords()

    assert means(header, getattr(words, meant))


def test_a_short_word_stands_for_itself_alone_and_a_long_one_for_its_endings() -> None:
    assert means("численности", frozenset({"численность"[:-1]}))
    assert not means("codex", frozenset({"code"}))
    assert means("index no", frozenset({"index_no"}))


def test_a_pack_adds_words_and_what_it_says_beside_is_left() -> None:
    words = words_of(
        [{"code": ["OKED"], "money": ["₸"], "kinds": {"IIN": "kz_iin"}, "other": ["x"], "period": "no"}, {}]
    )

    assert {"oked", "code"} <= words.code
    assert "₸" in words.money
    assert words.kinds == {"iin": "kz_iin"}
    assert words.period == HeaderWords().period


@pytest.mark.parametrize(
    ("header", "is_one"), [("districtcode", True), ("code", False), ("paid", False), ("uid", False), ("", False)]
)
def test_a_word_that_ends_as_identifiers_do(header: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_identifier_word(header) == is_one
