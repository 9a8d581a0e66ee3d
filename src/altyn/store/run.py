"""A run: loads registers one after another, builds what is derived from them, and publishes once, at the end."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from altyn.engines.duckdb import Session
from altyn.model.instants import Clock
from altyn.model.registers import Register
from altyn.model.relations import Relation
from altyn.model.sql import literal
from altyn.store import views
from altyn.store.folders import Folders
from altyn.store.journal import Journal, journal_columns
from altyn.store.snapshots import Batch, MeasureState, RegisterState, Snapshot, Snapshots, publication_time

# Beyond this the engine spills to the run's scratch folder; what it does not count comes to half as much again.
_MEMORY_MB = int(os.environ.get("ALTYN_MEMORY_MB", "1000"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What policy lets out of a register: purpose -> columns of its current rows. The store only carries it out.
SliceRule = Callable[[Register], Mapping[str, Sequence[str]]]


@dataclass
class Run:
    """One writer's work between two snapshots. Nothing of it exists for readers until `publish`."""

    folders: Folders
    snapshots: Snapshots
    registers: Mapping[str, Register]
    clock: Clock
    who: str
    slice_rule: SliceRule
    name: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        self.last = self.snapshots.latest()
        publication_time(self.clock(), self.last)
        shutil.rmtree(self.folders.scratch, ignore_errors=True)
        self.scratch = self.folders.scratch
        self.session = Session(spill=self.scratch, memory_mb=_MEMORY_MB)
        self.states: dict[str, RegisterState] = dict(self.last.registers) if self.last else {}
        self.measures: dict[str, MeasureState] = dict(self.last.measures) if self.last else {}
        self.batches: list[Batch] = []
        self.findings: list[dict[str, Any]] = []
        self.report: list[dict[str, Any]] = []
        self.next_batch = self.last.next_batch if self.last else 1

    def close(self) -> None:
        """Give memory and temporary files back."""
        self.session.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    @property
    def batch_table(self) -> str | None:
        """The published list of batches."""
        return str(self.folders.root / self.last.batch_table) if self.last else None

    def journal(self, register: Register) -> Journal:
        """The journal of a register."""
        return Journal(self.folders.store / register.pack / register.table, journal_columns(register))

    def current_sql(self, register: Register) -> str:
        """SQL of a register's current rows, this run's batches included: for the run's own eyes."""
        state = self.states.get(register.name)
        pending = [b.number for b in self.batches if b.register == register.name]
        batches = views.known_batches(register.name, self.batch_table, pending)
        return views.current(register, self.journal(register).sql(state.version if state else -1), batches)

    def has_rows(self, register: Register) -> bool:
        """Whether the register's journal holds anything."""
        state = self.states.get(register.name)
        return state is not None and state.version >= 0

    def changed(self) -> bool:
        """Whether there is anything to publish."""
        return (
            self.last is None
            or bool(self.batches)
            or self.states != self.last.registers
            or self.measures != self.last.measures
        )

    def write_slices(self, register: Register) -> None:
        """Write the governed copies of a register's current rows: one a purpose, holding only what that may see."""
        state = self.states[register.name]
        slices: dict[str, str] = {}
        for purpose, columns in self.slice_rule(register).items():
            mark = hashlib.sha256(f"{state.version} {state.contract} {list(columns)}".encode()).hexdigest()[:16]
            relative = Path("derived") / "current" / register.name / f"{purpose}-{state.version}-{mark}.parquet"
            path = self.folders.root / relative
            if not path.exists():
                write_slice(
                    self.session, f"SELECT {views.names(columns)} FROM {self.current_sql(register)}", register, path
                )
            slices[purpose] = str(relative)
        self.states[register.name] = dataclasses.replace(state, slices=slices)

    def materialise(self, name: str, relation: Relation) -> tuple[MeasureState, bool]:
        """Build the table of a measure unless nothing it depends on has changed; say if it was built."""
        inputs = {i.name for i in relation.inputs.values()}
        basis = [
            relation.fingerprint,
            *(f"{n}@{self.states[n].version}/{self.states[n].contract}" for n in sorted(inputs)),
        ]
        fingerprint = hashlib.sha256(" ".join(basis).encode()).hexdigest()
        relative = Path("derived") / "measures" / name / f"{fingerprint[:24]}.parquet"
        path = self.folders.root / relative
        known = self.measures.get(name)
        if known and known.fingerprint == fingerprint and path.exists():
            return known, False
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        tables = ", ".join(
            f'"{alias}" AS (SELECT * FROM {self.current_sql(self.registers[i.name])})'
            for alias, i in relation.inputs.items()
        )
        temporary = path.with_suffix(".part")
        rows = self.session.write_parquet(f"WITH {tables} SELECT * FROM ({relation.sql})", temporary)
        temporary.rename(path)
        self.measures[name] = MeasureState(fingerprint, str(relative), rows)
        return self.measures[name], True

    def publish(self) -> Snapshot:
        """Publish what this run has done as the next snapshot."""
        number = self.last.number + 1 if self.last else 1
        relative = Path("derived") / "batches" / f"{number:06d}-{self.name}.parquet"
        table = self.folders.root / relative
        table.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        published_at = publication_time(self.clock(), self.last)
        rows = [
            (b.number, b.register, (published_at - _EPOCH) // timedelta(microseconds=1), number) for b in self.batches
        ]
        new = "SELECT * FROM _new"
        self.session.insert(
            "_new", [("batch", "BIGINT"), ("register", "VARCHAR"), ("micros", "BIGINT"), ("snapshot", "BIGINT")], rows
        )
        new = "SELECT batch, register, make_timestamptz(micros) AS recorded_at, snapshot FROM _new"
        if self.batch_table:
            new = f"SELECT * FROM read_parquet({literal(self.batch_table)}) UNION ALL {new}"
        self.session.write_parquet(f"{new} ORDER BY batch", table)
        snapshot = Snapshot(
            number=number,
            published_at=published_at,
            run=self.name,
            who=self.who,
            registers=self.states,
            measures=self.measures,
            batches=tuple(self.batches),
            next_batch=self.next_batch,
            batch_table=str(relative),
            findings=tuple(self.findings),
            report=tuple(self.report),
        )
        self.snapshots.publish(snapshot)
        return snapshot


def write_slice(session: Session, query: str, register: Register, path: Path) -> None:
    """Write a slice in key order, so that one record is found without reading all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{secrets.token_hex(4)}")
    order = [k for k in register.key if k in query] or ["batch"]
    session.write_parquet(f"{query} ORDER BY {views.names(order)}", temporary)
    temporary.chmod(0o600)
    temporary.rename(path)
