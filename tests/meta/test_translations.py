"""Whatever Altyn says in English it says in Kazakh and Russian, with the same values in it."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from altyn.language import NAMES, OF_LABELS, catalogue
from altyn.serve.portal.draw.words import DERIVATIONS, KINDS, TYPES
from tests.judges import ROOT

SOURCES = ROOT / "src" / "altyn"
# Functions whose first argument is a template.
SPEAKERS = {"say", "t", "here"}
IN_TEMPLATE = re.compile(r"""(?<![\w.])(?:w\.)?t\(\s*(?:"([^"]+)"|'([^']+)')([^)]{0,9})""")
# Translations of a template's text that stand beside it.
BESIDE = re.compile(r"\s*,\s*(kk|ru)=")
MIXED = re.compile(r"[а-яёәғқңөұүһі][a-z]|[a-z][а-яёәғқңөұүһі]", re.IGNORECASE)
# What code says through a name it holds rather than a text it writes out.
HELD = {
    *KINDS.values(),
    *TYPES.values(),
    *DERIVATIONS.values(),
    "put",
    "retract",
    "carried",
    "carry",
    "public",
    "internal",
    "confidential",
    "restricted",
}


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    return [*_texts(node.body), *_texts(node.orelse)] if isinstance(node, ast.IfExp) else []


def _said(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        calls = [(one or other, after) for one, other, after in IN_TEMPLATE.findall(text)]
        return {template for template, after in calls if not BESIDE.match(after)}
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            found |= set(_texts(node.args[0])) if name in SPEAKERS and not _beside(node) else set()
    return found


def _beside(call: ast.Call) -> dict[str, str]:
    """The translations that stand in a call beside its template."""
    given = {str(k.arg): k.value for k in call.keywords if k.arg in NAMES}
    return {language: str(ast.literal_eval(text)) for language, text in given.items()}


def translated_where_they_stand(text: str) -> list[tuple[str, dict[str, str]]]:
    """(template, translations) of the calls of a text of Python that carry their own."""
    calls = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call) and n.args and _beside(n)]
    return [(template, _beside(call)) for call in calls for template in _texts(call.args[0])]


def faults_beside(template: str, translations: dict[str, str]) -> list[str]:
    """What is wrong with translations that stand where their text stands."""
    faults = [f"no {language}" for language in OF_LABELS if language not in {*translations, "en"}]
    faults += [f"values of {k}" for k, text in translations.items() if _names(text) != _names(template)]
    return faults + [f"letters of {k}" for k, text in translations.items() if MIXED.search(_words_of(text))]


def everything_said() -> set[str]:
    """All templates of the code and the pages."""
    paths = [*SOURCES.rglob("*.py"), *SOURCES.rglob("*.html")]
    return HELD.union(*(_said(path) for path in paths))


def _words_of(text: str) -> str:
    return re.sub(r"`[^`]*`|\{\w*\}", " ", text)


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_everything_said_is_translated(language: str) -> None:
    known = catalogue(language)

    assert sorted(text for text in everything_said() if text not in known) == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_translation_names_the_same_values(language: str) -> None:
    wrong = [text for text, other in catalogue(language).items() if _names(text) != _names(other)]

    assert wrong == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_translation_is_in_letters_of_its_language(language: str) -> None:
    """A Latin letter among Cyrillic ones, or none of them at all, is a slip of the keyboard or a missing translation."""
    wrong = [other for other in catalogue(language).values() if MIXED.search(_words_of(other))]

    assert wrong == []


def test_translations_that_stand_beside_their_text_are_whole() -> None:
    found = [one for path in SOURCES.rglob("*.py") for one in translated_where_they_stand(path.read_text("utf-8"))]

    assert [(text, faults) for text, beside in found if (faults := faults_beside(text, beside))] == []


@pytest.mark.parametrize(
    ("call", "faults"),
    [
        ("say('{n} rows.', kk='{n} жол.', ru='Строк: {n}.', n=1)", []),
        ("here('{n} rows.', ru='Строк: {n}.', n=1)", ["no kk"]),
        ("say('{n} rows.', kk='жол.', ru='Строк: {n}.', n=1)", ["values of kk"]),
        ("t('Rows.', kk='Жoл.', ru='Строки.')", ["letters of kk"]),
    ],
)
def test_what_is_wrong_with_them_is_found(call: str, faults: list[str]) -> None:
    assert [faults_beside(*one) for one in translated_where_they_stand(call)] == [faults]


def test_enough_was_found_to_mean_something() -> None:
    assert len(everything_said()) > 500
