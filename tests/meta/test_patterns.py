"""No regular expression of ours takes more than linear time: a header with a space before a line break once ran for ever.

Each pattern is met with texts made to hurt it: its own repeated parts, a hundred thousand signs of them, and an end that fits
nothing. All run in one child, which is killed if it does not come to an end.
"""

from __future__ import annotations

import ast
import json
import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from re import _constants as parts  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
from re import _parser as parser  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "altyn"
SIGNS = 100_000
LIMIT_S = 60
_METHODS = {"match", "search", "fullmatch", "sub", "findall", "finditer", "split"}
_CHILD = """
import json, re, sys
for line in sys.stdin:
    name, pattern, flags, methods, binary, texts = json.loads(line)
    print(name, flush=True)
    compiled = re.compile(pattern.encode("latin-1") if binary else pattern, flags)
    for text in texts:
        text = text.encode("latin-1", "replace") if binary else text
        for method in methods:
            found = getattr(compiled, method)(*(("" if not binary else b"", text) if method == "sub" else (text,)))
            if method == "finditer":
                for _ in found:
                    pass
print("end", flush=True)
"""


def _constant(node: ast.expr) -> str | bytes | None:
    """The text of a literal, of literals added up, or of an f-string whose parts are left out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
        return node.value
    return None


def _flags(call: ast.Call) -> int:
    names = {
        n.attr
        for a in [*call.args[1:], *(k.value for k in call.keywords)]
        for n in ast.walk(a)
        if isinstance(n, ast.Attribute)
    }
    return int(sum(getattr(re, n) for n in names if n in {"IGNORECASE", "DOTALL", "MULTILINE", "VERBOSE"}))


Pattern = tuple[str, str | bytes, int, set[str]]


def _of_file(path: Path) -> Iterator[Pattern]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    used: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in _METHODS and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
    assigned = [n for n in nodes if isinstance(n, ast.Assign)]
    named = {id(n.value): t.id for n in assigned for t in n.targets if isinstance(t, ast.Name)}
    for node in nodes:
        text = _constant(node.args[0]) if isinstance(node, ast.Call) and node.args else None
        if text is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
            continue
        methods = {node.func.attr} & _METHODS or used.get(named.get(id(node), ""), set()) or {"search", "fullmatch"}
        flags = _flags(node) if node.func.attr == "compile" else 0
        yield f"{path.relative_to(SOURCE)}:{node.lineno}", text, flags, methods


def _patterns() -> Iterator[Pattern]:
    """Every pattern in the source: where, its text, its flags, the methods it is called by."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield from _of_file(path)
    for path in sorted((SOURCE / "packs" / "schemas").glob("*.json")):
        for number, text in enumerate(_schema_patterns(json.loads(path.read_text(encoding="utf-8")))):
            yield f"{path.name} {number}", text, 0, {"search"}
    for path in sorted((ROOT / "packs").glob("*/scripts/*.toml")):
        for number, text in enumerate(_script_patterns(tomllib.loads(path.read_text(encoding="utf-8")))):
            yield f"{path.name} {number}", text, 0, {"search"}


def _schema_patterns(data: object) -> Iterator[str]:
    if isinstance(data, dict):
        if isinstance(data.get("pattern"), str):
            yield data["pattern"]
        for value in data.values():
            yield from _schema_patterns(value)
    elif isinstance(data, list):
        for value in data:
            yield from _schema_patterns(value)


def _script_patterns(data: object) -> Iterator[str]:
    """Texts of a script's tables that hold signs of a pattern."""
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str) and re.search(r"[\[\\^$]", str(key)):
                yield str(key)
            yield from _script_patterns(value)
    elif isinstance(data, list):
        for value in data:
            if isinstance(value, str) and re.search(r"[\[\\^$]", value):
                yield value
            yield from _script_patterns(value)


