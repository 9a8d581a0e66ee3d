"""Words of the command line: what a value holds is shown, and never carried out by the terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.cli.words import print_json, print_table, visible

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
