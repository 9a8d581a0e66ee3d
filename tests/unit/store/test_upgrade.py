"""Upgrade: a table of steps, a mark while they are under way, and the same end whenever it was interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.language import say
from altyn.store.folders import UPGRADE_MARK, Folders
from altyn.store.formats import STEPS
from altyn.store.upgrade import Step, format_of, is_unfinished, plan_upgrade, upgrade

LAST = 3


def _append(root: Path, text: str) -> None:
    """A step that rewrites each file that was not rewritten yet, as a real one would."""
    for path in sorted(root.glob("file-??")):
        content = path.read_text()
        if text not in content:
            path.with_suffix(".part").write_text(content + text)
            path.with_suffix(".part").rename(path)


def steps_of_test() -> dict[int, Step]:
    """From 1 to 2 and from 2 to 3."""
    return {
        number: Step(
            say("write"),
            lambda root, number=number: _append(root, f" to-{number + 1}"),
            lambda root: len(list(root.glob("file-??"))),
        )
        for number in (1, 2)
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store of format 1 with some files."""
    found = tmp_path / ".altyn"
    found.mkdir()
    (found / "format").write_text("1\n")
    for i in range(20):
        (found / f"file-{i:02d}").write_text("from-1")
    return found


def _contents(root: Path) -> set[str]:
    return {p.read_text() for p in root.glob("file-??")}


def test_steps_are_carried_out_in_order(root: Path) -> None:
    planned = plan_upgrade(root, steps_of_test(), LAST)
    assert [(number, step.touches(root)) for number, step in planned] == [(1, 20), (2, 20)]
    upgrade(root, planned)

    assert _contents(root) == {"from-1 to-2 to-3"}
    assert (format_of(root), is_unfinished(root)) == (LAST, False)
    assert plan_upgrade(root, steps_of_test(), LAST) == []


def test_a_format_without_a_way_to_ours_is_refused(root: Path) -> None:
    for found in ("4", "0", "many", ""):
        (root / "format").write_text(found)
        with pytest.raises(AltynError, match="project.format"):
            plan_upgrade(root, steps_of_test(), LAST)
    assert {number for number in STEPS if number + 1 in STEPS} <= set(STEPS)


def test_a_step_that_fails_leaves_a_mark_and_the_project_closed(root: Path) -> None:
    def fail(_: Path) -> None:
        raise RuntimeError

    steps = {**steps_of_test(), 2: Step(say("write"), fail, lambda _: 1)}
    with pytest.raises(RuntimeError):
        upgrade(root, plan_upgrade(root, steps, LAST))

    assert json.loads((root / UPGRADE_MARK).read_text()) == {"from": 1, "to": LAST}
    assert format_of(root) == 2
    with pytest.raises(AltynError, match="project.upgrade-unfinished"):
        Folders(root).prepare()
    upgrade(root, plan_upgrade(root, steps_of_test(), LAST))
    assert _contents(root) == {"from-1 to-2 to-3"}


def test_an_upgrade_that_died_before_it_took_its_mark_away_ends(root: Path) -> None:
    upgrade(root, plan_upgrade(root, steps_of_test(), LAST))
    (root / UPGRADE_MARK).write_text("{}")

    upgrade(root, plan_upgrade(root, steps_of_test(), LAST))
    assert not is_unfinished(root)


KILLED = """
import sys, time
from pathlib import Path
from tests.unit.store import test_upgrade as t
real = Path.rename
def slowly(self, target):
    time.sleep(0.02)
    return real(self, target)
Path.rename = slowly
root = Path(sys.argv[1])
t.upgrade(root, t.plan_upgrade(root, t.steps_of_test(), t.LAST))
"""


@pytest.mark.parametrize("after", [1, 10, 19, 21, 35])
def test_a_kill_in_the_middle_of_a_step_changes_nothing_of_the_end(root: Path, after: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(root)], cwd=Path(__file__).parents[3])

    def done() -> int:
        return sum(content.count("to-") for content in (p.read_text() for p in root.glob("file-??")))

    deadline = time.monotonic() + 60
    while done() < after and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert is_unfinished(root)
    with pytest.raises(AltynError, match="project.upgrade-unfinished"):
        Folders(root).prepare()

    upgrade(root, plan_upgrade(root, steps_of_test(), LAST))
    assert {p.read_text() for p in root.glob("file-??")} == {"from-1 to-2 to-3"}
    assert (format_of(root), is_unfinished(root)) == (LAST, False)
