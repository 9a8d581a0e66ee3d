"""Verbs that ask: query, history, registers, snapshots. What only a run needs is not imported here: a question would pay for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from altyn.cli.purposes import keeper_told, purpose_option
from altyn.cli.words import here, number, print_json, print_table, project_option, read, visible
from altyn.errors import AltynError
from altyn.language import say
from altyn.serve import exports
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.register_sheets import register_sheet
from altyn.serve.workspace import Workspace
from altyn.settings import language_of_environment


@click.command("query")
@project_option
@click.argument("sql")
@purpose_option
@click.option("--as-of", metavar="DATE", help=here("What held on this day."))
@click.option("--known-at", metavar="TIME", help=here("As it was known then."))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "parquet", "xlsx"]),
    default="table",
    show_default=True,
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help=here("Write to this file."))
def query_command(
    folder: Path,
    as_json: bool,
    sql: str,
    purpose: str,
    as_of: str | None,
    known_at: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Ask in SQL."""
    form = "json" if as_json else form
    if form in {"parquet", "xlsx"} and output is None and sys.stdout.isatty():
        raise AltynError(
            "export.needs-file",
            what=say("{form} is not for a terminal.", form=form),
            mend=say("Name a file with --output."),
        )
    workspace = Workspace.open(folder)
    with keeper_told(workspace, "query"):
        answer = questions.query(workspace, sql, purpose=purpose, as_of=as_of, known_at=known_at)
    if form == "table":
        if answer.rows() and len(answer.columns) == len(answer.rows()) == 1 and not sys.stdout.isatty():
            click.echo(visible(str(exports.plain(answer.rows()[0][0]))))
        else:
            numbers = [i for i, c in enumerate(answer.columns) if c.type.kind in {"integer", "decimal", "double"}]
            print_table(
                [c.name for c in answer.columns],
                # No groups of digits: a whole number may be a code or a year, and is copied into the next question.
                [[_cell(exports.plain(v)) for v in row] for row in answer.rows()],
                right=numbers,
            )
    else:
        content = exports.write(answer, form)
        if output:
            output.write_bytes(content)
        elif sys.stdout.isatty():
            click.echo(visible(content.decode()))
        else:
            sys.stdout.buffer.write(content)
    for note in answer.withheld:
        click.echo(f"{here('withheld')}: {read(note)}", err=True)
    if answer.truncated:
        click.echo(here("The answer was cut at the limit of rows: it is not complete."), err=True)


