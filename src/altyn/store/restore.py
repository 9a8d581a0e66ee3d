"""Restore: a project out of a backup. Nothing is put in place before every byte of it was compared with its hash.

Files gather in `.restoring` inside the new folder; a restore that was interrupted goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say
from altyn.store.durable import sync_folder, write_durably
from altyn.store.folders import FORMAT
from altyn.store.manifests import ORDERS, BackupFile, Manifest, damaged
from altyn.store.places import ObjectStore, make_folder

STAGE = ".restoring"
_MARK = "backup.json"
# The order of naming: a folder is a project only when altyn.toml stands in it, so that comes last.
_TOPS = ("packs", ".altyn", "altyn.toml")
_WORKERS = 4
_CHUNK_BYTES = 1 << 20


def stage_backup(place: ObjectStore, manifest: Manifest, name: str, folder: Path) -> Path:
    """Fetch a backup into the stage of a folder that is empty or absent; the folder of its files.

    Raises:
        AltynError: `restore.folder-used`, `project.format` for a format newer than ours, `environment.full`, `backup.damaged`
            with the object that is missing or not what was written.
    """
    if manifest.format > FORMAT:
        raise AltynError(
            "project.format",
            what=say(
                "The project's data have format {found}; this Altyn reads format {ours}.",
                found=manifest.format,
                ours=FORMAT,
            ),
            where=f"{place.address}, {name}",
            mend=say("Use the version of Altyn that wrote them."),
        )
    if any(f.name.split("/")[0] not in _TOPS for f in manifest.files):
        raise damaged(place, name, say("The backup's manifest is not what was written."))
    stage = folder / STAGE
    _require_unused(folder, stage)
    make_folder(stage)
    claim = json.dumps({"backup": name, "sha256": hashlib.sha256(manifest.to_json()).hexdigest()}).encode()
    mark = stage / _MARK
    if not mark.exists() or mark.read_bytes() != claim:
        # Another backup was begun here: its files may not mix with ours.
        if any((folder / top).exists() for top in _TOPS):
            raise _used(folder)
        shutil.rmtree(stage)
        make_folder(stage)
        write_durably(mark, claim)
    files = stage / "files"
    make_folder(files)
    for top in _TOPS:
        # An interrupted restore had begun to name them: all of it is compared again.
        if (folder / top).exists():
            (folder / top).rename(files / top)
    if manifest.size > shutil.disk_usage(folder).free + _bytes_in(folder):
        raise AltynError(
            "environment.full",
            what=say("The backup does not fit on this disk."),
            where=folder.name,
            mend=say("Free space, or restore to another disk."),
        )
    with ThreadPoolExecutor(_WORKERS) as pool:
        try:
            list(pool.map(lambda kept: _fetch(place, kept, files), manifest.files))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return files


def fetch_orders(place: ObjectStore, files: Path) -> list[Path]:
    """Put the place's orders among the restored files; those that the backup did not hold, or held as they were before."""
    later: list[Path] = []
    for name in place.names(ORDERS):
        path = files / ".altyn" / name
        if path.exists() and path.read_bytes() == place.read(name):
            continue
        place.fetch(name, path)
        if path.suffix == ".json":
            later.append(path)
    return later


def put_in_place(folder: Path) -> None:
    """Give the staged files their place: the last act of a restore."""
    files = folder / STAGE / "files"
    for top in _TOPS:
        if (files / top).exists():
            (files / top).rename(folder / top)
            sync_folder(folder)
    shutil.rmtree(folder / STAGE)
    sync_folder(folder)


def _require_unused(folder: Path, stage: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir() or stage.is_symlink():
        raise _used(folder)
    there = {p.name for p in folder.iterdir()}
    if there - {STAGE} and not (stage.is_dir() and there <= {STAGE, *_TOPS[:-1]}):
        raise _used(folder)


def _used(folder: Path) -> AltynError:
    return AltynError(
        "restore.folder-used",
        what=say("The folder is not empty."),
        where=folder.name,
        mend=say("Restore into a new folder; look at it, then put it where the project was."),
    )


def _bytes_in(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def _fetch(place: ObjectStore, kept: BackupFile, files: Path) -> None:
    path = files / kept.name
    if _is_whole(path, kept):
        return
    make_folder(path.parent)
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    whole = hashlib.sha256()
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in kept.pieces:
                try:
                    content = place.read(piece.name)
                except FileNotFoundError:
                    raise damaged(
                        place,
                        piece.name,
                        say("An object of the backup is missing; it belongs to {name}.", name=kept.name),
                    ) from None
                if len(content) != piece.size or hashlib.sha256(content).hexdigest() != piece.sha256:
                    raise damaged(
                        place,
                        piece.name,
                        say("An object of the backup is not what was written; it belongs to {name}.", name=kept.name),
                    )
                whole.update(content)
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if whole.hexdigest() != kept.sha256:
            raise damaged(place, kept.name, say("The backup's manifest is not what was written."))
        temporary.rename(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _is_whole(path: Path, kept: BackupFile) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != kept.size:
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while content := file.read(_CHUNK_BYTES):
            digest.update(content)
    return digest.hexdigest() == kept.sha256