def _sample(tree: Any, pick: random.Random) -> str:
    """A short text that a part of a pattern fits."""
    made = ""
    for kind, value in tree:
        if kind is parts.LITERAL:
            made += chr(value)
        elif kind is parts.NOT_LITERAL:
            made += "a" if chr(value) != "a" else "b"
        elif kind is parts.ANY:
            made += "a"
        elif kind is parts.IN:
            made += _of_set(value, pick)
        elif kind in {parts.MAX_REPEAT, parts.MIN_REPEAT, parts.POSSESSIVE_REPEAT}:
            made += _sample(value[2], pick) * max(value[0], 1)
        elif kind is parts.SUBPATTERN:
            made += _sample(value[3], pick)
        elif kind is parts.BRANCH:
            made += _sample(pick.choice(value[1]), pick)
    return made


def _of_set(items: Any, pick: random.Random) -> str:
    spaces, letters = " \t\n\x0b", "aZ9_é-яҚ .,:/@'\"#()"
    source = "".join(chr(i) for i in range(32, 127)) + letters + spaces
    pattern = re.compile("[" + "".join(_written(k, v) for k, v in items) + "]")
    fitting = [c for c in source if pattern.match(c)]
    return pick.choice(fitting) if fitting else "a"


def _written(kind: Any, value: Any) -> str:
    if kind is parts.NEGATE:
        return "^"
    if kind is parts.LITERAL:
        return re.escape(chr(value))
    if kind is parts.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    names = {"CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_SPACE": r"\S"}
    return {**names, "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W"}[str(value)]


def _repeats(tree: Any, before: str, pick: random.Random) -> Iterator[tuple[str, str]]:
    """(what comes before, what is repeated) of every open repetition."""
    for kind, value in tree:
        if kind in {parts.MAX_REPEAT, parts.MIN_REPEAT, parts.POSSESSIVE_REPEAT}:
            if value[1] > 50:  # bounded ones cost a constant
                for _ in range(3):
                    yield before, _sample(value[2], pick) or "a"
            yield from _repeats(value[2], before, pick)
        elif kind is parts.SUBPATTERN:
            yield from _repeats(value[3], before, pick)
        elif kind is parts.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before, pick)
        before += _sample([(kind, value)], pick)


def hostile(pattern: str, flags: int) -> list[str]:
    """Texts of a hundred thousand signs on which a careless pattern goes back and forth."""
    pick, texts = random.Random(7), dict[str, None]()  # noqa: S311  # texts for a test
    for before, unit in _repeats(parser.parse(pattern, flags), "", pick):
        count = SIGNS // len(unit)
        texts[before + unit * count + "\x00"] = None
        texts[before + (unit * 7 + " ") * (count // 8) + "\x00"] = None
        texts[(before + unit) * (SIGNS // len(before + unit)) + "\x00"] = None
    return list(texts) or ["a" * SIGNS]


def run(patterns: list[Pattern]) -> str:
    """Where the child came to: `end`, or the pattern it did not come back from."""
    lines: list[str] = []
    for name, pattern, flags, methods in patterns:
        text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
        lines.append(json.dumps([name, text, flags, sorted(methods), isinstance(pattern, bytes), hostile(text, flags)]))
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            out, _ = child.communicate("\n".join(lines) + "\n", timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            out, _ = child.communicate()
    return (out.strip().splitlines() or ["nothing"])[-1]


def test_no_pattern_takes_more_than_linear_time() -> None:
    patterns = list(_patterns())
    assert len(patterns) > 60  # the search above still finds them

    assert run(patterns) == "end"


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:[^\s\x00-\x1f](?:[^\x00-\x1f]*[^\s\x00-\x1f])?\n?)+",  # what `altyn add` once hung on
        r"://[^/\s:@]*:[^@\s]+@",
    ],
)
def test_a_careless_pattern_is_caught(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "LIMIT_S", 2)
    method = "fullmatch" if pattern.startswith("(?:") else "search"
    assert run([("careless", pattern, 0, {method})]) == "careless"
