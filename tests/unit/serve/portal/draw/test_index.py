"""An index: keys of the rows in which every word stands; those that begin so first, and never a row that only belongs to one."""

from __future__ import annotations

import pytest

from altyn.model.columns import INTEGER, TEXT, Column
from altyn.model.registers import Register
from altyn.serve.portal.draw.folding import Folding
from altyn.serve.portal.draw.index import Searched, SearchIndex

REGISTER = Register("a.b", "1.0.0", (Column("id", INTEGER), Column("kk", TEXT), Column("ru", TEXT)), ("id",), "h")
ONE = Searched(REGISTER, ("kk", "ru"), ("id",))
FOLDING = Folding([{"fold": {"қ": "к", "ә": "а"}}])
ROWS = [
    ("113820100", "Атбасар қаласы", "г.Атбасар", "113820100", "Ақмола"),
    ("113820200", "Жаңа Атбасар", None, "113820200", "Ақмола"),
    ("110000000", "Ақмола", "Акмолинская область", "110000000", None),
    ("7", None, None, "7", "Атбасар"),
]


def keys(*words: str, most: int = 9) -> list[str]:
    index = SearchIndex.of(FOLDING, ONE, ROWS)
    return [key for (key,) in index.keys([FOLDING.spellings(word) for word in words], most)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("атбасар",), ["113820100", "113820200"]),
        (("АТБАСАР", "кала"), ["113820100"]),
        (("1138",), ["113820100", "113820200"]),
        (("3820",), []),
        (("атбасар", "акмола"), ["113820100", "113820200"]),
        (("акмола",), ["110000000"]),
        (("облас",), ["110000000"]),
        (("жок",), []),
    ],
)
def test_every_word_stands_in_a_row_and_one_of_them_in_its_own_names(words: tuple[str, ...], found: list[str]) -> None:
    assert sorted(keys(*words)) == sorted(found)


def test_what_begins_so_comes_first_and_no_more_are_given_than_asked_for() -> None:
    assert keys("атбасар") == ["113820100", "113820200"]
    assert keys("атбасар", most=1) == ["113820100"]


def test_words_that_exist_are_known_for_near_spellings() -> None:
    index = SearchIndex.of(FOLDING, ONE, ROWS)

    assert {"атбасар", "каласы", "область"} <= index.words
    assert SearchIndex.of(FOLDING, ONE, []).keys([["x"]], 3) == []
