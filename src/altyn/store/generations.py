"""Generations: the journals a register has had, one after another, and when a changed contract needs the next one.

A Delta table keeps one type under one name, and a journal one key. Where a contract changes those, the rows from then on go
into a new journal beside the old one. Every snapshot names the journal it reads, so old snapshots keep the old generation.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from altyn.model.registers import WRITTEN, Register
from altyn.model.sql import identifier
from altyn.store.folders import Folders
from altyn.store.journal import journal_columns
from altyn.store.orders import Orders
from altyn.store.snapshots import RegisterState, Snapshot, Snapshots

_NUMBER = re.compile(r"~(\d+)$")


@dataclass(frozen=True, slots=True)
class Generation:
    """One journal of a register, as the last snapshot that reads it does; `first` is the first such snapshot."""

    state: RegisterState
    first: int
    last: Snapshot


def origins(old: Register, new: Register) -> dict[str, str]:
    """Column of the new contract -> the column of the old one whose values it carries on; columns that are new are not in it."""
    before = {c.name: c for c in old.columns}
    found: dict[str, str] = {}
    for column in new.columns:
        earlier = column.renamed_from
        same = before.get(column.name)
        # `altyn.renamedFrom` may stand for years: it was followed when the old contract says it of the same column too.
        is_followed = same is not None and (earlier is None or same.renamed_from == earlier)
        if earlier in before and not is_followed:
            found[column.name] = str(earlier)
        elif same is not None:
            found[column.name] = column.name
    return found


def key_before(old: Register, new: Register) -> tuple[str, ...] | None:
    """The old names of the new key's columns where they are the old key too, in the new key's order; None where they are not."""
    before = origins(old, new)
    names = tuple(before.get(k, "") for k in new.key)
    return names if set(names) == set(old.key) and len(names) == len(old.key) else None


def is_same_key(old: Register, new: Register) -> bool:
    """Whether records go by the same key under both contracts: the same columns, renamed or not, of the same type."""
    return key_before(old, new) == old.key and all(
        old.column(o).type == new.column(n).type for o, n in zip(old.key, new.key, strict=True)
    )


def begins_generation(old: Register, new: Register) -> bool:
    """Whether rows of the new contract cannot go into the journal of the old one: a type, a key or a name changed, or a column went."""
    now = {c.name: c.type.delta for c in journal_columns(new)}
    return (
        any(
            now.get(c.name, c.type.delta if c.name.startswith(WRITTEN) else "") != c.type.delta
            for c in journal_columns(old)
        )
        or any(name != earlier for name, earlier in origins(old, new).items())
        or old.key != new.key
    )


def next_path(path: str, taken: Iterable[str]) -> str:
    """The folder of the next generation of a journal: `store/pack/table~2`, and so on, never one that was named before.

    >>> next_path("store/civil/births", ["store/civil/births", "store/civil/births~2"])
    'store/civil/births~3'
    """
    base = _NUMBER.sub("", path)
    numbers = [int(m[1]) for p in taken if _NUMBER.sub("", p) == base and (m := _NUMBER.search(p))]
    return f"{base}~{max([*numbers, 1]) + 1}"


def named_paths(snapshots: Snapshots, orders: Orders) -> set[str]:
    """Every journal that a snapshot names, or an order has written or replaced."""
    named = {s.path for snapshot in snapshots.all() for s in snapshot.registers.values()}
    return named | {p for order in orders.all() for pair in order.generations.items() for p in pair}


def generations_of(snapshots: Snapshots, register: str, up_to: int | None = None) -> list[Generation]:
    """The generations of a register, oldest first, as the snapshots up to a number read them."""
    latest = snapshots.latest() if up_to is None else snapshots.get(up_to)
    state = latest.registers.get(register) if latest else None
    if latest is None or state is None:
        return []
    if not _NUMBER.search(state.path):
        return [Generation(state, 1, latest)]  # the first journal: there is nothing before it to look for
    found: dict[str, Generation] = {}
    for number in snapshots.numbers():
        if number > latest.number:
            break
        snapshot = snapshots.get(number)
        one = snapshot.registers.get(register)
        if one is not None:
            first = found[one.path].first if one.path in found else number
            found[one.path] = Generation(one, first, snapshot)
    return list(found.values())


def published_versions(snapshots: Snapshots) -> dict[str, int]:
    """Journal -> the newest version of it that a snapshot names."""
    found: dict[str, int] = {}
    for snapshot in snapshots.all():
        for state in snapshot.registers.values():
            found[state.path] = max(found.get(state.path, -1), state.version)
    return found


def remove_journal(folders: Folders, path: str) -> None:
    """Remove a journal, here and in the project's place; the caller knows that nothing names it any more."""
    shutil.rmtree(folders.root / path, ignore_errors=True)
    for name in folders.place.names(path) if folders.place else ():
        if folders.place and name.startswith(f"{path}/"):
            folders.place.remove(name)


def remove_unnamed_generations(folders: Folders, snapshots: Snapshots, orders: Orders) -> None:
    """Remove new generations that an interrupted erasure or run wrote and no order or snapshot names."""
    named = {s.path for snapshot in snapshots.all() for s in snapshot.registers.values()}
    named |= {new for order in orders.all() for new in order.generations.values()}
    for path in folders.store.glob("*/*~*"):
        if str(path.relative_to(folders.root)) not in named:
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(path)
    for name in folders.place.names("store") if folders.place else ():
        generation = "/".join(name.split("/")[:3])
        if folders.place and _NUMBER.search(generation) and generation not in named:
            folders.place.remove(name)


def key_in(contracts: Sequence[Register], number: int) -> tuple[str, ...] | None:
    """What the newest contract's key columns are called in an older contract; None where one of them is not there.

    Args:
        contracts: one of each generation, oldest first.
        number: which of them.
    """
    names: list[str] = list(contracts[-1].key)
    for old, new in reversed(list(pairwise(contracts[number:]))):
        before = origins(old, new)
        if not set(names) <= set(before):
            return None
        names = [before[n] for n in names]
    return tuple(names)


def older_key_texts(contracts: Sequence[Register]) -> list[str]:
    """SQL over the newest contract's columns: the text of a record's key as each older contract wrote it, NULL where it cannot be.

    What an order erased as 7 must not come back as 007 because the contract has made the column a text since.
    """
    found: list[str] = []
    for number, old in enumerate(contracts[:-1]):
        names: list[str] = list(old.key)
        for before, after in pairwise(contracts[number:]):
            now = {earlier: name for name, earlier in origins(before, after).items()}
            names = [now.get(n, "") for n in names]
        if all(names) and names:
            found.append(typed_key_text(old, [f"CAST({identifier(n)} AS VARCHAR)" for n in names]))
    return found


def typed_key_text(register: Register, parts: Sequence[str]) -> str:
    """SQL of a key's text from SQL of its parts as texts, in the key's order; NULL where a part is no value of its column's type."""
    typed = [
        f"CAST(TRY_CAST({part} AS {register.column(k).type.sql}) AS VARCHAR)"
        for k, part in zip(register.key, parts, strict=True)
    ]
    known = " AND ".join(f"{t} IS NOT NULL" for t in typed)
    return f"CASE WHEN {known} THEN concat_ws(chr(31), {', '.join(typed)}) END"
