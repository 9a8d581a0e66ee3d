"""The access log: who read what, why, on what basis. Written, and on the disk, before an answer leaves.

JSON lines, each carrying the sha256 of the line before it. A chain alone does not stop somebody who rewrites it all; signed
checkpoints in another place come with a later issue. A statement is kept without its constants: one may be a person's number.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import say

Clock = Callable[[], datetime]
_NAME = "access-000001.jsonl"
_START = "0" * 64


def _failed() -> AltynError:
    return AltynError(
        "gate.log",
        what=say("The access log cannot be written, so nothing is answered."),
        where=f".altyn/log/{_NAME}",
        mend=say("Free space or correct the rights of .altyn/log, then ask again."),
        retry=True,
    )


class AccessLog:
    """The log of one project, safe for several threads and processes.

    Threads that ask at the same time share one write and one fsync: whoever holds the turn writes for all who wait.
    """

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self._path = folder / _NAME
        self._clock = clock
        self._waiting: list[tuple[dict[str, Any], Future[str]]] = []
        self._entry, self._turn = threading.Lock(), threading.Lock()

    def write(self, record: dict[str, Any]) -> str:
        """Append a record and return its id once it is on the disk.

        Raises:
            AltynError: `gate.log` when it cannot be written; nothing may be answered then.
        """
        identity = secrets.token_hex(8)
        done: Future[str] = Future()
        full = {"id": identity, "at": self._clock().isoformat(timespec="microseconds"), **record}
        with self._entry:
            self._waiting.append((full, done))
        with self._turn:
            if not done.done():
                with self._entry:
                    batch, self._waiting = self._waiting, []
                try:
                    self._append([r for r, _ in batch])
                except OSError:
                    for _, waiting in batch:
                        waiting.set_exception(_failed())
                else:
                    for written, waiting in batch:
                        waiting.set_result(str(written["id"]))
        return done.result()

    def _append(self, records: list[dict[str, Any]]) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Another process (a command while the portal runs) may have written since: lock, then read the last line.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            end, previous = _last_whole_line(descriptor)
            if end < os.fstat(descriptor).st_size:
                self._set_aside(descriptor, end)
            lines = b""
            for record in records:
                line = json.dumps({**record, "previous": previous}, ensure_ascii=False, sort_keys=True).encode() + b"\n"
                previous = hashlib.sha256(line).hexdigest()
                lines += line
            written = 0
            while written < len(lines):
                written += os.pwrite(descriptor, lines[written:], end + written)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _set_aside(self, descriptor: int, end: int) -> None:
        """Keep a torn last line, left by a crash, beside the log: it was never acknowledged."""
        torn = os.pread(descriptor, os.fstat(descriptor).st_size - end, end)
        aside = self._path.with_name(f"torn-{secrets.token_hex(4)}")
        aside.write_bytes(torn)
        aside.chmod(0o600)
        os.ftruncate(descriptor, end)

    def records(self) -> list[dict[str, Any]]:
        """All records, oldest first."""
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_bytes().splitlines() if line.endswith(b"}")]

    def verify(self) -> int:
        """Walk the chain and return the number of records.

        Raises:
            AltynError: `gate.log` naming the first line that does not follow from the one before it.
        """
        if not self._path.exists():
            return 0
        previous, count = _START, 0
        for count, line in enumerate(self._path.read_bytes().splitlines(keepends=True), start=1):
            try:
                follows = json.loads(line)["previous"] == previous
            except (ValueError, KeyError, TypeError):
                follows = False
            if not follows:
                raise AltynError(
                    "gate.log",
                    what=say(
                        "The access log was changed: line {line} does not follow from the one before it.", line=count
                    ),
                    where=f".altyn/log/{_NAME}",
                    mend=say("Keep the file as evidence, compare it with a backup, and find out who changed it."),
                )
            previous = hashlib.sha256(line).hexdigest()
        return count


def _last_whole_line(descriptor: int) -> tuple[int, str]:
    """Where the last whole line ends, and its hash."""
    size = os.fstat(descriptor).st_size
    window = 65_536
    while True:
        start = max(0, size - window)
        tail = os.pread(descriptor, size - start, start)
        last = tail.rfind(b"\n")
        before = tail.rfind(b"\n", 0, max(last, 0))
        if last >= 0 and (before >= 0 or start == 0):
            return start + last + 1, hashlib.sha256(tail[before + 1 : last + 1]).hexdigest()
        if start == 0:
            return 0, _START
        window *= 4
