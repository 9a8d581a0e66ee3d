"""Whatever Altyn says in English it says in Kazakh and Russian, with the same values in it."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from altyn.language import catalogue
from altyn.serve.portal.draw.words import DERIVATIONS, KINDS, TYPES
from tests.judges import ROOT

SOURCES = ROOT / "src" / "altyn"
# Functions whose first argument is a template.
SPEAKERS = {"say", "t", "here"}
IN_TEMPLATE = re.compile(r"""(?<![\w.])(?:w\.)?t\(\s*(?:"([^"]+)"|'([^']+)')""")
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
        return {one or other for one, other in IN_TEMPLATE.findall(text)}
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            found |= set(_texts(node.args[0])) if name in SPEAKERS else set()
    return found


def everything_said() -> set[str]:
    """All templates of the code and the pages."""
    paths = [*SOURCES.rglob("*.py"), *SOURCES.rglob("*.html")]
    return HELD.union(*(_said(path) for path in paths))


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
    mixed = re.compile(r"[а-яёәғқңөұүһі][a-z]|[a-z][а-яёәғқңөұүһі]", re.IGNORECASE)
    wrong = [other for other in catalogue(language).values() if mixed.search(re.sub(r"`[^`]*`|\{\w*\}", " ", other))]

    assert wrong == []


def test_enough_was_found_to_mean_something() -> None:
    assert len(everything_said()) > 500
