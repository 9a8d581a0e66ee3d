"""Governed relations: which columns of which face of a register a purpose may see. What is not named here is closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import INTEGER, TEXT, Column
from altyn.model.registers import LINEAGE_COLUMNS, Register, system_columns
from altyn.policy.purposes import OPEN, SYNTHETIC, Purpose

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
    if purpose is SYNTHETIC:
        own = register.columns
    elif purpose is OPEN and register.is_open:
        own = register.public_columns
    else:
        return Decision(is_allowed=False, reason=say("Its contract does not call the register open."))
    if face == "current":
        return Decision(is_allowed=True, columns=(*own, *system_columns(register)))
    if face == "history":
        return Decision(is_allowed=True, columns=(*own, *system_columns(register), *LINEAGE_COLUMNS))
    if face == "quarantine":
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


def slice_rule(*, synthetic: bool) -> Callable[[Register], Mapping[str, Sequence[str]]]:
    """For the store: which columns of a register's current rows may be copied for which purpose."""
    purposes = (OPEN, SYNTHETIC) if synthetic else (OPEN,)

    def columns(register: Register) -> Mapping[str, Sequence[str]]:
        decided = {p.code: decide(p, register, "current") for p in purposes}
        return {
            code: tuple(c.name for c in decision.columns if c.name != "recorded_at")
            for code, decision in decided.items()
            if decision.is_allowed
        }

    return columns
