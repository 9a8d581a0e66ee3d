"""Verbs on orders: erase, hold, retain, and the orders themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from altyn.cli.words import here, number, print_json, print_table, project_option
from altyn.model.instants import zone
from altyn.packs.project import find_project
from altyn.serve.use_cases import erasing
from altyn.serve.workspace import Workspace
from altyn.store.orders import Orders

_ACTIONS = ["list", "preview", "show", "approve", "execute", "withdraw", "release"]
_SHOWN = {
    "order": "order",
    "kind": "kind",
    "register": "register",
    "records": "records",
    "ground": "ground",
    "requested_by": "asked by",
    "requested_at": "asked at (UTC)",
    "hash": "hash",
}


@click.command("erase")
@click.argument("register")
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@click.option("--ground", default="", metavar="TEXT", help=here("The act and article, or the court and the number."))
@project_option
def erase_command(register: str, keys: tuple[str, ...], ground: str, folder: Path, as_json: bool) -> None:
    """Ask for records to be erased; another person approves it."""
    workspace = Workspace.open(folder)
    _show(erasing.request(workspace, workspace.register(register), list(keys), ground), as_json=as_json)


@click.command("hold")
@click.argument("register")
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@click.option("--ground", default="", metavar="TEXT", help=here("The act and article, or the court and the number."))
@project_option
def hold_command(register: str, keys: tuple[str, ...], ground: str, folder: Path, as_json: bool) -> None:
    """Keep records from being erased until another person releases them."""
    workspace = Workspace.open(folder)
    _show(erasing.request(workspace, workspace.register(register), list(keys), ground, "hold"), as_json=as_json)


@click.command("retain")
@project_option
def retain_command(folder: Path, as_json: bool) -> None:
    """Ask for the erasure of records whose period is over."""
    workspace = Workspace.open(folder)
    today = datetime.now(UTC).astimezone(zone(workspace.project.timezone)).date()
    made = erasing.expired(workspace, today)
    for decision in made:
        _show(decision, as_json=as_json)
    if not made and not as_json:
        click.echo(here("No record is kept longer than its contract says."))


@click.command("orders")
@click.argument("action", type=click.Choice(_ACTIONS), default="list")
@click.argument("order", type=int, required=False)
@click.argument("shown_hash", metavar="[HASH]", required=False, default="")
@project_option
def orders_command(action: str, order: int | None, shown_hash: str, folder: Path, as_json: bool) -> None:
    """List orders, look at one, approve it, carry it out, withdraw it."""
    if action in {"show", "approve"}:
        # The second person's account may not look into the project, and need not.
        _for_approval(action, _numbered(order), shown_hash, find_project(folder), as_json=as_json)
        return
    workspace = Workspace.open(folder)
    if action == "list":
        rows = [
            (o.number, o.kind, o.register, number(len(o.tokens)), o.status, o.requested_by, o.decided_by, o.ground)
            for o in Orders(workspace.store.folders).all()
        ]
        names = ("order", "kind", "register", "records", "status", "asked by", "decided by", "ground")
        if as_json:
            print_json([dict(zip(names, row, strict=True)) for row in rows])
        else:
            print_table([here(n) for n in names], rows, right=(0, 3))
        return
    chosen = _numbered(order)
    if action == "preview":
        _show(erasing.preview(workspace, chosen), as_json=as_json)
    elif action == "execute":
        _show(erasing.execute(workspace, chosen), as_json=as_json)
    else:
        done = erasing.withdraw(workspace, chosen)
        click.echo(here("Order {number}: {status}.", number=done.number, status=done.status))


def _numbered(order: int | None) -> int:
    if order is None:
        raise click.UsageError(here("Name the order's number."))
    return order


def _for_approval(action: str, order: int, shown_hash: str, project: Path, *, as_json: bool) -> None:
    if action == "approve" and not shown_hash:
        raise click.UsageError(here("Name the hash that was shown: altyn orders show {number}", number=order))
    document = erasing.shown(project, order) if action == "show" else erasing.approve(project, order, shown_hash)
    if as_json:
        print_json(document)
        return
    rows = [(here(title), document.get(key, "")) for key, title in _SHOWN.items()]
    print_table([here("what"), here("found")], rows)
    if action == "show":
        mark = str(document["hash"])[:12]
        click.echo(here("If this is what you agree to: altyn orders approve {number} {mark}", number=order, mark=mark))
    if action == "approve":
        click.echo(
            here("Approved. Whoever keeps the project carries it out: altyn orders {act} {number}", number=order,
                 act="release" if document.get("act") == "release" else "execute")
        )  # fmt: skip


def _show(decision: erasing.PlannedOrder, *, as_json: bool) -> None:
    order, found = decision.order, decision.preview
    if as_json:
        print_json(
            {
                "order": order.number, "kind": order.kind, "register": order.register, "status": order.status, "ground": order.ground,
                "records": found.records, "versions": found.versions, "refused": found.refused, "snapshots": found.snapshots,
                "measures": list(found.measures), "sources": list(decision.sources), "unreached": list(decision.unreached),
            }
        )  # fmt: skip
        return
    click.echo(
        here(
            "Order {number}, {kind}, {register}: {records} records, {versions} versions, {refused} refused rows, "
            "{snapshots} snapshots, {measures} indicators.",
            number=order.number, kind=order.kind, register=order.register, records=number(found.records), versions=number(found.versions),
            refused=number(found.refused), snapshots=found.snapshots, measures=len(found.measures),
        )
    )  # fmt: skip
    click.echo(here("Ground: {ground}", ground=order.ground))
    if decision.sources:
        click.echo(
            here(
                "Still in the project's own files, ask the source to erase it there too: {names}",
                names=", ".join(decision.sources),
            ),
            err=True,
        )
    if decision.unreached:
        click.echo(
            here(
                "These backups could not be told, run altyn backup to each: {names}",
                names=", ".join(decision.unreached),
            ),
            err=True,
        )
    if order.status == "requested":
        click.echo(
            here(
                "Nothing was erased yet. Another person approves it: altyn orders approve {number}",
                number=order.number,
            )
        )
    elif order.status == "executed":
        click.echo(here("Erased. The order stays as the record of it."))
    elif order.status == "held":
        click.echo(
            here(
                "Held: no order erases these records until another person runs altyn orders approve {number}, and the hold is released.",
                number=order.number,
            )
        )
