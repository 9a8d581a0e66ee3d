"""Backup: all that is truth in a project, copied to a place while the project works on.

First the newest snapshot is taken; then only what it and its forerunners name. A run at work is neither waited for nor seen.
Pieces of files are objects named by their hash, so what the place has is not sent again. Each object is read back after it
was written; the manifest comes last. Nothing of a backup is ever changed by the next.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.instants import Clock
from altyn.model.relations import Relation
from altyn.store.derived import lasting_tables, newest_proof
from altyn.store.durable import write_durably
from altyn.store.folders import FORMAT, Folders
from altyn.store.journal import journal_at
from altyn.store.manifests import (
    BACKUPS,
    OBJECTS,
    ORDERS,
    BackupFile,
    Manifest,
    Piece,
    backups_of,
    damaged,
    manifest_name,
    newest_manifest,
)
from altyn.store.places import FolderPlace, ObjectStore
from altyn.store.snapshots import Snapshot, Snapshots

_PIECE_BYTES = 32 << 20
# Each holds one piece; more gain little, for the disk and the line are the limit.
_WORKERS = 4
_TAKEN_ALONE = {"store", "snapshots", "quarantine", "format"}
# Can be built again, or belongs to whoever is at work now.
_LEFT_OUT = {
    "derived",
    "backup-places.json",
    "scratch",
    "spark",
    "cache",
    "aside",
    "backup",
    "lock",
    "upgrade.json",
    "status.json",
}
_NAMES_TRIED = 60
_LEFTOVERS_KEPT_S = 86_400


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to keep: its name in the backup, where its bytes are, how many of them, and whether they can ever change."""

    name: str
    path: Path
    size: int
    is_immutable: bool = False


@dataclass(slots=True)
class BackupReport:
    """What a backup did. `mended`: objects that were damaged in the place and are whole again."""

    name: str = ""
    snapshot: int = 0
    files: int = 0
    size_bytes: int = 0
    sent_objects: int = 0
    sent_bytes: int = 0
    verified_objects: int = 0
    mended: list[str] = field(default_factory=list[str])
    proofs: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])


_PLACES = "backup-places.json"


def back_up(  # one call says what, where and how
    project: Path,
    place: ObjectStore,
    *,
    folders: Folders,
    relations: Mapping[str, Relation],
    clock: Clock,
    version: str,
    name: str,
    verify_all: bool = False,
) -> BackupReport:
    """Copy a project's truth to a place, and read back what was written.

    Args:
        project: the folder with altyn.toml and `.altyn`.
        place: where backups are kept; one place for one project.
        folders: the project's `.altyn`, and its own place if it has one.
        relations: the measures that can be built again; tables of others are kept.
        clock: gives the backup's name.
        version: of Altyn, for the manifest.
        name: the project's.
        verify_all: read back and compare every object of this backup, and send damaged ones again.

    Raises:
        AltynError: `snapshot.none`, `backup.inside`, `backup.other-project`, `backup.link`, `backup.damaged`, `snapshot.broken`
            and those of places.
    """
    # A whole `.altyn` may lie on another disk, by a link; inside it no link is followed.
    root = folders.root.resolve()
    folders = replace(folders, root=root)
    _require_outside(project, root, place)
    snapshots = _Frozen(folders)
    latest = snapshots.known_at(None)
    numbers = snapshots.numbers()
    manifest = Manifest(
        project=name,
        origin=snapshots.get(numbers[0]).run,
        made_at="",
        altyn=version,
        format=FORMAT,
        snapshot=latest.number,
        snapshots=tuple(numbers),
        files=(),
    )
    report = BackupReport(snapshot=latest.number)
    with _private(root / "backup") as workroom:
        sources = [
            *_files_of_project(project),
            # After the snapshots were chosen: what they say of the log is in it then.
            *_files_of_log(root, workroom),
            *_files_of_snapshots(folders, snapshots, numbers),
            *_files_of_measures(folders, snapshots, relations),
            *_other_files(root, workroom),
        ]
        manifest = _keep_all(place, manifest, sources, report, verify_all=verify_all)
    send_orders(root, place)
    _remember(root, place)
    report.proofs = newest_proof(folders, snapshots)
    report.name = _write_manifest(place, replace(manifest, proofs=report.proofs), clock().astimezone(UTC))
    return report


