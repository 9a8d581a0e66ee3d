"""What a run leaves for those who operate a project, and `altyn status`, which a monitoring system calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from altyn.errors import AltynError
from altyn.serve.operation.last_run import LastRun, read_last_run
from altyn.serve.use_cases.running import run_folder
from tests.integration.conftest import Trial

ALTYN = Path(sys.executable).parent / "altyn"


def altyn(trial: Trial, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "en_US.UTF-8", "LANGUAGE": ""} | settings
    return subprocess.run(
        [ALTYN, *arguments], cwd=trial.folder, env=environment, capture_output=True, text=True, check=False
    )


def last(trial: Trial) -> LastRun:
    found = read_last_run(trial.folder / ".altyn")
    assert found
    return found


def status(trial: Trial, *arguments: str) -> tuple[int, dict[str, Any]]:
    answer = altyn(trial, "status", "--json", *arguments)
    assert answer.stderr == ""
    return answer.returncode, json.loads(answer.stdout)


def test_a_run_leaves_counts_and_costs(trial: Trial) -> None:
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,x\n")
    trial.run()
    areas, places = last(trial).registers

    assert (last(trial).outcome, last(trial).snapshot) == ("published", 1)
    assert {k: areas[k] for k in ("register", "read", "put", "same", "retracted", "refused")} == {
        "register": "local.areas", "read": 2, "put": 1, "same": 0, "retracted": 0, "refused": 1,
    }  # fmt: skip
    assert places["register"] == "local.places"
    assert areas["seconds"] > 0
    assert 50_000_000 < areas["peak_memory_bytes"] <= last(trial).peak_memory_bytes
    trial.run()
    assert (last(trial).outcome, last(trial).snapshot) == ("unchanged", 1)


def test_nothing_of_a_row_and_no_path_is_in_it(trial: Trial) -> None:
    trial.areas("1000,Жасырын-7391,20\n40x,Жасырын-7391,Жасырын-7391\n")
    trial.run()
    text = (trial.folder / ".altyn" / "status.json").read_text(encoding="utf-8")

    assert "7391" not in text
    assert "40x" not in text
    assert str(trial.folder) not in text
    assert "areas.csv" not in text


def test_a_refused_register_makes_the_run_a_failed_one_though_the_rest_is_published(trial: Trial) -> None:
    (trial.folder / "data" / "areas.csv").write_text("code;people\n", encoding="utf-8")
    report = trial.run()

    assert report.exit_status == 1
    assert (last(trial).outcome, last(trial).code) == ("failed", "source.column-missing")
    assert last(trial).registers[0]["code"] == "source.column-missing"
    assert last(trial).good_at is None


def test_a_project_that_cannot_be_opened_is_a_failed_run_and_the_last_good_one_is_kept(trial: Trial) -> None:
    trial.run()
    good = last(trial)
    (trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(AltynError, match="contract.yaml"):
        run_folder(trial.folder)

    assert (last(trial).outcome, last(trial).code) == ("failed", "contract.yaml")
    assert (last(trial).good_at, last(trial).good_snapshot) == (good.good_at, 1)
    code, found = status(trial)
    assert (code, found["problem"]["code"]) == (4, "run.failed")
    assert "contract.yaml" in found["problem"]["what"]


def test_status_is_good_then_late(trial: Trial) -> None:
    assert status(trial)[1]["problem"]["code"] == "run.none"
    trial.now = datetime.now(UTC) - timedelta(hours=3)
    trial.run(days=0)

    assert status(trial) == (0, status(trial)[1])
    assert altyn(trial, "status").stdout.endswith("The last run is in order.\n")
    code, found = status(trial, "--late-after", "2h")
    assert (code, found["problem"]["code"]) == (4, "run.late")
    toml = trial.folder / "altyn.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '\n[operate]\nlate_after = "90m"\n', encoding="utf-8")
    assert status(trial)[0] == 4
    assert status(trial, "--late-after", "4h")[0] == 0
    assert altyn(trial, "status", "--late-after", "soon").returncode == 2


def test_a_limit_that_is_none_is_refused(trial: Trial) -> None:
    toml = trial.folder / "altyn.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '\n[operate]\nlate_after = "soon"\n', encoding="utf-8")

    with pytest.raises(AltynError, match="project.invalid"):
        trial.open()


def test_a_run_that_was_killed_is_told_from_one_at_work(trial: Trial) -> None:
    ended = altyn(trial, "run", ALTYN_FAULT="journal.committed")
    assert ended.returncode == 137
    assert last(trial).outcome == "running"

    code, found = status(trial)
    assert (code, found["problem"]["code"], found["run"]["is_at_work"]) == (4, "run.killed", False)
    assert altyn(trial, "run").returncode == 0
    assert status(trial)[0] == 0


def test_what_a_backup_holds_does_not_change_with_every_run(trial: Trial, tmp_path: Path) -> None:
    trial.run()
    assert altyn(trial, "backup", str(tmp_path / "there")).returncode == 0
    assert altyn(trial, "restore", str(tmp_path / "there"), str(tmp_path / "back")).returncode == 0

    assert not (tmp_path / "back" / ".altyn" / "status.json").exists()
