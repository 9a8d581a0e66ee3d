"""Diagnosis: each line says what was looked at and whether it is good, also of a project that is harmed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from altyn.policy.log.chain import NAME
from altyn.serve.use_cases.diagnosis import examine
from tests.integration.conftest import Trial


def lines(trial: Trial) -> Mapping[str, dict[str, Any]]:
    return {line["what"].text("en"): line for line in examine(trial.open())}


def test_the_machine_is_looked_at_without_a_project() -> None:
    found = {line["what"].text("en"): line for line in examine(None)}

    assert found["project"]["found"].text("en") == "none here"
    assert found["Python"]["good"] is True
    assert "access log" not in found


def test_a_project_that_was_run_is_good(loaded: Trial) -> None:
    found = lines(loaded)

    # Modes are set by the command line, for all files of its process; the disk is the machine's.
    bad = {name for name, line in found.items() if line["good"] is False}
    assert bad <= {"free disk space", "modes of .altyn", "time service"}
    assert found["last snapshot"]["found"] == "2026-03-12 06:00 UTC"
    assert found["access log"]["good"] is True
    for line in found.values():
        for language in ("kk", "ru", "en"):
            assert line["what"].text(language)


def test_a_project_before_its_first_run_has_no_snapshot_and_no_fault(fresh: Trial) -> None:
    found = lines(fresh)

    assert found["last snapshot"]["found"].text("en") == "none"
    assert found["last run"]["found"].text("en") == "none"


def test_what_is_wrong_is_told_line_by_line(fresh: Trial) -> None:
    fresh.run()
    root = fresh.folder / ".altyn"
    (root / "snapshots").chmod(0o755)
    left = root / "scratch" / "left"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"x" * 3_000_000)
    os.utime(left, (time.time() - 9999, time.time() - 9999))
    (root / "log" / NAME).unlink()
    fresh.now = datetime(2020, 1, 1, tzinfo=UTC)
    found = lines(fresh)

    assert "open to others" in found["modes of .altyn"]["found"].text("en")
    assert "scratch 3 MB" in str(found["left over from work that was broken off"]["found"])
    assert (found["access log"]["good"], found["clock"]["good"]) == (False, False)


def test_a_run_that_failed_is_told(fresh: Trial) -> None:
    fresh.contract()
    (fresh.folder / "data" / "areas.csv").unlink()
    fresh.run()

    assert lines(fresh)["last run"]["good"] is False
