"""The option --purpose: a command is said again as a shell takes it, and only a keeper is told the one that works."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.cli.purposes import command_again, keeper_told, keeping_command
from altyn.errors import AltynError
from tests.integration.conftest import Trial


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["query", "--purpose", "open", "select 1"], "altyn query --purpose keeping 'select 1'"),
        (["history", "areas", "k", "--purpose=open"], "altyn history --purpose keeping areas k"),
        (["query", "--purpose"], "altyn query --purpose keeping"),
        ([], "altyn --purpose keeping"),
    ],
)
def test_what_was_typed_is_said_for_the_keeper(words: list[str], said: str) -> None:
    assert keeping_command(words) == said


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=8), max_size=4
    )
)
def test_a_shell_reads_back_every_word(words: list[str]) -> None:
    said = command_again("add", *words, folder=Path("менің жобам"))

    assert shlex.split(said) == ["altyn", "add", *words, "--project", "менің жобам"]
    assert "--project" not in command_again("run", folder=Path())


def test_only_a_refusal_of_a_closed_register_is_said_anew(loaded: Trial) -> None:
    workspace = loaded.open()

    def refused(code: str) -> AltynError:
        with pytest.raises(AltynError) as caught, keeper_told(workspace, "query"):
            raise AltynError(code, what="x")
        return caught.value

    assert refused("sql.syntax").mend.text("en") == ""
