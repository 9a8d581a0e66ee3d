"""Slices: governed copies of a register's current rows, each keyed by the id of the governed relation it holds.

A day changes little, so a day writes little: beside the copy of an earlier day lies what changed since, by key. When that
comes to a tenth of the rows, the next copy is whole again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.engines.tables import Tables
from altyn.model.columns import TEXT, Column
from altyn.model.governed import Governed
from altyn.model.registers import Register
from altyn.store import faults, views
from altyn.store.durable import name_durably
from altyn.store.folders import Folders
from altyn.store.journal import journal_columns
from altyn.store.snapshots import RegisterState, Snapshots

# What changed since may be this share of all rows before a whole copy is written again.
_MOST_SINCE = 0.1
# Copies that none of so many newest snapshots names are removed; who asks for an older state has them built again.
_KEPT_SNAPSHOTS = 40


@dataclass(frozen=True, slots=True)
class Slice:
    """A copy: its file, its columns, and the file of what changed since, if there is one."""

    path: Path
    held: tuple[str, ...]
    since: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files it consists of."""
        return (self.path, self.since) if self.since else (self.path,)

    def sql(self, register: Register, tables: Tables) -> str:
        """SQL of the rows."""
        known = {c.name: c for c in journal_columns(register)}
        columns = [known[name] for name in self.held]
        names, base = views.names(self.held), tables.fixed(self.path, columns)
        if self.since is None:
            return f"(SELECT {names} FROM {base})"
        since = tables.fixed(self.since, [*columns, Column("op", TEXT)])
        same = " AND ".join(f"d.{k} = s.{k}" for k in (views.names([k]) for k in register.key))
        return (
            f"(SELECT {views.names(self.held, 's.')} FROM {base} AS s WHERE NOT EXISTS (SELECT 1 FROM {since} AS d WHERE {same}) "
            f"UNION ALL SELECT {names} FROM {since} AS n WHERE op = 'put')"
        )


def mark_of(state: RegisterState, governed: Governed) -> str:
    """What a whole copy is of, but for the rows: under another contract, or in another generation, it is not used again."""
    return hashlib.sha256(f"{state.path} {state.contract} {governed.id}".encode()).hexdigest()[:16]


def slice_name(register: str, state: RegisterState, governed: Governed) -> str:
    """The file of a whole copy, below `.altyn`."""
    mark = hashlib.sha256(f"{state.at} {state.contract} {governed.id}".encode()).hexdigest()[:16]
    return f"derived/current/{register}/{governed.purpose}-{state.version}-{mark}.parquet"


def published(folders: Folders, state: RegisterState, governed: Governed) -> Slice | None:
    """The copy that a snapshot names for exactly this governed relation, if it is there."""
    base, how = state.slices.get(governed.id), state.slice_bases.get(governed.id)
    if base is None or how is None or how["mark"] != mark_of(state, governed):
        return None
    since = folders.root / str(how["since"]) if how["since"] else None
    found = Slice(folders.root / base, governed.names, since)
    return found if all(f.exists() for f in found.files) else None


def can_add(register: Register, state: RegisterState, governed: Governed, since_rows: int) -> bool:
    """Whether what changed may lie beside the copy there is: it holds the key as it is and every row, and little changed.

    A changed row that no longer passes a filter would have to leave the copy, and what says so would name it.
    """
    how = state.slice_bases.get(governed.id)
    return (
        how is not None
        and how["mark"] == mark_of(state, governed)
        and set(register.key) <= set(governed.names) - set(governed.masks)
        and not governed.row_filter
        and since_rows <= state.rows * _MOST_SINCE
    )


def write_whole(session: Session, query: str, register: Register, path: Path) -> None:
    """Write a copy in key order, so that one record is found without reading all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{secrets.token_hex(4)}")
    order = [k for k in register.key if k in query] or ["batch"]
    session.write_parquet(f"{query} ORDER BY {views.names(order)}", temporary)
    name_durably(temporary, path)
    faults.reach("slice.written")


def remove_old(
    folders: Folders, snapshots: Snapshots, may_stay: Callable[[str, RegisterState, int], Collection[str]]
) -> None:
    """Remove copies that no recent snapshot names, and those nobody may see any more.

    Args:
        folders: the project's `.altyn`.
        snapshots: all published ones.
        may_stay: (register, its state, number of the snapshot) -> ids of what may be copied of it by today's contract.
    """
    kept: set[Path] = set()
    for number in snapshots.numbers()[-_KEPT_SNAPSHOTS:]:
        for name, state in snapshots.get(number).registers.items():
            if state.slices:
                kept |= {folders.root / path for path in named(state, may_stay(name, state, number))}
    for path in (folders.derived / "current").glob("*/*.parquet"):
        if path not in kept:
            path.unlink(missing_ok=True)


def named(state: RegisterState, ids: Collection[str]) -> set[str]:
    """Files of copies that a state names under some of these ids, below `.altyn`."""
    since = {str(how["since"]) for i, how in state.slice_bases.items() if how["since"] and i in ids}
    return {path for i, path in state.slices.items() if i in ids} | since
