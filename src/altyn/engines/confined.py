"""Confined: work in a process of its own, which has no environment, no network and hard limits, and dies with its parent.

What outsiders wrote (a question, a measure, a workbook) may ask an engine or a parser for all there is; limits of the engine
alone would not do: measured, one expression took 15 GB past DuckDB's limit of 300 MB. `run` starts a process for one job. A
`Worker` keeps one process that imports the engine once and forks for every job, so each job has limits of its own.

A task is `module:function`; the function takes the job's bytes and returns those of its answer. What it raises as `JobFailedError`
comes out as such; of any other exception only the type's name does, for its words may hold values.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import IO, Any, Self, cast

MB = 1024 * 1024
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_OK, _FAILED, _LIMIT = 0, 3, 4
_FRAME = struct.Struct(">BQ")
_LENGTH = struct.Struct(">Q")

Task = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one job may take: bytes of its answer, seconds, megabytes of memory, megabytes of any file it writes."""

    bytes: int = 256 * MB
    cpu_s: int = 20
    wall_s: int = 30
    memory_mb: int = 2048
    file_mb: int = 0


class ExceededError(Exception):
    """A job passed a limit and is gone; `is_answer` where the limit is that of its answer."""

    def __init__(self, *, is_answer: bool = False) -> None:
        super().__init__("answer" if is_answer else "cost")
        self.is_answer = is_answer


class JobFailedError(Exception):
    """A job that could not be done; `told` is what its task says of it."""

    def __init__(self, told: bytes) -> None:
        super().__init__("a job failed")
        self.told = told


def run(task: str, job: bytes, bounds: Bounds, *, keeps_rights: bool = False) -> bytes:
    """Do one job in a process of its own and return its answer.

    With `keeps_rights`, root's process may read what belongs to others, as its parent may: sources and projects do.

    Raises:
        ExceededError, JobFailedError.
    """
    process = _started("once-with-rights" if keeps_rights else "once")
    late = threading.Timer(bounds.wall_s, _kill, [process])
    late.start()
    out = cast("IO[bytes]", process.stdout)
    try:
        _give(process, task, bounds, job)
        cast("IO[bytes]", process.stdin).close()
        answer = out.read(bounds.bytes + 1)
        if len(answer) > bounds.bytes:
            raise ExceededError(is_answer=True)
        status = process.wait()
    finally:
        late.cancel()
        _end(process)
    return _told(status, answer)


class Worker:
    """One process that does job after job, each in a fork with limits of its own; started when first needed.

    A job that is killed ends only itself; the next one finds a new process. Belongs to one thread. Its jobs keep root's rights,
    as with `keeps_rights`.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, task: str, job: bytes, bounds: Bounds) -> bytes:
        """Do one job and return its answer.

        Raises:
            ExceededError, JobFailedError.
        """
        process = self._process = self._process or _started("many")
        late = threading.Timer(bounds.wall_s, _kill, [process])
        late.start()
        out = cast("IO[bytes]", process.stdout)
        is_whole = False
        try:
            _give(process, task, bounds, job)
            head = out.read(_FRAME.size)
            if len(head) < _FRAME.size:
                raise ExceededError
            status, size = _FRAME.unpack(head)
            answer = out.read(size)
            is_whole = len(answer) == size
        finally:
            late.cancel()
            if not is_whole:
                self.close()
        if not is_whole:
            raise ExceededError
        return _told(status, answer)

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process:
            _end(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _told(status: int, answer: bytes) -> bytes:
    if status == _OK:
        return answer
    if status == _FAILED:
        raise JobFailedError(answer)
    raise ExceededError(is_answer=status == _LIMIT and answer == b"answer")


def _started(how: str) -> subprocess.Popen[bytes]:
    # The child needs the folders of Altyn's own path and nothing of the parent's environment.
    arguments = [json.dumps([p for p in sys.path if p]), how, str(os.getpid())]
    return subprocess.Popen(  # noqa: S603  # our own interpreter, our own module; the job goes in by standard input
        [sys.executable, "-I", "-c", _BOOT, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"LC_ALL": "C.UTF-8", "HOME": "/nonexistent"},
        start_new_session=True,
        close_fds=True,
    )


def _give(process: subprocess.Popen[bytes], task: str, bounds: Bounds, job: bytes) -> None:
    told = json.dumps([task, asdict(bounds)]).encode()
    pipe = cast("IO[bytes]", process.stdin)
    with contextlib.suppress(BrokenPipeError):
        pipe.write(_LENGTH.pack(len(told)) + told + _LENGTH.pack(len(job)) + job)
        pipe.flush()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()


def _end(process: subprocess.Popen[bytes]) -> None:
    _kill(process)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


_BOOT = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from altyn.engines.confined import main; main()"


def main() -> None:
    """The process's whole life: one job, or one fork for each that comes."""
    _, _, how, parent = sys.argv
    in_, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever else writes to standard output writes nowhere: the parent reads an answer there and nothing besides.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    is_many = how == "many"
    # A namespace of users takes root's right to files of others away, and a build writes into the project.
    _leave_network(keeps_rights=how != "once")
    _die_with(int(parent))
    while True:
        given = _taken(in_)
        if given is None:
            os._exit(_OK)
        task, bounds, job = given
        module, _, name = task.partition(":")
        # Before the fork: the next job of the kind finds it imported.
        work = cast("Task", getattr(importlib.import_module(module), name))
        if not is_many:
            _confine(bounds)
            status, answer = _done(work, job)
            out.write(answer)
            out.flush()
            os._exit(status)
        status, answer = _forked(work, job, bounds)
        out.write(_FRAME.pack(status, len(answer)) + answer)
        out.flush()


