"""No way to rows but the gate: held by imports (tests/meta/test_layers.py) and by who calls what (here)."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "src" / "altyn"
# Identity holds key columns, in chunks, inside a run: docs/decisions/0003-identity.md.
# The synthetic country writes rows it has invented and reads none.
ENGINE_ROOMS = {"engines", "sources", "store", "identity", "world", "policy"}


def _room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_six_rooms_touch_an_engine_or_its_files() -> None:
    hits = [
        f"{path.relative_to(SOURCE)}: {name}"
        for path in SOURCE.rglob("*.py")
        if _room(path) not in ENGINE_ROOMS
        for name in _imports(path)
        if name.split(".")[0] in {"duckdb", "deltalake", "arro3"} or name.startswith("altyn.engines")
    ]

    # Writing an answer that has passed the gate as Parquet is no way to rows.
    assert hits in ([], [h for h in hits if h.startswith("serve/exports.py: arro3.io")])


def test_only_policy_asks_a_scene_for_rows() -> None:
    for path in SOURCE.rglob("*.py"):
        if _room(path) in ENGINE_ROOMS:
            continue
        calls = {n.attr for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Attribute)}

        assert not calls & {"face_sql", "current_sql", "session"} or path.name == "running.py", path
