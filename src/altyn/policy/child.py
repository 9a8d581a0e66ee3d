"""The child: a process that runs one statement over governed files and can reach nothing else.

What confines it (no environment, no network, limits of memory, time and file size) is `engines/confined.py`; what it may read are
the files its views stand on and no other. It answers in Arrow.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from altyn.engines import confined
from altyn.errors import AltynError
from altyn.language import say
from altyn.policy.reasons import reason_of

_MB = confined.MB
# What the kernel lets us take away from it; for `altyn doctor`.
isolation = confined.isolation


@dataclass(frozen=True, slots=True)
class QuestionLimits:
    """What one question may cost: rows and bytes of the answer, seconds, megabytes."""

    rows: int = 1_000_000
    bytes: int = 256 * _MB
    cpu_s: int = 20
    wall_s: int = 30
    memory_mb: int = 2048


@dataclass(frozen=True, slots=True)
class StatementJob:
    """A statement, the views it may see (name parts -> SQL), and the files under them."""

    sql: str
    views: tuple[tuple[tuple[str, ...], str], ...]
    files: tuple[str, ...]
    limits: QuestionLimits


class StatementFailedError(Exception):
    """A statement that cannot be carried out; `reason` says why, as `reasons.reason_of` gives it."""

    def __init__(self, reason: dict[str, Any]) -> None:
        super().__init__(str(reason.get("kind") or "unknown"))
        self.reason = reason


def run(job: StatementJob) -> bytes:
    """Run a job in a process of its own and return Arrow IPC.

    Raises:
        AltynError: `gate.limit` when it costs too much.
        StatementFailedError: when it cannot be carried out.
    """
    limits = job.limits
    bounds = confined.Bounds(limits.bytes, limits.cpu_s, limits.wall_s, limits.memory_mb)
    try:
        return confined.run("altyn.policy.child:answer", json.dumps(asdict(job)).encode(), bounds)
    except confined.JobFailedError as error:
        raise StatementFailedError(confined.told(error)) from None
    except confined.ExceededError as error:
        if error.is_answer:
            raise _too_much(say("Its answer is larger than {mb} MB.", mb=limits.bytes // _MB)) from None
        raise _too_much(
            say(
                "It took more than {cpu} CPU seconds, {wall} seconds or {mb} MB.",
                cpu=limits.cpu_s,
                wall=limits.wall_s,
                mb=limits.memory_mb,
            )
        ) from None


def _too_much(what: Any) -> AltynError:
    return AltynError(
        "gate.limit", what=what, mend=say("Ask for less: fewer rows, a narrower join, a sum instead of rows.")
    )


def answer(told: bytes) -> bytes:
    """In the process: the answer to a job, as Arrow IPC.

    Raises:
        JobFailedError: with the reason; nothing else of an engine's words leaves.
    """
    job = json.loads(told)
    try:
        return _answer(job, QuestionLimits(**job["limits"]))
    except MemoryError:
        raise
    except Exception as error:
        if "OutOfMemory" in type(error).__name__:
            raise
        raise confined.JobFailedError(json.dumps(reason_of(error)).encode()) from None


def _answer(job: dict[str, Any], limits: QuestionLimits) -> bytes:
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


def job_of(
    sql: str, views: list[tuple[tuple[str, ...], str]], files: list[Path], limits: QuestionLimits
) -> StatementJob:
    """A job from what the gate has decided."""
    return StatementJob(sql, tuple(views), tuple(sorted({str(f.resolve()) for f in files})), limits)
