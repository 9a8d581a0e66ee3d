"""The access log: on the disk before the answer, whole after a crash, one chain for several writers."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.policy.log import AccessLog, AccessRecord, verify
from altyn.policy.log.looks import recorded


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def record(who: str) -> AccessRecord:
    return AccessRecord("answered", who, "person")


def whole(log: AccessLog) -> int:
    return verify(log).require_whole().records


def log_in(folder: Path) -> AccessLog:
    return AccessLog(folder, clock=now)


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


def test_no_answer_leaves_without_its_record(tmp_path: Path) -> None:
    from altyn.policy.gate import Gate
    from altyn.policy.principals import local

    gate = Gate(lambda _: None, log_in(tmp_path / "nowhere"), synthetic=False, clock=now)  # pyright: ignore[reportArgumentType]
    with pytest.raises(AltynError, match="gate.log"):
        gate.read(local(), "nonsense", [])


def test_a_record_is_one_line_of_json(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.write(record("a\nb"))

    assert json.loads((tmp_path / "access-000001.jsonl").read_text(encoding="utf-8"))["who"] == "a\nb"


def test_a_look_that_fails_leaves_a_record_and_no_text_of_the_exception(tmp_path: Path) -> None:
    log = log_in(tmp_path)

    def look(error: Exception, *, has_begun: bool) -> None:
        with recorded(log, record("w")) as seen:
            if has_begun:
                seen.begin(read=("a/current",))
            raise error

    with pytest.raises(ZeroDivisionError):
        look(ZeroDivisionError("900101300123"), has_begun=True)
    with pytest.raises(AltynError):
        look(AltynError("sql.forbidden", what="refused"), has_begun=False)

    begun, failed, refused = log.records()
    assert [r["outcome"] for r in (begun, failed, refused)] == ["begun", "failed", "refused"]
    assert (failed["begun"], failed["code"], refused["code"]) == (begun["id"], "internal.unexpected", "sql.forbidden")
    assert "900101300123" not in str(log.records())


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
