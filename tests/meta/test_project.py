"""The project's own files agree with each other, and name no machine but the public indexes."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import altyn

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {
    "uv.lock": {"https://pypi.org/simple", "https://files.pythonhosted.org"},
    "judges/datacontract/requirements.txt": set[str](),
    "judges/browser/package-lock.json": set[str](),
}


def test_version_is_one() -> None:
    assert PROJECT["project"]["version"] == altyn.__version__


def test_public_names_exist() -> None:
    assert sorted(altyn.__all__) == sorted(set(altyn.__all__))
    assert all(hasattr(altyn, name) for name in altyn.__all__)


@pytest.mark.parametrize(("name", "allowed"), LOCKS.items(), ids=list(LOCKS))
def test_lock_files_name_public_indexes_only(name: str, allowed: set[str]) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    # A home page that npm copies from a package is not where anything is fetched from.
    text = re.sub(r'"funding": (\{[^}]*\}|\[[^\]]*\]|"[^"]*")', "", text)
    addresses = re.findall(r"[a-z+]+://[^\s\"'/]*(?:/simple)?", text)

    assert {address for address in addresses if address not in allowed} == set()
    assert not re.search(r"--(?:extra-)?index-url|--find-links|\"(?:file|git)[:+]|@ file", text)


def test_every_dependency_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("dependencies = [")
    end = lines.index("]", start)

    assert [line for line in lines[start + 1 : end] if "#" not in line] == []


def test_every_relaxed_lint_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("ignore = [")
    end = lines.index("]", start)

    assert [line for line in lines[start + 1 : end] if "#" not in line] == []


def test_make_alone_lists_the_commands() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert re.findall(r"^  ([a-z][a-z-]*)", listed, flags=re.MULTILINE) == [
        "help",
        "demo",
        "test",
        "test-slow",
        "test-soak",
        "coverage",
        "check",
        "bench",
        "judges",
        "wheelhouse",
        "clean",
        "test-",
    ]


def test_every_change_is_one_sentence_for_the_operator() -> None:
    kinds = {"feature", "fix", "change", "removal", "security"}
    for path in (ROOT / "changelog.d").glob("*.md"):
        number, kind, _ = path.name.split(".")
        assert number.isdigit(), path.name
        assert kind in kinds, path.name
        assert len(path.read_text(encoding="utf-8").strip().splitlines()) == 1, path.name
