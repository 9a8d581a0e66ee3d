"""Files of a backup: which files of a project are truth, and each as it is at one moment while others write."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.relations import Relation
from altyn.store.derived import lasting_tables
from altyn.store.folders import Folders
from altyn.store.journal import journal_at
from altyn.store.snapshots import Snapshot, Snapshots

TAKEN_ALONE = {"store", "snapshots", "quarantine", "format"}
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


@dataclass(frozen=True, slots=True)
class BackupSource:
    """A file to keep: its name in the backup, where its bytes are, how many of them, and whether they can ever change."""

    name: str
    path: Path
    size: int
    is_immutable: bool = False


def files_of_project(project: Path) -> list[BackupSource]:
    """What a person wrote: altyn.toml and the packs."""
    found = [_source("altyn.toml", project / "altyn.toml", project)]
    return [*found, *walk(project, "packs")]


def files_of_snapshots(folders: Folders, snapshots: Snapshots, numbers: Iterable[int]) -> list[BackupSource]:
    """Snapshots, and the journals and quarantines they name, up to the versions they name."""
    versions: dict[str, int] = {}
    named: set[str] = set()
    for number in numbers:
        snapshot: Snapshot = snapshots.get(number)
        named.add(f"snapshots/{number:06d}.json")
        for state in snapshot.registers.values():
            versions[state.path] = max(versions.get(state.path, -1), state.version)
            named |= {state.quarantine} if state.quarantine else set[str]()
            # Where the store lies in a bucket, this brings the contract here; `other_files` finds it then.
            folders.local(f"contracts/{state.contract}.yaml")
    for path, version in versions.items():
        named |= {f"{path}/_delta_log/{v:020d}.json" for v in range(version + 1)}
        named |= {file.relative_to(folders.root).as_posix() for file in journal_at(folders, path).exact_files(version)}
    named.add("format")
    return [
        _source(f".altyn/{n}", folders.local(n), folders.root, is_immutable=n.endswith(".parquet"))
        for n in sorted(named)
    ]


def files_of_measures(folders: Folders, snapshots: Snapshots, relations: Mapping[str, Relation]) -> list[BackupSource]:
    """Tables of measures that could not be built again."""
    # One that is gone already cannot be kept; it may be built again when its definition comes back.
    paths = [path for path in sorted(lasting_tables(snapshots, relations)) if folders.local(path).exists()]
    return [_source(f".altyn/{path}", folders.root / path, folders.root, is_immutable=True) for path in paths]


def files_of_log(root: Path, workroom: Path) -> list[BackupSource]:
    """The access log and its head as they are at one moment, while others write: the head is copied, the log up to its end then.

    The lock is the log's own, which every writer holds from the first byte to the head.
    """
    if not (root / "log").is_dir():
        return []
    descriptor = os.open(root / "log" / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        found: list[BackupSource] = []
        for source in walk(root, "log", ".altyn/"):
            if source.name == ".altyn/log/head":
                copy = workroom / "log-head"
                copy.write_bytes(source.path.read_bytes())
                found.append(BackupSource(source.name, copy, copy.stat().st_size))
            elif source.path.name != "lock":
                # Lines are only ever added: what is there now is read later without holding anybody up.
                found.append(replace(source, size=_whole_lines(source)) if source.path.suffix == ".jsonl" else source)
        return found
    finally:
        os.close(descriptor)


def other_files(root: Path, workroom: Path) -> list[BackupSource]:
    """Everything else that is truth, known to us or to a later version: whole logs, databases by their own way of copying."""
    found: list[BackupSource] = []
    for top in sorted(root.iterdir()):
        if top.name in _LEFT_OUT | TAKEN_ALONE | {"log"} or top.name.startswith("."):
            continue
        for source in walk(root, top.name, ".altyn/"):
            if source.path.suffix == ".jsonl":
                found.append(replace(source, size=_whole_lines(source)))
            elif source.path.name.endswith((".sqlite-wal", ".sqlite-shm", ".sqlite-journal")):
                continue
            elif source.path.suffix == ".sqlite":
                copy = _copy_of_database(source.path, workroom / f"{len(found)}.sqlite")
                found.append(BackupSource(source.name, copy, copy.stat().st_size))
            else:
                found.append(source)
    return found


def walk(base: Path, top: str, before: str = "") -> list[BackupSource]:
    """Files of a folder, or one file; their names are `before` and the path below `base`.

    Links are refused; unfinished and compiled files are left out.
    """
    start = base / top
    if not os.path.lexists(start):
        return []
    if not start.is_dir() or start.is_symlink():
        return [_source(before + top, start, base)]
    found: list[BackupSource] = []
    for folder, folders, files in os.walk(start, followlinks=False):
        folders[:] = [f for f in folders if f != "__pycache__"]
        for name in [f for f in folders if (Path(folder) / f).is_symlink()] + files:
            path = Path(folder) / name
            if name.startswith(".") or name.endswith(".pyc"):
                continue
            found.append(_source(before + path.relative_to(base).as_posix(), path, base))
    return found


def _source(name: str, path: Path, inside: Path, *, is_immutable: bool = False) -> BackupSource:
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
    return BackupSource(name, path, status.st_size, is_immutable)


def _whole_lines(source: BackupSource) -> int:
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
