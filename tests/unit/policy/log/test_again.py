"""Beginning again: never of a whole log, never silently, and nothing that was to be written is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.policy.log import AccessRecord, Checked, verify
from altyn.policy.log.again import begin_again, keep_for_later
from altyn.policy.log.chain import NAME
from tests.unit.policy.log.logs import cut, head_now, write


def test_a_broken_log_is_begun_again_and_never_silently(tmp_path: Path) -> None:
    log = write(tmp_path, 5)
    heads = [head_now(log)]
    old = log.summary()
    cut(tmp_path, 2)
    broken = (tmp_path / NAME).read_bytes()
    aside = begin_again(log, verify(log, heads), AccessRecord("begun-again", "me", "person", because="a disk"), heads)
    write(tmp_path, 2)
    heads.append(head_now(log, 2))

    found = verify(log, heads)
    assert (found.faults, found.records, found.snapshots) == ([], 3, 1)
    first = found.begun_again
    assert (first["because"], first["who"], first["old_log"]["log"]) == ("a disk", "me", old["log"])
    assert (first["old_log"]["size"], first["old_log"]["root"]) == (5, old["root"])
    assert first["old_log"]["found"] == "audit.cut"
    assert (aside / NAME).read_bytes() == broken
    assert heads[0].said["log"] != heads[1].said["log"]

    # And once more: what was published under the first log is still told from a log that somebody put there.
    cut(tmp_path, 1)
    begin_again(log, verify(log, heads), AccessRecord("begun-again", "me", "person", because="again"), heads)
    assert verify(log, heads).faults == []


def test_a_whole_log_is_not_begun_again(tmp_path: Path) -> None:
    log = write(tmp_path, 2)
    with pytest.raises(AltynError, match=r"audit\.whole"):
        begin_again(log, Checked(), AccessRecord("begun-again", "me", "person"), [])
    assert len(log.records()) == 2


def test_a_record_that_a_broken_log_did_not_take_comes_into_the_next(tmp_path: Path) -> None:
    log = write(tmp_path, 3)
    cut(tmp_path, 1)
    keep_for_later(log, AccessRecord("restored", "me", "person", backup="b1", snapshot=3))
    begin_again(log, verify(log), AccessRecord("begun-again", "me", "person", because="a disk"), [])

    assert [r["outcome"] for r in log.records()] == ["begun-again", "restored"]
    assert verify(log).faults == []
