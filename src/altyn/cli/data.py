"""Verbs on data: plan, run, query, history, registers, snapshots."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import click

from altyn.cli.operating import log_option, teller
from altyn.cli.purposes import keeper_told, purpose_option
from altyn.cli.words import here, number, print_json, print_table, project_option, read, visible
from altyn.errors import AltynError
from altyn.language import language_of_environment, say
from altyn.serve import exports, use_cases
from altyn.serve.planning import plan_project
from altyn.serve.register_sheets import register_sheet
from altyn.serve.running import RunReport, run_folder
from altyn.serve.workspace import Workspace


@click.command("plan")
@project_option
def plan_command(folder: Path, as_json: bool) -> None:  # click calls by name
    """Say what a run would do, and why."""
    lines = plan_project(Workspace.open(folder))
    if as_json:
        print_json({"plan": lines})
        return
    told = [line for line in lines if line["action"] != "none"]
    rows = [(line.get("register") or line.get("measure"), here(str(line["action"])), line["reason"]) for line in told]
    print_table([here("register or measure"), here("action"), here("why")], rows)
    say_idle(sum("register" in line for line in lines) - sum("register" in line for line in told))
    for line in lines:
        for change in line.get("changes", []):
            click.echo(f"  {read(line['register'])}: {read(change)}")


@click.command("run")
@project_option
@click.option(
    "--wait", "wait_s", type=float, default=10.0, show_default=True, help=here("Seconds to wait for another run.")
)
@click.option(
    "--accept-retractions",
    "accept",
    multiple=True,
    metavar="REGISTER",
    help=here("Let the extract of this register in that waits because it retracts many records."),
)
@log_option
def run_command(folder: Path, as_json: bool, wait_s: float, accept: tuple[str, ...], log_format: str) -> None:
    """Load what is new and publish a snapshot."""
    as_log = log_format == "json"
    with progress(quiet=as_json or as_log) as step:
        report = run_folder(folder, wait_s=wait_s, accept=accept, progress=step, tell=teller(log_format))
    # A log is for programs: what a person reads goes to `altyn status`.
    if as_json or not as_log:
        show_report(report, as_json=as_json)
    sys.exit(report.exit_status)


@contextlib.contextmanager
def progress(*, quiet: bool) -> Generator[Callable[[str, str], None]]:
    """A line that says what a run is at, where the output is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console

    names = {
        "register": here("loading"),
        "copies": here("copying what is open"),
        "measure": here("building"),
        "publish": here("publishing"),
    }
    with Console(stderr=True).status(here("starting")) as status:
        yield lambda kind, name: status.update(f"{names.get(kind, kind)} {name}")


def show_report(report: RunReport, *, as_json: bool) -> None:
    """Print what a run did."""
    if as_json:
        print_json(
            {
                "snapshot": report.snapshot.number if report.snapshot else None,
                "registers": report.lines,
                "measures": report.measures,
                "findings": report.findings,
                "cpu_seconds": round(report.cpu_seconds, 2),
                "copies_cpu_seconds": round(report.copies_cpu_seconds, 2),
            }
        )
        return
    rows = [
        (
            line["register"],
            here(str(line["status"])),
            line.get("rows"),
            line.get("put"),
            line.get("retracted"),
            line.get("refused"),
            line.get("waiting"),
        )
        for line in report.lines
        if not is_idle(line)
    ]
    headers = ["register", "state", "rows", "new or changed", "retracted", "refused", "waiting"]
    print_table([here(h) for h in headers], rows, right=(2, 3, 4, 5, 6))
    say_idle(len(report.lines) - len(rows))
    language = language_of_environment()
    for finding in report.findings:
        click.echo(
            visible(
                f"  {here('finding')}: {finding['register']}, {finding['rule']}: {number(int(finding['rows']))}. {_finding(finding, language)}"
            )
        )
    for error in report.errors:
        parts = error.parts(language)
        click.echo(click.style(visible(f"{here('Refused')}: {parts['what']}"), fg="red"), err=True)
        click.echo(visible(f"  {parts['where']}\n  {parts['mend']}  ({parts['code']})"), err=True)
    built = sum(1 for m in report.measures if m["built"])
    if report.measures:
        click.echo(here("{built} of {all} indicators built.", built=built, all=len(report.measures)))
    is_refused = any(line["status"] == "refused" for line in report.lines)
    if is_refused and not any(line.get("put") or line.get("retracted") for line in report.lines):
        click.echo(here("Nothing loaded: what was new was refused."))
    if report.snapshot:
        click.echo(
            here("Snapshot {number} published.", number=report.snapshot.number) + f" {report.cpu_seconds:.1f} CPU s."
        )
    elif is_refused:
        click.echo(here("No snapshot was published.") + f" {report.cpu_seconds:.1f} CPU s.")
    else:
        click.echo(here("Nothing new: no snapshot was needed.") + f" {report.cpu_seconds:.1f} CPU s.")


def is_idle(line: dict[str, Any]) -> bool:
    """Whether a register of a pack has nothing to do with this project: no source, no rows."""
    return line["status"] == "no-source" and not line.get("rows") and not line.get("refused")


def say_idle(count: int) -> None:
    """Say how many registers of packs were left out of a table: `altyn registers` lists them."""
    if count:
        click.echo(here("{count} registers of packs have no source in altyn.toml: altyn registers", count=count))


def _finding(finding: dict[str, Any], language: str) -> str:
    message = finding.get("message") or {}
    if isinstance(message, dict):
        return str(message.get(language) or message.get("en") or "")
    return read(message)


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
        answer = use_cases.query(workspace, sql, purpose=purpose, as_of=as_of, known_at=known_at)
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
        found = use_cases.whole_history(workspace, declared, key, purpose=purpose, known_at=known_at)
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
