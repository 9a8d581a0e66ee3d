"""Verbs for those who operate a project: status; and the choice of how a verb logs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from altyn import settings
from altyn.cli.words import here, number, print_json, print_table, project_option, read
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.instants import span, system_clock
from altyn.packs.project import find_project, load_project
from altyn.serve.operation.events import FORMATS, JsonLines, Tell, hear_libraries, say_nothing
from altyn.serve.operation.last_run import LATE_AFTER, LastRun, described, problem_of, read_last_run
from altyn.settings import language_of_environment

F = TypeVar("F", bound=Callable[..., Any])
_MB = 1_000_000


def log_option(function: F) -> F:
    """Add --log-format."""
    return click.option(
        "--log-format",
        "log_format",
        type=click.Choice(FORMATS),
        default=settings.log_format,
        help=here("json: one JSON object a line on standard error, without values."),
    )(function)


def teller(log_format: str) -> Tell:
    """How a verb tells what it does: in JSON lines, or to nobody."""
    if log_format != "json":
        return say_nothing
    tell = JsonLines()
    hear_libraries(tell)
    return tell


@click.command("status")
@project_option
@click.option(
    "--late-after",
    metavar="26h",
    help=here("How old the last good run may be (m, h, d); else what altyn.toml says, else 26h."),
)
def status_command(folder: Path, as_json: bool, late_after: str | None) -> None:
    """Say how the last run ended."""
    project = load_project(find_project(folder))
    limit = _span(late_after) if late_after is not None else project.late_after or LATE_AFTER
    last, now = read_last_run(project.folder / ".altyn"), system_clock()
    problem = problem_of(last, now, limit)
    if as_json:
        parts = problem.parts(language_of_environment()) if problem else None
        run = last.to_json() | {"is_at_work": last.is_at_work} if last else None
        print_json({"good": problem is None, "problem": parts, "late_after_s": int(limit.total_seconds()), "run": run})
    else:
        if last:
            _show(last, now)
        if problem:
            click.echo(click.style(here("BAD") + ": ", fg="red", bold=True) + read(problem.what), err=True)
            click.echo(f"  {read(problem.where)}\n  {read(problem.mend)}  ({read(problem.code)})", err=True)
        else:
            click.echo(here("The last run is in order."))
    sys.exit(problem.exit_status if problem else 0)


def _span(text: str) -> timedelta:
    found = span(text)
    if not found:
        raise AltynError(
            "usage",
            what=say("{key} has the wrong kind of value.", key="--late-after"),
            mend=say("Write 26h, 90m or 2d."),
        )
    return found


def _show(last: LastRun, now: datetime) -> None:
    rows = [
        (
            here("last run"),
            described("running" if last.is_at_work else "killed" if last.outcome == "running" else last.outcome),
        ),
        (here("started (UTC)"), _moment(last.started)),
        (here("ended (UTC)"), _moment(last.ended)),
        (here("age of the last good run"), _age(last.good_at, now)),
        (here("snapshot"), last.snapshot or "-"),
        (here("seconds"), f"{last.seconds:.1f}" if last.ended else "-"),
        (here("most memory, MB"), number(last.peak_memory_bytes // _MB) if last.ended else "-"),
    ]
    print_table([here("what"), here("found")], rows)
    if last.registers:
        counts = ("read", "put", "same", "retracted", "refused")
        lines = [
            (r["register"], here(str(r["status"])), *(r.get(c) for c in counts), r.get("seconds"), r.get("code", ""))
            for r in last.registers
        ]
        headers = ("register", "state", "read", "new or changed", "same", "retracted", "refused", "seconds", "code")
        print_table([here(h) for h in headers], lines, right=(2, 3, 4, 5, 6, 7))


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else "-"


def _age(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "-"
    minutes = max(0, int((now - moment).total_seconds() // 60))
    return here("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)
