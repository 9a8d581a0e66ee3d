"""Snapshots: published once, never replaced, found by time."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.store.folders import Folders
from altyn.store.snapshots import Batch, RegisterState, Snapshot, Snapshots, publication_time, read_snapshot

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def snapshot(number: int, moment: datetime) -> Snapshot:
    batch = Batch(
        number=number,
        register="p.r",
        mode="whole",
        kind="csv",
        files=({"display": "a.csv", "size_bytes": 3, "sha256": "x"},),
        content_hash="x",
        who="me",
        started_at="2026-03-01T12:00:00+00:00",
    )
    state = RegisterState("store/p/r", number, "c", "1.0.0", quarantined=(("type", "n", 2),))
    return Snapshot(number, moment, "run", "me", {"p.r": state}, {}, (batch,), number + 1, "derived/b.parquet")


def test_a_snapshot_comes_back_as_it_was_published(tmp_path: Path) -> None:
    snapshots = Snapshots(Folders(tmp_path))
    snapshots.publish(snapshot(1, NOON))

    assert Snapshots(Folders(tmp_path)).get(1) == snapshot(1, NOON)


def test_a_number_is_published_once(tmp_path: Path) -> None:
    snapshots = Snapshots(Folders(tmp_path))
    snapshots.publish(snapshot(1, NOON))

    with pytest.raises(FileExistsError):
        snapshots.publish(snapshot(1, NOON + timedelta(days=1)))
    assert read_snapshot(tmp_path / "snapshots" / "000001.json").published_at == NOON


def test_known_at_sees_only_what_was_published_by_then(tmp_path: Path) -> None:
    snapshots = Snapshots(Folders(tmp_path))
    for number in (1, 2, 3):
        snapshots.publish(snapshot(number, NOON + timedelta(days=number)))

    assert snapshots.known_at(None).number == 3
    assert snapshots.known_at(NOON + timedelta(days=2)).number == 2
    assert snapshots.known_at(NOON + timedelta(days=2, microseconds=-1)).number == 1
    with pytest.raises(AltynError, match="snapshot.none"):
        snapshots.known_at(NOON)


def test_a_bent_snapshot_is_named_and_not_read(tmp_path: Path) -> None:
    snapshots = Snapshots(Folders(tmp_path))
    snapshots.publish(snapshot(1, NOON))
    path = tmp_path / "snapshots" / "000001.json"
    path.chmod(0o600)
    path.write_text(path.read_text()[:-20])

    with pytest.raises(AltynError, match=r"snapshot.broken.*000001"):
        Snapshots(Folders(tmp_path)).latest()


def test_publication_time_strictly_grows() -> None:
    last = snapshot(1, NOON)

    assert publication_time(NOON, last) == NOON + timedelta(microseconds=1)
    assert publication_time(NOON + timedelta(seconds=1), last) == NOON + timedelta(seconds=1)
    with pytest.raises(AltynError, match="clock.behind"):
        publication_time(NOON - timedelta(microseconds=1), last)


def settle(folder: Path) -> None:
    then = (folder / "snapshots").stat().st_mtime_ns - 60_000_000_000
    os.utime(folder / "snapshots", ns=(then, then))


def test_a_stamp_changes_with_every_snapshot_and_is_none_while_another_could_have_the_same(tmp_path: Path) -> None:
    snapshots = Snapshots(Folders(tmp_path))
    stamps = []
    for deed in (snapshots.publish, snapshots.replace):
        deed(snapshot(1, NOON))
        assert snapshots.stamp() is None
        settle(tmp_path)
        assert snapshots.stamp() == snapshots.stamp() is not None
        stamps.append(snapshots.stamp())

    assert len(set(stamps)) == 2


def test_a_snapshot_of_another_process_is_seen_at_once(tmp_path: Path) -> None:
    here, there = Snapshots(Folders(tmp_path)), Snapshots(Folders(tmp_path))
    for number in (1, 2, 3):
        there.publish(snapshot(number, NOON + timedelta(days=number)))
        assert here.numbers() == list(range(1, number + 1))
        settle(tmp_path)
        assert here.numbers() == here.numbers() == list(range(1, number + 1))
