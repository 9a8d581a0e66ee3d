"""Verbs on data: plan, run, query, history, quarantine, registers, snapshots."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import click

from altyn.cli.operating import log_option, teller
from altyn.cli.words import here, number, print_json, print_table, project_option, read
from altyn.errors import AltynError
from altyn.language import language_of_environment, say
from altyn.serve import exports, use_cases
from altyn.serve.planning import plan_project
from altyn.serve.running import RunReport, resubmit, run_folder
from altyn.serve.workspace import Workspace

_PLACES = 50


@click.command("plan")
@project_option
def plan_command(folder: Path, as_json: bool) -> None:  # click calls by name
    """Say what a run would do, and why."""
    lines = plan_project(Workspace.open(folder))
    if as_json:
        print_json({"plan": lines})
        return
    rows = [(line.get("register") or line.get("measure"), here(str(line["action"])), line["reason"]) for line in lines]
    print_table([here("register or measure"), here("action"), here("why")], rows)
    for line in lines:
        for change in line.get("changes", []):
            click.echo(f"  {line['register']}: {read(change)}")


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
    ]
    headers = ["register", "state", "rows", "new or changed", "retracted", "refused", "waiting"]
    print_table([here(h) for h in headers], rows, right=(2, 3, 4, 5, 6))
    language = language_of_environment()
    for finding in report.findings:
        click.echo(
            f"  {here('finding')}: {finding['register']}, {finding['rule']}: {number(int(finding['rows']))}. {_finding(finding, language)}"
        )
    for error in report.errors:
        parts = error.parts(language)
        click.echo(click.style(f"{here('Refused')}: {parts['what']}", fg="red"), err=True)
        click.echo(f"  {parts['where']}\n  {parts['mend']}  ({parts['code']})", err=True)
    built = sum(1 for m in report.measures if m["built"])
    click.echo(here("{built} of {all} indicators built.", built=built, all=len(report.measures)))
    if report.snapshot:
        click.echo(
            here("Snapshot {number} published.", number=report.snapshot.number) + f" {report.cpu_seconds:.1f} CPU s."
        )
    else:
        click.echo(here("Nothing new: no snapshot was needed.") + f" {report.cpu_seconds:.1f} CPU s.")


def _finding(finding: dict[str, Any], language: str) -> str:
    message = finding.get("message") or {}
    if finding.get("columns"):
        columns = ", ".join(str(c) for c in finding["columns"])
        return f"{here('columns of the file that the contract does not declare')}: {columns}"
    if isinstance(message, dict):
        return str(message.get(language) or message.get("en") or "")
    return read(message)


@click.command("query")
@project_option
@click.argument("sql")
@click.option("--purpose", default="open", show_default=True, help=here("What the answer is for."))
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
    answer = use_cases.query(Workspace.open(folder), sql, purpose=purpose, as_of=as_of, known_at=known_at)
    if form == "table":
        if answer.rows() and len(answer.columns) == len(answer.rows()) == 1 and not sys.stdout.isatty():
            click.echo(str(exports.plain(answer.rows()[0][0])))
        else:
            numbers = [i for i, c in enumerate(answer.columns) if c.type.kind in {"integer", "decimal", "double"}]
            print_table(
                [c.name for c in answer.columns],
                [[exports.plain(v) for v in row] for row in answer.rows()],
                right=numbers,
            )
    else:
        content = exports.write(answer, form)
        if output:
            output.write_bytes(content)
        else:
            sys.stdout.buffer.write(content)
    for note in answer.withheld:
        click.echo(f"{here('withheld')}: {note}", err=True)
    if answer.truncated:
        click.echo(here("The answer was cut at the limit of rows: it is not complete."), err=True)


@click.command("history")
@project_option
@click.argument("register")
@click.argument("key")
@click.option("--purpose", default="open", show_default=True)
@click.option("--known-at", metavar="TIME", help=here("As it was known then."))
def history_command(folder: Path, as_json: bool, register: str, key: str, purpose: str, known_at: str | None) -> None:
    """Show every version of a record."""
    workspace = Workspace.open(folder)
    declared = workspace.register(register)
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
                        "values": exports.plain(v.values),
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
            + f"  {here(version.op)}  {here('batch')} {version.batch.number}  {place}"
        )
        if version.op != "retract":
            for name, value in version.values.items():
                if value is not None:
                    click.echo(f"    {name}: {str(exports.plain(value))[:200]}")
    if found.older:
        click.echo(read(found.older))


@click.command("quarantine")
@project_option
@click.argument("register")
@click.option(
    "--export",
    "export",
    type=click.Path(path_type=Path, dir_okay=False),
    help=here("Write the refused rows to this CSV, to be mended."),
)
@click.option(
    "--resubmit",
    "mended",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=here("Send mended rows again."),
)
@click.option("--purpose", default="open", show_default=True)
def quarantine_command(
    folder: Path,
    as_json: bool,
    register: str,
    export: Path | None,
    mended: Path | None,
    purpose: str,
) -> None:
    """Show refused rows by place and rule; values leave through the gate only."""
    workspace = Workspace.open(folder)
    declared = workspace.register(register)
    if export is not None:
        export.write_bytes(use_cases.export_quarantine(workspace, declared, purpose=purpose))
        click.echo(
            here(
                "Written to {name}. Mend the rows, then: altyn quarantine {register} --resubmit {name}",
                name=export,
                register=register,
            )
        )
        return
    if mended is not None:
        report = resubmit(workspace, declared, mended)
        show_report(report, as_json=as_json)
        sys.exit(report.exit_status)
    language = language_of_environment()
    own = {f"row:{rule.name}": rule.message.text(language) for rule in declared.row_rules}
    count = workspace.quarantine_count(declared.name)
    places = workspace.store.refused_places(declared.name, limit=_PLACES)
    expected = {c.name: c.expected for c in declared.columns}
    places = [{**p, "expected": expected.get(str(p["column"]), "")} for p in places]
    if as_json:
        print_json({"register": declared.name, **count, "places": places})
        return
    click.echo(
        here(
            "{entries} rows refused, {waiting} of them wait for a parent.",
            entries=count["entries"],
            waiting=count["waiting"],
        )
    )
    rows = [
        (
            p["entry"],
            p["file"],
            p["line"],
            p["column"],
            p["expected"],
            p["rule"],
            own.get(str(p["rule"])) or rule_help(str(p["rule"])),
        )
        for p in places
    ]
    if rows:
        print_table(
            [here(h) for h in ("entry", "file", "line", "column", "expected", "rule", "how to mend")],
            rows,
            right=(0, 2),
        )
    if count["entries"] > len({p["entry"] for p in places}):
        click.echo(here("The first {shown} are shown.", shown=_PLACES))


def rule_help(rule: str) -> str:
    """How to mend a row that breaks a rule."""
    helps = {
        "type": "Write the value as expected: dates as 2026-03-01 unless a form says otherwise; 012 is a code: declare it as a string.",
        "required": "Fill the column in.",
        "pattern": "Write the value in the declared form; look for letters that look like digits.",
        "identifier": "Check the number digit by digit; look for letters that look like digits.",
        "minimum": "The value is below what the contract allows.",
        "maximum": "The value is above what the contract allows.",
        "min-length": "The value is too short; a leading zero may be lost.",
        "max-length": "The value is too long.",
        "enum": "Use one of the values the contract lists.",
        "code-list": "Use a code of the list the contract names.",
        "lookup": "The name is not in the list of known spellings; add it there or correct it.",
        "key": "Two rows of the extract have one key: keep the right one.",
        "unique": "Two rows of the extract have one value: keep the right one.",
        "relationship": "Its parent is not in the other register yet; the row is tried again when it arrives.",
        "row.ragged": "The row has too few or too many cells; look for a delimiter inside a text.",
        "row.quote": "A quote is out of place; double it if it is part of the text.",
        "row.lone-cr": "A carriage return stands alone inside the line: write line ends as LF or CR LF throughout.",
        "row.header": "The line repeats the header, as when files are pasted together: remove it.",
        "row.damaged": "The record is damaged: a name twice, or signs that are no text.",
        "row.error-cell": "The cell holds an error of the spreadsheet: mend its formula, or clear it if the value is unknown.",
        "row.formula": "The cell holds a formula without its result: open the workbook, let it compute, and save it.",
        "row.inexact": "The cell holds a number of more digits than a spreadsheet keeps: write it as a text.",
        "row.not-object": "The record is not an object with names and values.",
        "row.text-expected": "The file holds a number where a text was declared; its leading zeros may be lost. Store it as text.",
    }
    return here(helps.get(rule, "See the rule's own message in the contract."))


@click.command("registers")
@project_option
def registers_command(folder: Path, as_json: bool) -> None:
    """List the registers."""
    workspace = Workspace.open(folder)
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
