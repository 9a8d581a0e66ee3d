"""Governed relations: which columns of which face of a register a purpose may see. What is not named here is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import INTEGER, TEXT, Column
from altyn.model.governed import Governed
from altyn.model.registers import LINEAGE_COLUMNS, Register, system_columns, written_columns
from altyn.policy.principals import Principal
from altyn.policy.purposes import OPEN, PURPOSES, SYNTHETIC, Purpose
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
_ANYBODY = Principal("", "person")


def decide(principal: Principal, purpose: Purpose, permit: None, register: Register, face: str) -> Governed:
    """Decide what somebody may see of one face of one register. Anything not understood is a no.

    Args:
        principal: who asks.
        purpose: what for, as `purposes.purpose_of` granted it.
        permit: what allows a person more than everybody; there are none until people come.
        register: with the contract of the time asked about, no wider than today's.
        face: see `model.relations.Input`.
    """
    del permit
    if purpose.only_synthetic and not _is_made_up(register):
        # Beside people who do not exist stand real registers: of those this purpose sees what everybody sees, in the same copy.
        return decide(principal, OPEN, None, register, face)
    if register.purposes is not None and purpose.is_limited and purpose.code not in register.purposes:
        # Who keeps a register reads it to mend it, whatever others may use it for.
        return _refused(purpose, say("Its contract does not name this purpose."))
    if purpose.sees == "all" and (not purpose.only_keeper or principal.kind == "person"):
        own = register.columns
    elif purpose.sees == "public" and register.is_open:
        own = register.public_columns
    else:
        return _refused(purpose, say("Its contract does not call the register open."))
    return _face_of(purpose, register, own, face)


def _is_made_up(register: Register) -> bool:
    """Whether a register says that nobody in it is real, and that it is there for the purpose synthetic."""
    return register.data_kind == "synthetic" and (register.purposes is None or SYNTHETIC.code in register.purposes)


def _face_of(purpose: Purpose, register: Register, own: tuple[Column, ...], face: str) -> Governed:
    """One face of a register of which a purpose may see some columns."""
    is_whole = own == register.columns
    if face == "current":
        return Governed(purpose.code, (*own, *system_columns(register)), is_whole=is_whole)
    if face == "history":
        # The hash of a row is over all its columns: who may not see all could find a hidden one by trying.
        lineage = tuple(c for c in LINEAGE_COLUMNS if is_whole or c.name != "row_hash")
        columns = (*own, *system_columns(register), *lineage, *written_columns(own))
        return Governed(purpose.code, columns, is_whole=is_whole)
    if face in {"quarantine", "held"}:
        # A refused row may carry anything in any column, so only who may see the whole register may see it.
        if not is_whole:
            return _refused(purpose, say("Refused rows may hold columns that are not public."))
        return Governed(purpose.code, QUARANTINE_COLUMNS, is_whole=True)
    return _refused(purpose, say("There is no such face of a register."))


def _refused(purpose: Purpose, reason: Message) -> Governed:
    return Governed(purpose.code, refusal=reason)


def require(principal: Principal, purpose: Purpose, permit: None, register: Register, face: str) -> Governed:
    """What somebody may see of one face of one register.

    Raises:
        AltynError: `gate.register-closed` with the reason and how to ask.
    """
    governed = decide(principal, purpose, permit, register, face)
    if governed.refusal is not None:
        raise AltynError(
            "gate.register-closed",
            what=say(
                "The register {name} is closed for the purpose {purpose}. {reason}",
                name=register.name,
                purpose=purpose.code,
                reason=governed.refusal,
            ),
            where=register.name,
            mend=say("Ask the register's owner: {owner}.", owner=register.owner or register.pack),
        )
    return governed


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
    return replace(
        then,
        columns=columns,
        is_open=then.is_open and today.is_open,
        purposes=_both(then.purposes, today.purposes),
        # Called real since, it is: a wrong word in an old contract lets nobody read people.
        data_kind=today.data_kind if then.data_kind == "synthetic" else then.data_kind,
        owner=today.owner,
    )


def _both(then: tuple[str, ...] | None, today: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if then is None or today is None:
        return today if then is None else then
    return tuple(p for p in then if p in today)


def copied_by_runs(*, synthetic: bool) -> Callable[[Register], Sequence[Governed]]:
    """For the store: what a run may copy of a register's current rows."""
    return _copied([p for p in _granted(synthetic=synthetic) if not p.only_keeper])


def copied_when_asked(*, synthetic: bool) -> Callable[[Register], Sequence[Governed]]:
    """`copied_by_runs` with the keeper's purpose: its copy is made when the keeper asks, never by a run, and the next one removes it."""
    return _copied(_granted(synthetic=synthetic))


def _granted(*, synthetic: bool) -> list[Purpose]:
    return [purpose for purpose in PURPOSES.values() if synthetic or not purpose.only_synthetic]


def _copied(purposes: Sequence[Purpose]) -> Callable[[Register], Sequence[Governed]]:

    def governed(register: Register) -> Sequence[Governed]:
        # Copies are everybody's of a purpose: whom they are for is decided when somebody asks.
        decided = (decide(_ANYBODY, purpose, None, register, "current") for purpose in purposes)
        return tuple({g.id: g for g in decided if g.is_allowed}.values())

    return governed
