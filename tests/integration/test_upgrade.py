"""Upgrade of a whole project: never without a backup, never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn import __version__
from altyn.errors import AltynError
from altyn.language import say
from altyn.serve.use_cases.keeping import restore_project, upgrade_project
from altyn.store.backup import back_up_unread
from altyn.store.folders import FORMAT, Folders, writing
from altyn.store.places import FolderPlace
from altyn.store.upgrade import Step, format_of
from tests.integration.conftest import Trial

NEXT = FORMAT + 1


def _mark(root: Path) -> None:
    (root / "upgraded").write_text("yes")


STEPS = {FORMAT: Step(say("write"), _mark, lambda root: len(list(root.glob("snapshots/*"))))}


def test_a_dry_run_says_what_would_change_and_changes_nothing(trial: Trial) -> None:
    trial.run()
    report = upgrade_project(trial.folder, is_dry=True, steps=STEPS, target=NEXT)

    assert (report.found, report.target) == (FORMAT, NEXT)
    assert [(number, files) for number, _, files in report.steps] == [(FORMAT, 1)]
    assert format_of(trial.folder / ".altyn") == FORMAT
    assert not (trial.folder / ".altyn" / "upgraded").exists()


def test_without_a_backup_it_is_refused(trial: Trial) -> None:
    trial.run()
    with pytest.raises(AltynError, match="upgrade.needs-backup"):
        upgrade_project(trial.folder, steps=STEPS, target=NEXT)
    assert format_of(trial.folder / ".altyn") == FORMAT

    upgrade_project(trial.folder, without_backup=True, steps=STEPS, target=NEXT)
    assert format_of(trial.folder / ".altyn") == NEXT
    with pytest.raises(AltynError, match="project.format"):
        trial.open()


def test_its_backup_brings_the_project_back_as_it_was(trial: Trial, tmp_path: Path) -> None:
    trial.run()
    before = {s.number: s.published_at for s in trial.open().snapshots()}
    report = upgrade_project(trial.folder, backup=str(tmp_path / "b"), steps=STEPS, target=NEXT)
    assert report.backup is not None
    restore_project(str(tmp_path / "b"), tmp_path / "new", backup=report.backup.name)
    there = Trial(tmp_path / "new", trial.now).open()

    assert {s.number: s.published_at for s in there.snapshots()} == before
    assert not (tmp_path / "new" / ".altyn" / "upgraded").exists()


def test_a_backup_of_an_older_format_is_restored_and_then_upgraded(trial: Trial, tmp_path: Path) -> None:
    trial.run()
    (trial.folder / ".altyn" / "format").write_text("0\n")
    with pytest.raises(AltynError, match="altyn upgrade"):
        trial.open()
    back_up_unread(
        trial.folder, FolderPlace(tmp_path / "b"), clock=trial.clock, version=__version__, name="test", found=0
    )
    restored = restore_project(str(tmp_path / "b"), tmp_path / "new")
    assert (restored.format, restored.proofs) == (0, {})
    report = upgrade_project(tmp_path / "new", without_backup=True, steps=dict.fromkeys(range(FORMAT), STEPS[FORMAT]))

    assert report.lost_measures == []
    assert [s.number for s in Trial(tmp_path / "new", trial.now).open().snapshots()] == [1]


def test_it_waits_for_nobody_to_write(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    trial.run()
    monkeypatch.setattr("altyn.serve.use_cases.keeping.locked", lambda folders: writing(folders, 0.2))
    with writing(Folders(trial.folder / ".altyn")), pytest.raises(AltynError, match="project.locked"):
        upgrade_project(trial.folder, without_backup=True, steps=STEPS, target=NEXT)
    assert format_of(trial.folder / ".altyn") == FORMAT
