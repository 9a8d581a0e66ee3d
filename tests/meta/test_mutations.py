"""Each promise broken on purpose: the tests that hold it must go red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MUTATIONS: list[dict[str, Any]] = tomllib.loads(
    (ROOT / "tests" / "meta" / "mutations.toml").read_text(encoding="utf-8")
)["mutation"]
# Set by .ci/run: only mutations of files that changed since this commit, or whose tests did, are carried out.
SINCE = os.environ.get("ALTYN_TEST_MUTATIONS_SINCE", "")
_PARTS = (
    "src",
    "packs",
    "tests",
    "bench",
    "judges",
    "tools",
    "deploy",
    "docs",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: str(m["promise"])[:60])
def test_each_mutation_still_finds_its_place(mutation: dict[str, Any]) -> None:
    assert (ROOT / mutation["file"]).read_text(encoding="utf-8").count(mutation["find"]) == 1
    assert all((ROOT / t.split("::")[0]).exists() for t in mutation["tests"])


def changed_since(commit: str) -> set[str]:
    """Files that differ from a commit, as paths from the root."""
    listed = subprocess.run(
        ["git", "diff", "--name-only", commit], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(listed.stdout.split())


def chosen(mutations: list[dict[str, Any]], changed: set[str]) -> list[dict[str, Any]]:
    """Mutations of changed files, and those whose tests changed."""
    return [m for m in mutations if {m["file"], *(t.split("::")[0] for t in m["tests"])} & changed]


def test_only_mutations_of_what_changed_are_chosen() -> None:
    one = {"file": "src/altyn/a.py", "tests": ["tests/unit/test_a.py::test_x"]}
    other = {"file": "src/altyn/b.py", "tests": ["tests/unit/test_b.py"]}

    assert chosen([one, other], {"src/altyn/b.py"}) == [other]
    assert chosen([one, other], {"tests/unit/test_a.py", "README.md"}) == [one]


@pytest.mark.soak
@pytest.mark.parametrize(
    "mutation", chosen(MUTATIONS, changed_since(SINCE)) if SINCE else MUTATIONS, ids=lambda m: str(m["promise"])[:60]
)
def test_the_named_tests_go_red(mutation: dict[str, Any], tmp_path: Path) -> None:
    for part in _PARTS:
        source = ROOT / part
        ignored = shutil.ignore_patterns("node_modules", "__pycache__")
        (
            shutil.copytree(source, tmp_path / part, ignore=ignored)
            if source.is_dir()
            else shutil.copy(source, tmp_path / part)
        )
    file = tmp_path / mutation["file"]
    file.write_text(file.read_text(encoding="utf-8").replace(mutation["find"], mutation["replace"]), encoding="utf-8")
    # Without CI: there pytest draws the whole difference of a failed comparison, and only its colour matters here.
    environment = {key: value for key, value in os.environ.items() if key not in ("CI", "BUILD_NUMBER")}
    environment |= {"PYTHONPATH": str(tmp_path / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    # The installed `altyn` command imports what PYTHONPATH names first: the changed copy.
    found = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:xdist",
            "-p",
            "no:cacheprovider",
            "-m",
            "not soak",
            *mutation["tests"],
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert found.returncode == 1, f"nothing went red:\n{found.stdout[-1500:]}"
