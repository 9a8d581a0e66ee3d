"""The verb quarantine: refused rows by rule, taken out to be mended, and sent again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from altyn.cli.purposes import command_again, keeper_told, keeping_command, purpose_option, typed
from altyn.cli.running import show_report
from altyn.cli.words import here, number, print_json, print_table, project_option
from altyn.model.registers import Register
from altyn.policy.principals import local
from altyn.serve.use_cases.refusals import Refusals, export_quarantine, refusals
from altyn.serve.use_cases.running import resubmit
from altyn.serve.workspace import Workspace
from altyn.settings import language_of_environment

_PLACES = 50


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
@purpose_option
def quarantine_command(
    folder: Path,
    as_json: bool,
    register: str,
    export: Path | None,
    mended: Path | None,
    purpose: str,
) -> None:
    """Show refused rows by rule and place; values leave through the gate only."""
    workspace = Workspace.open(folder)
    declared = workspace.register(register)
    if export is not None:
        with keeper_told(workspace, "quarantine"):
            content = export_quarantine(workspace, declared, purpose=purpose)
        export.write_bytes(content)
        again = command_again("quarantine", register, "--resubmit", str(export), folder=folder)
        click.echo(here("Written to {name}. Mend the rows, then: {command}", name=export, command=again))
        return
    if mended is not None:
        report = resubmit(workspace, declared, mended)
        show_report(report, as_json=as_json)
        sys.exit(report.exit_status)
    found = refusals(workspace, declared, purpose=purpose)
    if as_json:
        print_json(_document(workspace, found))
        return
    _show(workspace, found, purpose, folder)


def _document(workspace: Workspace, found: Refusals) -> dict[str, Any]:
    register = found.register
    expected = {c.name: c.expected for c in register.columns}
    places = workspace.store.refused_places(register.name, limit=_PLACES)
    return {
        "register": register.name,
        **workspace.quarantine_count(register.name),
        "groups": found.groups,
        "refused_whole": {"rows": found.whole_rows, "groups": found.whole},
        "places": [{**p, "expected": expected.get(str(p["column"]), "")} for p in places],
    }


def _show(workspace: Workspace, found: Refusals, purpose: str, folder: Path) -> None:
    name = found.register.name
    click.echo(
        here(
            "{entries} rows refused, {waiting} of them wait for a parent.", entries=found.entries, waiting=found.waiting
        )
    )
    _show_groups(found.register, found.groups)
    if found.whole_rows:
        click.echo(
            here("The last batch was refused whole: {rows} rows of it are wrong.", rows=number(found.whole_rows))
        )
        _show_groups(found.register, found.whole)
    if found.waits:
        retracted, rows = found.waits
        click.echo(
            here(
                "The last extract waits: it would retract {retracted} of {rows} records. To let it in: {command}",
                retracted=number(retracted),
                rows=number(rows),
                command=command_again("run", "--accept-retractions", name, folder=folder),
            )
        )
    if found.withheld and purpose == "open" and workspace.gate.is_keeper(local()):
        click.echo(here("With the values: {command}", command=keeping_command(typed("quarantine", name))))


def _show_groups(register: Register, groups: list[dict[str, Any]]) -> None:
    if not groups:
        return
    language = language_of_environment()
    own = {f"row:{rule.name}": rule.message.text(language) for rule in register.row_rules}
    has_values = any("value" in place for group in groups for place in group["places"])
    headers = ["rule", "column", "expected", "rows", "first places", *(["values"] if has_values else []), "how to mend"]
    rows = [
        (
            group["rule"],
            group["column"],
            group["expected"] or None,
            group["rows"],
            "\n".join(f"{p['file']}, {here('line')} {p['line']}" for p in group["places"]),
            *(["\n".join(_one_line(p.get("value")) for p in group["places"])] if has_values else []),
            own.get(group["rule"]) or rule_help(group["rule"]),
        )
        for group in groups
    ]
    print_table([here(h) for h in headers], rows, right=(3,))


def _one_line(value: str | None) -> str:
    return "—" if value is None else repr(value) if value != value.strip() or not value else " ".join(value.split())


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
        "row.footer": "The line reads like a record and was to be left out, or like a total and was not: correct skip_footer of the source.",
        "row.header": "The line repeats the header, as when files are pasted together: remove it.",
        "row.damaged": "The record is damaged: a name twice, or signs that are no text.",
        "row.error-cell": "The cell holds an error of the spreadsheet: mend its formula, or clear it if the value is unknown.",
        "row.formula": "The cell holds a formula without its result: open the workbook, let it compute, and save it.",
        "row.inexact": "The cell holds a number of more digits than a spreadsheet keeps: write it as a text.",
        "row.not-object": "The record is not an object with names and values.",
        "row.text-expected": "The file holds a number where a text was declared; its leading zeros may be lost. Store it as text.",
    }
    return here(helps.get(rule, "See the rule's own message in the contract."))
