"""Verbs of a run: plan, run; and how what a run did is shown."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import click

from altyn.cli.operating import log_option, teller
from altyn.cli.words import here, number, print_json, print_table, project_option, read, visible
from altyn.serve.use_cases.planning import plan_project
from altyn.serve.use_cases.running import RunReport, run_folder
from altyn.serve.workspace import Workspace
from altyn.settings import language_of_environment


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
