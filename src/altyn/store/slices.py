"""Slices: governed copies of a register's current rows, one a purpose, holding only what that purpose may see.

A day changes little, so a day writes little: beside the copy of an earlier day lies what changed since, by key. When that
comes to a tenth of the rows, the next copy is whole again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.engines.tables import Tables
from altyn.model.columns import TEXT, Column
from altyn.model.registers import Register
from altyn.store import faults, views
from altyn.store.folders import Folders, name_durably
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


def mark_of(state: RegisterState, columns: Sequence[str]) -> str:
    """What a whole copy is of, but for the rows: when a contract closes a column, the wider copy is not used again."""
    return hashlib.sha256(f"{state.path} {state.contract} {list(columns)}".encode()).hexdigest()[:16]


def slice_name(register: str, state: RegisterState, purpose: str, columns: Sequence[str]) -> str:
    """The file of a whole copy, below `.altyn`."""
    mark = hashlib.sha256(f"{state.at} {state.contract} {list(columns)}".encode()).hexdigest()[:16]
    return f"derived/current/{register}/{purpose}-{state.version}-{mark}.parquet"


def published(folders: Folders, state: RegisterState, purpose: str, columns: Sequence[str]) -> Slice | None:
    """The copy a snapshot names, if it is there and holds exactly these columns."""
    base, how = state.slices.get(purpose), state.slice_bases.get(purpose)
    if base is None or how is None or how["mark"] != mark_of(state, columns):
        return None
    since = folders.root / str(how["since"]) if how["since"] else None
    found = Slice(folders.root / base, tuple(columns), since)
    return found if all(f.exists() for f in found.files) else None


def can_add(register: Register, state: RegisterState, purpose: str, columns: Sequence[str], since_rows: int) -> bool:
    """Whether what changed may lie beside the copy there is: it is of the same columns, they hold the key, and it is little."""
    how = state.slice_bases.get(purpose)
    return (
        how is not None
        and how["mark"] == mark_of(state, columns)
        and set(register.key) <= set(columns)
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


def remove_old(folders: Folders, snapshots: Snapshots) -> None:
    """Remove copies that no recent snapshot names."""
    kept: set[Path] = set()
    for number in snapshots.numbers()[-_KEPT_SNAPSHOTS:]:
        for state in snapshots.get(number).registers.values():
            kept |= {folders.root / path for path in named(state)}
    for path in (folders.derived / "current").glob("*/*.parquet"):
        if path not in kept:
            path.unlink(missing_ok=True)


def named(state: RegisterState) -> set[str]:
    """Files of copies that a state names, below `.altyn`."""
    since = {str(how["since"]) for how in state.slice_bases.values() if how["since"]}
    return set(state.slices.values()) | since
