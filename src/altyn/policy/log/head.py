"""The head: a small file beside the log that says how many records there are, and the tree's root over them.

Two places in it are written in turn, each with a checksum: a write that is broken off leaves the other. The log's lines are on
the disk before the head that counts them, so a head never counts a line that a crash could take; a crash between the two
leaves lines after the head, which the next writer takes in if they follow.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from altyn.policy.log.tree import Tree
from altyn.store.durable import write_durably

HEAD = "head"
START = "0" * 64
# A frontier of 2^60 records takes half of it.
_PLACE_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands: its identity, the tree, the bytes of its lines, where the last begins and that line's hash."""

    log: str = field(default_factory=lambda: secrets.token_hex(8))
    tree: Tree = field(default_factory=Tree)
    end: int = 0
    last_at: int = 0
    last: str = START

    def with_lines(self, lines: list[bytes]) -> Head:
        """The head after whole lines that follow."""
        end = self.end + sum(map(len, lines))
        last = lines[-1]
        return Head(self.log, self.tree.with_lines(lines), end, end - len(last), hashlib.sha256(last).hexdigest())

    def summary(self) -> dict[str, str | int]:
        """What stands in a snapshot."""
        return {"log": self.log, "size": self.tree.size, "root": self.tree.root.hex()}


def read_head(folder: Path) -> Head | None:
    """The head of a log, None where there is no file.

    Raises:
        ValueError: neither place holds one.
    """
    content = _content(folder)
    if content is None:
        return None
    found = [h for h in (_read(content[i * _PLACE_BYTES :][:_PLACE_BYTES]) for i in (0, 1)) if h is not None]
    if not found:
        raise ValueError("no head")
    return max(found, key=lambda h: h.tree.size)


def is_damaged(folder: Path) -> bool:
    """Whether a place holds something that is no head. A crash can do that, and then lines stand after the head in the other place."""
    content = _content(folder) or b""
    places = (content[i * _PLACE_BYTES :][:_PLACE_BYTES] for i in (0, 1))
    return any(place.strip() and _read(place) is None for place in places)


def _content(folder: Path) -> bytes | None:
    """What the head's file holds, None where there is none.

    Raises:
        ValueError: it is no file, or cannot be read.
    """
    try:
        descriptor = os.open(folder / HEAD, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError:
        raise ValueError("no head") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError("no file")
    with os.fdopen(descriptor, "rb") as file:
        return file.read(2 * _PLACE_BYTES)


def write_head(folder: Path, head: Head, before: Head | None) -> None:
    """Put a head in the place that does not hold the one before, on the disk."""
    path = folder / HEAD
    if before is None:
        # The first: whole or not at all, for a head that cannot be read means that somebody was there.
        write_durably(path, _written(head) + b" " * _PLACE_BYTES)
        return
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        place = 1 if _read(os.pread(descriptor, _PLACE_BYTES, 0)) == before else 0
        os.pwrite(descriptor, _written(head), place * _PLACE_BYTES)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _written(head: Head) -> bytes:
    document = {
        "log": head.log,
        "size": head.tree.size,
        "root": head.tree.root.hex(),
        "frontier": [h.hex() for h in head.tree.frontier],
        "end": head.end,
        "last_at": head.last_at,
        "last": head.last,
    }
    content = json.dumps(document, sort_keys=True).encode()
    return (hashlib.sha256(content).hexdigest().encode() + b" " + content).ljust(_PLACE_BYTES - 1) + b"\n"


def _read(place: bytes) -> Head | None:
    checksum, _, content = place.strip().partition(b" ")
    if hashlib.sha256(content).hexdigest().encode() != checksum:
        return None
    try:
        d = json.loads(content)
        tree = Tree(int(d["size"]), tuple(bytes.fromhex(h) for h in d["frontier"]))
        head = Head(str(d["log"]), tree, int(d["end"]), int(d["last_at"]), str(d["last"]))
    except (ValueError, KeyError, TypeError):
        return None
    return head if d.get("root") == tree.root.hex() else None
