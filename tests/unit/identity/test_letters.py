"""Letters: spellings of one name in several scripts meet, and other scripts lose nothing they need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.identity.letters import Letters, plain
from tests.unit.identity.people import LETTERS

MEET = [
    ("family", ["Жақыпов", "Zhaqypov", "ZHAKYPOV"]),
    ("family", ["Құсайынов", "KUSSAINOV", "Kusainov", "Кусаинов"]),
    ("family", ["Жарасов", "Zharassov", "Jarasov", "Джарасов"]),
    ("given", ["Ғабит", "Ğabit", "Gabit", "Габит"]),
    ("given", ["Қайрат", "Qairat", "Kairat", "KAYRAT"]),
    ("given", ["Дмитрий", "Dmitriy", "Dmitry", "DMITRII"]),
    ("patronymic", ["Мәжитұлы", "Мажитович", "Mazhituly"]),
    ("patronymic", ["Нұрланқызы", "Нурлановна", "Nurlanovna"]),
    ("given", ["Cерік", "Серик", "Серік"]),
]


@pytest.mark.parametrize(("part", "spellings"), MEET)
def test_spellings_of_one_name_have_one_root(part: str, spellings: list[str]) -> None:
    folded = LETTERS.fold(plain(spellings))

    assert len(set(LETTERS.stem(folded, part))) == 1


@pytest.mark.parametrize(
    "names", [["Асан", "Үсенбек"], ["Айгүл", "Айнұр"], ["Нұрлан", "Нұржан"], ["Александр", "Алексей"]]
)
def test_other_names_stay_apart(names: list[str]) -> None:
    folded = LETTERS.fold(plain(names))

    assert len(set(folded)) == len(set(LETTERS.skeleton(folded))) == 2


def test_a_womans_surname_and_a_dropped_ending_have_the_mans_root() -> None:
    folded = LETTERS.fold(
        plain(["Кожахметов", "Кожахметова", "Қожахмет", "Никитин", "Никитина", "Вишневский", "Вишневская"])
    )

    roots = LETTERS.stem(folded, "family")

    assert roots[0] == roots[1] == roots[2]
    assert roots[3] == roots[4]
    assert roots[5] == roots[6]


def test_a_short_name_is_not_cut_to_nothing() -> None:
    assert LETTERS.stem(["lev", "ov", "ivanov"], "family") == ["lev", "ov", "ivan"]


def test_scripts_no_table_names_are_read_by_transliteration() -> None:
    folded = LETTERS.fold(plain(["محمد", "გიორგი", "北京", "Ελένη", "שרה"]))

    assert all(text and text.isascii() for text in folded)


def test_without_tables_marks_go_and_letters_stay() -> None:
    assert Letters().fold(plain(["José Müller", "Ångström"])) == ["jose muler", "angstrom"]


@given(st.lists(st.text(max_size=30), max_size=12))
def test_every_text_has_one_answer_whatever_stands_beside_it(texts: list[str]) -> None:
    """Words are read as one text for speed; none may change what another gives."""
    together = LETTERS.skeleton(LETTERS.stem(LETTERS.fold(plain(texts)), "family"))
    alone = [LETTERS.skeleton(LETTERS.stem(LETTERS.fold(plain([text])), "family"))[0] for text in texts]

    assert together == alone


def test_legal_forms_of_three_languages_are_one_word() -> None:
    names = plain(
        [
            "ТОО «Алтын Дән»",
            "«Алтын Дән» ЖШС",
            "Altyn Dan LLP",
            "Товарищество с ограниченной ответственностью Алтын Дән",
        ]
    )

    words = [set(LETTERS.fold([name])[0].split()) for name in LETTERS.organisation(names)]

    assert len({frozenset(one) for one in words}) == 1
