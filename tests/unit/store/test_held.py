"""Held batches: what a refused batch leaves behind is there to be looked at, and goes when it is over."""

from __future__ import annotations

from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.sources.quarantine import tally
from altyn.sources.staging import TempTable
from altyn.store import held
from altyn.store.folders import Folders

FIELDS = [
    ("file", "VARCHAR"), ("file_no", "BIGINT"), ("line_no", "BIGINT"), ("column_name", "VARCHAR"), ("rule", "VARCHAR"),
    ("raw", "VARCHAR"), ("key_text", "VARCHAR"), ("origin", "BIGINT"),
]  # fmt: skip


def keep(folders: Folders, register: str, *lines: int) -> None:
    with Session() as session:
        session.insert("failures", FIELDS, [("in.csv", 0, line, "n", "type", "{}", "k", None) for line in lines])
        held.keep_refused(session, folders, register, TempTable("failures", tuple(name for name, _ in FIELDS)), 7)


def test_refused_rows_of_the_last_batch_alone_are_kept(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    assert held.refused(folders, "local.areas") is None

    keep(folders, "local.areas", 2, 3)
    keep(folders, "local.areas", 9)

    path = held.refused(folders, "local.areas")
    assert path is not None
    with Session() as session:
        assert tally(session, path).rows == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert held.refused(folders, "local.places") is None


def test_an_extract_that_waits_comes_back_as_it_was(tmp_path: Path) -> None:
    folders, waits = Folders(tmp_path), held.Shrunken("hash", 100, 90)

    held.keep_shrunken(folders, "local.areas", waits)

    assert held.shrunken(folders, "local.areas") == waits
    assert held.shrunken(folders, "local.places") is None


def test_forgetting_takes_one_registers_and_may_be_done_again(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    for register in ("local.areas", "local.places"):
        keep(folders, register, 2)
        held.keep_shrunken(folders, register, held.Shrunken("h", 2, 1))

    held.forget(folders, "local.areas")
    held.forget(folders, "local.areas")

    assert (held.refused(folders, "local.areas"), held.shrunken(folders, "local.areas")) == (None, None)
    assert held.refused(folders, "local.places") is not None
    assert held.shrunken(folders, "local.places") is not None
