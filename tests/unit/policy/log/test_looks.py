"""Looks: what is written around one answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.policy.log.looks import recorded
from tests.unit.policy.log.logs import log_in, record


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


def test_a_look_leaves_two_records_and_the_second_names_the_first(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    with recorded(log, record("w")) as look:
        look.says(purpose="open")
        look.begin(snapshot=3, read=("a.b/current",))
        assert [r["outcome"] for r in log.records()] == ["begun"], "on the disk before an engine runs"
        identity = look.answered(rows=(2,))

    begun, answered = log.records()
    assert (answered["id"], answered["begun"], answered["rows"]) == (identity, begun["id"], [2])
    assert (begun["purpose"], begun["snapshot"], begun["read"]) == ("open", 3, ["a.b/current"])
    assert look.record.outcome == "answered"


def test_what_fails_after_the_answer_was_recorded_is_no_failed_look(tmp_path: Path) -> None:
    log = log_in(tmp_path)

    def answers_and_fails() -> None:
        with recorded(log, record("w")) as look:
            look.begin()
            look.answered()
            raise AltynError("sql.forbidden", what="later")

    with pytest.raises(AltynError):
        answers_and_fails()
    assert [(r["outcome"], r.get("begun")) for r in log.records()][2] == ("refused", None)


def test_a_log_that_does_not_take_the_record_is_not_asked_again(tmp_path: Path) -> None:
    log = log_in(tmp_path / "nowhere")

    def look() -> None:
        with recorded(log, record("w")) as seen:
            seen.begin()

    with pytest.raises(AltynError, match=r"gate\.log") as caught:
        look()
    assert not isinstance(caught.value.__context__, AltynError), "one failure, not one after the other"
