"""The access log: on the disk before the answer, whole after a crash, one chain for several writers."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import threading
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.policy.log import AccessLog, verify
from altyn.policy.log.head import read_head
from tests.unit.policy.log.logs import NOW, log_in, record, write


def whole(log: AccessLog) -> int:
    return verify(log).require_whole().records


def test_records_form_a_chain(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    names = [log.write(record(f"w{n}")) for n in range(5)]

    assert whole(log) == 5
    assert [r["id"] for r in log.records()] == names
    assert (tmp_path / "access-000001.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("place", range(3, 400, 37))
def test_a_changed_byte_is_found(tmp_path: Path, place: int) -> None:
    log = log_in(tmp_path)
    for n in range(4):
        log.write(record(f"w{n}"))
    path = tmp_path / "access-000001.jsonl"
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)

    with pytest.raises(AltynError, match=r"audit\.changed"):
        whole(log)


def test_a_removed_line_is_found(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    for n in range(4):
        log.write(record(f"w{n}"))
    path = tmp_path / "access-000001.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:]]))

    with pytest.raises(AltynError, match=r"audit\.changed"):
        whole(log)


def test_a_torn_last_line_is_set_aside_and_the_chain_goes_on(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.write(record("one"))
    path = tmp_path / "access-000001.jsonl"
    with path.open("ab") as file:
        file.write(b'{"who": "tor')
    log.write(record("two"))

    assert whole(log) == 2
    assert [p.read_bytes() for p in tmp_path.glob("torn-*")] == [b'{"who": "tor']


def _write_many(folder: Path, name: str) -> None:
    log = log_in(folder)
    for n in range(25):
        log.write(record(f"{name}{n}"))


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(tmp_path, name)) for name in ("a", "b", "c")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    assert whole(log_in(tmp_path)) == 75


def test_several_threads_share_the_log(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    threads = [threading.Thread(target=lambda: [log.write(record("t")) for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert whole(log) == 160


def test_a_log_that_cannot_be_written_is_an_error_not_a_silence(tmp_path: Path) -> None:
    log = log_in(tmp_path / "nowhere")

    with pytest.raises(AltynError, match="gate.log") as caught:
        log.write(record("me"))
    assert caught.value.retry


def test_a_record_is_one_line_of_json(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.write(record("a\nb"))

    assert json.loads((tmp_path / "access-000001.jsonl").read_text(encoding="utf-8"))["who"] == "a\nb"


def test_a_hash_of_a_statement_is_of_no_use_without_the_project_key(tmp_path: Path) -> None:
    texts = [f"SELECT * FROM people WHERE iin = '{n}'" for n in range(20)]
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (log_in(folder) for folder in folders)

    assert one.keyed(texts[7]) == log_in(folders[0]).keyed(texts[7]) != two.keyed(texts[7])
    assert one.keyed(texts[7]) not in {hashlib.sha256(t.encode()).hexdigest() for t in texts}
    assert (folders[0] / "key").stat().st_mode & 0o777 == 0o600


def test_records_written_together_stand_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_in(tmp_path)
    log.write(record("first"))
    names = log.write_all([record(f"w{n}") for n in range(5)])

    assert whole(log) == 6
    assert [r["id"] for r in log.records()][1:] == names
    assert log.write_all([]) == []

    def full(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(AccessLog, "append_held", full)
    with pytest.raises(AltynError, match=r"gate\.log"):
        log.write_all([record("a"), record("b")])
    assert whole(log) == 6


def test_appending_reads_no_more_of_a_long_log_than_of_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    real = os.pread

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        found = real(descriptor, size, offset)
        counts[-1] += len(found)
        return found

    log = write(tmp_path, 2)
    monkeypatch.setattr(os, "pread", counted)
    for _ in range(2):
        counts.append(0)
        log.write(record())
        counts.append(0)
        write(tmp_path, 200)
    counts = counts[::2]
    head = read_head(tmp_path)
    assert head is not None
    assert head.end > 20_000
    # A place of the head, and one line, whose number may have two digits more.
    assert abs(counts[1] - counts[0]) < 100


def snapshots_say(log: AccessLog) -> AccessLog:
    """The same log, opened where a snapshot knows it."""
    said = log.summary()
    return AccessLog(log.folder, clock=lambda: NOW, said=lambda: said)


def test_nothing_is_answered_after_log_and_head_are_gone(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    log = snapshots_say(write(folder, 3))
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(AltynError, match=r"gate\.log"):
        log.write(record())
    assert log.summary()["size"] == 3, "the next snapshot bears witness too"


def test_a_log_without_a_record_has_a_name_already(tmp_path: Path) -> None:
    """So the first snapshot of a project names it, and it cannot go before there is a second."""
    said = log_in(tmp_path).summary()

    assert (said["size"], len(str(said["log"]))) == (0, 16)
    assert log_in(tmp_path).summary() == said


def test_a_key_that_is_not_whole_makes_no_hash(tmp_path: Path) -> None:
    log = write(tmp_path, 1)
    (tmp_path / "key").write_bytes(b"")
    with pytest.raises(AltynError, match=r"gate\.log"):
        log.keyed("select 1")
