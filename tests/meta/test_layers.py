"""The order of the rooms is held by a tool, and the tool sees what it should."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAYERS = [
    "cli",
    "serve",
    "packs",
    "measures",
    "policy",
    "identity | world",
    "store",
    "sources",
    "engines",
    "model",
    "settings",
    "errors",
    "language",
]


def _lint(folder: Path) -> str:
    """What import-linter says of a copy of our contracts over `folder`/altyn."""
    (folder / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    ran = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    return ran.stdout + ran.stderr


def _package(folder: Path, **imports: str) -> None:
    """An `altyn` of empty rooms; `imports` puts one line into a room."""
    for room in [*(room for layer in LAYERS for room in layer.split(" | ")), *imports]:
        place = folder / "altyn" / room
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").write_text(imports.get(room, "") + "\n", encoding="utf-8")
    (folder / "altyn/__init__.py").touch()


def test_rooms_are_those_of_the_decision() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]

    assert contracts[0]["layers"] == LAYERS
    assert contracts[0]["exhaustive"]


def test_downward_imports_pass(tmp_path: Path) -> None:
    _package(tmp_path, store="import altyn.engines", engines="import sqlglot")

    assert "4 kept, 0 broken" in _lint(tmp_path)


def test_an_upward_import_is_refused(tmp_path: Path) -> None:
    _package(tmp_path, model="import altyn.store")

    assert "altyn.model is not allowed to import altyn.store" in _lint(tmp_path)


def test_an_engine_behind_the_gates_back_is_refused(tmp_path: Path) -> None:
    _package(tmp_path, serve="import altyn.engines")

    assert "1 broken" in _lint(tmp_path)


def test_identity_and_the_synthetic_country_do_not_know_each_other(tmp_path: Path) -> None:
    _package(tmp_path, identity="import altyn.world")
    assert "altyn.identity -> altyn.world" in _lint(tmp_path)

    _package(tmp_path, identity="", world="import altyn.identity")
    assert "altyn.world -> altyn.identity" in _lint(tmp_path)


def test_sqlglot_outside_its_two_places_is_refused(tmp_path: Path) -> None:
    _package(tmp_path, policy="import sqlglot")

    assert "altyn.policy -> sqlglot" in _lint(tmp_path)


def test_a_room_nobody_declared_is_refused(tmp_path: Path) -> None:
    _package(tmp_path, misc="")

    assert "misc" in _lint(tmp_path)


def test_a_circle_inside_a_room_is_refused(tmp_path: Path) -> None:
    _package(tmp_path, store="")
    room = tmp_path / "altyn" / "store"
    room.joinpath("one.py").write_text("from altyn.store import two\n", encoding="utf-8")
    assert "4 kept, 0 broken" in _lint(tmp_path)

    room.joinpath("two.py").write_text("from altyn.store import one\n", encoding="utf-8")
    assert "No cycles are allowed in altyn.store" in _lint(tmp_path)
