"""The option --purpose, and what a keeper is told who asks a closed register of the project as anybody would."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from altyn.cli.words import here
from altyn.errors import AltynError
from altyn.language import say
from altyn.policy.principals import local
from altyn.policy.purposes import KEEPING, PURPOSES
from altyn.serve.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])


def purpose_option(function: F) -> F:
    """Add --purpose."""
    text = here("What the answer is for: {codes}.", codes=", ".join(PURPOSES))
    return click.option("--purpose", default="open", show_default=True, help=text)(function)


def keeping_command(words: Sequence[str]) -> str:
    """What was typed after `altyn`, as the keeper types it.

    >>> keeping_command(["query", "--purpose", "open", "select 1"])
    "altyn query --purpose keeping 'select 1'"
    """
    kept: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--purpose":
            next(left, None)
        elif not word.startswith("--purpose="):
            kept.append(word)
    return shlex.join(["altyn", *kept[:1], "--purpose", KEEPING.code, *kept[1:]])


def typed(*verb: str) -> list[str]:
    """What was typed after `altyn`; `verb` where it was not the command line that called."""
    words = click.get_current_context().obj
    return list(words) if isinstance(words, tuple) else list(verb)


def command_again(*words: str, folder: Path) -> str:
    """A command that works as typed from the folder the user is in.

    >>> command_again("run", folder=Path("my project"))
    "altyn run --project 'my project'"
    """
    project = [] if folder == Path() else ["--project", str(folder)]
    return shlex.join(["altyn", *words, *project])


@contextlib.contextmanager
def keeper_told(workspace: Workspace, verb: str) -> Generator[None]:
    """Let a refusal name the command that works, where a closed register is one's own."""
    try:
        yield
    except AltynError as error:
        if error.code != "gate.register-closed" or not workspace.gate.is_keeper(local()):
            raise
        raise AltynError(
            error.code,
            what=error.what,
            where=error.where,
            mend=say("You keep this project; for you it is open with: {command}", command=keeping_command(typed(verb))),
        ) from None
