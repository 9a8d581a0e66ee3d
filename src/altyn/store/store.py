"""The store of a project: its snapshots, its runs, and the scenes the gate reads."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from altyn.engines.duckdb import Session
from altyn.engines.spark import Spark
from altyn.model.columns import Column
from altyn.model.instants import Clock
from altyn.model.spark_settings import SparkSettings
from altyn.sources import quarantine
from altyn.store import held, refused
from altyn.store.declared import Declared
from altyn.store.folders import Folders, writing
from altyn.store.run import CopyRule, Run
from altyn.store.scenes import Scene
from altyn.store.snapshots import Batch, Snapshots


class Store:
    """Everything durable of one project.

    Args:
        folders: the project's `.altyn`.
        registers: the declared registers by full name, and those of the past.
        tables: derived table -> (registers it is made of, its columns).
        copied: policy's word on what a run may copy of a register's current rows.
        clock: tells the time.
        copied_when_asked: `copied` with what is copied only when somebody asks; without it, the same.
        spark: where tables over much data are built; None builds all here.
        log_head: says where the access log stands, for each snapshot.
    """

    def __init__(
        self,
        folders: Folders,
        registers: Declared,
        tables: Mapping[str, tuple[tuple[str, ...], tuple[Column, ...]]],
        copied: CopyRule,
        clock: Clock,
        *,
        copied_when_asked: CopyRule | None = None,
        spark: SparkSettings | None = None,
        log_head: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.folders = folders
        self.snapshots = Snapshots(folders)
        self.registers = registers
        self._tables = tables
        self._copied = copied
        self._copied_when_asked = copied_when_asked or copied
        self._clock = clock
        self._log_head = log_head
        self.spark = Spark(spark, folders.root / "spark") if spark else None
        self._scenes: dict[int, Scene] = {}

    @contextlib.contextmanager
    def run(self, who: str, wait_s: float = 10.0, accepted: frozenset[str] = frozenset()) -> Generator[Run]:
        """A run under the project's lock; publishes nothing by itself."""
        with writing(self.folders, wait_s):
            run = Run(
                self.folders,
                self.snapshots,
                self.registers,
                self._clock,
                who,
                self._copied,
                self.spark,
                accepted,
                self._log_head,
            )
            try:
                yield run
            finally:
                run.close()

    def scene(self, known_at: datetime | None = None) -> Scene:
        """The tables as known at a moment; the newest without one."""
        snapshot = self.snapshots.known_at(known_at)
        scene = self._scenes.get(snapshot.number)
        if scene is None or scene.snapshot is not snapshot:
            scene = Scene(self.folders, snapshot, self.registers, self._tables, self._copied_when_asked, self.snapshots)
            self._scenes[snapshot.number] = scene
        return scene

    def batches(self, register: str, up_to: int | None = None) -> list[tuple[Batch, int, datetime]]:
        """A register's batches with the snapshot that published each, newest first."""
        found = [
            (batch, snapshot.number, snapshot.published_at)
            for snapshot in self.snapshots.all()
            if up_to is None or snapshot.number <= up_to
            for batch in snapshot.batches
            if batch.register == register
        ]
        return sorted(found, key=lambda b: -b[0].number)

    def refused_places(self, register: str, limit: int) -> list[dict[str, object]]:
        """Where a register's refused rows stand and which rule they break; never their values."""
        snapshot = self.snapshots.latest()
        state = snapshot.registers.get(register) if snapshot else None
        if state is None or not state.quarantine:
            return []
        return self._places(self.folders.local(state.quarantine), limit)

    def refused_whole(self, register: str, limit: int) -> list[dict[str, object]]:
        """The same of the last batch that was refused whole; empty when one was taken in since."""
        path = held.refused(self.folders, register)
        return self._places(path, limit) if path else []

    def refused_groups(self, register: str, places: int, *, whole: bool = False) -> list[refused.RefusedRows]:
        """A register's refused rows by rule and column, with first places; with `whole`, those of a batch refused whole."""
        snapshot = self.snapshots.latest()
        state = snapshot.registers.get(register) if snapshot else None
        path = self.folders.local(state.quarantine) if state and state.quarantine else None
        if whole:
            path = held.refused(self.folders, register)
        return refused.groups(path, places) if path else []

    def refused_rows(self, register: str) -> int:
        """How many rows the last batch that was refused whole had refused."""
        path = held.refused(self.folders, register)
        return refused.rows(path) if path else 0

    def waits(self, register: str) -> held.Shrunken | None:
        """The extract that waits for somebody's word because it would retract too much."""
        return held.shrunken(self.folders, register)

    def first_place(self, batch: Batch, key_text: str, line: int | None) -> refused.RefusedPlace | None:
        """Where a record that came in mended, or after its parent, stood when it was refused."""
        return refused.first_place(self.folders, self.snapshots, batch, key_text, line)

    def _places(self, path: Path, limit: int) -> list[dict[str, object]]:
        lines = quarantine.entries(path)
        with Session() as session:
            rows = session.run(
                f"SELECT entry, file, line_no, column_name, rule FROM {lines} ORDER BY entry, rule LIMIT {limit}"
            )
        return [dict(zip(("entry", "file", "line", "column", "rule"), row, strict=True)) for row in rows]
