"""Records: one shape for everything the access log says, looks at data and orders on records alike.

A look leaves two: `begun`, on the disk before an engine runs, and how it ended, on the disk before the answer leaves. Whoever
finds a `begun` without an end knows that rows may have been seen: the process died, or the machine did. A page given again from
memory leaves one for each of its looks, `answered`, before it leaves: where no engine runs there is nothing to begin.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from altyn.policy.principals import Principal

Outcome = Literal[
    "begun",
    "answered",
    "refused",
    "failed",
    "ordered",
    "approved",
    "executed",
    "withdrawn",
    "released",
    "restored",
    "begun-again",
]


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """One line of the log. What is empty is not written; nothing here is ever a value of a row.

    Args:
        outcome: what happened.
        who: the principal's name, from the operating system's user database.
        kind: person or portal.
        uid: the user number the process ran under: who somebody is, for rights and for the proof of an approval.
        login_uid: who logged in, where the kernel keeps it; `su` and `sudo` do not change it.
        sudo_uid: whom sudo says it was called by. A variable, so a hint and no more.
        outside: in a user namespace, who it is outside of it.
        purpose: a known purpose's code, or `unknown`: what somebody typed may be a person's number.
        basis: why the purpose allowed it.
        statement: the texts that ran, without their constants.
        statement_mac: HMAC of a person's text, under a key of the project: a plain hash of a text whose form is known gives
            away the number in it to whoever tries them all.
        as_of: the day asked about.
        reason: which page or verb of ours asked.
        snapshot: which snapshot was read.
        read: the tables, as register/face.
        columns: the columns that were open to the statement.
        rows: how many rows each statement gave.
        code: of the error, where refused or failed.
        begun: id of the record this one ends.
        repeats: id of the record under which the same rows were answered first: they were still at hand, and no engine ran.
        order: number of an order on records; with its kind, its hash, how many records it names, and the user number that
            approved it.
        backup: the backup's name, of a restore.
        because: why a broken log was set aside, in the words of who did it.
        old_log: of a log begun again: identity, size and root of the one before, as its head said, and what was found broken.
    """

    outcome: Outcome
    who: str
    kind: str
    uid: int | None = None
    login_uid: int | None = None
    sudo_uid: int | None = None
    outside: int | None = None
    purpose: str = ""
    basis: str = ""
    statement: tuple[str, ...] = ()
    statement_mac: str = ""
    as_of: str = ""
    reason: str = ""
    snapshot: int | None = None
    read: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    code: str = ""
    begun: str = ""
    repeats: str = ""
    order: int | None = None
    order_kind: str = ""
    order_hash: str = ""
    order_records: int | None = None
    approved_uid: int | None = None
    backup: str = ""
    because: str = ""
    old_log: tuple[tuple[str, str | int], ...] = ()

    @classmethod
    def of(cls, principal: Principal, outcome: Outcome, **told: Any) -> AccessRecord:
        """A record of what a principal did."""
        return cls(
            outcome,
            principal.name,
            principal.kind,
            principal.uid,
            principal.login_uid,
            principal.sudo_uid,
            principal.outside,
            **told,
        )

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> AccessRecord:
        """A record as `to_json` gave it."""
        told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in found.items()}
        return cls(**told)

    def to_json(self) -> dict[str, Any]:
        """What is written: every field that says something."""
        found: dict[str, Any] = {}
        for name in (f.name for f in fields(self)):
            value = getattr(self, name)
            if value is None or value in ("", ()):
                continue
            found[name] = dict(value) if name == "old_log" else list(value) if isinstance(value, tuple) else value
        return found
