"""Folding: the same letters in Python and in SQL, and Latin turned into the letters names are kept in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.serve.portal.draw.folding import Folding

KAZAKH = {"collation": "kk", "fold": {"қ": "к", "ә": "а", "ё": "е", "'": "x", "щщ": "ш"}}
LATIN = {"collation": "ru", "latin": [{"from": ["sh", "s", "a"], "to": ["ш", "с", "а"]}]}
SESSION = Session(memory_mb=128, threads=1)


def test_letters_fold_one_by_one_and_nothing_that_would_end_a_text() -> None:
    folding = Folding([KAZAKH, LATIN])

    assert folding.fold("ҚАЛА Әке") == "кала аке"
    assert folding.letters == {"қ": "к", "ә": "а", "ё": "е"}
    assert folding.collation == "kk", "the first pack that names one"


def test_a_word_typed_in_latin_is_tried_in_the_letters_of_the_names() -> None:
    folding = Folding([KAZAKH, LATIN])

    assert folding.spellings("Sasha") == ["sasha", "саша"]
    assert "ш" in folding.spellings("sh")
    assert folding.spellings("қ") == ["к"]
    assert folding.spellings("") == []


def test_without_a_pack_only_the_size_of_letters_is_folded() -> None:
    folding = Folding([])

    assert (folding.fold("ҚА"), folding.sql("x"), folding.collation) == ("қа", "lower(x)", "")


@given(st.text("ҚқӘәЁёАаZz' 1", max_size=9))
def test_the_engine_folds_as_we_do(text: str) -> None:
    folding = Folding([KAZAKH])
    table = SESSION.table(f"SELECT {folding.sql('$t')} AS t", {"t": text})

    assert str(table.column("t")[0].as_py()) == folding.fold(text)
