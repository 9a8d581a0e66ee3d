"""Erasing: orders on records, given by one person and carried out by another, and what the contract's own period asks for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from altyn.errors import AltynError
from altyn.language import say
from altyn.measures.measure import relations_of
from altyn.model.instants import period_before
from altyn.model.registers import Register
from altyn.serve.histories import KEY_SEPARATOR, wrong_key
from altyn.serve.workspace import Workspace, user_name
from altyn.store.backup import places_of_backups, send_orders
from altyn.store.erase import Eraser, Preview
from altyn.store.folders import writing
from altyn.store.generations import remove_unnamed_generations
from altyn.store.orders import Order, Orders
from altyn.store.places import place_of


@dataclass(frozen=True)
class Decision:
    """An order with what it takes away.

    `unreached` are places of backups that could not be told, `sources` files of the project that still hold the key.
    """

    order: Order
    preview: Preview
    unreached: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def person() -> str:
    """Who gives or decides an order: until login exists, whom the operating system knows, through sudo too."""
    return os.environ.get("SUDO_USER") or user_name()


def request(
    workspace: Workspace, register: Register, keys: list[str], ground: str, kind: Literal["erase", "hold"] = "erase"
) -> Decision:
    """Ask for records to be erased, or put a legal hold on them, with its ground. Nothing is erased yet.

    Raises:
        AltynError: `order.ground` without a ground; `order.nothing` where a key is found nowhere; `order.held`.
    """
    if not ground.strip():
        raise AltynError(
            "order.ground",
            what=say("An order needs its ground: the act and article, or the court and the number."),
            mend=say("Say it with --ground."),
        )
    with writing(workspace.store.folders):
        eraser = _eraser(workspace)
        tokens = eraser.tokens(register, [_key_parts(register, key) for key in keys])
        preview = eraser.preview(register, tokens)
        if kind == "erase" and not preview.versions and not preview.refused:
            raise AltynError(
                "order.nothing",
                what=say("No version of such a record is kept, in the register or in quarantine."),
                where=register.name,
                mend=say("Look at the key: parts are separated by /, as in altyn history."),
            )
        order = _order(workspace, register, tokens, ground, kind)
        if kind == "erase":
            eraser.require_free(order)
        order = eraser.orders.add(order)
    _note(workspace, order, "ordered")
    return Decision(order, preview, sources=_sources_with(workspace, keys))


def _order(workspace: Workspace, register: Register, tokens: tuple[str, ...], ground: str, kind: str) -> Order:
    return Order(
        number=0,
        kind=kind,  # pyright: ignore[reportArgumentType]
        register=register.name,
        tokens=tokens,
        ground=ground.strip(),
        requested_by=person(),
        requested_at=workspace.clock().isoformat(timespec="seconds"),
        status="held" if kind == "hold" else "requested",
    )


def expired(workspace: Workspace, today: date) -> list[Decision]:
    """Ask for the erasure of every record whose period of retention is over: one order a register.

    The period is the contract's `altyn.retention`, an ISO 8601 duration. It runs from the day a record's last version ceased
    to hold (`valid_to`), or from the day it was retracted; a record that still holds is kept. Records under a hold are left out.
    """
    made: list[Decision] = []
    with writing(workspace.store.folders):
        eraser = _eraser(workspace)
        latest = workspace.snapshot()
        for name, register in workspace.catalogue.registers.items():
            state = latest.registers.get(name)
            period = register.service_levels.get("retention", "")
            limit = period_before(today, period) if period else None
            if state is None or limit is None:
                continue
            recorded = [(b.number, at.date()) for b, _, at in workspace.store.batches(name)]
            done = eraser.orders.held(name) | eraser.orders.erased(name) | _waiting(eraser.orders, name)
            tokens = tuple(t for t in eraser.ended_before(register, limit, recorded) if t not in done)
            if not tokens:
                continue
            preview = eraser.preview(register, tokens)
            order = _order(workspace, register, tokens, f"altyn.retention {period}", "retain")
            made.append(Decision(eraser.orders.add(order), preview))
    for decision in made:
        _note(workspace, decision.order, "ordered")
    return made


def _waiting(orders: Orders, register: str) -> frozenset[str]:
    return frozenset(t for o in orders.all() if o.register == register and o.status == "requested" for t in o.tokens)


def preview(workspace: Workspace, number: int) -> Decision:
    """What a requested order would take away."""
    eraser = _eraser(workspace)
    order = eraser.orders.get(number)
    return Decision(order, eraser.preview(workspace.register(order.register), order.tokens))


def approve(workspace: Workspace, number: int) -> Decision:
    """Carry out an order that somebody else asked for.

    Raises:
        AltynError: `order.same-person`, `order.decided`, `order.held`.
    """
    with writing(workspace.store.folders):
        eraser = _eraser(workspace)
        order = eraser.orders.get(number)
        if order.status not in {"requested", "executing"}:
            raise _decided(order)
        _require_another(order)
        eraser.require_free(order)
        register = workspace.register(order.register)
        found = eraser.preview(register, order.tokens)
        if order.status == "requested":
            decided_at = workspace.clock().isoformat(timespec="seconds")
            counts = {"records": found.records, "refused": found.refused}
            order = eraser.orders.change(order, decided_by=person(), decided_at=decided_at, counts=counts)
        order = eraser.execute(order)
    _note(workspace, order, "executed")
    return Decision(order, found, unreached=_tell_backups(workspace))


def withdraw(workspace: Workspace, number: int) -> Order:
    """Withdraw a request, or end a hold; a hold is ended by another person than the one who ordered it."""
    with writing(workspace.store.folders):
        orders = Orders(workspace.store.folders)
        order = orders.get(number)
        if order.status not in {"requested", "held"}:
            raise _decided(order)
        if order.status == "held":
            _require_another(order)
        status = "released" if order.status == "held" else "withdrawn"
        decided_at = workspace.clock().isoformat(timespec="seconds")
        order = orders.change(order, status=status, decided_by=person(), decided_at=decided_at)
    _note(workspace, order, status)
    return order


def finish_interrupted(workspace: Workspace) -> list[int]:
    """Finish erasures that a crash interrupted; the caller holds the lock."""
    eraser = _eraser(workspace)
    remove_unnamed_generations(workspace.store.folders, workspace.store.snapshots, eraser.orders)
    return eraser.finish_interrupted()


def _eraser(workspace: Workspace) -> Eraser:
    relations = relations_of(workspace.catalogue.measures, workspace.catalogue.registers)
    return Eraser(workspace.store.folders, workspace.store.snapshots, workspace.store.registers, relations)


def _key_parts(register: Register, key: str) -> list[str]:
    parts = key.split(KEY_SEPARATOR) if len(register.key) > 1 else [key]
    if len(parts) != len(register.key) or not all(parts):
        raise wrong_key(register)
    return parts


def _require_another(order: Order) -> None:
    if person() == order.requested_by:
        raise AltynError(
            "order.same-person",
            what=say("Who asked for the order may not carry it out: a second person decides."),
            where=f"order {order.number}",
            mend=say("Let another person run the command, under their own account (sudo keeps the name)."),
        )


def _decided(order: Order) -> AltynError:
    return AltynError(
        "order.decided",
        what=say("The order was decided already."),
        where=f"order {order.number}, {order.status}",
        mend=say("`altyn orders` lists them; give a new order if one is needed."),
    )


def _tell_backups(workspace: Workspace) -> tuple[str, ...]:
    """Send the orders to every place that holds a backup; the addresses that could not be reached."""
    unreached: list[str] = []
    root = workspace.store.folders.root
    for address in places_of_backups(root):
        try:
            send_orders(root, place_of(address))
        except (AltynError, OSError):
            unreached.append(address)
    return tuple(unreached)


def _sources_with(workspace: Workspace, keys: list[str]) -> tuple[str, ...]:
    """Files of the project outside `.altyn` that hold one of the keys as plain text: the next extract would bring it again."""
    wanted = [part.encode() for key in keys for part in [key.split(KEY_SEPARATOR)[0]] if part]
    found: list[str] = []
    for path in sorted(workspace.project.folder.rglob("*")):
        inside = path.relative_to(workspace.project.folder)
        if inside.parts[0] != ".altyn" and path.is_file() and not path.is_symlink() and _holds(path, wanted):
            found.append(str(inside))
    return tuple(found)


def _holds(path: Path, wanted: list[bytes]) -> bool:
    rest = b""
    longest = max(map(len, wanted), default=1)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            window = rest + chunk
            if any(w in window for w in wanted):
                return True
            rest = window[-longest:]
    return False


def _note(workspace: Workspace, order: Order, event: str) -> None:
    """Into the log: who, which order, on what ground; never which record."""
    workspace.gate.log.write(
        {"principal": f"local:{person()}", "action": f"order-{event}", "order": order.number, "kind": order.kind,
         "read": [order.register], "basis": order.ground, "records": len(order.tokens), "outcome": event}
    )  # fmt: skip
