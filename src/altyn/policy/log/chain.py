"""The log's file: JSON lines, each carrying the sha256 of the line before it and its place in the tree.

A record is on the disk, and counted in the head, before whoever wrote it goes on. Threads and processes share the file. Where
the file and the head do not fit together nothing is written, so nothing is answered: somebody was there.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import stat
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.instants import Clock
from altyn.policy.log.head import Head, is_damaged, read_head, write_head
from altyn.policy.log.record import AccessRecord
from altyn.store import faults

NAME = "access-000001.jsonl"
_LOCK, _KEY = "lock", "key"
_WINDOW, _KEY_SIGNS = 1 << 16, 64
# A pipe in the log's place must hold nobody up.
_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK


class AccessLog:
    """The log of one project, safe for several threads and processes.

    Threads that ask at the same time share one write and one fsync: whoever holds the turn writes for all who wait.
    """

    def __init__(self, folder: Path, *, clock: Clock, said: Callable[[], Mapping[str, Any]] = dict) -> None:
        """The log in a folder; `said` is what the newest snapshot says of it, nothing where none does."""
        self.folder = folder
        self._said = said
        self._path = folder / NAME
        self._clock = clock
        self._waiting: list[tuple[dict[str, Any], Future[str]]] = []
        self._entry, self._turn = threading.Lock(), threading.Lock()

    def write(self, record: AccessRecord) -> str:
        """Append a record and return its id once it is on the disk.

        Raises:
            AltynError: `gate.log` when it cannot be written, or does not fit its head; nothing may be answered then.
        """
        return self.write_all([record])[0]

    def write_all(self, records: Sequence[AccessRecord]) -> list[str]:
        """Append records, one after the other, and return their ids once all are on the disk.

        Raises:
            AltynError: `gate.log` as for one; none of them is written then.
        """
        if not records:
            return []
        at = self._clock().isoformat(timespec="microseconds")
        asked = [({"id": secrets.token_hex(8), "at": at, **r.to_json()}, Future[str]()) for r in records]
        with self._entry:
            self._waiting.extend(asked)
        with self._turn:
            # Those of one call came in together, so they go together.
            if not asked[0][1].done():
                with self._entry:
                    batch, self._waiting = self._waiting, []
                try:
                    self._append([r for r, _ in batch])
                except AltynError as error:
                    for _, waiting in batch:
                        waiting.set_exception(error)
                except OSError:
                    for _, waiting in batch:
                        waiting.set_exception(_failed())
                else:
                    for written, waiting in batch:
                        waiting.set_result(str(written["id"]))
        return [done.result() for _, done in asked]

    def keyed(self, text: str) -> str:
        """The HMAC of a statement: the same text gives the same, and only who holds the project's key can try texts."""
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    @cached_property
    def _key(self) -> bytes:
        path = self.folder / _KEY
        try:
            if not path.exists():
                temporary = path.with_name(f".{_KEY}.{secrets.token_hex(4)}")
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                try:
                    os.write(descriptor, secrets.token_hex(32).encode())
                    os.fsync(descriptor)
                    # Of two that begin at once the first one's key holds.
                    with contextlib.suppress(FileExistsError):
                        os.link(temporary, path)
                finally:
                    os.close(descriptor)
                    temporary.unlink(missing_ok=True)
            key = path.read_bytes()
        except OSError:
            raise _failed() from None
        if len(key) < _KEY_SIGNS:
            raise _broken(say("The key of the access log is not whole; a backup has it."))
        return key

    @contextmanager
    def locked(self) -> Generator[None]:
        """Hold the log, so that its file and its head are seen together."""
        descriptor = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def summary(self) -> dict[str, Any]:
        """What a snapshot says of the log: its identity, size and root.

        A log without a record is begun, so that the first snapshot names it already. Of a log whose head is gone it is what
        the snapshot before said: the next one bears witness too.
        """
        try:
            head = read_head(self.folder)
            if head is None and not self._said():
                head = self._begun()
        except (ValueError, OSError, AltynError):
            head = None
        return head.summary() if head else dict(self._said())

    def _begun(self) -> Head:
        with self.locked():
            descriptor = os.open(self._path, _OPEN, 0o600)
            try:
                return self._mended(descriptor)[0]
            finally:
                os.close(descriptor)

    def _append(self, records: list[dict[str, Any]]) -> None:
        with self.locked():
            self.append_held(records)

    def append_held(self, records: list[dict[str, Any]]) -> None:
        """Write records; the caller holds the lock."""
        descriptor = os.open(self._path, _OPEN, 0o600)
        try:
            head, before = self._mended(descriptor)
            lines: list[bytes] = []
            previous = head.last
            for number, record in enumerate(records, start=head.tree.size):
                full = {**record, "n": number, "previous": previous}
                line = json.dumps(full, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace") + b"\n"
                previous = hashlib.sha256(line).hexdigest()
                lines.append(line)
            content, written = b"".join(lines), 0
            faults.reach("log.before")
            while written < len(content):
                written += os.pwrite(descriptor, content[written:], head.end + written)
                faults.reach("log.part")
            os.fdatasync(descriptor)
            faults.reach("log.line")
            write_head(self.folder, head.with_lines(lines), before)
            faults.reach("log.head")
        finally:
            os.close(descriptor)

    def _mended(self, descriptor: int) -> tuple[Head, Head]:
        """The head that the file's whole lines give, after what a crash left was taken in or set aside; and the one on disk."""
        size, before = _size(descriptor), self._fitting(descriptor)
        head = before or Head()
        is_first = before is None
        while head.end < size:
            line = _line_at(descriptor, head.end, size)
            if line is None:
                self._set_aside(descriptor, head.end, size)
                break
            if not follows(line, head, is_old=is_first):
                raise _broken(
                    say("Lines stand in the access log that were written without its head, or the head is gone.")
                )
            head = head.with_lines([line])
        if before is None:
            # A line with a place in the tree is never without a head, or a crash here would look like a head taken away.
            write_head(self.folder, head, None)
            before = head
        return head, before

    def _fitting(self, descriptor: int) -> Head | None:
        """The head on the disk, if the file holds what it counts; None in a log that never had one.

        Raises:
            AltynError: `gate.log` where they do not fit.
        """
        size = _size(descriptor)
        try:
            head = read_head(self.folder)
        except ValueError:
            raise _broken(say("The head of the access log cannot be read.")) from None
        if head is None:
            if self._said():
                raise _broken(say("The access log or its head is gone; snapshots know it."))
            return None
        if size == head.end and is_damaged(self.folder):
            raise _broken(say("A place of the access log's head is damaged, and no crash left it so."))
        if size < head.end:
            raise _broken(say("The access log is shorter than its head says: records are gone."))
        if head.end and hashlib.sha256(_read(descriptor, head.last_at, head.end)).hexdigest() != head.last:
            raise _broken(say("The last record of the access log is not the one its head knows."))
        return head

    def _set_aside(self, descriptor: int, end: int, size: int) -> None:
        """Keep a torn last line, left by a crash, beside the log: it was never acknowledged."""
        aside = self._path.with_name(f"torn-{secrets.token_hex(4)}")
        aside.write_bytes(_read(descriptor, end, size))
        aside.chmod(0o600)
        os.ftruncate(descriptor, end)

    def records(self) -> list[dict[str, Any]]:
        """All records, oldest first."""
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_bytes().splitlines() if line.endswith(b"}")]


