"""Backups: what is there is not sent twice, what was sent is read back, and nothing but files of the project goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases.keeping import backup_project
from altyn.store.backup import BackupReport, places_of_backups
from altyn.store.manifests import Manifest, newest_manifest
from altyn.store.places import FolderPlace
from tests.integration.conftest import Trial


@pytest.fixture
def copy(lived: Trial, tmp_path: Path) -> Trial:
    """The lived project, to be backed up."""
    return Trial(Path(shutil.copytree(lived.folder, tmp_path / "copy")), lived.now)


def kept(trial: Trial, folder: Path, *, verify_all: bool = False) -> tuple[BackupReport, Manifest]:
    report = backup_project(trial.folder, str(folder), verify_all=verify_all, clock=trial.clock)
    return report, newest_manifest(FolderPlace(folder))[1]


def test_what_the_place_has_is_not_sent_again(copy: Trial, tmp_path: Path) -> None:
    first, before = kept(copy, tmp_path / "b")
    second, after = kept(copy, tmp_path / "b")

    assert first.sent_objects > 5
    assert second.sent_objects == 0
    assert {f.name: f.sha256 for f in before.files} == {f.name: f.sha256 for f in after.files}
    assert first.name != second.name
    assert places_of_backups(copy.folder / ".altyn") == [str(tmp_path / "b")]


@pytest.mark.parametrize("harm", [lambda p: p.unlink(), lambda p: p.write_bytes(b"x"), lambda p: p.write_bytes(b"")])
def test_a_damaged_object_is_found_and_sent_again(copy: Trial, tmp_path: Path, harm: Callable[[Path], object]) -> None:
    kept(copy, tmp_path / "b")
    victim = max((tmp_path / "b" / "objects").glob("*/*"), key=lambda p: p.stat().st_size)
    whole = victim.read_bytes()
    victim.chmod(0o600)
    harm(victim)

    report, _ = kept(copy, tmp_path / "b", verify_all=True)

    assert victim.read_bytes() == whole
    assert report.sent_objects == 1
    assert report.verified_objects > 5
    assert len(report.mended) <= 1


def test_a_place_is_one_projects(copy: Trial, trial: Trial, tmp_path: Path) -> None:
    kept(copy, tmp_path / "b")
    trial.run()

    with pytest.raises(AltynError) as caught:
        kept(trial, tmp_path / "b")

    assert caught.value.code == "backup.other-project"


@pytest.mark.parametrize("inside", [".altyn/b", "packs/b"])
def test_a_backup_does_not_lie_inside_what_it_keeps(copy: Trial, inside: str) -> None:
    with pytest.raises(AltynError) as caught:
        kept(copy, copy.folder / inside)

    assert caught.value.code == "backup.inside"


def test_without_a_snapshot_there_is_nothing_to_keep(trial: Trial, tmp_path: Path) -> None:
    with pytest.raises(AltynError) as caught:
        kept(trial, tmp_path / "b")

    assert caught.value.code == "snapshot.none"


def test_copies_that_lay_open_for_a_moment_are_gone(copy: Trial, tmp_path: Path) -> None:
    kept(copy, tmp_path / "b")

    assert list((copy.folder / ".altyn" / "backup").iterdir()) == []
    assert (copy.folder / ".altyn" / "backup").stat().st_mode & 0o777 == 0o700


def test_orders_lie_beside_the_backups_as_they_are_now(copy: Trial, tmp_path: Path) -> None:
    orders = copy.folder / ".altyn" / "orders"
    orders.mkdir(exist_ok=True)
    (orders / "note.txt").write_text("requested", encoding="utf-8")
    kept(copy, tmp_path / "b")
    (orders / "note.txt").write_text("executed", encoding="utf-8")
    kept(copy, tmp_path / "b")

    assert (tmp_path / "b" / "orders" / "note.txt").read_text(encoding="utf-8") == "executed"
