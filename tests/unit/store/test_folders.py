"""Folders: private, one writer at a time, whole files or none."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.store.folders import Folders, writing


def test_everything_under_altyn_is_private(tmp_path: Path) -> None:
    folders = Folders(tmp_path / ".altyn")
    made = [folders.store, folders.derived, folders.quarantine, folders.snapshots, folders.log, folders.scratch]

    assert {p.stat().st_mode & 0o777 for p in made} == {0o700}


def _hold(root: Path, held: Event, leave: Event) -> None:
    with writing(Folders(root)):
        held.set()
        leave.wait(30)


def test_a_second_writer_is_told_that_another_is_at_work(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, leave = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, held, leave))
    other.start()
    try:
        assert held.wait(30)
        with pytest.raises(AltynError, match="project.locked") as caught, writing(Folders(tmp_path), wait_s=0.2):
            pass
        assert caught.value.retry
    finally:
        leave.set()
        other.join(30)
    with writing(Folders(tmp_path), wait_s=1):
        pass


def test_a_format_of_another_version_is_refused(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.prepare()
    (tmp_path / "format").write_text("99\n")

    with pytest.raises(AltynError, match="project.format"):
        folders.prepare()
