"""The mirror: every file of the source that decides anything has a file of tests of its own, under the same name.

A file decides where it holds an if, a loop, a try, an and/or, a comprehension or a match: constants, protocols and exports do not.
`src/altyn/store/run.py` is mirrored by `tests/unit/store/test_run.py`, whatever other tests reach it. No file is exempt.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE, UNIT = ROOT / "src" / "altyn", ROOT / "tests" / "unit"
DECIDES = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.While,
    ast.Try,
    ast.BoolOp,
    ast.comprehension,
    ast.Match,
)


def decides(text: str) -> bool:
    """Whether a text of Python holds a branch."""
    return any(isinstance(node, DECIDES) for node in ast.walk(ast.parse(text)))


def mirror_of(path: Path) -> Path:
    """The file of tests of a file of the source."""
    place = path.relative_to(SOURCE)
    return UNIT / place.parent / f"test_{place.stem.strip('_')}.py"


def has_tests(path: Path) -> bool:
    """Whether a file is there and holds a test."""
    if not path.exists():
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in ast.walk(tree))


def test_every_file_that_decides_has_tests_of_its_own() -> None:
    files = [path for path in sorted(SOURCE.rglob("*.py")) if decides(path.read_text(encoding="utf-8"))]
    lacking = [str(path.relative_to(ROOT)) for path in files if not has_tests(mirror_of(path))]

    assert len(files) > 150
    assert not lacking


def test_what_decides_and_what_does_not() -> None:
    assert not decides('"""Words."""\nA = 1\n\ndef f(x: int) -> int:\n    return x + A\n')
    for text in (
        "x = 1 if y else 2",
        "for x in y: pass",
        "z = [x for x in y]",
        "a = b or c",
        "try: x\nexcept E: y",
        "match x:\n case 1: y",
    ):
        assert decides(text), text


def test_a_file_mirrors_its_own_place() -> None:
    assert mirror_of(SOURCE / "store" / "run.py") == UNIT / "store" / "test_run.py"
    assert mirror_of(SOURCE / "__main__.py") == UNIT / "test_main.py"