def _taken(in_: IO[bytes]) -> tuple[str, Bounds, bytes] | None:
    parts = list[bytes]()
    for _ in range(2):
        head = in_.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        parts.append(in_.read(_LENGTH.unpack(head)[0]))
    task, bounds = json.loads(parts[0])
    return task, Bounds(**bounds), parts[1]


def _done(work: Task, job: bytes) -> tuple[int, bytes]:
    try:
        return _OK, work(job)
    except MemoryError:
        return _LIMIT, b""
    except JobFailedError as error:
        return _FAILED, error.told
    except Exception as error:  # noqa: BLE001  # whatever it is, its words may hold values: only the type's name leaves
        name = type(error).__name__
        return (_LIMIT, b"") if "OutOfMemory" in name else (_FAILED, json.dumps({"kind": name}).encode())


def _forked(work: Task, job: bytes, bounds: Bounds) -> tuple[int, bytes]:
    """One job in a fork: what it takes, and what it breaks, goes with it."""
    reader, writer = os.pipe()
    me = os.getpid()
    pid = os.fork()
    if pid == 0:  # pragma: no cover  # another process
        os.close(reader)
        os.close(0)
        _die_with(me)
        _confine(bounds)
        status, answer = _done(work, job)
        with contextlib.suppress(OSError), os.fdopen(writer, "wb") as out:
            out.write(answer)
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as given:
        answer = given.read(bounds.bytes + 1)
    if len(answer) > bounds.bytes:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return _LIMIT, b"answer"
    _, how = os.waitpid(pid, 0)
    return (os.WEXITSTATUS(how), answer) if os.WIFEXITED(how) else (_LIMIT, b"")


def _die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent ends; a parent that ended before this was said is noticed here."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(_LIMIT)


def _confine(bounds: Bounds) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (bounds.file_mb * MB, bounds.file_mb * MB))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_s, bounds.cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_mb * MB, bounds.memory_mb * MB))
    # A write past the file limit must fail, not kill silently.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _leave_network(*, keeps_rights: bool = False) -> bool:
    """Move into a network namespace that has no interface; False where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    ways = (_CLONE_NEWUSER | _CLONE_NEWNET, _CLONE_NEWNET)
    return any(libc.unshare(way) == 0 for way in (reversed(ways) if keeps_rights else ways))


@functools.cache
def isolation() -> dict[str, bool]:
    """What the kernel lets us take away from such a process; for `altyn doctor`."""
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


def told(error: JobFailedError) -> dict[str, Any]:
    """What a task said of its failure, where it said it in JSON; else nothing."""
    try:
        found = json.loads(error.told)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
