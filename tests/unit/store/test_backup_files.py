"""Files of a backup: all that is truth, nothing that can be made again, and nothing from outside the project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases.keeping import backup_project
from altyn.store.backup import BackupReport
from altyn.store.manifests import Manifest, newest_manifest
from altyn.store.places import FolderPlace
from tests.integration.conftest import Trial


@pytest.fixture
def copy(lived: Trial, tmp_path: Path) -> Trial:
    """The lived project, to be backed up."""
    return Trial(Path(shutil.copytree(lived.folder, tmp_path / "copy")), lived.now)


def kept(trial: Trial, folder: Path) -> tuple[BackupReport, Manifest]:
    report = backup_project(trial.folder, str(folder), clock=trial.clock)
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
