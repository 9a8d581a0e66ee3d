"""Verbs that keep a project: what they print is what was done."""

from __future__ import annotations

from pathlib import Path

from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn


def test_a_backup_and_a_restore_say_the_same_numbers(altyn: Altyn, loaded: Trial, tmp_path: Path) -> None:
    backup = altyn("backup", tmp_path / "place", "--project", loaded.folder, "--json").json
    restored = altyn("restore", tmp_path / "place", tmp_path / "back", "--json").json

    assert (backup["snapshot"], restored["snapshot"], restored["backup"]) == (2, 2, backup["backup"])
    assert backup["proofs"] == restored["proofs"]
    assert restored["problem"] is restored["log_problem"] is None
    assert altyn("query", "select count(*) from areas", "--project", tmp_path / "back").out == "3\n"


def test_for_people_each_says_what_comes_next(altyn: Altyn, loaded: Trial, tmp_path: Path) -> None:
    assert "snapshot 2" in altyn("backup", tmp_path / "place", "--project", loaded.folder, "--verify").out
    assert "altyn doctor --project" in altyn("restore", tmp_path / "place", tmp_path / "back").out
    again = altyn("restore", tmp_path / "place", tmp_path / "back")
    assert "restore.folder-used" in again.err
    assert "backup.none" in altyn("restore", tmp_path / "nothing", tmp_path / "other").err


def test_data_of_our_format_need_no_upgrade(altyn: Altyn, loaded: Trial) -> None:
    found = altyn("upgrade", "--project", loaded.folder)

    assert (found.status, "nothing to do" in found.out) == (0, True)
    assert altyn("upgrade", "--project", loaded.folder, "--dry-run", "--json").json["steps"] == []
