"""Verbs on a project: demo, init, check, doctor."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from altyn.cli.purposes import command_again
from altyn.cli.running import progress, show_report
from altyn.cli.serving import PORT, serve_pages
from altyn.cli.words import here, json_option, number, print_json, print_table, project_option, read
from altyn.errors import AltynError
from altyn.language import say
from altyn.packs.catalogue import Catalogue, check_project
from altyn.packs.manifest import load_pack
from altyn.packs.project import find_project, load_project
from altyn.packs.unapplied import unapplied_in, unapplied_in_project
from altyn.serve.use_cases import diagnosis, projects
from altyn.serve.use_cases.evolving import contract_faults
from altyn.serve.use_cases.running import run_project
from altyn.serve.workspace import Workspace


@click.command("demo")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path("altyn-demo"))
@click.option(
    "--persons", type=int, default=2000, show_default=True, help=here("How many people the synthetic country has.")
)
@click.option("--seed", type=int, default=1, show_default=True, help=here("Of the synthetic country."))
@click.option("--no-serve", is_flag=True, help=here("Load only; serve no pages."))
@click.option("--port", type=int, default=PORT, show_default=True)
@json_option
def demo_command(folder: Path, persons: int, seed: int, no_serve: bool, port: int, as_json: bool) -> None:
    """Make, load and show the demo."""
    # A country is drawn with numpy, which no other verb here need load.
    from altyn.serve.use_cases.synthesising import prepare_demo

    made = prepare_demo(folder, persons, seed)
    workspace = Workspace.open(folder)
    if not as_json:
        click.echo(
            here("Project made in {folder}.", folder=folder)
            if made
            else here("Project found in {folder}.", folder=folder)
        )
    with progress(quiet=as_json) as step:
        report = run_project(workspace, progress=step)
    show_report(report, as_json=as_json)
    if not as_json:
        latest = workspace.store.snapshots.latest()
        rows = sum(s.rows for s in latest.registers.values()) if latest else 0
        refused = sum(s.quarantined_rows for s in latest.registers.values()) if latest else 0
        largest = max(latest.registers, key=lambda n: latest.registers[n].rows) if latest else ""
        click.echo(
            here(
                "{rows} rows in {registers} registers, {refused} refused, {findings} findings.",
                rows=number(rows),
                registers=len(latest.registers) if latest else 0,
                refused=number(refused),
                findings=len(latest.findings) if latest else 0,
            )
        )
        # The bare name of a table may be that of two packs.
        purpose = ["--purpose", "synthetic"] if workspace.project.synthetic else []
        question = command_again("query", *purpose, f"select count(*) from {largest}", folder=folder)
        click.echo(here("Next: {command}", command=question))
    if no_serve or as_json:
        sys.exit(report.exit_status)
    serve_pages(folder, port)


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--state", help=here("The state whose pack, languages and time zone the project takes; none: no state."))
@json_option
def init_command(folder: Path, state: str | None, as_json: bool) -> None:
    """Make an empty project."""
    states = projects.installed_states()
    # Asked only where somebody can answer: a script gets the project it always got.
    if state is None and states and not as_json and sys.stdin.isatty() and sys.stdout.isatty():
        state = click.prompt(
            here("State ({names}, or none)", names=", ".join(states)), default=next(iter(states)), show_default=True
        )
    chosen = projects.state_named(state) if state else None
    projects.make_project(folder, chosen)
    if as_json:
        print_json({"project": str(folder), "state": chosen.state if chosen else None})
        return
    click.echo(here("Project made in {folder}.", folder=folder))
    if chosen:
        click.echo(
            here(
                "State: {state}; pack {pack}; time zone {zone}.",
                state=chosen.state,
                pack=chosen.pack,
                zone=chosen.timezone,
            )
        )
    click.echo(
        here(
            "Put a file into {data}, then declare it.\nNext: {command}",
            data=folder / "data",
            # The shell puts the file's name in place of the star: a folder's own name is no register's.
            command=f"altyn add {shlex.quote(str(folder / 'data'))}/* --project {shlex.quote(str(folder))}",
        )
    )


@click.command("check")
@click.argument("pack", required=False)
@project_option
def check_command(pack: str | None, folder: Path, as_json: bool) -> None:
    """Check a pack (name or folder), or the whole project."""
    if pack and (Path(pack) / "pack.toml").exists():
        catalogue = Catalogue.of_packs([load_pack(Path(pack))], alone=True)
        faults, unapplied = catalogue.faults(), unapplied_in(catalogue)
    else:
        root = find_project(folder)
        project = load_project(root)
        faults, unapplied = check_project(project, pack), unapplied_in_project(project, pack)
        if not faults and not pack and (root / ".altyn" / "format").exists():
            # What a run would refuse of a changed contract is a fault of the project too.
            faults = contract_faults(Workspace.open(root))
    if as_json:
        findings = [{"where": u.where, "field": u.field, "what": u.message} for u in unapplied]
        print_json({"faults": faults, "findings": findings})
    elif faults:
        print_table(
            [here(h) for h in ("code", "where", "what", "what to do")],
            [(f.code, f.where, read(f.what), read(f.mend)) for f in faults],
        )
    else:
        click.echo(here("No faults."))
    if unapplied and not as_json:
        print_table([here(h) for h in ("where", "what")], [(u.where, read(u.message)) for u in unapplied])
    sys.exit(1 if faults else 0)


@click.command("doctor")
@project_option
def doctor_command(folder: Path, as_json: bool) -> None:
    """Look at the machine and the project."""
    try:
        workspace: Workspace | None = Workspace.open(folder)
        problem: AltynError | None = None
    except AltynError as error:
        workspace, problem = None, error
    lines: list[dict[str, Any]] = diagnosis.examine(workspace)
    if problem is not None and problem.code != "project.missing":
        lines.append({"what": say("project"), "found": problem.what, "good": False})
    if as_json:
        print_json({"findings": lines})
    else:
        marks = {True: here("good"), False: here("BAD"), None: here("note")}
        print_table(
            [here(h) for h in ("what", "found", "verdict")], [(x["what"], x["found"], marks[x["good"]]) for x in lines]
        )
    sys.exit(4 if any(x["good"] is False for x in lines) else 0)
