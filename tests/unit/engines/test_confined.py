"""Confined: a job has limits of its own, ends alone, and no process outlives its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from altyn.engines import confined
from altyn.engines.confined import Bounds, ExceededError, JobFailedError, Worker

TASK = "tests.unit.engines.test_confined:obey"
Do = Callable[..., bytes]
SMALL = Bounds(bytes=1000, cpu_s=2, wall_s=20, memory_mb=700)


def obey(job: bytes) -> bytes:
    """In the process: carry out what a test orders."""
    order, _, argument = job.decode().partition(" ")
    match order:
        case "say":
            return argument.encode()
        case "fill":
            return bytes(int(argument))
        case "take":
            return str(len(bytearray(int(argument)))).encode()
        case "burn":
            while True:
                pass
        case "sleep":
            time.sleep(600)
        case "write":
            Path(argument).write_bytes(bytes(2 * confined.MB))
        case "refuse":
            raise JobFailedError(argument.encode())
        case "environment":
            return json.dumps(dict(os.environ)).encode()
        case _:
            raise ValueError(argument)
    return b""


@pytest.fixture(params=["run", "worker"])
def do(request: pytest.FixtureRequest) -> Iterator[Do]:
    """Both ways to have a job done."""
    if request.param == "run":
        yield lambda job, bounds=SMALL: confined.run(TASK, job, bounds)
        return
    with Worker() as worker:
        yield lambda job, bounds=SMALL: worker.run(TASK, job, bounds)


def test_a_job_is_done_without_environment(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALTYN_PLANTED", "1")

    assert do(b"say salem") == b"salem"
    assert set(json.loads(do(b"environment"))) <= {"LC_ALL", "HOME"}


@pytest.mark.parametrize(
    ("job", "bounds"),
    [
        # So much time that nothing but the limit of memory can stop it, however busy the machine is.
        (b"take 2000000000", Bounds(bytes=1000, cpu_s=60, wall_s=120, memory_mb=700)),
        (b"burn x", SMALL),
        (b"sleep x", Bounds(wall_s=1)),
    ],
)
def test_memory_cpu_and_time_are_limited_and_the_next_job_is_done(do: Do, job: bytes, bounds: Bounds) -> None:
    with pytest.raises(ExceededError):
        do(job, bounds)

    assert do(b"say next") == b"next"


def test_an_answer_that_is_too_long_is_told_as_such(do: Do) -> None:
    with pytest.raises(ExceededError) as caught:
        do(b"fill 5000")

    assert caught.value.is_answer
    assert do(b"say next") == b"next"


def test_a_job_writes_no_file_beyond_its_limit(do: Do, tmp_path: Path) -> None:
    with pytest.raises(JobFailedError):
        do(f"write {tmp_path / 'out'}".encode(), Bounds(file_mb=1))

    do(f"write {tmp_path / 'out'}".encode(), Bounds(file_mb=3))
    assert (tmp_path / "out").stat().st_size == 2 * confined.MB


def test_of_an_exception_only_its_type_comes_out(do: Do) -> None:
    with pytest.raises(JobFailedError) as caught:
        do(b"fail PLANTED-7391")

    assert confined.told(caught.value) == {"kind": "ValueError"}
    with pytest.raises(JobFailedError) as told:
        do(b'refuse {"kind": "mine"}')
    assert confined.told(told.value) == {"kind": "mine"}


@pytest.mark.parametrize("how", ["run", "worker"])
def test_no_process_outlives_a_parent_that_is_killed(how: str) -> None:
    does = "confined.run" if how == "run" else "confined.Worker().run"
    call = f"{does}({TASK!r}, b'sleep x', b)"
    code = f"from altyn.engines import confined; b = confined.Bounds(wall_s=500); {call}"
    root = str(Path(__file__).parents[3])
    # Of this tree, not of the installed one: a promise is broken on purpose in a copy.
    paths = os.pathsep.join([f"{root}/src", root])
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": paths})
    wanted = 1 if how == "run" else 2

    try:
        _until(lambda: len(_below(parent.pid)) == wanted and all(map(_sleeps, _leaves(parent.pid))))
        children = _below(parent.pid)
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()

    _until(lambda: not any(_lives(pid) for pid in children))


def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    pytest.fail("it did not come to that")


def _below(pid: int) -> list[int]:
    found = list[int]()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_below(child)]
    return found


def _leaves(pid: int) -> list[int]:
    return [p for p in _below(pid) if not _below(p)]


def _sleeps(pid: int) -> bool:
    # A job that waits has been confined: its processor limit is no longer the machine's.
    try:
        limits = Path(f"/proc/{pid}/limits").read_text()
    except OSError:
        return False
    return "Max cpu time" in limits and "unlimited" not in limits.split("Max cpu time", 1)[1].split("\n", 1)[0]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except OSError:
        return False