def back_up_unread(
    project: Path, place: ObjectStore, *, clock: Clock, version: str, name: str, found: int
) -> BackupReport:
    """Copy a project of an older format as it lies, without understanding it. The caller holds the lock.

    Args:
        project: the folder with altyn.toml and `.altyn`.
        place: where backups are kept.
        clock: gives the backup's name.
        version: of Altyn, for the manifest.
        name: the project's.
        found: its format.

    Raises:
        AltynError: as `back_up`.
    """
    root = (project / ".altyn").resolve()
    _require_outside(project, root, place)
    paths = {int(p.stem): p for p in (root / "snapshots").glob("[0-9]*.json")}
    numbers = sorted(paths)
    first = json.loads(paths[numbers[0]].read_bytes()) if numbers else {}
    newest = numbers[-1] if numbers else 0
    manifest = Manifest(name, str(first.get("run", "")), "", version, found, newest, tuple(numbers), ())
    report = BackupReport(snapshot=newest)
    with _private(root / "backup") as workroom:
        sources = [
            *_files_of_project(project),
            *(s for top in sorted({*_TAKEN_ALONE, "derived"}) for s in _walk(root, top, ".altyn/")),
            *_files_of_log(root, workroom),
            *_other_files(root, workroom),
        ]
        manifest = _keep_all(place, manifest, sources, report, verify_all=False)
    send_orders(root, place)
    _remember(root, place)
    report.name = _write_manifest(place, manifest, clock().astimezone(UTC))
    return report


def _keep_all(
    place: ObjectStore, manifest: Manifest, sources: Sequence[_Source], report: BackupReport, *, verify_all: bool
) -> Manifest:
    before = _last(place, manifest.origin)
    known = {f.name: f for f in before.files} if before else {}
    sender = _Sender(place, set(place.names(OBJECTS)), report, verify_all=verify_all)
    with ThreadPoolExecutor(_WORKERS) as pool:
        try:
            kept = list(pool.map(lambda source: sender.keep(source, known.get(source.name)), sources))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    full = replace(manifest, files=tuple(sorted(kept, key=lambda f: f.name)))
    report.files, report.size_bytes = len(kept), full.size
    return full


class _Frozen(Snapshots):
    """The snapshots there were when the backup began."""

    def __init__(self, folders: Folders) -> None:
        super().__init__(folders)
        self._numbers = super().numbers()

    def numbers(self) -> list[int]:
        return list(self._numbers)


class _Sender:
    """Sends files piece by piece; several may be at work at once."""

    def __init__(self, place: ObjectStore, have: set[str], report: BackupReport, *, verify_all: bool) -> None:
        self._place, self._have, self._report, self._verify_all = place, have, report, verify_all
        self._counting = threading.Lock()

    def keep(self, source: _Source, before: BackupFile | None) -> BackupFile:
        # A file that never changes is not even read again, unless all is to be verified.
        if (
            source.is_immutable
            and not self._verify_all
            and before is not None
            and before.size == source.size
            and all(p.name in self._have for p in before.pieces)
        ):
            return before
        whole, pieces = hashlib.sha256(), list[Piece]()
        for content in _pieces(source):
            piece = Piece(hashlib.sha256(content).hexdigest(), len(content))
            whole.update(content)
            pieces.append(piece)
            self._send(piece, content)
        return BackupFile(source.name, sum(p.size for p in pieces), whole.hexdigest(), tuple(pieces))

    def _send(self, piece: Piece, content: bytes) -> None:
        is_new = piece.name not in self._have
        if not is_new and not self._verify_all:
            return
        if is_new or not self._is_whole(piece):
            self._place.write(piece.name, content)
            if not self._is_whole(piece):
                raise damaged(self._place, piece.name, say("The place does not give back what was written to it."))
            with self._counting:
                self._have.add(piece.name)
                self._report.sent_objects += 1
                self._report.sent_bytes += piece.size
                self._report.mended += [] if is_new else [piece.name]
        with self._counting:
            self._report.verified_objects += 1

    def _is_whole(self, piece: Piece) -> bool:
        try:
            return hashlib.sha256(self._place.read(piece.name)).hexdigest() == piece.sha256
        except FileNotFoundError:
            return False


