"""Health: good while the portal can answer and its data are kept up to date; else the code of what is wrong."""

from __future__ import annotations

import shutil
from datetime import timedelta

from altyn.serve.operation.health import examine_health
from tests.integration.conftest import Trial


def problems(trial: Trial) -> tuple[str, ...]:
    return examine_health(trial.open()).problems


def test_a_project_before_its_first_run_has_nothing_to_show(fresh: Trial) -> None:
    found = examine_health(fresh.open())

    assert (found.problems, found.run, found.snapshot_age_s, found.is_good) == (("snapshot.none",), "none", None, False)


def test_a_project_that_was_run_is_good_and_knows_its_age(fresh: Trial) -> None:
    fresh.run()
    fresh.now += timedelta(hours=5)
    found = examine_health(fresh.open())

    assert (found.is_good, found.run, found.snapshot_age_s) == (True, "published", 5 * 3600)


def test_a_run_that_failed_is_a_problem(fresh: Trial) -> None:
    fresh.run()
    (fresh.folder / "data" / "areas.csv").unlink()
    fresh.run()

    assert problems(fresh) == ("run.failed",)


def test_a_run_is_late_only_where_the_project_says_from_when(fresh: Trial) -> None:
    fresh.run()
    fresh.now += timedelta(days=9)
    assert problems(fresh) == ()
    toml = fresh.folder / "altyn.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '\n[operate]\nlate_after = "1d"\n', encoding="utf-8")
    assert problems(fresh) == ("run.late",)
    (fresh.folder / ".altyn" / "status.json").unlink()
    assert problems(fresh) == ("run.late",), "without a note the snapshot's age speaks"


def test_a_journal_that_is_gone_is_told(fresh: Trial) -> None:
    fresh.run()
    state = fresh.open().snapshot().registers["local.areas"]
    shutil.rmtree(fresh.folder / ".altyn" / state.path / "_delta_log")

    assert problems(fresh)[0] == "journal.broken"


def test_a_log_that_cannot_be_reached_is_told(fresh: Trial) -> None:
    fresh.run()
    workspace = fresh.open()
    folder = workspace.store.folders.log
    shutil.rmtree(folder)
    folder.write_text("a file", encoding="utf-8")

    assert examine_health(workspace).problems == ("environment.permission",)