def _cell(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@click.command("history")
@project_option
@click.argument("register")
@click.argument("key")
@purpose_option
@click.option("--known-at", metavar="TIME", help=here("As it was known then."))
def history_command(folder: Path, as_json: bool, register: str, key: str, purpose: str, known_at: str | None) -> None:
    """Show every version of a record."""
    workspace = Workspace.open(folder)
    declared = workspace.register(register)
    with keeper_told(workspace, "history"):
        found = questions.whole_history(workspace, declared, key, purpose=purpose, known_at=known_at)
    versions = found.versions
    if as_json:
        print_json(
            {
                "register": declared.name,
                "older": found.older,
                "versions": [
                    {
                        "op": v.op,
                        "recorded_at": v.recorded_at.isoformat(),
                        "batch": v.batch.number,
                        "file": v.file,
                        "line": v.line,
                        "first": {"file": v.first.file, "line": v.first.line, "batch": v.first.batch}
                        if v.first
                        else None,
                        "values": exports.plain(v.values),
                        "written": dict(v.written),
                    }
                    for v in versions
                ],
            }
        )
        return
    if not versions:
        click.echo(here("The register has no record with this key."))
    for version in versions:
        place = f"{version.file}, {here('line')} {version.line}" if version.file else "—"
        click.echo(
            click.style(f"{version.recorded_at:%Y-%m-%d %H:%M:%S} UTC", bold=True)
            + f"  {here(version.op)}  {here('batch')} {number(version.batch.number)}  {read(place)}"
        )
        if version.first:
            first = version.first
            click.echo(
                f"    {here('first in')} {visible(first.file)}, {here('line')} {read(first.line)}, {here('batch')} {read(first.batch)}"
            )
        if version.op != "retract":
            for name, value in version.values.items():
                text = version.written.get(name)
                if value is not None or text is not None:
                    said = "" if text is None else f"  ({here('as written')}: {text[:200]})"
                    click.echo(
                        visible(f"    {name}: {'—' if value is None else str(exports.plain(value))[:200]}{said}")
                    )
    if found.older:
        click.echo(read(found.older))


@click.command("registers")
@project_option
@click.argument("register", required=False)
def registers_command(folder: Path, as_json: bool, register: str | None) -> None:
    """List the registers, or say all that is known of one."""
    workspace = Workspace.open(folder)
    if register is not None:
        sheet = register_sheet(workspace, workspace.register(register))
        if as_json:
            print_json(sheet)
        else:
            _show_sheet(sheet)
        return
    snapshot = workspace.store.snapshots.latest()
    language = language_of_environment()
    lines = [
        {
            "register": r.name,
            "label": r.label.text(language, r.table),
            "rows": snapshot.registers[r.name].rows if snapshot and r.name in snapshot.registers else None,
            "refused": snapshot.registers[r.name].quarantined_rows
            if snapshot and r.name in snapshot.registers
            else None,
            "open": r.is_open,
            "data": r.data_kind,
            "key": list(r.key),
        }
        for r in workspace.catalogue.registers.values()
    ]
    if as_json:
        print_json({"snapshot": snapshot.number if snapshot else None, "registers": lines})
        return
    rows = [(x["register"], x["label"], x["rows"], x["refused"], x["open"], here(str(x["data"]))) for x in lines]
    print_table([here(h) for h in ("register", "title", "rows", "refused", "open", "data")], rows, right=(2, 3))


def _show_sheet(sheet: dict[str, Any]) -> None:
    """Print all that is known of a register."""
    batch = sheet["last_batch"]
    facts = [
        ("register", sheet["register"]),
        ("title", read(sheet["label"])),
        ("version", sheet["version"]),
        ("key", ", ".join(sheet["key"]) or here("none: a record is its content")),
        ("open", here("yes") if sheet["open"] else here("no")),
        ("rows", number(sheet["rows"]) if sheet["rows"] is not None else here("nothing loaded yet")),
        ("refused", number(sheet["refused"] or 0)),
        ("source", ", ".join(f"{k} = {v}" for k, v in sheet["source"].items()) or "—"),
    ]
    if sheet["refused_whole"]:
        facts.append(("refused whole", number(sheet["refused_whole"])))
    if batch:
        files = ", ".join(batch["files"])
        facts.append(
            ("last batch", f"{batch['batch']}, {batch['recorded_at'][:19]} UTC, {here(batch['mode'])}, {files}")
        )
    for name, value in facts:
        click.echo(f"{here(name)}: {read(value)}")
    print_table(
        [here(h) for h in ("column", "header", "expected", "key", "required", "public", "unit", "refers to", "title")],
        [
            (
                c["name"],
                c["header"],
                c["expected"],
                c["key"],
                c["required"],
                c["public"],
                c["unit"],
                c["refers_to"],
                read(c["label"]),
            )
            for c in sheet["columns"]
        ],
    )


@click.command("snapshots")
@project_option
def snapshots_command(folder: Path, as_json: bool) -> None:
    """List the snapshots."""
    workspace = Workspace.open(folder)
    lines = [
        {
            "snapshot": s.number,
            # Whole: cut to seconds it would be a moment at which the snapshot was not known yet.
            "published_at": s.published_at.isoformat(),
            "who": s.who,
            "batches": len(s.batches),
            "registers": len(s.registers),
            "rows": sum(r.rows for r in s.registers.values()),
            "findings": len(s.findings),
        }
        for s in workspace.snapshots()
    ]
    if as_json:
        print_json({"snapshots": lines})
        return
    headers = ("snapshot", "published (UTC)", "who", "batches", "registers", "rows", "findings")
    rows = [(x["snapshot"], str(x["published_at"])[:19].replace("T", " "), *list(x.values())[2:]) for x in lines]
    print_table([here(h) for h in headers], rows, right=(0, 3, 4, 5, 6))
