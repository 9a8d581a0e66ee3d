"""Comparing: what a changed contract breaks, and whom it hits.

A contract is a promise to readers. What only adds passes; what takes away, narrows or tightens needs a new major
version. While the major version is 0 nothing is promised to outsiders: types, keys and names may change, and a change is
refused only where an indicator or a register of the project itself reads a column that is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model import Check, Column, ColumnType, Register
from altyn.model.sql import columns_read
from altyn.packs.catalogue import Catalogue
from altyn.packs.contracts import SUFFIX, Contract, parse_contract, past_register
from altyn.store.generations import key_before, origins

BreakKind = Literal[
    "column-removed", "column-renamed", "type-narrowed", "unit-changed", "column-required", "key-changed", "check-tightened", "value-removed",
    "time-changed", "closed",
]  # fmt: skip
_INTEGER_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Break:
    """One promise of the old contract that the new one does not keep; `column` is None where it is the register's."""

    kind: BreakKind
    column: str | None
    message: Message


def breaks(old: Register, new: Register) -> list[Break]:
    """What of the old register's promises the new one does not keep, in the order of its columns."""
    found = list[Break]()
    now = {earlier: new.column(name) for name, earlier in origins(old, new).items()}
    for column in old.columns:
        if column.name in now and now[column.name].name != column.name:
            text = say("The column {old} is called {new} now.", old=column.name, new=now[column.name].name)
            found.append(Break("column-renamed", column.name, text))
        if column.name not in now:
            found.append(Break("column-removed", column.name, say("The column {column} is gone.", column=column.name)))
        else:
            found += _column_breaks(column, now[column.name])
    before = set(origins(old, new))
    found += [
        Break("column-required", c.name, say("The new column {column} is required of every row.", column=c.name))
        for c in new.columns
        if c.name not in before and c.required and c.derivation is None
    ]
    if key_before(old, new) != old.key:
        found.append(
            Break(
                "key-changed",
                None,
                say("The key was {old}, it is {new}.", old=", ".join(old.key) or "-", new=", ".join(new.key) or "-"),
            )
        )
    carried = origins(old, new)
    if old.valid != (tuple(carried.get(name, name) if name else None for name in new.valid) if new.valid else None):
        found.append(Break("time-changed", None, say("The columns of valid time are others.")))
    if old.is_open and not new.is_open:
        found.append(Break("closed", None, say("The register was open, it is closed.")))
    rules = {r.name: r.sql for r in old.row_rules if r.severity == "refuse"}
    found += [
        Break("check-tightened", None, say("The rule {rule} is new or another, and refuses rows.", rule=rule.name))
        for rule in new.row_rules
        if rule.severity == "refuse" and rules.get(rule.name) != rule.sql
    ]
    return found


def _column_breaks(old: Column, new: Column) -> Iterator[Break]:
    name = old.name
    if not _holds(old.type, new.type):
        yield Break(
            "type-narrowed",
            name,
            say("{column} was {old}, it is {new}.", column=name, old=old.type.name, new=new.type.name),
        )
    if (old.unit or "") != (new.unit or "") and old.unit:
        yield Break(
            "unit-changed",
            name,
            say("{column} was in {old}, it is in {new}.", column=name, old=old.unit, new=new.unit or "-"),
        )
    if new.required and not old.required and new.derivation is None:
        yield Break("column-required", name, say("{column} is required now.", column=name))
    if new.unique and not old.unique:
        yield Break("check-tightened", name, say("{column} must be unique now.", column=name))
    if old.sensitivity == "public" and new.sensitivity != "public":
        yield Break("closed", name, say("{column} was public, it is {new}.", column=name, new=new.sensitivity))
    before = {c.kind: c.argument for c in old.checks}
    for check in new.checks:
        if check.kind == "enum" and "enum" in before:
            gone = [str(v) for v in _values(before["enum"]) if v not in _values(check.argument)]
            if gone:
                yield Break(
                    "value-removed",
                    name,
                    say("{column} may no longer be {values}.", column=name, values=", ".join(gone[:10])),
                )
        elif check.kind not in before or _is_tighter(check, before[check.kind]):
            yield Break(
                "check-tightened", name, say("{column}: the check {check} is tighter.", column=name, check=check.kind)
            )


def _values(argument: object) -> tuple[object, ...]:
    return tuple(argument) if isinstance(argument, (tuple, list)) else (argument,)


def _holds(old: ColumnType, new: ColumnType) -> bool:
    """Whether every value of the old type is the same value in the new one."""
    if old.kind == new.kind == "decimal":
        return new.scale >= old.scale and new.precision - new.scale >= old.precision - old.scale
    if old.kind == "integer" and new.kind == "decimal":
        return new.precision - new.scale >= _INTEGER_DIGITS
    return old.kind == new.kind


