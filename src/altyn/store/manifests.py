"""Manifests: what one backup holds, file by file. Written last and exclusively; what no manifest names is not a backup.

A place that holds backups looks so:

    objects/ab/ab12...     pieces of files, named by the sha256 of their bytes; shared by all backups of the place
    backups/20260301T060000Z-000003.json    manifests: time (UTC) and snapshot
    orders/*.json          erasure orders, whatever backup they came after
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.store.places import ObjectStore, checked_name

BACKUPS, OBJECTS, ORDERS = "backups", "objects", "orders"
_VERSION = 1
_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_NAME = re.compile(r"^[0-9]{8}T[0-9]{6}Z-[0-9]{6,}$")
_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """Up to 32 MiB of a file, kept as one object."""

    sha256: str
    size: int

    @property
    def name(self) -> str:
        """Its object's name."""
        return f"{OBJECTS}/{self.sha256[:2]}/{self.sha256}"


@dataclass(frozen=True, slots=True)
class BackupFile:
    """One file of a backup; `name` is below the project's folder."""

    name: str
    size: int
    sha256: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup. `origin` is the run of the project's first snapshot: it tells projects apart whatever their names."""

    project: str
    origin: str
    made_at: str
    altyn: str
    format: int
    snapshot: int
    snapshots: tuple[int, ...]
    files: tuple[BackupFile, ...]
    proofs: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])

    def to_json(self) -> bytes:
        """The file's bytes: the manifest and the sha256 of all the rest of it."""
        body = {"altyn_backup": _VERSION, **asdict(self)}
        return json.dumps({**body, "sha256": _digest(body)}, ensure_ascii=False, indent=1, sort_keys=True).encode()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(f.size for f in self.files)


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def manifest_name(made_at: str, snapshot: int) -> str:
    """A backup's name.

    >>> manifest_name("2026-03-01T06:00:00+00:00", 3)
    '20260301T060000Z-000003'
    """
    return f"{re.sub('[-:]', '', made_at[:19])}Z-{snapshot:06d}"


def backups_of(place: ObjectStore) -> list[str]:
    """Names of the backups of a place, oldest first."""
    stems = [n.removeprefix(f"{BACKUPS}/").removesuffix(".json") for n in place.names(BACKUPS) if n.endswith(".json")]
    return sorted(n for n in stems if _NAME.match(n))


def newest_manifest(place: ObjectStore, name: str | None = None) -> tuple[str, Manifest]:
    """A backup by name, the newest without one.

    Raises:
        AltynError: `backup.none`, `backup.damaged`.
    """
    names = backups_of(place)
    wanted = name.removesuffix(".json") if name else (names[-1] if names else "")
    if wanted not in names:
        raise AltynError(
            "backup.none",
            what=say("There is no such backup here.") if names else say("There is no backup here."),
            where=place.address,
            mend=say("The newest backups: {names}.", names=", ".join(names[-_NAMES_SHOWN:]))
            if names
            else say("Make one with altyn backup, or name the place that holds one."),
        )
    return wanted, _read(place, f"{BACKUPS}/{wanted}.json")


def _read(place: ObjectStore, path: str) -> Manifest:
    try:
        document = json.loads(place.read(path))
        claimed = document.pop("sha256")
        if document["altyn_backup"] != _VERSION or _digest(document) != claimed:
            raise ValueError  # noqa: TRY301
        del document["altyn_backup"]
        files = tuple(
            BackupFile(
                checked_name(f["name"]),
                int(f["size"]),
                _checked_hash(f["sha256"]),
                tuple(Piece(_checked_hash(p["sha256"]), int(p["size"])) for p in f["pieces"]),
            )
            for f in document.pop("files")
        )
        document["snapshots"] = tuple(document["snapshots"])
        return Manifest(files=files, **document)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(place, path, say("The backup's manifest is not what was written.")) from None


def _checked_hash(text: str) -> str:
    if not _SHA256.match(text):
        raise ValueError
    return text


def damaged(place: ObjectStore, name: str, what: Message) -> AltynError:
    """The error of an object that is not what it should be."""
    return AltynError(
        "backup.damaged",
        what=what,
        where=f"{place.address}, {name}",
        mend=say(
            "Restore another backup (--backup NAME). While the project lives, altyn backup --verify writes damaged objects again."
        ),
    )
