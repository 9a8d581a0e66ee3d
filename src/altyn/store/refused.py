"""Refused rows in numbers and places: how many break which rule, where they stand, and where a mended row stood first.

Never a value: those pass the gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from altyn.engines.duckdb import Session
from altyn.model.registers import Register
from altyn.sources import quarantine
from altyn.sources.read import Part
from altyn.sources.staging import TempTable
from altyn.store import views
from altyn.store.folders import Folders
from altyn.store.run import Run
from altyn.store.snapshots import Batch, Snapshot, Snapshots


@dataclass(frozen=True, slots=True)
class RefusedPlace:
    """Where a refused row stands: its number in quarantine, the file, the line, and the batch it first came with."""

    entry: int
    file: str
    line: int
    batch: int


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Refused rows that break one rule in one column (None: the row as a whole), the first of them by place."""

    rule: str
    column: str | None
    rows: int
    places: tuple[RefusedPlace, ...]


def rows(path: Path) -> int:
    """How many refused rows a quarantine file holds."""
    with Session() as session:
        return int(session.one(f"SELECT count(DISTINCT entry) FROM {quarantine.entries(path)}")[0])


def groups(path: Path, places: int) -> list[RefusedRows]:
    """The refused rows of a quarantine file by rule and column, most first, each with its first places."""
    lines = quarantine.entries(path)
    with Session() as session:
        counted = session.run(
            f"SELECT rule, column_name, count(DISTINCT entry) FROM {lines} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
        )
        first = session.run(
            "SELECT rule, column_name, entry, file, line_no, batch FROM (SELECT *, row_number() OVER "
            f"(PARTITION BY rule, column_name ORDER BY entry) AS n FROM {lines}) WHERE n <= {places} ORDER BY entry"
        )
    return [
        RefusedRows(
            str(rule),
            column,
            int(rows),
            tuple(
                RefusedPlace(int(e), str(f), int(line), int(b))
                for r, c, e, f, line, b in first
                if (r, c) == (rule, column)
            ),
        )
        for rule, column, rows in counted
    ]


def first_place(
    folders: Folders, snapshots: Snapshots, batch: Batch, key_text: str, line: int | None
) -> RefusedPlace | None:
    """Where a record of a batch that was mended or tried again stood when it was first refused.

    Args:
        folders: the project's `.altyn`.
        snapshots: its snapshots.
        batch: the batch the record came in with.
        key_text: its key, as the quarantine writes it.
        line: its line in the batch's file.

    Returns:
        the place; None where the batch was no such one, or its quarantine is gone.
    """
    if batch.mode not in {"mended", "retry"}:
        return None
    all_snapshots = snapshots.all()
    found: RefusedPlace | None = None
    # A row may be refused again after it was mended: then the place is looked for once more, before that batch.
    for _ in range(len(all_snapshots)):
        if batch.mode not in {"mended", "retry"}:
            break
        path = _quarantine_before(folders, all_snapshots, batch)
        entry = next(
            (e for f in batch.files for at, e in dict(f.get("entries") or {}).items() if at == str(line)), None
        )
        place = _place(path, key_text, entry) if path else None
        if place is None:
            break
        found, line = place, place.line
        earlier = _batch(all_snapshots, place.batch)
        if earlier is None or earlier.number >= batch.number:
            break
        batch = earlier
    return found


def _quarantine_before(folders: Folders, snapshots: Iterable[Snapshot], batch: Batch) -> Path | None:
    """The quarantine a batch began with."""
    state = None
    for snapshot in snapshots:
        if any(b.number == batch.number for b in snapshot.batches):
            break
        state = snapshot.registers.get(batch.register)
    path = folders.local(state.quarantine) if state and state.quarantine else None
    return path if path and path.exists() else None


def _batch(snapshots: Iterable[Snapshot], number: int) -> Batch | None:
    return next((b for s in snapshots for b in s.batches if b.number == number), None)


def _place(path: Path, key_text: str, entry: int | None) -> RefusedPlace | None:
    wanted, given = ("key_text = $given", key_text) if entry is None else ("entry = $given", entry)
    with Session() as session:
        rows = session.run(
            f"SELECT entry, file, line_no, batch FROM {quarantine.entries(path)} WHERE {wanted} ORDER BY entry LIMIT 1",
            {"given": given},
        )
    return RefusedPlace(int(rows[0][0]), str(rows[0][1]), int(rows[0][2]), int(rows[0][3])) if rows else None


def with_entries(run: Run, register: Register, parts: Sequence[Part], before: str | None, changes: TempTable) -> None:
    """Keep with the batch just loaded which entry a mended row mends, where its key cannot tell: the key was at fault.

    Args:
        run: the run; its last batch is the mended one.
        register: the register.
        parts: the staged rows, with `altyn_entry`.
        before: the quarantine file the batch began with, below `.altyn`.
        changes: the rows the batch put.
    """
    if before is None:
        return
    lines, batch = quarantine.entries(run.folders.local(before)), run.batches[-1]
    files: list[Mapping[str, Any]] = []
    for part, file in zip(parts, batch.files, strict=True):
        found = run.session.run(
            f"SELECT m.line_no, q.entry FROM (SELECT line_no, TRY_CAST(altyn_entry AS BIGINT) AS entry FROM ({part.query})) AS m "
            f"JOIN (SELECT DISTINCT entry, key_text FROM {lines}) AS q ON q.entry = m.entry "
            f"JOIN (SELECT line_no, {views.key_text(register.key)} AS k FROM {changes} WHERE op = 'put' AND file_no = {part.no}) AS c "
            "ON c.line_no = m.line_no WHERE q.key_text IS DISTINCT FROM c.k ORDER BY 1"
        )
        entries = {str(line): int(entry) for line, entry in found}
        files.append({**file, "entries": entries} if entries else file)
    run.batches[-1] = replace(batch, files=tuple(files))
