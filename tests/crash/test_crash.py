"""Crash: whatever moment a run is ended at, the next one ends where an undisturbed one would, or says what to do."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from altyn.errors import ENVIRONMENT, AltynError
from altyn.serve.use_cases.running import run_project
from altyn.serve.workspace import Workspace
from altyn.store.faults import MOMENTS
from tests.crash import rounds
from tests.integration.conftest import Trial
from tests.judges import require

pytestmark = pytest.mark.slow
ROUNDS, MANY_ROUNDS = 100, 1000


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> rounds.Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    from tests.integration import conftest

    made: Trial = conftest.trial.__wrapped__(folder)  # type: ignore[attr-defined]  # the fixture's own function
    return rounds.prepare(made, folder)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "project"
    shutil.rmtree(tmp_path / "project", ignore_errors=True)


def recovers(folder: Path, day: int, undisturbed: rounds.Undisturbed) -> None:
    assert rounds.run(folder, day) == 0
    assert rounds.state(folder) == undisturbed.after[day]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("day", range(len(rounds.DAYS)))
def test_a_run_ended_at_each_durable_step(undisturbed: rounds.Undisturbed, copy: Path, moment: str, day: int) -> None:
    """Every time the moment is reached, until it is not reached any more."""
    for number in range(1, 20):
        shutil.copytree(undisturbed.before[day], copy)
        ended = rounds.run(copy, day, fault=f"{moment}:{number}")
        if ended == 0:
            assert number > 1 or moment == "measure.written", "no run reaches this moment"
            shutil.rmtree(copy)
            return
        assert ended in rounds.KILLED
        recovers(copy, day, undisturbed)
        shutil.rmtree(copy)
    pytest.fail("the moment is reached without end")


def test_runs_killed_at_any_moment(undisturbed: rounds.Undisturbed, copy: Path) -> None:
    """Kill -9 once or several times in a row, with what was not yet durable torn; the seed is in the message."""
    killed_at_random(undisturbed, copy, range(ROUNDS))


@pytest.mark.soak
def test_a_thousand_runs_killed_at_any_moment(undisturbed: rounds.Undisturbed, copy: Path) -> None:
    killed_at_random(undisturbed, copy, range(ROUNDS, ROUNDS + MANY_ROUNDS))


def killed_at_random(undisturbed: rounds.Undisturbed, copy: Path, seeds: range) -> None:
    for number in seeds:
        dice = random.Random(number)  # noqa: S311 - a seed, so that a round can be repeated
        day = dice.randrange(len(rounds.DAYS))
        killed_once(undisturbed, copy, day, dice)
        for _ in range(dice.choice((0, 0, 0, 1, 2))):
            ended = rounds.run(copy, day, kill_after_s=dice.uniform(0, undisturbed.seconds[day] * 1.1))
            if dice.random() < 0.5 and ended in rounds.KILLED:
                rounds.tear(copy, dice)
        assert rounds.run(copy, day) == 0, f"seed {number}"
        found = rounds.state(copy)
        # A run that was killed after it published leaves nothing for the next one to do.
        assert found == undisturbed.after[day], f"seed {number}"
        shutil.rmtree(copy)


def killed_once(undisturbed: rounds.Undisturbed, copy: Path, day: int, dice: random.Random) -> None:
    """A run that was killed: one that ended before the signal is taken back and given half the time.

    How fast a run is differs between machines and hours, so no share of killed runs can be asserted.
    """
    after_s = dice.uniform(0, undisturbed.seconds[day] * 1.1)
    for _ in range(30):
        shutil.copytree(undisturbed.before[day], copy)
        if rounds.run(copy, day, kill_after_s=after_s) in rounds.KILLED:
            if dice.random() < 0.5:
                rounds.tear(copy, dice)
            return
        shutil.rmtree(copy)
        after_s /= 2
    pytest.fail("no run was ended by the signal")


def journal_log(folder: Path) -> Path:
    return folder / ".altyn" / "store" / "local" / "areas" / "_delta_log"


@pytest.mark.parametrize("how", ["gone", "cut", "empty", "first gone"])
def test_a_log_that_is_cut_short_is_refused(undisturbed: rounds.Undisturbed, copy: Path, how: str) -> None:
    shutil.copytree(undisturbed.before[2], copy)
    commits = sorted(journal_log(copy).glob("*.json"))
    if how == "gone":
        commits[-1].unlink()
    elif how == "first gone":
        commits[0].unlink()
    else:
        os.truncate(commits[-1], commits[-1].stat().st_size // 2 if how == "cut" else 0)
    before = {p: p.read_bytes() for p in (copy / ".altyn" / "snapshots").iterdir()}
    workspace = Workspace.open(copy, clock=lambda: rounds.START.replace(year=2027))
    with pytest.raises(AltynError) as caught:
        run_project(workspace)
    assert (caught.value.code, "altyn restore" in str(caught.value)) == ("journal.broken", True)
    assert {p: p.read_bytes() for p in (copy / ".altyn" / "snapshots").iterdir()} == before


def test_a_quarantine_that_is_gone_is_refused(undisturbed: rounds.Undisturbed, copy: Path) -> None:
    shutil.copytree(undisturbed.before[2], copy)
    for path in (copy / ".altyn" / "quarantine").rglob("*.parquet"):
        path.unlink()
    assert rounds.run(copy, 2) == ENVIRONMENT


def test_a_clock_set_back_changes_nothing(undisturbed: rounds.Undisturbed, copy: Path) -> None:
    shutil.copytree(undisturbed.before[2], copy)
    before = rounds.state(copy)
    assert rounds.run(copy, 0) == ENVIRONMENT
    assert rounds.state(copy) == before
    recovers(copy, 2, undisturbed)


def test_a_full_disk_loses_nothing(undisturbed: rounds.Undisturbed, tmp_path: Path) -> None:
    """Disks of every size around what a run needs: each run ends in the right snapshot or says that the disk is full."""
    require("mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    full = 0
    source = undisturbed.before[1]
    for room_kb in (0, 4, 8, 16, 24, 32, 48, 64, 96, 128, 4000):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", disk], check=True)
        try:
            shutil.copytree(source, disk / "project")
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            (disk / "filler").write_bytes(b"x" * max(0, free - room_kb * 1024))
            ended = rounds.run(disk / "project", 1)
            if ended != 0:
                assert ended == ENVIRONMENT, "a full disk is told in words"
                full += 1
                assert rounds.state(disk / "project") == undisturbed.after[0]
                (disk / "filler").unlink()
                assert rounds.run(disk / "project", 1, later_s=1) == 0
            assert rounds.state(disk / "project") == undisturbed.after[1]
        finally:
            subprocess.run(["umount", disk], check=True)
    assert full >= 3
