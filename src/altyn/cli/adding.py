"""Verbs that declare a register from a file, and take a first try back: add, remove."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from altyn.cli.purposes import command_again
from altyn.cli.words import here, number, print_json, project_option, read, visible
from altyn.errors import AltynError
from altyn.language import say
from altyn.packs.project import find_project, load_project
from altyn.serve.use_cases import adding

_NARROW, _WIDE, _GAP = 80, 160, 2
_MOST_LINES, _MOST_NOTES = 30, 12
_LEAST_CELL, _MOST_NAME, _MOST_TYPE = 6, 24, 16


@click.command("add")
@project_option
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--name", help=here("The register's name; the file's name without it."))
@click.option("--yes", is_flag=True, help=here("Keep the guess without asking."))
@click.option("--redo", metavar="REGISTER", help=here("Guess a register anew that was added and not published."))
@click.option("--kind", help=here("csv, xlsx, json, ndjson, geojson, parquet: where the file's name does not tell."))
@click.option("--header-line", type=int, help=here("The line, or row of the sheet, that the header stands in."))
@click.option("--header-rows", type=int, help=here("How many rows the header fills."))
@click.option(
    "--no-header", is_flag=True, help=here("The first row is a record already; columns are called #1, #2 ...")
)
@click.option("--skip-footer", type=int, help=here("How many filled rows at the end are totals or notes."))
@click.option("--sheet", help=here("The sheet of a workbook."))
@click.option("--encoding", help=here("Of a text file: utf-8, cp1251, kz1048, koi8-r ..."))
@click.option("--delimiter", help=here("The sign between the cells of a text file."))
@click.option("--records", help=here("Where in a JSON document the records lie: result.rows"))
@click.option("--member", help=here("The file in a zip archive."))
@click.option("--decimal", type=click.Choice([",", "."]), help=here("The sign before decimals."))
@click.option("--date-format", help=here("How days are written: dd.MM.yyyy"))
def add_command(
    folder: Path,
    as_json: bool,
    file: Path | None,
    name: str | None,
    yes: bool,
    redo: str | None,
    decimal: str | None,
    date_format: str | None,
    **layout: Any,
) -> None:
    """Declare a register from a file."""
    root = find_project(folder)
    given = {key: value for key, value in layout.items() if value not in {None, False}}
    project = load_project(root)
    forms = adding.require_forms(decimal, date_format)
    if redo:
        proposal = adding.propose_again(project, redo, given, forms)
    elif file is None:
        raise AltynError(
            "usage", what=say("Which file?"), mend=say("altyn add FILE, a folder, or a pattern in quotes.")
        )
    else:
        proposal = adding.propose(project, file, name, given, forms)
    kept = proposal.path.relative_to(root)
    if not as_json:
        _show(proposal)
        if not yes and not click.confirm(here("Keep it as {path}?", path=kept)):
            raise click.Abort
    adding.keep(load_project(root), proposal)
    if as_json:
        print_json(_plain(proposal, str(kept)))
        return
    click.echo(here("Kept as {path}; it is closed until its contract says it is open.", path=kept))
    click.echo(
        here(
            "Next: {run}\nNot right? {redo}\nTake it back: {remove}",
            run=command_again("run", folder=folder),
            redo=command_again("add", "--redo", proposal.register, folder=folder),
            remove=command_again("remove", proposal.register, folder=folder),
        )
    )


@click.command("remove")
@project_option
@click.argument("register")
@click.option("--yes", is_flag=True, help=here("Remove without asking."))
def remove_command(folder: Path, as_json: bool, register: str, yes: bool) -> None:
    """Forget a register that was added and not published."""
    root = find_project(folder)
    if (
        not yes
        and not as_json
        and not click.confirm(here("Remove the contract of {name} and its source in altyn.toml?", name=register))
    ):
        raise click.Abort
    name, path = adding.remove(load_project(root), register)
    if as_json:
        print_json({"register": name, "removed": str(path.relative_to(root))})
        return
    click.echo(here("Removed: {path} and its source. The data file stays.", path=path.relative_to(root)))


def _plain(proposal: adding.Proposal, contract: str) -> dict[str, Any]:
    found = proposal.found
    return {
        "register": proposal.register,
        "contract": contract,
        "kept": True,
        "source": dict(proposal.settings),
        "rows": found.outcome.rows,
        "passed": found.outcome.passed,
        "key": list(found.key.columns),
        "key_reason": found.key.reason,
        "other_keys": [list(other) for other in found.key.others],
        "columns": [
            {"name": d.name, "header": d.evidence.header, "type": _type(proposal, d.name), "reason": d.reason}
            for d in found.decisions
        ],
        "layout": list(proposal.layout),
        "odd": list(proposal.odd),
        "look_at": list(proposal.look_at),
    }


def _type(proposal: adding.Proposal, name: str) -> str:
    return proposal.found.register.column(name).type.name


def _show(proposal: adding.Proposal) -> None:
    found = proposal.found
    # A pipe gets whole cells as far as they are of use, a terminal what fits on it.
    width = max(_NARROW, min(shutil.get_terminal_size((_WIDE, 40)).columns, _WIDE))
    click.echo(
        here(
            "{name}: {passed} of {rows} rows pass. {columns} columns.",
            name=proposal.register,
            passed=number(found.outcome.passed),
            rows=number(found.outcome.rows),
            columns=len(found.decisions),
        )
    )
    for message in (*proposal.layout, *proposal.odd):
        click.echo(f"- {read(message)}")
    click.echo("")
    names = [d.name for d in found.decisions]
    _grid(names, proposal.first, width)
    click.echo("")
    key = {name: place for place, name in enumerate(found.key.columns, start=1)}
    rows = [
        (
            f"{d.name}{' *' if d.name in key else ''}",
            _type(proposal, d.name),
            " ".join(d.evidence.header.split()),
            read(d.reason),
        )
        for d in found.decisions
    ]
    # A screen holds some forty lines; the key is always told.
    shown = [row for place, row in enumerate(rows) if place < _MOST_LINES or row[0].endswith(" *")]
    _lines([here(h) for h in ("column", "type", "header", "why")], shown, width)
    if len(shown) < len(rows):
        click.echo(here("... and {count} more columns", count=len(rows) - len(shown)))
    names = ", ".join(found.key.columns) or here("none")
    click.echo(here("* key: {names}: {reason}.", names=names, reason=read(found.key.reason)))
    for other in found.key.others:
        click.echo("- " + here("It could also be: {names}.", names=", ".join(other)))
    if proposal.look_at:
        click.echo(here("Look at:"))
        for message in proposal.look_at[:_MOST_NOTES]:
            click.echo(f"- {read(message)}")
        if len(proposal.look_at) > _MOST_NOTES:
            rest = len(proposal.look_at) - _MOST_NOTES
            click.echo("- " + here("{count} more, beside the columns in the contract", count=rest))


def _grid(names: Sequence[str], rows: Sequence[Sequence[str | None]], width: int) -> None:
    """Rows as they will be read, one a line; columns that do not fit are said."""
    fitting = max(1, min(len(names), (width + _GAP) // (_LEAST_CELL + _GAP)))
    wanted = [max([len(names[i]), *(len(_cell(row[i])) for row in rows)]) for i in range(fitting)]
    widths = [min(w, _LEAST_CELL) for w in wanted]
    left = width - sum(widths) - _GAP * (fitting - 1)
    # What is left goes to the columns that miss most, one sign after the other.
    while left > 0 and any(w < want for w, want in zip(widths, wanted, strict=True)):
        place = max(range(fitting), key=lambda i: (wanted[i] > widths[i], -widths[i]))
        widths[place] += 1
        left -= 1
    for line in [names, *rows]:
        cells = [_clipped(_cell(line[i]), widths[i]) for i in range(fitting)]
        click.echo(visible((" " * _GAP).join(cells).rstrip()))
    if fitting < len(names):
        click.echo(here("... and {count} more columns", count=len(names) - fitting))


def _lines(headers: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> None:
    table = [tuple(headers), *rows]
    first = min(max(len(r[0]) for r in table), _MOST_NAME)
    second = min(max(len(r[1]) for r in table), _MOST_TYPE)
    third = min(max(len(r[2]) for r in table), _MOST_NAME)
    for name, kind, header, why in table:
        start = "  ".join((_clipped(name, first), _clipped(kind, second), _clipped(header, third)))
        click.echo(visible(f"{start}  {why[: max(width - len(start) - _GAP, 1)]}".rstrip()))


def _cell(value: str | None) -> str:
    return "—" if value is None else " ".join(value.split())


def _clipped(text: str, width: int) -> str:
    return (text if len(text) <= width else text[: max(width - 1, 1)] + "…").ljust(width)
