"""The simulated world and the linkage that is tried on it are blind to each other: what one writes, the other must find out alone."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "altyn"


def _files_of(module: str) -> list[Path]:
    place = SOURCE.joinpath(*module.split(".")[1:])
    return [p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file()]


def imports(text: str) -> set[str]:
    """The modules of altyn a text names in an import, wherever it stands, an `import_module` of a plain text included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("altyn."):
            found.add(node.value.partition(":")[0])
    return {name for name in found if name.split(".")[0] == "altyn" and name != "altyn" and _files_of(name)}


@cache
def reach(room: str) -> frozenset[str]:
    """Every module that the files of a room import, directly or through another."""
    waiting = {f"altyn.{room}.{p.stem}" for p in (SOURCE / room).rglob("*.py")}
    found: set[str] = set()
    while waiting:
        module = waiting.pop()
        found.add(module)
        for path in _files_of(module):
            waiting |= imports(path.read_text(encoding="utf-8")) - found
    return frozenset(found)


@pytest.mark.parametrize(("room", "other"), [("identity", "world"), ("world", "identity")])
def test_neither_reaches_the_other(room: str, other: str) -> None:
    assert len(reach(room)) > 5
    assert not [name for name in reach(room) if name.startswith(f"altyn.{other}")]


def test_linkage_knows_nothing_of_how_registers_are_rendered() -> None:
    """Neither the types of a country nor the door through which a pack's synth.py is read."""
    assert not {"altyn.model.worlds", "altyn.packs.manifest"} & reach("identity")
    assert "altyn.model.worlds" in reach("world"), "or this test looks at nothing"
    for path in (SOURCE / "identity").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [w for w in ("synth", "truth/", "world.json", "spelling.toml") if w in text], path.name


def test_an_import_is_seen_in_every_form() -> None:
    for text in (
        "import altyn.world.draws",
        "from altyn.world import draws",
        "def f():\n    from altyn.world.draws import Draws",
        'import_module("altyn.world.draws")',
    ):
        assert any(name.startswith("altyn.world") for name in imports(text)), text
    assert not imports("import json\nfrom altyn import Label")
