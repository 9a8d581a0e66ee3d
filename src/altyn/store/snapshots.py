"""Snapshots: the numbered truths. A snapshot names a version of every table; nobody reads an unpublished one.

A snapshot is one JSON file, written last and exclusively. A batch exists because a snapshot lists it, and its
`recorded_at` is that snapshot's `published_at`: whatever an interrupted run left in a journal is not there for anyone.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import say
from altyn.store.durable import write_durably
from altyn.store.folders import FORMAT, Folders
from altyn.store.formats import as_format_2

_LISTED_FOR_S = 2.0
# The coarsest time that a file system of ours may give a folder is two seconds.
_SETTLED_S = 3.0
_REWRITTEN = "rewritten-"


@dataclass(frozen=True, slots=True)
class Batch:
    """What was learned at once about one register.

    `mode`: whole (what is missing is retracted), append, retry (rows that waited), mended (rows sent again).
    `files` are {display, size_bytes, sha256}; row counts are of this batch.
    """

    number: int
    register: str
    mode: str
    kind: str
    files: tuple[Mapping[str, Any], ...]
    content_hash: str
    who: str
    started_at: str
    rows_read: int = 0
    rows_put: int = 0
    rows_same: int = 0
    rows_retracted: int = 0
    rows_refused: int = 0
    cursor: str | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(int(f["size_bytes"]) for f in self.files)


@dataclass(frozen=True, slots=True)
class RegisterState:
    """One register in a snapshot: the journal's version and what was derived from it. Paths are below `.altyn`."""

    path: str
    version: int
    contract: str
    contract_version: str
    rows: int = 0
    versions: int = 0
    source_hash: str = ""
    cursor: str | None = None
    quarantine: str | None = None
    quarantined: tuple[tuple[str, str, int], ...] = ()
    quarantined_rows: int = 0
    waiting_rows: int = 0
    slices: Mapping[str, str] = field(default_factory=dict[str, str])
    # By the id of the governed relation; {batch: newest one in the copy, mark: what it is of, since: file of later changes or ""}
    slice_bases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    @property
    def at(self) -> str:
        """Which rows these are: journal and version; after an erasure several snapshots share those, and the rows tell them apart."""
        return f"{self.path}@{self.version}" + (f".{self.versions}" if "~" in self.path else "")


