"""Governed relations: which columns of which face of a register a purpose may see. What is not named here is closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import INTEGER, TEXT, Column
from altyn.model.registers import LINEAGE_COLUMNS, Register, system_columns, written_columns
from altyn.policy.purposes import KEEPING, OPEN, SYNTHETIC, Purpose
from altyn.store.generations import origins

QUARANTINE_COLUMNS = (
    Column("entry", INTEGER),
    Column("batch", INTEGER),
    Column("file", TEXT),
    Column("line_no", INTEGER),
    Column("column_name", TEXT),
    Column("rule", TEXT),
    Column("raw", TEXT),
)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a purpose may read a face of a register, why not, and which columns it gets."""

    is_allowed: bool
    columns: tuple[Column, ...] = ()
    reason: Message | None = None


def decide(purpose: Purpose, register: Register, face: str) -> Decision:
    """Decide on one face of one register. Anything not understood is a no."""
    if purpose in {SYNTHETIC, KEEPING}:
        own = register.columns
    elif purpose is OPEN and register.is_open:
        own = register.public_columns
    else:
        return Decision(is_allowed=False, reason=say("Its contract does not call the register open."))
    if face == "current":
        return Decision(is_allowed=True, columns=(*own, *system_columns(register)))
    if face == "history":
        return Decision(
            is_allowed=True, columns=(*own, *system_columns(register), *LINEAGE_COLUMNS, *written_columns(own))
        )
    if face in {"quarantine", "held"}:
        # A refused row may carry anything in any column, so only who may see the whole register may see it.
        if own != register.columns:
            return Decision(is_allowed=False, reason=say("Refused rows may hold columns that are not public."))
        return Decision(is_allowed=True, columns=QUARANTINE_COLUMNS)
    return Decision(is_allowed=False, reason=say("There is no such face of a register."))


def require(purpose: Purpose, register: Register, face: str) -> tuple[Column, ...]:
    """The columns a purpose may see.

    Raises:
        AltynError: `gate.register-closed` with the reason and how to ask.
    """
    decision = decide(purpose, register, face)
    if not decision.is_allowed:
        raise AltynError(
            "gate.register-closed",
            what=say(
                "The register {name} is closed for the purpose {purpose}. {reason}",
                name=register.name,
                purpose=purpose.code,
                reason=decision.reason,
            ),
            where=register.name,
            mend=say("Ask the register's owner: {owner}.", owner=register.owner or register.pack),
        )
    return decision.columns


_CLOSEDNESS = ("public", "internal", "confidential", "restricted")


def stricter(then: Register, later: Sequence[Register]) -> Register:
    """A register of the past as it may be seen now: as wide as its contract of that time, but no wider than the last word since.

    Args:
        then: the register as the contract of that time declares it.
        later: the register as the contracts after it do, oldest first, today's last.

    Returns:
        `then`, with each column as closed as the stricter of then and the last contract that knows the column, under whatever
        name; and closed as a whole where it was or is.
    """
    names = {c.name: c.name for c in then.columns}  # of then -> in the contract looked at
    last = {c.name: c.sensitivity for c in then.columns}
    before = then
    for register in later:
        now = {earlier: name for name, earlier in origins(before, register).items()}
        names = {name: now[known] for name, known in names.items() if known in now}
        last |= {name: register.column(known).sensitivity for name, known in names.items()}
        before = register
    columns = tuple(
        replace(c, sensitivity=max(c.sensitivity, last[c.name], key=_CLOSEDNESS.index)) for c in then.columns
    )
    today = later[-1] if later else then
    cells = [m for m in (then.minimum_cell, today.minimum_cell) if m is not None]
    return replace(
        then,
        columns=columns,
        is_open=then.is_open and today.is_open,
        minimum_cell=max(cells, default=None),
        purposes=tuple(p for p in then.purposes if p in today.purposes),
        owner=today.owner,
    )


def slice_rule(*, synthetic: bool) -> Callable[[Register], Mapping[str, Sequence[str]]]:
    """For the store: which columns of a register's current rows a run may copy for which purpose."""
    return _columns_for((OPEN, SYNTHETIC) if synthetic else (OPEN,))


def asked_rule(*, synthetic: bool) -> Callable[[Register], Mapping[str, Sequence[str]]]:
    """`slice_rule` with the keeper's purpose: its copy is made when the keeper asks, never by a run, and the next one removes it."""
    return _columns_for((OPEN, SYNTHETIC, KEEPING) if synthetic else (OPEN, KEEPING))


def _columns_for(purposes: Sequence[Purpose]) -> Callable[[Register], Mapping[str, Sequence[str]]]:

    def columns(register: Register) -> Mapping[str, Sequence[str]]:
        decided = {p.code: decide(p, register, "current") for p in purposes}
        return {
            code: tuple(c.name for c in decision.columns if c.name != "recorded_at")
            for code, decision in decided.items()
            if decision.is_allowed
        }

    return columns
