"""Workspace: one project opened, its rooms put together. Composing happens here and in `use_cases` only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.model.columns import Column
from altyn.model.instants import Clock, system_clock
from altyn.model.registers import Register
from altyn.packs.catalogue import Catalogue
from altyn.packs.contracts import past_register
from altyn.packs.project import Project, find_project, load_project
from altyn.policy.gate import Gate
from altyn.policy.governed import copied_by_runs, copied_when_asked, stricter
from altyn.policy.log import AccessLog
from altyn.store import Folders, Snapshot, Store
from altyn.store.declared import Declared
from altyn.store.places import place_of
from altyn.store.snapshots import Snapshots


@dataclass(frozen=True)
class Workspace:
    """A project with its packs, its store and its gate."""

    project: Project
    catalogue: Catalogue
    store: Store
    gate: Gate
    clock: Clock

    @classmethod
    def open(cls, folder: Path, clock: Clock = system_clock) -> Workspace:
        """Open the project in `folder` or above it.

        Raises:
            AltynError: `project.missing` and whatever is wrong with altyn.toml or a pack.
        """
        project = load_project(find_project(folder))
        folders = Folders(project.folder / ".altyn", place_of(project.store) if project.store else None)
        # Before the packs are read: what was judged of them is kept there.
        folders.prepare()
        catalogue = Catalogue.of(project)
        # Of a store in a bucket the newest snapshot may be another machine's, with a log of its own.
        snapshots = Snapshots(folders)
        log = AccessLog(folders.log, clock=clock, said=lambda: {} if folders.place else snapshots.log_said())
        store = Store(
            folders,
            declared(folders, catalogue),
            derived_tables(catalogue),
            copied_by_runs(synthetic=project.synthetic),
            clock,
            copied_when_asked=copied_when_asked(synthetic=project.synthetic),
            spark=project.spark,
            log_head=log.summary,
        )
        gate = Gate(
            store.scene,
            log,
            synthetic=project.synthetic,
            clock=clock,
            root=folders.root,
            spill=folders.scratch,
            spark=store.spark,
        )
        return cls(project, catalogue, store, gate, clock)

    @property
    def packs(self) -> Sequence[Any]:
        """The project's packs."""
        return self.catalogue.packs

    def snapshots(self) -> list[Snapshot]:
        """Published snapshots, oldest first."""
        return self.store.snapshots.all()

    def snapshot(self, known_at: datetime | None = None) -> Snapshot:
        """The snapshot known at a moment, the newest without one."""
        return self.store.snapshots.known_at(known_at)

    def batches(self, register: str) -> list[dict[str, Any]]:
        """A register's batches, newest first, as data: see `store.Batch`, with `recorded_at` and `snapshot`."""
        return [
            {
                "batch": b.number,
                "snapshot": number,
                "recorded_at": recorded_at,
                "mode": b.mode,
                "kind": b.kind,
                "files": [dict(f) for f in b.files],
                "size_bytes": b.size_bytes,
                "content_hash": b.content_hash,
                "who": b.who,
                "started_at": b.started_at,
                "rows_read": b.rows_read,
                "rows_put": b.rows_put,
                "rows_same": b.rows_same,
                "rows_retracted": b.rows_retracted,
                "rows_refused": b.rows_refused,
            }
            for b, number, recorded_at in self.store.batches(register)
        ]

    def quarantine_count(self, register: str) -> dict[str, Any]:
        """How many rows of a register are refused or wait, by rule and column. Numbers only."""
        snapshot = self.store.snapshots.latest()
        state = snapshot.registers.get(register) if snapshot else None
        if state is None:
            return {"entries": 0, "waiting": 0, "by_rule": []}
        return {"entries": state.quarantined_rows, "waiting": state.waiting_rows, "by_rule": list(state.quarantined)}

    def register(self, name: str, known_at: datetime | None = None) -> Register:
        """A register by its full or unique bare name, with the contract of that time, and no more open than it is now.

        Today's contract stands for a register that had no rows then, and for the time before the first snapshot.
        """
        today = self.catalogue.resolve(name)
        if self.store.snapshots.latest() is None:
            return today
        try:
            return self.store.scene(known_at).registers.get(today.name, today)
        except AltynError:
            return today


def declared(folders: Folders, catalogue: Catalogue | None) -> Declared:
    """The registers of a project, today's and those of the contracts its batches were loaded under."""
    return Declared(folders, catalogue.registers if catalogue else {}, past_register, stricter)


def derived_tables(catalogue: Catalogue) -> Mapping[str, tuple[tuple[str, ...], tuple[Column, ...]]]:
    """Each table that packs declare: the registers it is made of, and its columns."""
    return {name: (tuple(m.inputs), m.columns(catalogue.registers)) for name, m in catalogue.measures.items()}
