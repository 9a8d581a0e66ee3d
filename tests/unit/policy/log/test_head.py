"""The head: two places written in turn, each with a checksum; what is none is told from a log that never had one."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.policy.log.head import HEAD, START, Head, is_damaged, read_head, write_head


def test_a_folder_without_a_head_has_none(tmp_path: Path) -> None:
    assert read_head(tmp_path) is None
    assert not is_damaged(tmp_path)


def test_the_newest_of_two_places_counts_and_the_other_is_the_one_before(tmp_path: Path) -> None:
    heads = [Head(log="a" * 16)]
    write_head(tmp_path, heads[0], None)
    for number in range(5):
        heads.append(heads[-1].with_lines([f"{number}\n".encode()]))
        write_head(tmp_path, heads[-1], heads[-2])
        assert read_head(tmp_path) == heads[-1]

    content = bytearray((tmp_path / HEAD).read_bytes())
    place = next(i for i in (0, 1) if b'"size": 5' in content[i * 8192 : (i + 1) * 8192])
    content[place * 8192 + 100] ^= 1
    (tmp_path / HEAD).write_bytes(content)

    assert is_damaged(tmp_path)
    assert read_head(tmp_path) == heads[-2], "a write that was broken off leaves the other"


@pytest.mark.parametrize("content", [b"", b"x" * 16384, b" " * 16384, b"\x00" * 100])
def test_what_holds_no_head_is_an_error_and_not_an_empty_log(tmp_path: Path, content: bytes) -> None:
    (tmp_path / HEAD).write_bytes(content)

    with pytest.raises(ValueError, match="no head"):
        read_head(tmp_path)


def test_a_head_with_a_right_checksum_and_another_root_is_none(tmp_path: Path) -> None:
    head = Head().with_lines([b"one\n"])
    document = {
        "log": head.log, "size": 1, "root": "0" * 64, "frontier": [h.hex() for h in head.tree.frontier],
        "end": 4, "last_at": 0, "last": head.last,
    }  # fmt: skip
    content = json.dumps(document, sort_keys=True).encode()
    (tmp_path / HEAD).write_bytes(hashlib.sha256(content).hexdigest().encode() + b" " + content)

    with pytest.raises(ValueError, match="no head"):
        read_head(tmp_path)


@pytest.mark.parametrize("make", ["pipe", "link", "folder"])
def test_what_is_no_file_is_no_head_and_holds_nobody_up(tmp_path: Path, make: str) -> None:
    path = tmp_path / HEAD
    if make == "pipe":
        os.mkfifo(path)
    elif make == "folder":
        path.mkdir()
    else:
        write_head(tmp_path, Head(), None)
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ValueError, match="no"):
        read_head(tmp_path)


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=20), st.integers(0, 19))
def test_lines_may_come_together_or_one_after_the_other(lines: list[bytes], cut: int) -> None:
    head = Head(log="a" * 16)
    whole = head.with_lines(lines)
    pieces = head.with_lines(lines[:cut]) if lines[:cut] else head
    pieces = pieces.with_lines(lines[cut:]) if lines[cut:] else pieces

    assert pieces == whole
    assert (whole.end, whole.last_at) == (sum(map(len, lines)), sum(map(len, lines[:-1])))
    assert whole.summary() == {"log": "a" * 16, "size": len(lines), "root": whole.tree.root.hex()}
    assert head.last == START
