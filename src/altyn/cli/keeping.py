"""Verbs that keep a project: backup, restore, upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from altyn.cli.purposes import command_again
from altyn.cli.words import here, json_option, number, print_json, print_table, project_option, read
from altyn.serve.use_cases import keeping
from altyn.settings import language_of_environment

_MB = 1_000_000


@click.command("backup")
@click.argument("destination", metavar="DEST")
@project_option
@click.option("--verify", "verify_all", is_flag=True, help=here("Read back every object, and send damaged ones again."))
def backup_command(destination: str, folder: Path, as_json: bool, verify_all: bool) -> None:
    """Copy what is true to a folder or a bucket."""
    report = keeping.backup_project(folder, destination, verify_all=verify_all)
    if as_json:
        print_json(
            {
                "backup": report.name,
                "snapshot": report.snapshot,
                "files": report.files,
                "bytes": report.size_bytes,
                "sent_objects": report.sent_objects,
                "sent_bytes": report.sent_bytes,
                "verified_objects": report.verified_objects,
                "mended": report.mended,
                "proofs": report.proofs,
            }
        )
        return
    _show_proofs(report.proofs)
    for name in report.mended:
        click.echo(here("Was damaged and is whole again: {name}", name=name), err=True)
    click.echo(
        here(
            "Backup {name}: snapshot {snapshot}, {files} files of {size} MB; {sent} MB sent, {verified} objects read back and compared.",
            name=report.name,
            snapshot=report.snapshot,
            files=number(report.files),
            size=_megabytes(report.size_bytes),
            sent=_megabytes(report.sent_bytes),
            verified=number(report.verified_objects),
        )
    )


@click.command("restore")
@click.argument("source", metavar="SRC")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--backup", metavar="NAME", help=here("This backup; the newest without it."))
@json_option
def restore_command(source: str, folder: Path, backup: str | None, as_json: bool) -> None:
    """Make a project out of a backup."""
    report = keeping.restore_project(source, folder, backup=backup)
    if as_json:
        problem = report.problem.parts(language_of_environment()) if report.problem else None
        print_json(
            {
                "backup": report.backup,
                "made_at": report.made_at,
                "snapshot": report.snapshot,
                "snapshots": report.snapshots,
                "files": report.files,
                "bytes": report.size_bytes,
                "format": report.format,
                "log_records": report.log_records,
                "orders": report.orders,
                "proofs": report.proofs,
                "lost_measures": report.lost_measures,
                "problem": problem,
                "bucket": report.bucket,
                "log_problem": report.log_problem.code if report.log_problem else None,
            }
        )
        return
    _show_proofs(report.proofs)
    if report.problem:
        click.echo(here("Indicators were not built: {what}", what=read(report.problem.what)), err=True)
    elif report.lost_measures:
        _show_lost(report.lost_measures)
    click.echo(
        here(
            "Restored from {name}: {snapshots} snapshots, the newest is {snapshot}; {records} records of the access log.",
            name=report.backup,
            snapshots=report.snapshots,
            snapshot=report.snapshot,
            records=number(report.log_records),
        )
    )
    if not report.proofs:
        click.echo(here("The data have format {found}: run altyn upgrade next.", found=report.format))
    if report.bucket:
        click.echo(
            here(
                "altyn.toml names the store {bucket}, which was not touched. To work with what was restored, take the line out.",
                bucket=report.bucket,
            ),
            err=True,
        )
    if report.log_problem:
        click.echo(here("The access log in the backup is broken: {what}", what=read(report.log_problem.what)), err=True)
    click.echo(here("Next: {command}", command=command_again("doctor", folder=folder)))


@click.command("upgrade")
@project_option
@click.option("--dry-run", "is_dry", is_flag=True, help=here("Say what would change, and change nothing."))
@click.option("--backup", metavar="DEST", help=here("Make a backup there first."))
@click.option("--no-backup", "without_backup", is_flag=True, help=here("There is a backup already."))
def upgrade_command(folder: Path, as_json: bool, is_dry: bool, backup: str | None, without_backup: bool) -> None:
    """Bring the data to the format of this version."""
    report = keeping.upgrade_project(folder, is_dry=is_dry, backup=backup, without_backup=without_backup)
    if as_json:
        print_json(
            {
                "from": report.found,
                "to": report.target,
                "steps": [{"from": n, "what": what, "files": files} for n, what, files in report.steps],
                "done": not is_dry,
                "backup": report.backup.name if report.backup else None,
            }
        )
        return
    if report.steps:
        rows = [(n, n + 1, what, files) for n, what, files in report.steps]
        print_table([here(h) for h in ("from format", "to format", "what", "files")], rows, right=(0, 1, 3))
    if report.backup:
        click.echo(here("Backup {name} made.", name=report.backup.name))
    if report.lost_measures:
        _show_lost(report.lost_measures)
    if not report.steps and not report.was_unfinished:
        click.echo(here("The data have format {found} already: nothing to do.", found=report.found))
    elif is_dry:
        click.echo(here("Nothing was changed. To do it: altyn upgrade --backup DEST"))
    else:
        click.echo(here("The data have format {found} now.", found=report.target))


def _show_lost(names: list[str]) -> None:
    text = here(
        "No table for some past snapshot, for their definition has changed since: {names}.", names=", ".join(names)
    )
    click.echo(read(text), err=True)


def _show_proofs(proofs: Mapping[str, Mapping[str, int]]) -> None:
    rows = [
        (name, p["rows"], p["versions"], p["refused"], f"{(p['digest'] + p['refused_digest']) % (1 << 64):016x}")
        for name, p in proofs.items()
    ]
    if rows:
        print_table([here(h) for h in ("register", "rows", "versions", "refused", "hash")], rows, right=(1, 2, 3))


def _megabytes(size: int) -> str:
    return f"{size / _MB:,.1f}".replace(",", "\u00a0")
