"""The child: a process that runs one statement over governed files and can reach nothing else.

`python -m altyn.policy.child` reads a job from standard input and writes Arrow to standard output. The parent gives it no
environment, no network where the kernel allows that, hard limits on memory, time and file size, and kills it when it is late.
Only DuckDB's `memory_limit` would not do: measured, one expression took 15 GB past a limit of 300 MB.
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import say
from altyn.policy.reasons import reason_of

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_OK, _FAILED, _LIMIT = 0, 3, 4
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may cost: rows and bytes of the answer, seconds, megabytes."""

    rows: int = 1_000_000
    bytes: int = 256 * _MB
    cpu_s: int = 20
    wall_s: int = 30
    memory_mb: int = 2048


@dataclass(frozen=True, slots=True)
class Job:
    """A statement, the views it may see (name parts -> SQL), and the files under them."""

    sql: str
    views: tuple[tuple[tuple[str, ...], str], ...]
    files: tuple[str, ...]
    limits: Limits


class StatementFailedError(Exception):
    """A statement that cannot be carried out; `reason` says why, as `reasons.reason_of` gives it."""

    def __init__(self, reason: dict[str, Any]) -> None:
        super().__init__(str(reason.get("kind") or "unknown"))
        self.reason = reason


@functools.cache
def isolation() -> dict[str, bool]:
    """What the kernel lets us take away from the child; for `altyn doctor`."""
    read, write = os.pipe()
    child = os.fork() if threading.active_count() == 1 else -1
    if child == 0:  # pragma: no cover  # another process
        os.write(write, b"1" if _leave_network() else b"0")
        os._exit(0)
    os.close(write)
    found = os.read(read, 1) if child > 0 else b"?"
    os.close(read)
    if child > 0:
        os.waitpid(child, 0)
    return {"memory, CPU and file limits": True, "no environment": True, "no network": found == b"1"}


def run(job: Job) -> bytes:
    """Run a job in a child and return Arrow IPC.

    Raises:
        AltynError: `gate.limit` when it costs too much.
        StatementFailedError: when it cannot be carried out.
    """
    limits = job.limits
    # The child needs Altyn's own folder on its path and nothing of the parent's environment.
    command = [sys.executable, "-I", "-c", _BOOT, json.dumps([p for p in sys.path if p])]
    process = subprocess.Popen(  # noqa: S603  # our own interpreter, our own module; the statement goes in by standard input
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"LC_ALL": "C.UTF-8", "HOME": "/nonexistent"},
        start_new_session=True,
        close_fds=True,
    )
    late = threading.Timer(limits.wall_s, _kill, [process])
    late.start()
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(asdict(job)).encode())
            process.stdin.close()
        except BrokenPipeError:
            pass
        answer = process.stdout.read(limits.bytes + 1)
        if len(answer) > limits.bytes:
            _kill(process)
            raise _too_much(say("Its answer is larger than {mb} MB.", mb=limits.bytes // _MB))
        status = process.wait()
    finally:
        late.cancel()
        _kill(process)
        process.wait()
        if process.stdout:
            process.stdout.close()
    if status == _OK:
        return answer
    if status == _FAILED:
        raise StatementFailedError(_reason(answer))
    raise _too_much(
        say(
            "It took more than {cpu} CPU seconds, {wall} seconds or {mb} MB.",
            cpu=limits.cpu_s,
            wall=limits.wall_s,
            mb=limits.memory_mb,
        )
    )


def _reason(answer: bytes) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _too_much(what: Any) -> AltynError:
    return AltynError(
        "gate.limit", what=what, mend=say("Ask for less: fewer rows, a narrower join, a sum instead of rows.")
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()


_BOOT = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from altyn.policy.child import main; main()"


def main() -> None:
    """The child's whole life."""
    job = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "wb")
    # Whatever else writes to standard output writes nowhere: the parent reads an answer there and nothing besides.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limits = Limits(**job["limits"])
    _confine(limits)
    try:
        content = _answer(job, limits)
    except MemoryError:
        os._exit(_LIMIT)
    except Exception as error:  # noqa: BLE001  # whatever it is, its words may hold values: only kind and name leave
        if "OutOfMemory" in type(error).__name__:
            os._exit(_LIMIT)
        out.write(json.dumps(reason_of(error)).encode())
        out.flush()
        os._exit(_FAILED)
    out.write(content)
    out.flush()
    os._exit(_OK)


def _confine(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_mb * _MB, limits.memory_mb * _MB))
    # A write past the file limit must fail, not kill silently; there is nothing to write anyway.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _leave_network()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _leave_network() -> bool:
    """Move into a network namespace that has no interface; False where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWNET) == 0


def _answer(job: dict[str, Any], limits: Limits) -> bytes:
    from altyn.engines.duckdb import Session
    from altyn.model.sql import identifier, literal
    from altyn.policy.answers import LAMBDAS, ipc_of, rehearse

    session = Session(memory_mb=limits.memory_mb // 2, threads=2)
    files = ", ".join(literal(f) for f in job["files"])
    session.run(f"SET allowed_paths = [{files}]")
    session.run("SET enable_external_access = false")
    for path, sql in job["views"]:
        for part in path[:-1]:
            session.run(f"CREATE SCHEMA IF NOT EXISTS {identifier(part)}")
        session.run(f"CREATE VIEW {'.'.join(identifier(p) for p in path)} AS {sql}")
    session.run(f"{LAMBDAS}; SET lock_configuration = true")
    rehearse(session, job["sql"], [tuple(path) for path, _ in job["views"]])
    # One row more than allowed tells the parent that the answer was cut.
    return ipc_of(session, job["sql"], limits.rows + 1)


def job_of(sql: str, views: list[tuple[tuple[str, ...], str]], files: list[Path], limits: Limits) -> Job:
    """A job from what the gate has decided."""
    return Job(sql, tuple(views), tuple(sorted({str(f.resolve()) for f in files})), limits)


if __name__ == "__main__":
    main()
