"""A project whose journals are compacted says in every snapshot what it says without; backup, erasure and the next runs go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.serve.use_cases import keeping
from altyn.store import compaction, journal
from altyn.store.proof import Proof, prove
from tests.integration.conftest import Trial

DAYS = 9


def lived(trial: Trial) -> None:
    for day in range(DAYS):
        trial.areas(f"1000,Алматы,{day}\n2000,Ақтөбе,10\n" + ("3000,Әулиекөл,5\n" if day % 2 else ""))
        assert not trial.run().errors


def proofs(trial: Trial) -> list[Proof]:
    store = trial.open().store
    with Session() as session:
        return [prove(session, store.folders, store.snapshots, s) for s in store.snapshots.all()]


def test_every_snapshot_says_the_same(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[..., list[tuple[object, ...]]]
) -> None:
    other = Trial(tmp_path / "other", trial.now)
    shutil.copytree(trial.folder, other.folder)
    lived(other)
    monkeypatch.setattr(compaction, "MOST_SMALL", 2)
    monkeypatch.setattr(journal, "_MANY_FILES", 1)
    lived(trial)
    compacted = list((trial.folder / ".altyn" / "store" / "local" / "areas").glob("compact-*.parquet"))

    assert len(compacted) >= 3
    assert proofs(trial) == proofs(other)
    for day in range(1, DAYS + 1):
        at = f"2026-03-{day + 1:02d}"
        sql = "SELECT code, title, people, recorded_at FROM areas ORDER BY code"
        assert ask(trial, sql, known_at=at) == ask(other, sql, known_at=at)

    keeping.backup_project(trial.folder, str(tmp_path / "kept"))
    keeping.restore_project(str(tmp_path / "kept"), tmp_path / "restored")
    assert proofs(Trial(tmp_path / "restored", trial.now)) == proofs(other)
