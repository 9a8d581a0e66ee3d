"""Words of the command line: its fixed texts in the language of the user's shell, tables, and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from altyn.language import Message, say, visible
from altyn.model.figures import figure
from altyn.settings import language_of_environment

F = TypeVar("F", bound=Callable[..., Any])


def here(template: str, **values: object) -> str:
    """A fixed text in the user's language, with values that move no cursor."""
    return say(template, **values).text(language_of_environment())


def read(message: Message | str | object) -> str:
    """A message in the user's language; whatever is none, as a terminal may show it."""
    return visible(message.text(language_of_environment()) if isinstance(message, Message) else str(message))


def number(value: int) -> str:
    """A whole number as the user's language writes it: 15,594 in English."""
    return figure(value, language_of_environment())


def project_option(function: F) -> F:
    """Add --project and --json, which every verb of a project has."""
    function = click.option("--json", "as_json", is_flag=True, help=here("Print JSON."))(function)
    return click.option(
        "--project",
        "folder",
        # A second person approves an order from a folder that they may pass through and not read.
        type=click.Path(path_type=Path, file_okay=False, readable=False),
        default=Path(),
        help=here("The project's folder; the current one without it."),
    )(function)


def json_option(function: F) -> F:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help=here("Print JSON."))(function)


def print_json(document: object) -> None:
    """Print a document as JSON, messages in the user's language."""
    click.echo(visible(json.dumps(document, ensure_ascii=False, default=_default, indent=1)))


def _default(value: object) -> object:
    from altyn.errors import AltynError

    if isinstance(value, AltynError):
        return value.parts(language_of_environment())
    return read(value)


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> None:
    """Print rows as a table that fits the terminal; plain text where the output is no terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for place, header in enumerate(headers):
        # As Text: in a plain string, [red] and :smile: of a value would be carried out.
        table.add_column(Text(visible(header)), justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    console = Console() if sys.stdout.isatty() else Console(width=200, no_color=True)
    console.print(table)


def _shown(cell: object) -> str:
    if cell is None:
        return "—"
    if isinstance(cell, bool):
        return here("yes") if cell else here("no")
    return number(cell) if isinstance(cell, int) else read(cell)
