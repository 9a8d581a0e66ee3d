"""Backup: all that is truth in a project, copied to a place while the project works on.

First the newest snapshot is taken; then only what it and its forerunners name. A run at work is neither waited for nor seen.
Pieces of files are objects named by their hash, so what the place has is not sent again. Each object is read back after it
was written; the manifest comes last. Nothing of a backup is ever changed by the next.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.instants import Clock
from altyn.model.relations import Relation
from altyn.store.backup_files import (
    TAKEN_ALONE,
    BackupSource,
    files_of_log,
    files_of_measures,
    files_of_project,
    files_of_snapshots,
    other_files,
    walk,
)
from altyn.store.derived import newest_proof
from altyn.store.durable import write_durably
from altyn.store.folders import FORMAT, Folders
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
from altyn.store.snapshots import Snapshots

_PIECE_BYTES = 32 << 20
# Each holds one piece; more gain little, for the disk and the line are the limit.
_WORKERS = 4
_NAMES_TRIED = 60
_LEFTOVERS_KEPT_S = 86_400


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
            *files_of_project(project),
            # After the snapshots were chosen: what they say of the log is in it then.
            *files_of_log(root, workroom),
            *files_of_snapshots(folders, snapshots, numbers),
            *files_of_measures(folders, snapshots, relations),
            *other_files(root, workroom),
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
            *files_of_project(project),
            *(s for top in sorted({*TAKEN_ALONE, "derived"}) for s in walk(root, top, ".altyn/")),
            *files_of_log(root, workroom),
            *other_files(root, workroom),
        ]
        manifest = _keep_all(place, manifest, sources, report, verify_all=False)
    send_orders(root, place)
    _remember(root, place)
    report.name = _write_manifest(place, manifest, clock().astimezone(UTC))
    return report


def _keep_all(
    place: ObjectStore, manifest: Manifest, sources: Sequence[BackupSource], report: BackupReport, *, verify_all: bool
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

    def keep(self, source: BackupSource, before: BackupFile | None) -> BackupFile:
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


def _pieces(source: BackupSource) -> Iterator[bytes]:
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
