"""What the environment says is read in one place, and its page lists all of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from altyn import settings

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "altyn"


def readers(modules: dict[str, str]) -> list[str]:
    """Modules that look at the environment themselves."""
    return [
        name
        for name, text in modules.items()
        for node in [ast.parse(text)]
        if any(
            (isinstance(n, ast.Attribute) and n.attr in {"environ", "environb", "getenv"})
            or (isinstance(n, ast.alias) and n.name in {"environ", "environb", "getenv"})
            or (isinstance(n, ast.keyword) and n.arg in {"envvar", "auto_envvar_prefix"})
            for n in ast.walk(node)
        )
    ]


def test_the_environment_is_read_in_one_place() -> None:
    modules = {str(p.relative_to(SRC)): p.read_text(encoding="utf-8") for p in sorted(SRC.rglob("*.py"))}

    assert readers(modules) == ["settings.py"]


@pytest.mark.parametrize(
    "line", ["os.environ.get('A')", "os.getenv('A')", "from os import environ", "option(envvar='A')"]
)
def test_another_reader_is_found(line: str) -> None:
    assert readers({"one.py": line}) == ["one.py"]


def test_the_page_lists_every_setting_and_no_other() -> None:
    page = (ROOT / "docs/reference/environment.md").read_text(encoding="utf-8")

    assert re.findall(r"(?m)^\| `([A-Z_]+)` \|", page) == list(settings.READ)


def test_every_setting_that_is_listed_is_read() -> None:
    """Each name stands once more than in the list: where it is read."""
    text = (SRC / "settings.py").read_text(encoding="utf-8")
    constants = {value: name for name, value in vars(settings).items() if isinstance(value, str)}

    for name in settings.READ:
        said = rf"\b{constants[name]}\b" if name in constants else f'"{name}"'
        assert len(re.findall(said, text)) > 1, name
