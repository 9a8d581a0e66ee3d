"""Verifying the log: every line is walked, and compared with its head and with what each published snapshot said of it.

What one file cannot show the other does: the chain shows a change inside, the head a cut end, the snapshots a log and a head
that were put back together. Somebody who may write all three can replace all: that needs a word kept on another machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.policy.log.chain import NAME, AccessLog, follows
from altyn.policy.log.head import HEAD, Head, is_damaged, read_head


@dataclass(frozen=True, slots=True)
class SnapshotHead:
    """What a snapshot says of the log when it was published; `said` is empty in snapshots older than heads."""

    number: int
    published_at: datetime
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A fault of the log: its kind (the error's code), what it is, and the place."""

    code: str
    what: Message
    where: str


@dataclass(slots=True)
class Checked:
    """What a log is found to be.

    `unended` are looks that were begun and of which nobody wrote how they ended; `after_head` lines that a crash left after the
    head; `snapshots` how many snapshots' heads agree, `elsewhere` how many are of logs on other machines (a store in a
    bucket); `begun_again` what the first record says of a log that was set aside.
    """

    records: int = 0
    root: str = ""
    log: str = ""
    after_head: int = 0
    unended: int = 0
    snapshots: int = 0
    elsewhere: int = 0
    begun_again: Mapping[str, Any] = field(default_factory=dict[str, Any])
    faults: list[Found] = field(default_factory=list[Found])

    def require_whole(self) -> Checked:
        """The same, if nothing is wrong.

        Raises:
            AltynError: the first fault, under its own code.
        """
        if not self.faults:
            return self
        first = self.faults[0]
        mend = say(
            "Keep the log folder as evidence, find out who was there, then: altyn audit begin-again --because TEXT"
        )
        raise AltynError(first.code, what=first.what, where=first.where, mend=mend)


def verify(log: AccessLog, snapshots: Sequence[SnapshotHead] = (), *, is_shared: bool = False) -> Checked:
    """Walk the whole log and say everything that is wrong with it.

    Args:
        log: the project's.
        snapshots: what the published snapshots say, oldest first.
        is_shared: whether other machines, each with a log of its own, publish snapshots of this project too.
    """
    checked = Checked()
    heads = [s for s in snapshots if s.said]
    if not os.path.lexists(log.folder):
        if heads:
            checked.faults.append(_missing(heads[-1]))
        return checked
    path = log.folder / NAME
    try:
        size, head, is_readable, has_damage = _together(log)
    except OSError:
        what = say("The access log is no file, or its folder cannot be read.")
        checked.faults.append(Found("audit.missing", what, f".altyn/log/{NAME}"))
        return checked
    if has_damage:
        what = say("A place of the access log's head is damaged, and no crash left it so.")
        checked.faults.append(Found("audit.head-missing", what, f".altyn/log/{HEAD}"))
        return checked
    if size is None and head is None and is_readable:
        if heads:
            checked.faults.append(_missing(heads[-1]))
        return checked
    if size is None:
        checked.faults.append(
            Found("audit.missing", say("The access log is gone; its head is still there."), f".altyn/log/{NAME}")
        )
        return checked
    wanted = {int(s.said.get("size", 0)) for s in heads}
    roots = _walk(_lines(path, size), head, checked, wanted, is_readable=is_readable)
    if head is not None:
        checked.log = head.log
    _compare(checked, heads, roots, is_shared=is_shared)
    return checked


def _together(log: AccessLog) -> tuple[int | None, Head | None, bool, bool]:
    """The file's size, None without a file; the head, and whether it can be read; whether a place of it is damaged.

    Raises:
        OSError: the log is no file, or cannot be reached.
    """
    path = log.folder / NAME
    # What is written meanwhile comes after; the file and the head belong together.
    with log.locked():
        size = path.stat().st_size if path.exists() else None
        if size is not None and not path.is_file():
            raise OSError("no file")
        try:
            head = read_head(log.folder)
        except ValueError:
            return size, None, False, False
        return size, head, True, head is not None and size == head.end and is_damaged(log.folder)


