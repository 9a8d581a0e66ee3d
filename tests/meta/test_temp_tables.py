"""Tables of a session are handed on by handles: no module spells the name of a table that another one makes."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "altyn"
_HOLE = "\x00"
_MADE = re.compile(r"CREATE (?:OR REPLACE )?TEMP(?:ORARY)? (?:TABLE|VIEW) ([A-Za-z_]\w*)")
_READ = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|VIEW|EXISTS) (?:temp\.main\.)?([A-Za-z_]\w*)")


def _texts(tree: ast.AST) -> Iterator[str]:
    """Every literal text, and those with holes as one text."""
    pieces = {id(v) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for v in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else _HOLE for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces:
            yield node.value


def _made(tree: ast.AST) -> Iterator[str]:
    """Names a module makes tables under: in SQL, through a handle, or from rows of Python."""
    for text in _texts(tree):
        yield from _MADE.findall(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            place = {"make": 1, "view": 1, "insert": 0}.get(node.func.attr)
            if place is None or len(node.args) <= place:
                continue
            if "session" not in ast.unparse(node.args[0] if place else node.func.value):
                continue
            name = node.args[place]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value
            elif isinstance(name, ast.Name):
                yield from _constants(tree, name.id)


def _constants(tree: ast.AST, name: str) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=given)], value=ast.Constant(value=str(table))) if given == name:
                yield table
            case _:
                pass


def shared(modules: dict[str, str]) -> dict[str, set[str]]:
    """Names of temporary tables that more than one module spells, with these modules."""
    trees = {name: ast.parse(text) for name, text in modules.items()}
    made = {table for tree in trees.values() for table in _made(tree)}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for module, tree in trees.items():
        spelled = set(_made(tree))
        for text in _texts(tree):
            spelled |= set(_READ.findall(text))
            # A name of ours given as it stands, `failures="_failures"`; plain words may mean anything.
            spelled |= {text} if text.startswith("_") else set()
        for table in spelled & made:
            found[table].add(module)
    return {table: places for table, places in found.items() if len(places) > 1}


def test_no_module_spells_a_table_of_another() -> None:
    modules = {str(p.relative_to(SRC)): p.read_text(encoding="utf-8") for p in sorted(SRC.rglob("*.py"))}

    assert len([t for m in modules.values() for t in _made(ast.parse(m))]) > 15
    assert shared(modules) == {}


@pytest.mark.parametrize(
    "other",
    [
        'session.run("SELECT * FROM _rows")',
        'session.run(f"UPDATE _rows SET {x} = 1")',
        'session.run(f"SELECT {x} FROM a JOIN _rows AS r ON true")',
        'session.run("DROP TABLE IF EXISTS _rows")',
        'write(failures="_rows")',
        'TempTable.make(session, "_rows", query)',
        'session.insert("_rows", columns, rows)',
    ],
)
@pytest.mark.parametrize(
    "maker",
    [
        'session.run("CREATE OR REPLACE TEMP TABLE _rows AS SELECT 1")',
        'NAME = "_rows"\nTempTable.make(self.session, NAME, query)',
        'TempTable.view(session, "_rows", query)',
        'session.insert("_rows", columns, rows)',
    ],
)
def test_a_name_spelled_in_two_modules_is_found(maker: str, other: str) -> None:
    assert shared({"one.py": maker, "two.py": other}) == {"_rows": {"one.py", "two.py"}}