@dataclass(frozen=True, slots=True)
class TableState:
    """One derived table: its kind (`measure`), fingerprint of definition and inputs, its Parquet file below `.altyn`, rows."""

    kind: str
    fingerprint: str
    path: str
    rows: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published truth. `batches` are those of this run only; `batch_table` lists all up to here."""

    number: int
    published_at: datetime
    run: str
    who: str
    registers: Mapping[str, RegisterState]
    tables: Mapping[str, TableState]
    batches: tuple[Batch, ...]
    next_batch: int
    batch_table: str
    findings: tuple[Mapping[str, Any], ...] = ()
    report: tuple[Mapping[str, Any], ...] = ()
    # The access log when this was published: {log: identity, size: records, root: of the tree over them}; empty in older ones.
    log: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def to_json(self) -> bytes:
        """The file's bytes."""
        document = {
            "format": FORMAT,
            **asdict(self),
            "published_at": self.published_at.isoformat(timespec="microseconds"),
        }
        return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in one file.

    Raises:
        AltynError: `snapshot.broken` when the file is not a snapshot of our format.
    """
    try:
        # Of a project in a bucket another machine may have upgraded, or not yet: an older file says the same in our words.
        document = as_format_2(json.loads(path.read_bytes()))
        if document.pop("format") != FORMAT:
            raise ValueError  # noqa: TRY301
        document["published_at"] = datetime.fromisoformat(document["published_at"])
        document["registers"] = {
            name: RegisterState(**_with(state, "quarantined", tuple(tuple(q) for q in state["quarantined"])))
            for name, state in document["registers"].items()
        }
        document["tables"] = {name: TableState(**state) for name, state in document["tables"].items()}
        document["batches"] = tuple(Batch(**_with(b, "files", tuple(b["files"]))) for b in document["batches"])
        document["findings"] = tuple(document["findings"])
        document["report"] = tuple(document["report"])
        return Snapshot(**document)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AltynError(
            "snapshot.broken",
            what=say("A snapshot cannot be read."),
            where=f".altyn/snapshots/{path.name}",
            mend=say("Restore the file from a backup; do not edit or delete snapshots."),
        ) from None


def _with(document: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    return {**document, key: value}


class Snapshots:
    """All published snapshots of a project."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._cache: dict[int, tuple[tuple[int, int], Snapshot]] = {}
        self._seen: tuple[float, list[str]] = (float("-inf"), [])
        self._counted: tuple[Hashable, list[int]] = (None, [])

    def stamp(self) -> Hashable | None:
        """Changes whenever a snapshot is published or written anew; costs one look at their folder.

        None while the last change is so young that another one could still get the same time: nothing may be taken for
        unchanged then.
        """
        names = tuple(self._listed()) if self._folders.place else ()
        folder = self._folders.snapshots.stat()
        if abs(time.time() - folder.st_mtime) < _SETTLED_S:
            return None
        return folder.st_ino, folder.st_mtime_ns, names

    def numbers(self) -> list[int]:
        """Numbers of the published snapshots, oldest first."""
        stamp = self.stamp()
        counted, numbers = self._counted
        if stamp is None or stamp != counted:
            numbers = self._published()
            # Counted after the stamp was taken: what was published in between has another one.
            self._counted = stamp, numbers
        return list(numbers)

    def _published(self) -> list[int]:
        here = {p.name for p in self._folders.snapshots.glob("[0-9]*.json")}
        if self._folders.place:
            here |= {name.rpartition("/")[2] for name in self._listed()}
        return sorted(int(name.removesuffix(".json")) for name in here if name[:1].isdigit())

    def _listed(self) -> list[str]:
        """Names in the project's place; a page asks often, so an answer is good for a moment."""
        at, names = self._seen
        if self._folders.place and time.monotonic() - at > _LISTED_FOR_S:
            names = self._folders.place.names("snapshots")
            self._seen = time.monotonic(), names
            self._forget_rewritten({name.rpartition("/")[2] for name in names if "/" + _REWRITTEN in name})
        return names

    def _forget_rewritten(self, marks: set[str]) -> None:
        """Drop copies of snapshots that another machine has written anew, by an erasure order."""
        folder = self._folders.snapshots
        if marks != {p.name for p in folder.glob(f"{_REWRITTEN}*")}:
            for path in folder.glob("[0-9]*.json"):
                path.unlink()
            for mark in marks:
                (folder / mark).touch(mode=0o600)

    def get(self, number: int) -> Snapshot:
        """One snapshot by its number."""
        path = self._folders.local(f"snapshots/{number:06d}.json")
        known = self._cache.get(number)
        # An erasure order is the one thing that writes a snapshot anew; whoever holds it in memory must notice.
        stamp = (path.stat().st_ino, path.stat().st_mtime_ns) if path.exists() else (0, 0)
        if known is None or known[0] != stamp:
            known = self._cache[number] = (stamp, read_snapshot(path))
        return known[1]

    def all(self) -> list[Snapshot]:
        """Every snapshot, oldest first."""
        return [self.get(n) for n in self.numbers()]

    def latest(self) -> Snapshot | None:
        """The newest snapshot, or None before the first run."""
        numbers = self.numbers()
        return self.get(numbers[-1]) if numbers else None

    def log_said(self) -> Mapping[str, Any]:
        """What the newest snapshot says of the access log; nothing where none does."""
        latest = self.latest()
        return latest.log if latest else {}

    def later(self, number: int, register: str) -> list[RegisterState]:
        """A register's states in the snapshots after one, oldest first."""
        found = [self.get(n).registers.get(register) for n in self.numbers() if n > number]
        return [state for state in found if state is not None]

    def known_at(self, moment: datetime | None) -> Snapshot:
        """What was known at a moment: the last snapshot published at or before it.

        Raises:
            AltynError: `snapshot.none` when nothing was published by then.
        """
        published = self.numbers()
        for number in reversed(published):
            snapshot = self.get(number)
            if moment is None or snapshot.published_at <= moment:
                return snapshot
        if not published:
            raise AltynError(
                "snapshot.none", what=say("The project has no snapshot yet."), mend=say("Run `altyn run` first.")
            )
        first = self.get(published[0]).published_at
        raise AltynError(
            "snapshot.none",
            what=say(
                "Nothing was known at that time; the first snapshot is of {first}.", first=f"{first:%Y-%m-%d %H:%M} UTC"
            ),
            mend=say("Ask for a later time; `altyn snapshots` lists them."),
        )

    def publish(self, snapshot: Snapshot) -> None:
        """Make a snapshot the truth. The last act of a run.

        Raises:
            AltynError: `journal.raced` when another machine has published this number.
        """
        content = snapshot.to_json()
        if self._folders.place:
            try:
                self._folders.place.write(f"snapshots/{snapshot.number:06d}.json", content, exclusive=True)
            except FileExistsError:
                raise AltynError(
                    "journal.raced",
                    what=say(
                        "Another machine published a snapshot at the same time; nothing of this run was published."
                    ),
                    where=f"snapshot {snapshot.number}",
                    mend=say("Run again: what is there by then is taken into account."),
                    retry=True,
                ) from None
            self._seen = (float("-inf"), [])
        write_durably(self._path(snapshot.number), content, exclusive=True)

    def replace(self, snapshot: Snapshot) -> None:
        """Write a published snapshot anew. By an erasure order alone, and by upgrades: all else stays as it was published."""
        content = snapshot.to_json()
        if self._folders.place:
            self._folders.place.write(f"snapshots/{snapshot.number:06d}.json", content)
            mark = f"{_REWRITTEN}{secrets.token_hex(8)}"
            self._folders.place.write(f"snapshots/{mark}", b"")
            (self._folders.snapshots / mark).touch(mode=0o600)
        write_durably(self._path(snapshot.number), content)

    def _path(self, number: int) -> Path:
        return self._folders.snapshots / f"{number:06d}.json"


def publication_time(now: datetime, last: Snapshot | None) -> datetime:
    """When the next snapshot is published: now, but always after the last one.

    Raises:
        AltynError: `clock.behind` when the clock says less than the last snapshot.
    """
    now = now.astimezone(UTC)
    if last is None:
        return now
    if now < last.published_at:
        raise AltynError(
            "clock.behind",
            what=say("The machine's clock is behind the last snapshot."),
            where=f"snapshot {last.number}, {last.published_at:%Y-%m-%d %H:%M:%S} UTC",
            mend=say("Set the clock right (NTP), then run again."),
            retry=True,
        )
    return max(now, last.published_at + timedelta(microseconds=1))