def _walk(
    lines: Iterable[bytes], head: Head | None, checked: Checked, wanted: AbstractSet[int], *, is_readable: bool
) -> dict[int, str]:
    """The tree's root at the wanted sizes that were reached; faults of the chain and of the head are noted."""
    at = Head(log=head.log if head else "")
    roots = {0: at.tree.root.hex()}
    begun, has_place = set[str](), False
    for number, line in enumerate(lines, start=1):
        if not line.endswith(b"\n"):
            break  # a crash's, of a record nobody was answered under; or a cut, which the head tells
        if not follows(line, at, is_old=False):
            checked.faults.append(
                Found(
                    "audit.changed",
                    say("The access log was changed: line {line} does not follow from the one before it.", line=number),
                    f".altyn/log/{NAME}, {number}",
                )
            )
            return roots
        record: dict[str, Any] = json.loads(line)
        has_place = has_place or "n" in record
        if number == 1 and record.get("outcome") == "begun-again":
            checked.begun_again = record
        if record.get("outcome") == "begun":
            begun.add(str(record.get("id")))
        begun.discard(str(record.get("begun", "")))
        at = at.with_lines([line])
        if at.tree.size in wanted:
            roots[at.tree.size] = at.tree.root.hex()
        if head is not None and at.tree.size == head.tree.size and at != head:
            checked.faults.append(_changed_last(number))
            return roots
    checked.after_head = max(0, at.tree.size - head.tree.size) if head is not None else 0
    checked.records, checked.root, checked.unended = at.tree.size, at.tree.root.hex(), len(begun)
    if head is not None and at.tree.size < head.tree.size:
        what = say(
            "The end of the access log is gone: it has {count} records, its head knows {size}.",
            count=at.tree.size,
            size=head.tree.size,
        )
        checked.faults.append(Found("audit.cut", what, f".altyn/log/{NAME}, {at.tree.size + 1}"))
    elif not is_readable or (head is None and has_place):
        what = (
            say("The head of the access log is gone.")
            if is_readable
            else say("The head of the access log cannot be read.")
        )
        checked.faults.append(Found("audit.head-missing", what, f".altyn/log/{HEAD}"))
    return roots


def _lines(path: Path, size: int) -> Iterator[bytes]:
    """The file's lines up to a size, each with its newline; the last one may have no end. A log of years is not held in memory."""
    with path.open("rb") as file:
        while size > 0:
            line = file.readline(size)
            if not line:
                return
            size -= len(line)
            yield line


def _compare(checked: Checked, heads: Sequence[SnapshotHead], roots: Mapping[int, str], *, is_shared: bool) -> None:
    """What the snapshots knew must still be the beginning of the log."""
    before = str(checked.begun_again.get("old_log", {}).get("before", "")).split()
    largest = 0
    for snapshot in heads:
        said = snapshot.said
        if said.get("log") != checked.log and checked.log:
            if said.get("log") in before:
                continue
            if is_shared:
                checked.elsewhere += 1
                continue
            what = say(
                "Snapshot {number} was published under another access log than this one.", number=snapshot.number
            )
            checked.faults.append(_rolled_back(what, snapshot))
            return
        size = int(said.get("size", 0))
        if size < largest or roots.get(size) != said.get("root"):
            # What a broken chain hides is said already.
            if checked.faults and checked.faults[0].code != "audit.head-missing":
                return
            what = say(
                "The access log is not the one that snapshot {number} knew: {size} records stood in it then.",
                number=snapshot.number,
                size=size,
            )
            checked.faults.append(_rolled_back(what, snapshot))
            return
        largest = size
        checked.snapshots += 1


def _rolled_back(what: Message, snapshot: SnapshotHead) -> Found:
    return Found(
        "audit.rolled-back", what, f"snapshot {snapshot.number}, {snapshot.published_at:%Y-%m-%d %H:%M:%S} UTC"
    )


def _missing(snapshot: SnapshotHead) -> Found:
    what = say(
        "The access log and its head are gone; snapshot {number} knew {size} records.",
        number=snapshot.number,
        size=int(snapshot.said.get("size", 0)),
    )
    return Found("audit.missing", what, f".altyn/log/{NAME}")


def _changed_last(line: int) -> Found:
    return Found(
        "audit.changed",
        say("The access log was changed: its last record, line {line}, is not the one its head knows.", line=line),
        f".altyn/log/{NAME}, {line}",
    )
