"""Words of the command line: what a value holds is shown, and never carried out by the terminal."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.cli.main import main
from altyn.cli.words import here, print_json, print_table, read, visible
from altyn.errors import AltynError
from altyn.language import LANGUAGES, say

ROOT = Path(__file__).parents[3]
HOSTILE = ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "a\rb", "\u202egnp", "\u2066x", "\x7f", "\x08\x08", "\x00"]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_control_sign_reaches_the_terminal(capsys: pytest.CaptureFixture[str], value: str) -> None:
    print_table([value], [[value]])
    print_json({value: value})

    shown = capsys.readouterr().out
    assert visible(shown) == shown
    assert not any(ord(sign) < ord(" ") and sign != "\n" for sign in shown)


@pytest.mark.parametrize("value", [":smile:", "[red]x[/red]", "[link=https://e.example]x[/link]", "[/]"])
def test_markup_and_emoji_codes_are_shown_as_written(capsys: pytest.CaptureFixture[str], value: str) -> None:
    print_table(["title"], [[value]])

    assert value in capsys.readouterr().out


@given(text=st.text())
def test_json_made_visible_means_the_same(text: str) -> None:
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize("name", [*HOSTILE, "a\nRefused: all is well", "a\tb"])
def test_a_name_in_a_sentence_moves_no_cursor_and_ends_no_line(name: str) -> None:
    error = AltynError("source.missing", what=say("No file is found at {path}.", path=name), where=name, mend=name)
    texts = [str(part) for language in LANGUAGES for part in error.parts(language).values()]

    for text in [
        *texts,
        here("{name}: {rows} rows", name=name, rows="1"),
        here("{name}: {rows} rows", name=Path(name.replace("\0", "")), rows="1"),
    ]:
        told = read(text)
        assert told == visible(told)
        assert len([line for line in told.splitlines() if line]) <= 1 or text == error.parts("en")["mend"]


@pytest.mark.parametrize("name", [*HOSTILE[:-1], "a\nb"])
def test_a_refusal_of_the_command_line_spells_signs_out(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([name], ["status", "--project", f"/nonexistent/{name}"], [name, "--json"]):
        with pytest.raises(SystemExit):
            main(arguments)

        told = "".join(capsys.readouterr())
        assert visible(
            told.replace("\x1b[31m", "").replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
        )
        assert name not in told


# What makes a text that a terminal may show.
_SHOWN = {"here", "len", "number", "read", "visible"}


def _unshown(node: ast.expr) -> list[ast.expr]:
    """The parts of a text that went through none of them."""
    match node:
        case ast.Constant() | ast.FormattedValue(format_spec=ast.JoinedStr()):
            parts = list[ast.expr]()
        case ast.Call(func=ast.Name(id=name)) if name in _SHOWN:
            parts = []
        case ast.Call(func=ast.Attribute(value=ast.Name(id="click"), attr="style"), args=[value, *_]):
            parts = [value]
        case ast.FormattedValue(value=value):
            parts = [value]
        case ast.JoinedStr(values=values) | ast.BoolOp(values=values):
            parts = values
        case ast.BinOp(left=one, right=other) | ast.IfExp(body=one, orelse=other):
            parts = [one, other]
        case _:
            return [node]
    return [left for part in parts for left in _unshown(part)]


def _prompts(source: str) -> list[ast.Call]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [
        call for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"confirm", "echo", "prompt", "secho"} and call.args
    ]  # fmt: skip


def test_whatever_a_verb_prints_has_been_made_visible() -> None:
    files = sorted((ROOT / "src" / "altyn" / "cli").glob("*.py"))
    found = [
        f"{file.name}: {ast.unparse(part)}"
        for file in files
        for call in _prompts(file.read_text(encoding="utf-8"))
        for part in _unshown(call.args[0])
    ]

    assert len(files) > 10
    assert found == []
