"""Erasing: orders on records, given by one person and approved by another, and what the contract's own period asks for.

The second person has no way into `.altyn`: she reads the order in `approvals/` and puts her approval there; whoever keeps the
project then carries it out. `approve` and `shown` therefore open no project.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from altyn.errors import AltynError
from altyn.language import say
from altyn.measures.measure import relations_of
from altyn.model.instants import Clock, period_before, system_clock
from altyn.model.registers import Register
from altyn.policy.log import AccessRecord, Outcome
from altyn.policy.principals import Principal, local, user_name
from altyn.serve.use_cases.histories import KEY_SEPARATOR, wrong_key
from altyn.serve.workspace import Workspace
from altyn.store import approvals
from altyn.store.backup import places_of_backups, send_orders
from altyn.store.erase import Eraser, Preview
from altyn.store.folders import writing
from altyn.store.generations import remove_unnamed_generations
from altyn.store.orders import Order, Orders
from altyn.store.places import place_of

_HASH_SIGNS = 8


@dataclass(frozen=True)
class PlannedOrder:
    """An order with what it takes away.

    `unreached` are places of backups that could not be told, `sources` files of the project that still hold the key.
    """

    order: Order
    preview: Preview
    unreached: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def request(
    workspace: Workspace, register: Register, keys: list[str], ground: str, kind: Literal["erase", "hold"] = "erase"
) -> PlannedOrder:
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
    _require_numbers()
    with writing(workspace.store.folders):
        eraser = _eraser(workspace)
        tokens = eraser.records.tokens(register, [_key_parts(register, key) for key in keys])
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
        approvals.offer(workspace.project.folder, order)
    _note(workspace, order, "ordered")
    return PlannedOrder(order, preview, sources=_sources_with(workspace, keys))


def _order(workspace: Workspace, register: Register, tokens: tuple[str, ...], ground: str, kind: str) -> Order:
    return Order(
        number=0,
        kind=kind,  # pyright: ignore[reportArgumentType]
        register=register.name,
        tokens=tokens,
        ground=ground.strip(),
        requested_by=user_name(),
        requested_at=workspace.clock().isoformat(timespec="seconds"),
        status="held" if kind == "hold" else "requested",
        project=next(iter(s.run for s in workspace.snapshots()), ""),
        requested_uids=tuple(sorted(local().numbers)),
        once=secrets.token_hex(16),
    )


def expired(workspace: Workspace, today: date) -> list[PlannedOrder]:
    """Ask for the erasure of every record whose period of retention is over: one order a register.

    The period is the contract's `altyn.retention`, an ISO 8601 duration. It runs from the day a record's last version ceased
    to hold (`valid_to`), or from the day it was retracted; a record that still holds is kept. Records under a hold are left out.
    """
    made: list[PlannedOrder] = []
    _require_numbers()
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
            tokens = tuple(t for t in eraser.records.ended_before(register, limit, recorded) if t not in done)
            if not tokens:
                continue
            preview = eraser.preview(register, tokens)
            order = _order(workspace, register, tokens, f"altyn.retention {period}", "retain")
            made.append(PlannedOrder(eraser.orders.add(order), preview))
            approvals.offer(workspace.project.folder, made[-1].order)
    for decision in made:
        _note(workspace, decision.order, "ordered")
    return made


def _waiting(orders: Orders, register: str) -> frozenset[str]:
    return frozenset(t for o in orders.all() if o.register == register and o.status == "requested" for t in o.tokens)


def preview(workspace: Workspace, number: int) -> PlannedOrder:
    """What a requested order would take away."""
    eraser = _eraser(workspace)
    order = eraser.orders.get(number)
    return PlannedOrder(order, eraser.preview(workspace.register(order.register), order.tokens))


def shown(project: Path, number: int) -> dict[str, Any]:
    """An order as a second person reads it, who may not look into the project; with the hash she would approve.

    Raises:
        AltynError: `order.missing`.
    """
    document, hashed = approvals.shown(project, number)
    return document | {"hash": hashed}


def approve(
    project: Path, number: int, shown_hash: str, clock: Clock = system_clock, *, who: Principal | None = None
) -> dict[str, Any]:
    """Approve an order as the account this runs under: what was shown, and no other order.

    Args:
        project: its folder.
        number: of the order.
        shown_hash: the hash that was shown, or its first signs (8 at least): who keeps the project may have changed the order since.
        clock: tells the time.
        who: the account, for tests.

    Nothing is carried out by it, and the project is not opened. Whether it is a second person's, is judged by who owns the
    file when the order is carried out; what is said here only spares the wait.

    Raises:
        AltynError: `order.missing`, `order.changed`, `order.same-person`, `order.namespace`, `environment.permission`.
    """
    somebody = who or local()
    if somebody.outside is not None:
        raise approvals.in_namespace()
    document, hashed = approvals.shown(project, number)
    if len(shown_hash) < _HASH_SIGNS or not hashed.startswith(shown_hash.lower()):
        raise AltynError(
            "order.changed",
            what=say("The order is not the one with this hash."),
            where=f"order {number}",
            mend=say("Read it again, then approve what you read: altyn orders show {number}", number=number),
        )
    if not somebody.uid:
        raise approvals.root_person(number)
    if somebody.numbers & set(document.get("requested_uids", ())):
        raise approvals.same_person(number)
    own = approvals.Approval(somebody.uid, somebody.login_uid, somebody.sudo_uid)
    approvals.approve(project, number, hashed, own, clock().isoformat(timespec="seconds"))
    return document | {"hash": hashed}


def execute(workspace: Workspace, number: int) -> PlannedOrder:
    """Carry out an order that a second person has approved.

    Raises:
        AltynError: `order.unapproved`, `order.same-person`, `order.decided`, `order.held`.
    """
    with writing(workspace.store.folders):
        eraser = _eraser(workspace)
        order = eraser.orders.get(number)
        if order.status not in {"requested", "executing"} or order.kind == "hold":
            raise _decided(order)
        if order.status == "requested":
            order = _approved(workspace, eraser.orders, order)
        eraser.require_free(order)
        register = workspace.register(order.register)
        found = eraser.preview(register, order.tokens)
        if order.status == "requested":
            counts = {"records": found.records, "refused": found.refused}
            order = eraser.orders.change(order, **_decision(workspace, order), counts=counts)
        order = eraser.execute(order)
    _note(workspace, order, "executed")
    return PlannedOrder(order, found, unreached=_tell_backups(workspace))


def _require_numbers() -> None:
    """Refuse where user numbers prove nobody."""
    if local().outside is not None:
        raise approvals.in_namespace()


def _approved(workspace: Workspace, orders: Orders, order: Order) -> Order:
    """The order with who approved it; recorded before anything is done."""
    _require_numbers()
    keeper = workspace.store.folders.root.stat().st_uid
    if not order.once or not order.requested_uids:
        # Asked for by an older Altyn, which told persons apart by names: who has it carried out now, asks for it now.
        order = orders.change(order, once=secrets.token_hex(16), requested_uids=tuple(sorted(local().numbers)))
        approvals.offer(workspace.project.folder, order)
    approval = approvals.approval_of(workspace.project.folder, order, local().numbers | {keeper})
    hashed = approvals.hash_of(approvals.text_of(order))
    order = replace(order, approved_uid=approval.uid, approved_hash=hashed)
    _note(workspace, order, "approved")
    return order


def _decision(workspace: Workspace, order: Order) -> dict[str, Any]:
    by = user_name() if order.approved_uid is None else user_name(order.approved_uid)
    return {"decided_by": by, "decided_at": workspace.clock().isoformat(timespec="seconds")}


def withdraw(workspace: Workspace, number: int) -> Order:
    """Withdraw a request, or end a hold; that a hold ends, another person than the one who ordered it has approved."""
    with writing(workspace.store.folders):
        orders = Orders(workspace.store.folders)
        order = orders.get(number)
        if order.status not in {"requested", "held"}:
            raise _decided(order)
        if order.status == "held":
            order = _approved(workspace, orders, order)
        status: Literal["released", "withdrawn"] = "released" if order.status == "held" else "withdrawn"
        order = orders.change(order, status=status, **_decision(workspace, order))
    _note(workspace, order, status)
    return order


def finish_interrupted(workspace: Workspace) -> list[int]:
    """Finish erasures that a crash interrupted; the caller holds the lock."""
    eraser = _eraser(workspace)
    remove_unnamed_generations(workspace.store.folders, workspace.store.snapshots, eraser.orders)
    finished = eraser.finish_interrupted()
    for number in finished:
        _note(workspace, eraser.orders.get(number), "executed")
    return finished


def _eraser(workspace: Workspace) -> Eraser:
    relations = relations_of(workspace.catalogue.measures, workspace.catalogue.registers)
    return Eraser(workspace.store.folders, workspace.store.snapshots, workspace.store.registers, relations)


def _key_parts(register: Register, key: str) -> list[str]:
    parts = key.split(KEY_SEPARATOR) if len(register.key) > 1 else [key]
    if len(parts) != len(register.key) or not all(parts):
        raise wrong_key(register)
    return parts


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
        if (
            inside.parts[0] not in {".altyn", approvals.FOLDER}
            and path.is_file()
            and not path.is_symlink()
            and _holds(path, wanted)
        ):
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


def _note(workspace: Workspace, order: Order, event: Outcome) -> None:
    """Into the log: who, which order; never which record. Its ground is in the order: somebody's words, which may name a person."""
    workspace.gate.log.write(
        AccessRecord.of(
            local(),
            event,
            order=order.number,
            order_kind=order.kind,
            order_hash=approvals.hash_of(approvals.text_of(order)),
            order_records=len(order.tokens),
            approved_uid=order.approved_uid,
            read=(order.register,),
        )
    )
