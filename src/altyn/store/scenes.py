"""Scenes: one snapshot as the gate sees it: which files hold which face of a register, and the SQL over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.engines.tables import EMBEDDED, Tables
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.governed import Governed
from altyn.model.registers import Register
from altyn.model.sql import literal
from altyn.sources import quarantine
from altyn.store import held, slices, views
from altyn.store.declared import Declared
from altyn.store.folders import Folders
from altyn.store.journal import Journal, journal_at, journal_columns
from altyn.store.run import CopyRule, batch_table
from altyn.store.slices import Slice
from altyn.store.snapshots import RegisterState, Snapshot, Snapshots


@dataclass(frozen=True, slots=True)
class DerivedTable:
    """A derived table as it was built: its kind, the registers it was made of, its columns, its file."""

    kind: str

    inputs: tuple[str, ...]
    columns: tuple[Column, ...]
    path: Path

    def sql(self, tables: Tables = EMBEDDED) -> str:
        """SQL that reads it."""
        return tables.evolving([self.path], self.columns)


class Scene:
    """A snapshot's tables, for policy alone: nothing else may ask a scene for rows."""

    def __init__(  # noqa: PLR0917 - a scene is put together in one place, the store
        self,
        folders: Folders,
        snapshot: Snapshot,
        registers: Declared,
        tables: Mapping[str, tuple[tuple[str, ...], tuple[Column, ...]]],
        copied: CopyRule,
        snapshots: Snapshots,
    ) -> None:
        self._folders = folders
        self._snapshots = snapshots
        self._snapshot = self.snapshot = snapshot
        self._copied = copied
        self.number = snapshot.number
        self.published_at: datetime = snapshot.published_at
        self._declared = registers
        # What may be seen, with the contract of that time; the journal is read with that contract alone.
        self.registers: Mapping[str, Register] = {
            name: registers.seen(name, state, lambda name=name: snapshots.later(snapshot.number, name))
            for name, state in snapshot.registers.items()
            if name in registers
        }
        self.tables: Mapping[str, DerivedTable] = {
            name: DerivedTable(state.kind, *tables[name], path=folders.local(state.path))
            for name, state in snapshot.tables.items()
            if name in tables
        }
        self._slices: dict[tuple[str, str], Slice] = {}

    def today(self, register: str) -> Register | None:
        """A register as its contract of today declares it; None where no pack does."""
        return self._declared.get(register)

    def face_sql(self, register: str, face: str, governed: Governed, tables: Tables = EMBEDDED) -> str:
        """SQL that gives exactly what is governed of one face of a register, over files as `tables` reads them.

        Raises:
            AltynError: `snapshot.broken` when a file the snapshot names is gone and cannot be built again.
        """
        wanted = views.names(governed.columns)
        if face == "held":
            return f"(SELECT {wanted} FROM {quarantine.entries(held.refused(self._folders, register), tables)})"
        state = self._snapshot.registers[register]
        if face == "quarantine":
            return f"(SELECT {wanted} FROM {quarantine.entries(self._quarantine(state), tables)})"
        if face == "history":
            return f"({governed.select(self._history(register, state, tables), ('recorded_at',))})"
        found = self._slice(register, governed)
        batches = tables.fixed(self._batches(), views.BATCH_COLUMNS)
        names = views.names([c for c in found.held if c != "batch"], "s.")
        return (
            f"(SELECT {wanted} FROM (SELECT {names}, s.batch, b.recorded_at FROM {found.sql(self.registers[register], tables)} AS s "
            f"LEFT JOIN (SELECT batch, recorded_at FROM {batches} WHERE register = {literal(register)}) AS b "
            f"ON b.batch = s.batch))"
        )

    def files(self, register: str, face: str, governed: Governed) -> tuple[Path, ...]:
        """Files `face_sql` reads."""
        if face == "held":
            path = held.refused(self._folders, register)
            return (path,) if path else ()
        state = self._snapshot.registers[register]
        batches = self._batches()
        if face == "quarantine":
            path = self._quarantine(state)
            return (path,) if path else ()
        if face == "history":
            return (*self._journal(register).files(state.version), batches)
        return (*self._slice(register, governed).files, batches)

    def _journal(self, register: str) -> Journal:
        state = self._snapshot.registers[register]
        return journal_at(self._folders, state.path, journal_columns(self._declared.at(register, state)))

    def _batches(self) -> Path:
        path = self._folders.root / self._snapshot.batch_table
        if not path.exists():
            with Session(spill=self._folders.scratch) as session:
                batch_table(self._folders, self._snapshots, self._snapshot, session)
        return path

    def _history(self, register: str, state: RegisterState, tables: Tables) -> str:
        batches = tables.fixed(self._batches(), views.BATCH_COLUMNS)
        return views.history(self._journal(register).sql(state.version, tables), batches, register)

    def _quarantine(self, state: RegisterState) -> Path | None:
        return self._folders.local(state.quarantine) if state.quarantine else None

    def _slice(self, register: str, governed: Governed) -> Slice:
        """The copy of exactly this governed relation; built again where it was deleted.

        Never another that happens to hold the columns: it may hold rows that its own purpose alone may see.
        """
        state, key = self._snapshot.registers[register], (register, governed.id)
        if governed.id not in {g.id for g in self._copied(self.registers[register])}:
            raise AltynError(
                "snapshot.broken",
                what=say("No governed copy of the register holds these columns."),
                where=register,
                mend=say("Run `altyn run` to build it."),
            )
        cached = self._slices.get(key)
        if cached is None or not all(f.exists() for f in cached.files):
            cached = slices.published(self._folders, state, governed) or self._built(register, governed, state)
            self._slices[key] = cached
        return cached

    def _built(self, register: str, governed: Governed, state: RegisterState) -> Slice:
        path = self._folders.root / slices.slice_name(register, state, governed)
        if not path.exists():
            declared = self._declared.at(register, state)
            batches = views.known_batches(register, EMBEDDED.fixed(self._batches(), views.BATCH_COLUMNS))
            journal = self._journal(register).sql(state.version)
            current = views.current(declared, journal, batches, is_single=state.versions == state.rows)
            with Session(spill=self._folders.scratch) as session:
                slices.write_whole(session, governed.select(current), declared, path)
        return Slice(path, governed.names)
