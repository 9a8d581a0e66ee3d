"""Verbs on the access log: audit verify, audit begin-again."""

from __future__ import annotations

from pathlib import Path

import click

from altyn.cli.words import here, number, print_json, project_option, read, visible
from altyn.serve.use_cases import auditing
from altyn.serve.workspace import Workspace
from altyn.settings import language_of_environment


@click.command("audit")
@click.argument("action", type=click.Choice(["verify", "begin-again"]), default="verify")
@click.option(
    "--because", default="", metavar="TEXT", help=here("Why a broken log is set aside; its successor says it.")
)
@project_option
def audit_command(action: str, because: str, folder: Path, as_json: bool) -> None:
    """Walk the access log, or begin a new one where it is broken."""
    workspace = Workspace.open(folder)
    if action == "begin-again":
        aside = auditing.go_on(workspace, because)
        if as_json:
            print_json({"aside": f".altyn/log/{aside.name}"})
        else:
            click.echo(here("A new log is begun. The old one lies in {name}.", name=f".altyn/log/{aside.name}"))
        return
    found = auditing.audit(workspace)
    if as_json:
        language = language_of_environment()
        print_json(
            {
                "whole": not found.faults,
                "records": found.records,
                "root": found.root,
                "log": found.log,
                "snapshots": found.snapshots,
                "elsewhere": found.elsewhere,
                "after_head": found.after_head,
                "unended": found.unended,
                "begun_again": dict(found.begun_again) or None,
                "faults": [{"code": f.code, "what": f.what.text(language), "where": f.where} for f in found.faults],
            }
        )
    else:
        if not found.faults:
            click.echo(here("The access log is whole."))
        click.echo(
            here(
                "{count} records; {snapshots} snapshots agree; root {root}",
                count=number(found.records),
                snapshots=found.snapshots,
                root=found.root or "-",
            )
        )
        if found.unended:
            click.echo(here("{count} looks were begun and never ended: rows may have been seen.", count=found.unended))
        if found.after_head:
            click.echo(here("{count} records stand after the head: a crash left them.", count=found.after_head))
        if found.elsewhere:
            click.echo(here("{count} snapshots are of logs on other machines.", count=found.elsewhere))
        if found.begun_again:
            who, at = str(found.begun_again.get("who", "")), str(found.begun_again.get("at", ""))
            because = str(found.begun_again.get("because", ""))
            words = here("The log was begun again by {who} at {at}: {because}", who=who, at=at, because=because)
            click.echo(click.style(visible(words), bold=True))
        for fault in found.faults[1:]:
            click.echo(visible(f"{read(fault.what)}  {fault.where}  ({fault.code})"), err=True)
    found.require_whole()
