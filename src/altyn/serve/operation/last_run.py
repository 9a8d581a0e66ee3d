"""The last run: what `.altyn/status.json` says of it, and whether somebody must be called.

A run notes that it has begun before it touches anything, and how it ended. One that was killed leaves `running` with the
process it was. The note holds numbers, codes and names of registers; never a value of a row, never a path.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import secrets
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from altyn import __version__
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.instants import Clock
from altyn.serve.operation.events import Tell, place_of, say_nothing
from altyn.store import Snapshot
from altyn.store.durable import write_durably

FILE = "status.json"
FORMAT = 1
COUNTS = ("read", "put", "same", "retracted", "refused", "rows")
# What a run ends with where no code of Altyn's own says it.
STOPPED, UNEXPECTED = "stopped", "unexpected"
LATE_AFTER = timedelta(hours=26)
_TIMES = ("started", "ended", "good_at")
RunOutcome = Literal["running", "published", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class LastRun:
    """What is known of the last run.

    `snapshot` is the newest one there was when it ended, 0 without any. `registers` has one line a register: its name, status,
    code where it was refused, counts of `COUNTS`, seconds, and the most memory the process had held by then. `pid` and `born`
    (the kernel's own start time) say which process it is. `good_at` and `good_snapshot` are of the last run that ended well.
    """

    run: str
    pid: int
    born: str
    started: datetime
    outcome: RunOutcome = "running"
    ended: datetime | None = None
    code: str = ""
    snapshot: int = 0
    seconds: float = 0.0
    peak_memory_bytes: int = 0
    registers: tuple[Mapping[str, Any], ...] = ()
    good_at: datetime | None = None
    good_snapshot: int = 0
    version: str = __version__

    @property
    def is_at_work(self) -> bool:
        """Whether the process that began it still runs."""
        return self.outcome == "running" and is_alive(self.pid, self.born)

    def to_json(self) -> dict[str, Any]:
        """As data, instants in UTC."""
        found = {"format": FORMAT, **asdict(self)}
        moments = {name: getattr(self, name) for name in _TIMES}
        return found | {name: at.isoformat(timespec="seconds") if at else None for name, at in moments.items()}


def read_last_run(root: Path) -> LastRun | None:
    """What `.altyn` says of the last run; None where it says nothing, or nothing that can be read."""
    try:
        found = json.loads((root / FILE).read_bytes())
        if found.pop("format") != FORMAT:
            return None
        found |= {name: datetime.fromisoformat(found[name]) for name in _TIMES if found[name]}
        found["registers"] = tuple(found["registers"])
        return LastRun(**found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def problem_of(last: LastRun | None, now: datetime, late_after: timedelta | None) -> AltynError | None:
    """What is wrong with the last run, or None: it ended well, or is at work, and the last good one is young enough.

    Args:
        last: what is known.
        now: the time to judge by.
        late_after: how old the last good run may be; None never calls one late.
    """
    if last is None:
        return AltynError(
            "run.none",
            what=say("Nothing is known of a run."),
            where=f".altyn/{FILE}",
            mend=say("Run `altyn run`; a restored project has none until then."),
        )
    began = f"{last.started:%Y-%m-%d %H:%M} UTC"
    if last.outcome == "running" and not last.is_at_work:
        return AltynError(
            "run.killed",
            what=say("The last run was ended before it could say how: killed, or a machine that stopped."),
            where=f"run of {began}, process {last.pid}",
            mend=say("Look for lack of memory (journalctl -k), then run `altyn run`: nothing half done was published."),
        )
    if last.outcome == "failed":
        return AltynError(
            "run.failed",
            what=say("The last run failed: {code}.", code=last.code),
            where=", ".join([f"run of {began}", *(str(r["register"]) for r in last.registers if r.get("code"))]),
            mend=say("docs/errors/{code}.md says what to do; then run `altyn run`.", code=last.code)
            if last.code not in {STOPPED, UNEXPECTED}
            else say("Run `altyn run` and read what it says; report it if it ends the same way."),
        )
    since = last.good_at or last.started
    if late_after is not None and now - since > late_after:
        return AltynError(
            "run.late",
            what=say("The last good run is {hours} hours old.", hours=int((now - since).total_seconds() // 3600)),
            where=f"{since:%Y-%m-%d %H:%M} UTC",
            mend=say("A run is at work since {began}: see what it waits for.", began=began)
            if last.outcome == "running"
            else say("See why none was started: systemctl list-timers altyn-run.timer."),
        )
    return None


def described(outcome: str) -> Message:
    """An outcome in words."""
    return {
        "running": say("at work"),
        "killed": say("killed"),
        "published": say("published"),
        "unchanged": say("nothing new"),
        "failed": say("failed"),
    }.get(outcome, Message(outcome))


class RunNote:
    """What a run writes down of itself; see `noted`."""

    def __init__(self, root: Path, clock: Clock, tell: Tell) -> None:
        self._root, self._clock, self._tell = root, clock, tell
        self._began = time.monotonic()
        self._has_begun = False
        self._lines: dict[str, dict[str, Any]] = {}
        self._now = LastRun(secrets.token_hex(8), os.getpid(), birth_of(os.getpid()), _whole(clock()))
        self._snapshot = 0
        self._code = ""
        self._is_published = False

    def begin(self) -> None:
        """Say that the run is at work. Under the project's lock: the note of another run at work is never written over."""
        self._now = _after(read_last_run(self._root), self._now)
        self._write(self._now)
        self._has_begun = True
        self._tell("run.started", version=__version__)

    @contextlib.contextmanager
    def register(self, name: str, lines: list[dict[str, Any]]) -> Generator[None]:
        """Time the work on one register, and keep the counts of the lines it adds."""
        began, already = time.monotonic(), len(lines)
        yield
        seconds = round(time.monotonic() - began, 3)
        for line in lines[already:]:
            error = line.get("error")
            code = error.code if isinstance(error, AltynError) else None
            counts = {count: int(line[count]) for count in COUNTS if line.get(count) is not None}
            known = {"register": name, "status": str(line["status"]), "code": code, **counts}
            costs = {"seconds": seconds, "peak_memory_bytes": peak_memory_bytes()}
            self._lines[name] = {key: value for key, value in {**known, **costs}.items() if value is not None}
            level = "error" if code else "warning" if counts.get("refused") else "info"
            self._tell("register", level=level, **self._lines[name])

    def result(self, snapshot: Snapshot | None, errors: Sequence[AltynError], *, is_published: bool) -> None:
        """What the run came to: the newest snapshot there is now, and what was refused; the gravest gives the code."""
        self._snapshot = snapshot.number if snapshot else 0
        self._code = max(errors, key=lambda e: e.exit_status).code if errors else ""
        self._is_published = is_published

    def end(self, code: str = "", error: BaseException | None = None) -> None:
        """Say how the run ended: with `code`, or with that of the gravest thing it refused, or well."""
        code, now, there = code or self._code, _whole(self._clock()), read_last_run(self._root)
        outcome: RunOutcome = "failed" if code else "published" if self._is_published else "unchanged"
        before = self._now if self._has_begun else _after(there, self._now)
        ended = replace(
            before,
            outcome=outcome,
            ended=now,
            code=code,
            snapshot=self._snapshot or before.snapshot,
            seconds=round(time.monotonic() - self._began, 3),
            peak_memory_bytes=peak_memory_bytes(),
            registers=tuple(self._lines.values()),
        )
        if not code:
            ended = replace(ended, good_at=now, good_snapshot=ended.snapshot)
        self._tell(
            "run.ended",
            level="error" if code else "info",
            outcome=outcome,
            code=code or None,
            kind=type(error).__name__ if error and code == UNEXPECTED else None,
            place=place_of(error) if error and code == UNEXPECTED else None,
            snapshot=ended.snapshot,
            seconds=ended.seconds,
            peak_memory_bytes=ended.peak_memory_bytes,
        )
        if there and (there.run != ended.run if self._has_begun else there.is_at_work):
            return
        # A disk that is full may refuse the note too; then it goes on saying `running`, and `altyn status` calls that killed.
        with contextlib.suppress(AltynError, OSError):
            self._write(ended)

    def _write(self, run: LastRun) -> None:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(self._root / FILE, json.dumps(run.to_json(), indent=1).encode() + b"\n")


@contextlib.contextmanager
def noted(root: Path, clock: Clock, tell: Tell = say_nothing) -> Generator[RunNote]:
    """Note a run of the project whose `.altyn` is `root`: that it begins, when the caller says so, and how it ends.

    A run that could not begin because another is at work leaves that one's note alone.
    """
    note = RunNote(root, clock, tell)
    try:
        yield note
    except AltynError as error:
        note.end(error.code, error)
        raise
    except PermissionError as error:
        note.end("environment.permission", error)
        raise
    except KeyboardInterrupt as error:
        note.end(STOPPED, error)
        raise
    except Exception as error:
        note.end(UNEXPECTED, error)
        raise
    else:
        note.end()


def peak_memory_bytes() -> int:
    """The most memory this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def birth_of(pid: int) -> str:
    """When a process was born, as its kernel counts: a number that was given anew is not taken for it.

    "dead" for one that has ended and waits for its parent; empty where nobody says.
    """
    try:
        # The name of the program, in parentheses, may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        # The count begins anew with each boot.
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return "dead" if fields[0] in {"Z", "X"} else f"{boot[:8]}-{fields[19]}"
    except (OSError, IndexError):
        return ""


def is_alive(pid: int, born: str) -> bool:
    """Whether a process still runs, and is the one that was born then."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # It is there, and another user's.
        pass
    return not born or birth_of(pid) in {born, ""}


def _after(before: LastRun | None, run: LastRun) -> LastRun:
    """A run with what is known of the time before it."""
    if before is None:
        return run
    return replace(run, snapshot=before.snapshot, good_at=before.good_at, good_snapshot=before.good_snapshot)


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
