"""Held batches: what a batch that was refused whole leaves behind, so that a person can look at it and decide.

Of a batch past its error budget the refused rows are kept; of one that would retract too much, which extract it was and how many
records it would take away. Nothing here belongs to a snapshot: the next batch that is taken in removes it, and so does an erasure.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.sources import quarantine
from altyn.sources.staging import TempTable
from altyn.store.durable import write_durably
from altyn.store.folders import Folders

_FOLDER = "held"


@dataclass(frozen=True, slots=True)
class Shrunken:
    """An extract that would retract more than its register allows: `retracted` of `rows` records."""

    content_hash: str
    rows: int
    retracted: int


def keep_refused(session: Session, folders: Folders, register: str, failures: TempTable, batch: int) -> None:
    """Keep the refused rows of a batch that was refused whole; `failures` as for `quarantine.write_next`."""
    path = _path(folders, register, "parquet")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    quarantine.write_next(session, old=None, keep="true", failures=failures, batch=batch, path=path)


def refused(folders: Folders, register: str) -> Path | None:
    """The refused rows of the last batch that was refused whole, in the shape of a quarantine; None if there are none."""
    path = _path(folders, register, "parquet")
    return path if path.exists() else None


def keep_shrunken(folders: Folders, register: str, found: Shrunken) -> None:
    """Remember which extract waits for somebody's word."""
    path = _path(folders, register, "json")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, json.dumps(asdict(found)).encode())


def shrunken(folders: Folders, register: str) -> Shrunken | None:
    """The extract that waits, if one does."""
    path = _path(folders, register, "json")
    return Shrunken(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def forget(folders: Folders, register: str) -> None:
    """Remove what is held of a register."""
    for kind in ("parquet", "json"):
        _path(folders, register, kind).unlink(missing_ok=True)


def _path(folders: Folders, register: str, kind: str) -> Path:
    return folders.root / _FOLDER / f"{register}.{kind}"
