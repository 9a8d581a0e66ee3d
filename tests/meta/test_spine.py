"""Sentences of the documents that name shapes of the code, held to them: a page that is no longer true misleads for years."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from altyn.model.relations import Face
from altyn.policy.gate import Answer
from altyn.sources.read import FileReader
from altyn.sources.validate import validate

ROOT = Path(__file__).parents[2]
SPINE = " ".join((ROOT / "docs/decisions/0001-the-spine.md").read_text(encoding="utf-8").split())
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "bench").rglob("*.py"))]
RULE = re.compile(r"(?m)^([a-z-]+):[^\n]*\n((?:\t[^\n]*\n)+)")


def test_the_order_of_rooms_is_that_of_the_linter() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]

    assert f"Order: `{' > '.join(contracts[0]['layers'])}`." in SPINE


def test_faces_and_fields_are_those_of_the_code() -> None:
    assert f"faces: {', '.join(f'`{face}`' for face in get_args(Face))}." in SPINE
    assert f"`Answer({', '.join(f.name for f in fields(Answer))})`" in SPINE


@pytest.mark.parametrize(("name", "function"), [("FileReader.stage", FileReader.stage), ("validate", validate)])
def test_what_a_function_takes_is_what_it_is_said_to_take(name: str, function: object) -> None:
    assert callable(function)
    given = [p for p in inspect.signature(function).parameters if p != "self"]

    assert f"`{name}({', '.join(given)})" in SPINE


def test_a_variable_given_to_make_is_one_it_reads() -> None:
    """`make bench ROWS=...` measured everything, in silence."""
    recipes = dict(RULE.findall((ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")))
    said = [
        (page.name, target, variable)
        for page in PAGES
        for target, variable in re.findall(r"make ([a-z-]+) \[?([A-Z_]+)=", page.read_text(encoding="utf-8"))
    ]

    assert said
    assert [s for s in said if f"$({s[2]})" not in recipes.get(s[1], "")] == []
