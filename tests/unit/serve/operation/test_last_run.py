"""What a run notes of itself, and when somebody is called."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.serve.operation.last_run import LastRun, birth_of, is_alive, noted, problem_of, read_last_run

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAY = timedelta(hours=26)
GOOD = LastRun("a", 1, "", NOW, "published", NOW, good_at=NOW, good_snapshot=1)


def clock() -> datetime:
    return NOW


def gone() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


@pytest.mark.parametrize(
    ("last", "age", "code"),
    [
        (None, 0, "run.none"),
        (GOOD, 25, None),
        (GOOD, 27, "run.late"),
        (replace(GOOD, outcome="unchanged"), 25, None),
        (replace(GOOD, outcome="failed", code="source.missing"), 0, "run.failed"),
        (replace(GOOD, outcome="running", pid=os.getpid(), ended=None), 25, None),
        (replace(GOOD, outcome="running", pid=os.getpid(), ended=None), 27, "run.late"),
        (replace(GOOD, outcome="running", pid=os.getpid(), ended=None, good_at=None), 27, "run.late"),
        (replace(GOOD, outcome="running", pid=os.getpid(), born="another", ended=None), 0, "run.killed"),
    ],
)
def test_who_must_be_called(last: LastRun | None, age: int, code: str | None) -> None:
    problem = problem_of(last, NOW + timedelta(hours=age), DAY)

    assert (problem.code if problem else None) == code


def test_without_a_limit_nothing_is_late() -> None:
    assert problem_of(GOOD, NOW + timedelta(days=400), None) is None


def test_a_process_that_ended_is_not_at_work_even_before_its_parent_looked() -> None:
    with subprocess.Popen(["true"]) as child:
        born = birth_of(child.pid)
        deadline = datetime.now(UTC) + timedelta(seconds=10)
        while birth_of(child.pid) != "dead":
            assert datetime.now(UTC) < deadline
        assert born == "dead" or not is_alive(child.pid, born)
    assert not is_alive(gone(), "")
    assert is_alive(os.getpid(), birth_of(os.getpid()))
    assert not is_alive(os.getpid(), "another boot")


def test_the_note_is_private_and_comes_back_as_it_was(tmp_path: Path) -> None:
    with noted(tmp_path, clock) as note:
        note.begin()
        running = read_last_run(tmp_path)
    last = read_last_run(tmp_path)

    assert running
    assert (running.outcome, running.is_at_work) == ("running", True)
    assert last
    assert (last.outcome, last.run, last.good_at) == ("unchanged", running.run, NOW)
    assert (tmp_path / "status.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AltynError("source.missing", what="x"), "source.missing"),
        (PermissionError(13, "no", "/secret/Атырау"), "environment.permission"),
        (KeyboardInterrupt(), "stopped"),
        (ZeroDivisionError("Атырау"), "unexpected"),
    ],
)
def test_a_run_that_fails_says_with_which_code_and_no_more(tmp_path: Path, error: BaseException, code: str) -> None:
    with noted(tmp_path, clock) as note:
        note.begin()

    def fail() -> None:
        with noted(tmp_path, lambda: NOW + DAY) as note:
            note.begin()
            raise error

    with pytest.raises(type(error)):
        fail()
    last = read_last_run(tmp_path)

    assert last
    assert (last.outcome, last.code, last.good_at) == ("failed", code, NOW)
    assert "Атырау" not in (tmp_path / "status.json").read_text(encoding="utf-8")


def test_a_run_that_found_another_at_work_leaves_its_note_alone(tmp_path: Path) -> None:
    with noted(tmp_path, clock) as first:
        first.begin()
        with pytest.raises(AltynError), noted(tmp_path, clock):
            raise AltynError("project.locked", what="x")
        there = read_last_run(tmp_path)
        assert there
        assert there.outcome == "running"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 2}', "null"])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "status.json").write_text(content, encoding="utf-8")

    assert read_last_run(tmp_path) is None
    with noted(tmp_path, clock) as note:
        note.begin()
    assert read_last_run(tmp_path)
