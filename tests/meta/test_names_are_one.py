"""One name, one thing: no two public classes or types of the rooms share a name, and what nothing uses is not kept."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "altyn"
_TYPE = re.compile(r"[A-Z]\w*[a-z]\w*")
_WORD = re.compile(r"\w+")
# Names that something outside of Python's text looks up, each with who does.
_CALLED_FROM_OUTSIDE = {
    "list_commands": "click lists the verbs of a group by it",
    "get_command": "click finds a verb by it",
    "format_commands": "click writes the help of a group by it",
    "ignore_aliases": "pyyaml asks a writer",
    "emit": "logging calls it of a handler",
    "extended": "tests hold a day's linkage to the whole one by it; the verb that links day by day will call it",
    "relinked": "tests hold a day's linkage to the whole one by it",
    "read_contract": "tests read one contract by it, as a pack is read whole",
    "write_contract": "tests hold what is read to what was written by it",
    "spark_expression": "the same hash in Spark's SQL: tests hold the two together, and Spark's own journals will need it",
    "executors": "an operator asks how many Spark has; bench/spark.py and tests do",
}


def _types(tree: ast.Module) -> Iterator[str]:
    """Public classes and named types of a module."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name) if not name.startswith("_"):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) if _TYPE.fullmatch(name):
                yield name
            case _:
                pass


def shared(modules: dict[str, str]) -> dict[str, list[str]]:
    """Names of types that more than one module defines, with these modules."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for module, text in modules.items():
        for name in _types(ast.parse(text)):
            found[name].append(module)
    return {name: places for name, places in found.items() if len(places) > 1}


def _defined(tree: ast.Module) -> Iterator[str]:
    """Public functions, methods, classes and constants of a module; a verb of the command line is called by its decorator."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name, decorator_list=[]) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.ClassDef(name=name):
                yield name
                yield from (m.name for m in node.body if isinstance(m, ast.FunctionDef))
            case _:
                pass


def unused(modules: dict[str, str], others: str = "") -> dict[str, str]:
    """Public names that stand nowhere but where they are defined, with that module. `others`: what else may use them."""
    words = Counter(word for text in (*modules.values(), others) for word in _WORD.findall(text))
    return {
        name: module
        for module, text in modules.items()
        for name in _defined(ast.parse(text))
        if not name.startswith("_") and words[name] == 1
    }


def _modules() -> dict[str, str]:
    return {str(p.relative_to(SRC)): p.read_text(encoding="utf-8") for p in sorted(SRC.rglob("*.py"))}


def test_no_two_types_share_a_name() -> None:
    assert shared(_modules()) == {}


@pytest.mark.parametrize("other", ["class Note:\n    pass", "Note = dict[str, int]"])
def test_a_shared_name_is_found(other: str) -> None:
    assert shared({"one.py": "class Note:\n    pass", "two.py": other}) == {"Note": ["one.py", "two.py"]}


def test_what_nothing_uses_is_not_kept() -> None:
    templates = "\n".join(p.read_text(encoding="utf-8") for p in sorted(SRC.rglob("templates/*")) if p.is_file())
    packs = "\n".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "packs").rglob("*.py")))

    assert set(unused(_modules(), templates + packs)) == set(_CALLED_FROM_OUTSIDE)


@pytest.mark.parametrize(
    "dead", ["def gone() -> None: ...", "gone = 1", "class A:\n    def gone(self) -> None: ...\n\nA"]
)
def test_a_name_that_nothing_uses_is_found(dead: str) -> None:
    assert unused({"one.py": dead, "two.py": "import one"}) == {"gone": "one.py"}
