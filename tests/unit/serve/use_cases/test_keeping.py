"""Keeping: what is backed up comes back the same or not at all; an upgrade asks for a backup before it changes anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.keeping import backup_project, restore_project, upgrade_project
from altyn.serve.workspace import Workspace
from altyn.store.folders import FORMAT
from tests.integration.conftest import Trial


@pytest.fixture(scope="module")
def place(loaded: Trial) -> Path:
    """A place with one backup of the project."""
    where = loaded.folder.with_name("backups")
    backup_project(loaded.folder, str(where))
    return where


def test_a_project_comes_back_with_its_snapshots_and_says_so_in_its_log(
    loaded: Trial, place: Path, tmp_path: Path
) -> None:
    report = restore_project(str(place), tmp_path / "back")
    workspace = Workspace.open(tmp_path / "back")

    assert (report.snapshot, report.snapshots, report.problem, report.log_problem) == (2, 2, None, None)
    assert set(report.proofs) == {"local.areas", "local.places"}
    sql = "SELECT * FROM areas ORDER BY code"
    assert questions.query(workspace, sql).rows() == questions.query(loaded.open(), sql).rows()
    assert [r["outcome"] for r in workspace.gate.log.records() if r["outcome"] == "restored"] == ["restored"]


def test_a_folder_that_is_used_is_left_alone(place: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")

    with pytest.raises(AltynError, match=r"restore\.folder-used"):
        restore_project(str(place), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_backup_that_is_damaged_or_not_there_is_not_restored(place: Path, tmp_path: Path) -> None:
    with pytest.raises(AltynError, match=r"backup\.none"):
        restore_project(str(tmp_path / "empty"), tmp_path / "back")
    with pytest.raises(AltynError, match=r"backup\."):
        restore_project(str(place), tmp_path / "back", backup="there-is-none")
    assert not (tmp_path / "back").exists()


def test_broken_packs_keep_no_data_from_being_saved_nor_from_coming_back(fresh: Trial, tmp_path: Path) -> None:
    fresh.run()
    (fresh.folder / "packs" / "local" / "pack.toml").write_text("pack = = 1", encoding="utf-8")
    backup_project(fresh.folder, str(tmp_path / "place"))
    report = restore_project(str(tmp_path / "place"), tmp_path / "back")

    assert report.problem is not None
    assert report.snapshot == 1


def test_an_upgrade_of_what_is_up_to_date_does_nothing_and_needs_no_backup(fresh: Trial) -> None:
    fresh.run()
    report = upgrade_project(fresh.folder)

    assert (report.found, report.target, report.steps, report.backup) == (FORMAT, FORMAT, [], None)
    assert upgrade_project(fresh.folder, is_dry=True).steps == []
