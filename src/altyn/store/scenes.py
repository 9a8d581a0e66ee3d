"""Scenes: one snapshot as the gate sees it: which files hold which face of a register, and the SQL over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.engines.tables import EMBEDDED, Tables
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.registers import Register
from altyn.model.sql import literal
from altyn.sources import quarantine
from altyn.store import held, slices, views
from altyn.store.declared import Declared
from altyn.store.folders import Folders
from altyn.store.journal import Journal, journal_at, journal_columns
from altyn.store.run import SliceRule, batch_table
from altyn.store.slices import Slice
from altyn.store.snapshots import RegisterState, Snapshot, Snapshots


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """A built measure: the registers it was made of, its columns, its file."""

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
        measures: Mapping[str, tuple[tuple[str, ...], tuple[Column, ...]]],
        slice_rule: SliceRule,
        snapshots: Snapshots,
    ) -> None:
        self._folders = folders
        self._snapshots = snapshots
        self._snapshot = self.snapshot = snapshot
        self._slice_rule = slice_rule
        self.number = snapshot.number
        self.published_at: datetime = snapshot.published_at
        self._declared = registers
        # What may be seen, with the contract of that time; the journal is read with that contract alone.
        self.registers: Mapping[str, Register] = {
            name: registers.seen(name, state, lambda name=name: snapshots.later(snapshot.number, name))
            for name, state in snapshot.registers.items()
            if name in registers
        }
        self.measures: Mapping[str, MeasureTable] = {
            name: MeasureTable(
                *measures[name],
                path=folders.local(state.path),
            )
            for name, state in snapshot.measures.items()
            if name in measures
        }
        self._slices: dict[tuple[str, str], Slice] = {}

    @property
    def identity(self) -> str:
        """Changes whenever what can be read changes: part of every cache key."""
        return f"{self.number}-{self._snapshot.run}"

    def today(self, register: str) -> Register | None:
        """A register as its contract of today declares it; None where no pack does."""
        return self._declared.get(register)

    def face_sql(self, register: str, face: str, columns: Sequence[Column], tables: Tables = EMBEDDED) -> str:
        """SQL that gives exactly these columns of one face of a register, over files as `tables` reads them.

        Raises:
            AltynError: `snapshot.broken` when a file the snapshot names is gone and cannot be built again.
        """
        wanted = views.names(columns)
        if face == "held":
            return f"(SELECT {wanted} FROM {quarantine.entries(held.refused(self._folders, register), tables)})"
        state = self._snapshot.registers[register]
        if face == "quarantine":
            return f"(SELECT {wanted} FROM {quarantine.entries(self._quarantine(state), tables)})"
        if face == "history":
            return f"(SELECT {wanted} FROM {self._history(register, state, tables)})"
        found = self._slice(register, columns)
        batches = tables.fixed(self._batches(), views.BATCH_COLUMNS)
        names = views.names([c for c in found.held if c != "batch"], "s.")
        return (
            f"(SELECT {wanted} FROM (SELECT {names}, s.batch, b.recorded_at FROM {found.sql(self.registers[register], tables)} AS s "
            f"LEFT JOIN (SELECT batch, recorded_at FROM {batches} WHERE register = {literal(register)}) AS b "
            f"ON b.batch = s.batch))"
        )

    def files(self, register: str, face: str, columns: Sequence[Column] = ()) -> tuple[Path, ...]:
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
        return (*self._slice(register, columns).files, batches)

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

    def _slice(self, register: str, columns: Sequence[Column]) -> Slice:
        """The narrowest governed copy that holds the columns; built again where it was deleted."""
        wanted = {c.name for c in columns} - {"recorded_at"}
        state = self._snapshot.registers[register]
        for purpose, names in self._slice_rule(self.registers[register]).items():
            if wanted <= set(names):
                cached = self._slices.get((register, purpose))
                if cached is None or not all(f.exists() for f in cached.files):
                    cached = slices.published(self._folders, state, purpose, names) or self._built(
                        register, purpose, tuple(names), state
                    )
                    self._slices[register, purpose] = cached
                return cached
        raise AltynError(
            "snapshot.broken",
            what=say("No governed copy of the register holds these columns."),
            where=register,
            mend=say("Run `altyn run` to build it."),
        )

    def _built(self, register: str, purpose: str, names: tuple[str, ...], state: RegisterState) -> Slice:
        path = self._folders.root / slices.slice_name(register, state, purpose, names)
        if not path.exists():
            declared = self._declared.at(register, state)
            batches = views.known_batches(register, EMBEDDED.fixed(self._batches(), views.BATCH_COLUMNS))
            journal = self._journal(register).sql(state.version)
            current = views.current(declared, journal, batches, is_single=state.versions == state.rows)
            with Session(spill=self._folders.scratch) as session:
                slices.write_whole(session, f"SELECT {views.names(names)} FROM {current}", declared, path)
        return Slice(path, names)
