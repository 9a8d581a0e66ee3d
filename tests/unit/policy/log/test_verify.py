"""Verifying the log: each way to harm it is told apart, with its place, and a crash is none of them."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.policy.log import AccessLog, AccessRecord, SnapshotHead, verify
from altyn.policy.log.again import begin_again
from altyn.policy.log.chain import NAME
from altyn.policy.log.head import HEAD
from altyn.store.faults import LOGGING
from tests.unit.policy.log.logs import cut, cut_in_a_line, head_now, lines_of, log_in, record, write


def change(folder: Path, line: int) -> None:
    lines = lines_of(folder)
    lines[line] = lines[line].replace(b'"who": "w', b'"who": "x')
    (folder / NAME).write_bytes(b"".join(lines))


def rewrite(folder: Path, line: int) -> None:
    """Change a record and mend the chain after it, as somebody would who knows how it is made."""
    lines, previous = lines_of(folder), "0" * 64
    for n, content in enumerate(lines):
        document = json.loads(content) | {"previous": previous} | ({"who": "changed"} if n == line else {})
        lines[n] = json.dumps(document, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        previous = hashlib.sha256(lines[n]).hexdigest()
    (folder / NAME).write_bytes(b"".join(lines))


def add_a_line(folder: Path) -> None:
    lines = lines_of(folder)
    (folder / NAME).write_bytes(b"".join([*lines, lines[0]]))


HARMS: list[tuple[str, Callable[[Path], object], str, str]] = [
    ("a record in the middle", lambda f: change(f, 2), "audit.changed", f"{NAME}, 4"),
    ("the first record", lambda f: change(f, 0), "audit.changed", f"{NAME}, 2"),
    ("the last record", lambda f: change(f, -1), "audit.changed", f"{NAME}, 7"),
    ("a record and the chain after it", lambda f: rewrite(f, 2), "audit.changed", f"{NAME}, 7"),
    ("one record cut", lambda f: cut(f, 1), "audit.cut", f"{NAME}, 7"),
    ("several cut", lambda f: cut(f, 4), "audit.cut", f"{NAME}, 4"),
    ("all cut", lambda f: (f / NAME).write_bytes(b""), "audit.cut", f"{NAME}, 1"),
    ("cut in a line", cut_in_a_line, "audit.cut", f"{NAME}, 7"),
    ("a line added", add_a_line, "audit.changed", f"{NAME}, 8"),
    ("the file deleted", lambda f: (f / NAME).unlink(), "audit.missing", NAME),
    ("the head deleted", lambda f: (f / HEAD).unlink(), "audit.head-missing", HEAD),
    ("the head emptied", lambda f: (f / HEAD).write_bytes(b""), "audit.head-missing", HEAD),
    ("the head of nonsense", lambda f: (f / HEAD).write_bytes(b"x" * 16384), "audit.head-missing", HEAD),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "code", "place"), [h[1:] for h in HARMS], ids=[h[0] for h in HARMS])
def test_each_harm_is_told_with_its_place(
    tmp_path: Path, harm: Callable[[Path], object], code: str, place: str
) -> None:
    log = write(tmp_path, 7)
    assert verify(log).faults == []
    harm(tmp_path)

    assert [(f.code, f.where) for f in verify(log).faults] == [(code, f".altyn/log/{place}")]
    if code != "audit.changed" or place.endswith((", 7", ", 8")):
        with pytest.raises(AltynError, match=r"gate\.log"):
            log.write(record())


def restored(folder: Path, log: AccessLog, size: int) -> None:
    """Put log and head back to how they were earlier."""
    kept = folder.with_name("kept")
    assert log.summary()["size"] == size
    shutil.copytree(folder, kept)
    write(folder, 3)
    head = head_now(log)
    shutil.rmtree(folder)
    kept.rename(folder)
    found = verify(log, [head])
    assert [(f.code, f.where) for f in found.faults] == [("audit.rolled-back", "snapshot 1, 2026-03-01 00:00:00 UTC")]


def test_a_log_and_a_head_put_back_together_are_found_by_a_snapshot(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    restored(folder, write(folder, 4), 4)


def test_what_was_put_back_and_went_on_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    log = write(folder, 4)
    shutil.copytree(folder, tmp_path / "kept")
    write(folder, 3)
    heads = [head_now(log)]
    shutil.rmtree(folder)
    (tmp_path / "kept").rename(folder)
    write(folder, 9)
    heads.append(head_now(log, 2))

    assert [f.code for f in verify(log, heads).faults] == ["audit.rolled-back"]


def test_log_and_head_deleted_or_begun_anew_are_found(tmp_path: Path) -> None:
    log = write(tmp_path, 4)
    heads = [head_now(log)]
    for path in (tmp_path / NAME, tmp_path / HEAD):
        path.unlink()
    assert [f.code for f in verify(log, heads).faults] == ["audit.missing"]
    write(tmp_path, 6)
    assert [f.code for f in verify(log, heads).faults] == ["audit.rolled-back"]
    assert verify(log, heads, is_shared=True).elsewhere == 1


def test_what_snapshots_knew_agrees(tmp_path: Path) -> None:
    log, heads = log_in(tmp_path), list[SnapshotHead]()
    for number in range(1, 6):
        heads.append(head_now(log, number))
        write(tmp_path, number)

    found = verify(log, heads)
    assert (found.faults, found.records, found.snapshots, found.root) == ([], 15, 5, log.summary()["root"])


def old_log(folder: Path, count: int) -> None:
    """A log as it was before there were heads."""
    previous, content = "0" * 64, b""
    for n in range(count):
        line = json.dumps({"who": f"w{n}", "previous": previous}).encode() + b"\n"
        content, previous = content + line, hashlib.sha256(line).hexdigest()
    (folder / NAME).write_bytes(content)


def test_the_tree_begins_over_the_lines_of_an_old_log(tmp_path: Path) -> None:
    old_log(tmp_path, 5)
    log = log_in(tmp_path)
    assert verify(log).require_whole().records == 5
    write(tmp_path, 2)

    found = verify(log).require_whole()
    assert found.records == log.summary()["size"] == 7
    change(tmp_path, 1)
    assert [f.code for f in verify(log).faults] == ["audit.changed"]


def _write_and_die(folder: Path, fault: str) -> None:
    os.environ["ALTYN_FAULT"] = fault
    log = log_in(folder)
    for n in range(3):
        log.write(record(f"after{n}"))
    os._exit(0)


@pytest.mark.parametrize("begins", ["empty", "old", "new"])
@pytest.mark.parametrize("moment", [*LOGGING, "write.begun", "write.synced", "write.named"])
def test_a_writer_killed_at_any_moment_leaves_a_log_that_goes_on(tmp_path: Path, begins: str, moment: str) -> None:
    if begins == "old":
        old_log(tmp_path, 4)
    elif begins == "new":
        write(tmp_path, 4)
    context = multiprocessing.get_context("fork")
    for count in range(1, 5):
        folder = tmp_path.with_name(f"{tmp_path.name}-{count}")
        shutil.copytree(tmp_path, folder)
        process = context.Process(target=_write_and_die, args=(folder, f"{moment}:{count}"))
        process.start()
        process.join(60)
        assert process.exitcode in {0, 137}
        log = log_in(folder)
        assert verify(log).faults == []
        log.write(record("next"))
        found = verify(log)
        assert (found.faults, found.after_head) == ([], 0)
        assert log.records()[-1]["who"] == "next"
        assert found.records == log.summary()["size"] == len(log.records())


def test_lines_after_the_head_are_told_until_they_are_taken_in(tmp_path: Path) -> None:
    log = write(tmp_path, 3)
    before = (tmp_path / HEAD).read_bytes()
    write(tmp_path, 1)
    (tmp_path / HEAD).write_bytes(before)

    assert (verify(log).faults, verify(log).after_head) == ([], 1)
    log.write(record())
    assert (verify(log).faults, verify(log).after_head) == ([], 0)


def test_half_a_head_is_passed_over_for_the_other(tmp_path: Path) -> None:
    log = write(tmp_path, 3)
    content = bytearray((tmp_path / HEAD).read_bytes())
    places = [json.loads(bytes(content[i * 8192 + 65 : (i + 1) * 8192]))["size"] for i in (0, 1)]
    newest = places.index(max(places))
    content[newest * 8192 + 80] ^= 1
    (tmp_path / HEAD).write_bytes(content)

    assert (verify(log).faults, verify(log).after_head) == ([], 1)


def test_a_damaged_place_of_the_head_hides_no_cut(tmp_path: Path) -> None:
    log = write(tmp_path, 5)
    content = bytearray((tmp_path / HEAD).read_bytes())
    newest = next(place for place in (0, 1) if b'"size": 5' in content[place * 8192 : (place + 1) * 8192])
    content[newest * 8192 + 80] ^= 1
    (tmp_path / HEAD).write_bytes(content)
    cut(tmp_path, 1)

    assert [f.code for f in verify(log).faults] == ["audit.head-missing"]
    with pytest.raises(AltynError, match=r"gate\.log"):
        log.write(record())


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def deep(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"[" * 200_000 + b"\n")


@pytest.mark.parametrize("harm", [a_pipe, a_folder, deep])
@pytest.mark.parametrize("name", [NAME, HEAD])
def test_a_harmed_folder_is_told_and_can_be_left(tmp_path: Path, harm: Callable[[Path], None], name: str) -> None:
    log = write(tmp_path, 3)
    harm(tmp_path / name)
    found = verify(log)

    assert [f.code.partition(".")[0] for f in found.faults] == (["audit"] if (harm, name) != (deep, HEAD) else [])
    if found.faults:
        with pytest.raises(AltynError, match=r"gate\.log"):
            log.write(record())
        begin_again(log, found, AccessRecord("begun-again", "me", "person", because="harm"), [])
        log.write(record())
        assert verify(log).faults == []


def test_the_folder_itself_may_be_harmed(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file", encoding="utf-8")

    assert [f.code for f in verify(log_in(tmp_path / "log")).faults] == ["audit.missing"]