def _is_tighter(check: Check, before: object) -> bool:
    if check.kind in {"minimum", "min-length", "maximum", "max-length"}:
        sign = 1 if check.kind.startswith("min") else -1
        try:
            return sign * Decimal(str(check.argument)).compare(Decimal(str(before))) > 0
        except InvalidOperation:  # bounds that are dates: ISO dates sort as text
            now, then = str(check.argument), str(before)
            return now > then if sign == 1 else now < then
    return check.argument != before


def changes(old: Register, new: Register) -> list[tuple[str, Message]]:
    """What of a register's columns and key is another under a new contract: (the new column or "", a sentence), for `plan`.

    A column that changed its type is left to who can say how many of its values fit: see `retyped`.
    """
    before = origins(old, new)
    kept = set(before.values())
    found = [
        (name, say("The column {old} is called {new} now.", old=earlier, new=name))
        for name, earlier in before.items()
        if name != earlier
    ]
    found += [
        ("", say("The column {column} goes; snapshots up to now keep it.", column=c.name))
        for c in old.columns
        if c.name not in kept
    ]
    found += [(c.name, say("The column {column} is new.", column=c.name)) for c in new.columns if c.name not in before]
    if old.key != new.key:
        was, now = ", ".join(old.key) or "-", ", ".join(new.key) or "-"
        found.append(("", say("The key was {old}, it is {new}.", old=was, new=now)))
    return found


def retyped(old: Register, new: Register) -> list[tuple[Column, Column]]:
    """Columns whose type changed: (as it was, as it is)."""
    pairs = [(old.column(earlier), new.column(name)) for name, earlier in origins(old, new).items()]
    return [(was, now) for was, now in pairs if was.type.name != now.type.name]


@dataclass(frozen=True, slots=True)
class Hit:
    """Who reads what is broken: a measure, or another register that refers to this one."""

    reader: str
    columns: tuple[str, ...]


def hits(found: Iterable[Break], register: Register, catalogue: Catalogue) -> list[Hit]:
    """Measures and registers of the project that read what is broken."""
    found = list(found)
    columns = {b.column for b in found if b.column}
    whole = any(b.column is None and b.kind in {"key-changed", "closed", "time-changed"} for b in found)
    measures, children = catalogue.readers(register.name)
    result: list[Hit] = []
    for measure in measures:
        read = columns_read(measure.rows)
        touched = columns if "*" in read else columns & read
        if touched or whole:
            result.append(Hit(measure.name, tuple(sorted(touched))))
    for child in children:
        used = {c for link in child.relationships if link.parent == register.name for c in link.parent_columns}
        if used & columns or whole:
            result.append(Hit(child.name, tuple(sorted(used & columns))))
    return result


def major(version: str) -> int:
    """The first number of a version; 0 where there is none.

    >>> major("2.1.0"), major("v3"), major("draft")
    (2, 3, 0)
    """
    match = re.match(r"v?(\d+)", version)
    return int(match[1]) if match else 0


def require_compatible(published: str, contract: Contract, catalogue: Catalogue) -> None:
    """Refuse a changed contract that breaks its readers under the same major version.

    Args:
        published: text of the contract under which the last batch was published.
        contract: the one that is to be used now.
        catalogue: the project's packs, for those who read the register.

    Raises:
        AltynError: `contract.breaks-readers` with each break and each reader that it hits.
    """
    old = past_register(published) or parse_contract(published, "published contract").register
    new = contract.register
    if major(new.version) > major(old.version):
        return
    found = breaks(old, new)
    if major(new.version) == 0:
        found = [b for b in found if b.kind in {"column-removed", "column-renamed"}]
    hit = hits(found, new, catalogue)
    if not found or (major(new.version) == 0 and not hit):
        return
    raise AltynError(
        "contract.breaks-readers",
        what=say(
            "The changed contract breaks what readers rely on: {breaks} It hits: {readers}.",
            breaks=_Joined(tuple(b.message for b in found)),
            readers=", ".join(h.reader + (f" ({', '.join(h.columns)})" if h.columns else "") for h in hit) or "-",
        ),
        where=f"{new.pack}/registers/{new.table}{SUFFIX}, {old.version} > {new.version}",
        mend=say(
            "Take the change back, or raise the contract's version to {version} and mend the readers.",
            version=f"{major(old.version) + 1}.0.0",
        )
        if major(new.version)
        else say("Take the change back, or let these readers read what the contract has now."),
    )


class _Joined(Message):
    """Several messages as one sentence after another, each translated when read."""

    __slots__ = ()

    def __init__(self, messages: tuple[Message, ...]) -> None:
        super().__init__(
            " ".join(f"{{m{n}}}" for n in range(len(messages))), tuple((f"m{n}", m) for n, m in enumerate(messages))
        )
