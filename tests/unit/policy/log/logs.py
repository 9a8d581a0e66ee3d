"""Small access logs that tests write, count and harm."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from altyn.policy.log import AccessLog, AccessRecord, SnapshotHead
from altyn.policy.log.chain import NAME

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def log_in(folder: Path) -> AccessLog:
    return AccessLog(folder, clock=lambda: NOW)


def record(who: str = "w") -> AccessRecord:
    return AccessRecord("answered", who, "person")


def write(folder: Path, count: int) -> AccessLog:
    log = log_in(folder)
    for n in range(count):
        log.write(record(f"w{n}"))
    return log


def head_now(log: AccessLog, number: int = 1) -> SnapshotHead:
    return SnapshotHead(number, NOW, log.summary())


def lines_of(folder: Path) -> list[bytes]:
    return (folder / NAME).read_bytes().splitlines(keepends=True)


def cut(folder: Path, count: int) -> None:
    (folder / NAME).write_bytes(b"".join(lines_of(folder)[:-count]))


def cut_in_a_line(folder: Path) -> None:
    content = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(content[:-5])
