"""SECURITY.md: every promise names tests that exist, and what breaks it on purpose."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
MUTATIONS = {
    str(m["promise"]): m
    for m in tomllib.loads((ROOT / "tests" / "meta" / "mutations.toml").read_text(encoding="utf-8"))["mutation"]
}


def rows() -> list[list[str]]:
    """The rows of the table of promises: promise, held by, broken by."""
    lines = [line for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def files_of(held: str) -> set[str]:
    """The test files that a cell names, from the root; a bare name must be unique."""
    found: set[str] = set()
    for name in re.findall(r"`([^`]+)`", held):
        paths = [p.relative_to(ROOT).as_posix() for p in TESTS if p.as_posix().endswith(f"/{name}")]
        assert len(paths) == 1, f"{name} names {paths}"
        found |= set(paths)
    return found


ROWS = rows()


def test_the_table_is_read() -> None:
    assert len(ROWS) > 30
    assert all(len(row) == 3 for row in ROWS)


@pytest.mark.parametrize(("promise", "held", "broken"), ROWS, ids=[row[0][:60] for row in ROWS])
def test_a_promise_is_held_by_tests_and_broken_by_a_mutation(promise: str, held: str, broken: str) -> None:
    files = files_of(held)
    assert files, promise
    for file in files:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert any(isinstance(n, ast.FunctionDef) and n.name.startswith("test_") for n in ast.walk(tree)), file
    if broken.startswith("none: "):
        # Only where breaking it would take what a machine need not have.
        assert broken.removeprefix("none: ")
        return
    for title in broken.split("; "):
        assert title in MUTATIONS, title
        assert {t.split("::")[0] for t in MUTATIONS[title]["tests"]} & files, f"{title}: no test of its row goes red"


def test_every_test_a_mutation_names_can_be_found() -> None:
    """A test that was renamed would never go red, and nobody would know."""
    for mutation in MUTATIONS.values():
        for test in mutation["tests"]:
            file, _, name = test.partition("::")
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            names = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
            assert not name or name.split("[")[0] in names, test