def follows(line: bytes, head: Head, *, is_old: bool) -> bool:
    """Whether a line continues the log that a head stands for.

    Args:
        line: the line.
        head: of all lines before it.
        is_old: whether there is no head on the disk. A log written before there were heads has records without a place in
            the tree; one that has them and no head has lost it.
    """
    try:
        record = json.loads(line)
        place = record.get("n")
        return record["previous"] == head.last and (place is None if is_old else place in {None, head.tree.size})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _size(descriptor: int) -> int:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _broken(say("The access log is no file."))
    return status.st_size


def _read(descriptor: int, start: int, end: int) -> bytes:
    found = b""
    while len(found) < end - start:
        piece = os.pread(descriptor, end - start - len(found), start + len(found))
        if not piece:
            break
        found += piece
    return found


def _line_at(descriptor: int, start: int, size: int) -> bytes | None:
    """The whole line that begins at `start`; None where it was never ended."""
    window = _WINDOW
    while True:
        piece = _read(descriptor, start, min(size, start + window))
        end = piece.find(b"\n")
        if end >= 0:
            return piece[: end + 1]
        if start + window >= size:
            return None
        window *= 4


def _failed() -> AltynError:
    return AltynError(
        "gate.log",
        what=say("The access log cannot be written, so nothing is answered."),
        where=f".altyn/log/{NAME}",
        mend=say("Free space or correct the rights of .altyn/log, then ask again."),
        retry=True,
    )


def _broken(what: Message) -> AltynError:
    return AltynError(
        "gate.log",
        what=what,
        where=f".altyn/log/{NAME}",
        mend=say("Nothing is answered until `altyn audit verify` has been read and acted on."),
    )
