"""Nesting: a document that is too deep, or blown up by anchors, is refused before it is built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.measures.measure import load_measure
from altyn.packs.documents import load_yaml
from altyn.packs.nesting import MAX_DEPTH

# In a process of its own, with memory of its own: the failure this holds against is the end of the process.
CODE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
from altyn.errors import AltynError
from altyn.packs.documents import load_yaml
try:
    load_yaml(sys.stdin.read(), "x.odcs.yaml")
except AltynError as error:
    print(error.code, error.where)
"""
BOMB = "a: &a {x: 1, y: 2}\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 30)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGED = "a: &a {x: 1}\n" + "".join(
    f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 30)}]}}\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = {
    "brackets": "[" * 100_000,
    "brackets that are closed": "[" * 50_000 + "]" * 50_000,
    "braces": "{a: " * 50_000,
    "brackets over lines": "[\n" * 50_000,
    "brackets between texts that close them": "['" + "]', ['" * 50_000,
    "dashes": "- " * 50_000 + "x",
    "questions": "? " * 50_000 + "x",
    "indents": "".join(" " * n + "a:\n" for n in range(2000)),
    "aliases": BOMB,
    "merges": MERGED,
    "a circle": "a: &a [*a, *a]",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_is_too_deep_or_too_much_is_refused_with_its_line(text: str) -> None:
    done = subprocess.run([sys.executable, "-c", CODE], input=text, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert done.stdout.startswith("contract.yaml x.odcs.yaml, line ")


def test_what_is_just_deep_enough_is_read() -> None:
    deepest = MAX_DEPTH - 2

    assert load_yaml("[" * deepest + "]" * deepest, "x") is not None
    with pytest.raises(AltynError):
        load_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, "x")


def test_an_anchor_that_is_used_a_few_times_is_read() -> None:
    assert load_yaml("a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: [*a, *a]", "x") == {
        "a": {"x": 1},
        "b": {"x": 1, "y": 2},
        "c": [{"x": 1}, {"x": 1}],
    }


def test_a_measure_that_is_too_deep_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "deep.toml"
    path.write_text("rows = " + "[" * 20_000, encoding="utf-8")

    with pytest.raises(AltynError) as caught:
        load_measure(path, "local")

    assert caught.value.code == "measure.invalid"
