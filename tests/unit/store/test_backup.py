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


def test_all_that_is_truth_goes_and_nothing_that_can_be_made_again(copy: Trial, tmp_path: Path) -> None:
    for name in ("cache/x", "scratch/x", "log/x.jsonl", "cases.jsonl", "other/deep/x", ".hidden", "aside/x"):
        path = copy.folder / ".altyn" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a line\nhalf a li")
    (copy.folder / "packs" / "local" / "__pycache__").mkdir()
    (copy.folder / "packs" / "local" / "__pycache__" / "x.pyc").write_bytes(b"x")

    report, manifest = kept(copy, tmp_path / "b")
    files = {f.name: f.size for f in manifest.files}
    tops = {name.split("/")[1] for name in files if name.startswith(".altyn/")}

    assert tops >= {"store", "snapshots", "contracts", "quarantine", "log", "format", "cases.jsonl", "other"}
    assert not tops & {"cache", "scratch", "aside", "derived", ".hidden", "lock", "backup", "status.json"}
    assert {"altyn.toml", "packs/local/pack.toml", "packs/local/registers/areas.odcs.yaml"} <= set(files)
    assert not [name for name in files if "pyc" in name or name.startswith("data/")]
    assert files[".altyn/cases.jsonl"] == files[".altyn/log/x.jsonl"] == len("a line\n"), "half a line is not there yet"
    assert (manifest.snapshot, manifest.snapshots) == (3, (1, 2, 3))
    assert report.files == len(files)


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


@pytest.mark.parametrize("at", ["packs/local/x.toml", ".altyn/orders/x.json", "packs/local/folder", "altyn.toml"])
def test_no_link_is_followed(copy: Trial, tmp_path: Path, at: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("planted-7391", encoding="utf-8")
    path = copy.folder / at
    path.parent.mkdir(parents=True, exist_ok=True)
    if at == "altyn.toml":
        path = path.rename(outside / "altyn.toml")
        (copy.folder / at).symlink_to(path)
    else:
        path.symlink_to(outside if at.endswith("folder") else outside / "secret")

    with pytest.raises(AltynError) as caught:
        kept(copy, tmp_path / "b")

    assert caught.value.code == "backup.link"
    assert not (tmp_path / "b" / "backups").exists() or not list((tmp_path / "b" / "backups").iterdir())


def test_a_file_that_a_snapshot_names_and_is_gone_is_said(copy: Trial, tmp_path: Path) -> None:
    (copy.folder / ".altyn" / str(copy.open().snapshots()[1].registers["local.areas"].quarantine)).unlink()

    with pytest.raises(AltynError) as caught:
        kept(copy, tmp_path / "b")

    assert caught.value.code == "snapshot.broken"


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
