"""Questions: SQL, a moment in words, and a record's history, as the person at the keyboard asks them."""

from __future__ import annotations

from datetime import datetime

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.instants import as_of as read_day
from altyn.model.instants import known_at as read_instant
from altyn.model.registers import Register
from altyn.model.relations import Input, Relation
from altyn.policy.gate import Answer
from altyn.policy.principals import local
from altyn.serve.use_cases.histories import KEY_SEPARATOR, History, Version, history_through
from altyn.serve.workspace import Workspace
from altyn.store.erase import tell_erased
from altyn.store.orders import Orders

NO_RECORD = say("The register has no record with this key.")


def query(
    workspace: Workspace, sql: str, *, purpose: str = "open", as_of: str | None = None, known_at: str | None = None
) -> Answer:
    """Answer a person's SQL through the gate."""
    return workspace.gate.query(
        local(),
        purpose,
        sql,
        as_of=read_day(as_of) if as_of else None,
        known_at=moment(workspace, known_at),
    )


def moment(workspace: Workspace, text: str | None) -> datetime | None:
    """What a user typed for --known-at, as an instant."""
    return read_instant(text, workspace.project.timezone) if text else None


def history(
    workspace: Workspace, register: Register, key: str, *, purpose: str = "open", known_at: str | None = None
) -> list[Version]:
    """A record's versions, oldest first, each with file, line and batch."""
    return whole_history(workspace, register, key, purpose=purpose, known_at=known_at).versions


def whole_history(
    workspace: Workspace, register: Register, key: str, *, purpose: str = "open", known_at: str | None = None
) -> History:
    """A record's versions through all generations of its register, each as the contract of its time declares it."""
    at = moment(workspace, known_at)
    register = workspace.register(register.name, at)

    def read(relation: Relation, moment: datetime | None) -> Answer:
        return workspace.gate.read(local(), purpose, [relation], known_at=moment)[0]

    def may_read(then: Register) -> bool:
        return workspace.gate.may_read(local(), purpose, then, "history").is_allowed

    # The gate first: that a record was erased, and when, is said only to whoever may read the register's history.
    try:
        found = history_through(workspace, register, key, at, may_read=may_read, read=read)
    except AltynError as error:
        if error.code == "register.key" and not may_read(register):
            # What its key is made of is not told of a register that is refused.
            read(
                Relation("SELECT 1 FROM record LIMIT 0", {"record": Input(register.name, "history")}, grain="no row"),
                at,
            )
        raise
    require_not_erased(workspace, register, key)
    return found


def require_not_erased(workspace: Workspace, register: Register, key: str) -> None:
    """Say that a record was erased, and by which order, instead of saying nothing of it.

    Raises:
        AltynError: `record.erased`.
    """
    text = key.replace(KEY_SEPARATOR, chr(31)) if len(register.key) > 1 else key
    order = tell_erased(Orders(workspace.store.folders), register, text)
    if order:
        raise AltynError(
            "record.erased",
            what=say(
                "The record was erased by order {number} of {day}.",
                number=order.number,
                day=order.decided_at[:10] or order.requested_at[:10],
            ),
            where=f"{register.name}; {order.ground}",
            mend=say("Nothing of it is kept; `altyn orders` shows who ordered it and on what ground."),
        )