def _pieces(source: _Source) -> Iterator[bytes]:
    with os.fdopen(os.open(source.path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        left = source.size
        while left > 0:
            content = file.read(min(left, _PIECE_BYTES))
            if not content:
                raise AltynError(
                    "backup.changed",
                    what=say("A file grew shorter while it was read."),
                    where=source.name,
                    mend=say("Do it again; if it stays so, look who else writes there."),
                    retry=True,
                )
            left -= len(content)
            yield content


def _require_outside(project: Path, root: Path, place: ObjectStore) -> None:
    inner = [root, (project / "packs").resolve()]
    if isinstance(place, FolderPlace) and any(place.path.resolve().is_relative_to(folder) for folder in inner):
        raise AltynError(
            "backup.inside",
            what=say("The backup would lie inside what it is to keep."),
            where=place.address,
            mend=say("Name a folder outside the project, best on another disk."),
        )


def _last(place: ObjectStore, origin: str) -> Manifest | None:
    """The newest backup of the place, if it can be read.

    Raises:
        AltynError: `backup.other-project`.
    """
    if not backups_of(place):
        return None
    try:
        _, manifest = newest_manifest(place)
    except AltynError as error:
        if error.code != "backup.damaged":
            raise
        # It only saves work; whoever restores is told.
        return None
    if manifest.origin != origin:
        raise AltynError(
            "backup.other-project",
            what=say("The place holds backups of another project."),
            where=place.address,
            mend=say("Give each project a folder or prefix of its own."),
        )
    return manifest


def _files_of_project(project: Path) -> list[_Source]:
    found = [_source("altyn.toml", project / "altyn.toml", project)]
    return [*found, *_walk(project, "packs")]


def _files_of_snapshots(folders: Folders, snapshots: Snapshots, numbers: Iterable[int]) -> list[_Source]:
    """Snapshots, and the journals and quarantines they name, up to the versions they name."""
    versions: dict[str, int] = {}
    named: set[str] = set()
    for number in numbers:
        snapshot: Snapshot = snapshots.get(number)
        named.add(f"snapshots/{number:06d}.json")
        for state in snapshot.registers.values():
            versions[state.path] = max(versions.get(state.path, -1), state.version)
            named |= {state.quarantine} if state.quarantine else set[str]()
            # Where the store lies in a bucket, this brings the contract here; `_other_files` finds it then.
            folders.local(f"contracts/{state.contract}.yaml")
    for path, version in versions.items():
        named |= {f"{path}/_delta_log/{v:020d}.json" for v in range(version + 1)}
        named |= {file.relative_to(folders.root).as_posix() for file in journal_at(folders, path).exact_files(version)}
    named.add("format")
    return [
        _source(f".altyn/{n}", folders.local(n), folders.root, is_immutable=n.endswith(".parquet"))
        for n in sorted(named)
    ]


def _files_of_measures(folders: Folders, snapshots: Snapshots, relations: Mapping[str, Relation]) -> list[_Source]:
    # One that is gone already cannot be kept; it may be built again when its definition comes back.
    paths = [path for path in sorted(lasting_tables(snapshots, relations)) if folders.local(path).exists()]
    return [_source(f".altyn/{path}", folders.root / path, folders.root, is_immutable=True) for path in paths]


def _files_of_log(root: Path, workroom: Path) -> list[_Source]:
    """The access log and its head as they are at one moment, while others write: the head is copied, the log up to its end then.

    The lock is the log's own, which every writer holds from the first byte to the head.
    """
    if not (root / "log").is_dir():
        return []
    descriptor = os.open(root / "log" / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        found: list[_Source] = []
        for source in _walk(root, "log", ".altyn/"):
            if source.name == ".altyn/log/head":
                copy = workroom / "log-head"
                copy.write_bytes(source.path.read_bytes())
                found.append(_Source(source.name, copy, copy.stat().st_size))
            elif source.path.name != "lock":
                # Lines are only ever added: what is there now is read later without holding anybody up.
                found.append(replace(source, size=_whole_lines(source)) if source.path.suffix == ".jsonl" else source)
        return found
    finally:
        os.close(descriptor)


def _other_files(root: Path, workroom: Path) -> list[_Source]:
    """Everything else that is truth, known to us or to a later version: whole logs, databases by their own way of copying."""
    found: list[_Source] = []
    for top in sorted(root.iterdir()):
        if top.name in _LEFT_OUT | _TAKEN_ALONE | {"log"} or top.name.startswith("."):
            continue
        for source in _walk(root, top.name, ".altyn/"):
            if source.path.suffix == ".jsonl":
                found.append(replace(source, size=_whole_lines(source)))
            elif source.path.name.endswith((".sqlite-wal", ".sqlite-shm", ".sqlite-journal")):
                continue
            elif source.path.suffix == ".sqlite":
                copy = _copy_of_database(source.path, workroom / f"{len(found)}.sqlite")
                found.append(_Source(source.name, copy, copy.stat().st_size))
            else:
                found.append(source)
    return found


def _walk(base: Path, top: str, before: str = "") -> list[_Source]:
    """Files of a folder, or one file; their names are `before` and the path below `base`.

    Links are refused; unfinished and compiled files are left out.
    """
    start = base / top
    if not os.path.lexists(start):
        return []
    if not start.is_dir() or start.is_symlink():
        return [_source(before + top, start, base)]
    found: list[_Source] = []
    for folder, folders, files in os.walk(start, followlinks=False):
        folders[:] = [f for f in folders if f != "__pycache__"]
        for name in [f for f in folders if (Path(folder) / f).is_symlink()] + files:
            path = Path(folder) / name
            if name.startswith(".") or name.endswith(".pyc"):
                continue
            found.append(_source(before + path.relative_to(base).as_posix(), path, base))
    return found


def _source(name: str, path: Path, inside: Path, *, is_immutable: bool = False) -> _Source:
    """A regular file inside a folder, with its size now.

    Raises:
        AltynError: `backup.link`, `snapshot.broken`.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        raise AltynError(
            "snapshot.broken",
            what=say("A file that a snapshot names is missing."),
            where=name,
            mend=say("Restore it from an earlier backup, or run altyn doctor."),
        ) from None
    if not stat.S_ISREG(status.st_mode) or not path.parent.resolve().is_relative_to(inside.resolve()):
        raise AltynError(
            "backup.link",
            what=say("A link, or something that is no file, stands among the project's files."),
            where=name,
            mend=say("Put the file itself there: a backup follows no links."),
        )
    return _Source(name, path, status.st_size, is_immutable)


def _whole_lines(source: _Source) -> int:
    """Bytes up to the end of the last whole line."""
    window = 65_536
    with source.path.open("rb") as file:
        end = source.size
        while end > 0:
            start = max(0, end - window)
            file.seek(start)
            last = file.read(end - start).rfind(b"\n")
            if last >= 0:
                return start + last + 1
            end = start
    return 0


def _copy_of_database(path: Path, copy: Path) -> Path:
    """A SQLite database as it is at one moment, while others write to it."""
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(copy)) as target:
        live.backup(target)
    return copy


@contextmanager
def _private(folder: Path) -> Generator[Path]:
    """A folder for copies that must not lie open; what an interrupted backup left there a day ago goes first."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.iterdir():
        if time.time() - left.stat().st_mtime > _LEFTOVERS_KEPT_S:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        yield Path(own)


def _remember(root: Path, place: ObjectStore) -> None:
    """Keep the place's address: an order given later must reach every place that holds a backup."""
    known = places_of_backups(root)
    if place.address not in known:
        write_durably(root / _PLACES, json.dumps([*known, place.address], ensure_ascii=False).encode())


def places_of_backups(root: Path) -> list[str]:
    """Addresses that backups of the project went to."""
    path = root / _PLACES
    return list(json.loads(path.read_bytes())) if path.exists() else []


def send_orders(root: Path, place: ObjectStore) -> None:
    """Orders are kept beside the backups too: those given later must reach whoever restores an earlier one."""
    for path in sorted((root / "orders").glob("*")):
        name = f"{ORDERS}/{path.name}"
        # An order that was only requested when it was first sent may have been carried out since.
        if not place.exists(name) or place.read(name) != path.read_bytes():
            place.write(name, path.read_bytes())


def _write_manifest(place: ObjectStore, manifest: Manifest, now: datetime) -> str:
    for second in range(_NAMES_TRIED):
        made_at = (now + timedelta(seconds=second)).isoformat(timespec="seconds")
        name, content = manifest_name(made_at, manifest.snapshot), replace(manifest, made_at=made_at).to_json()
        try:
            place.write(f"{BACKUPS}/{name}.json", content, exclusive=True)
        except FileExistsError:
            continue
        if place.read(f"{BACKUPS}/{name}.json") != content:
            raise damaged(place, name, say("The place does not give back what was written to it."))
        return name
    raise damaged(place, BACKUPS, say("Every name of this minute is taken."))
