"""Looks in the log: begun before an engine runs, ended before the answer leaves, whatever becomes of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from altyn.errors import AltynError
from altyn.policy import child
from altyn.policy.gate import Gate
from altyn.serve.portal.app import create_app
from altyn.serve.use_cases import auditing, questions
from tests.integration.conftest import Trial

CANARY = "Құпия-4711"


@pytest.fixture
def lived(trial: Trial) -> Trial:
    trial.places("p1,1000,2020-01-01,\n")
    trial.areas(f"1000,{CANARY},20\n")
    assert not trial.run().errors
    return trial


def looks(trial: Trial) -> list[dict[str, Any]]:
    return trial.open().gate.log.records()


def test_a_question_is_begun_and_answered(lived: Trial) -> None:
    questions.query(lived.open(), "select title from areas")
    begun, answered = looks(lived)[-2:]

    assert (begun["outcome"], answered["outcome"]) == ("begun", "answered")
    assert answered["begun"] == begun["id"]
    assert (begun["read"], begun["snapshot"], answered["rows"]) == (["local.areas"], 1, [1])
    assert begun["statement"] == answered["statement"] == ["select title from areas"]
    assert begun["uid"] == os.geteuid()


def test_a_page_is_begun_and_answered(lived: Trial) -> None:
    TestClient(create_app(lived.open()), base_url="http://localhost").get("/en/registers/local.areas/row/1000")

    ended = {r["begun"] for r in looks(lived) if r["outcome"] == "answered" and "begun" in r}
    begun = [r for r in looks(lived) if r["outcome"] == "begun"]
    assert begun
    assert {r["id"] for r in begun} == ended


def test_the_engine_runs_after_the_record_is_on_the_disk(lived: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(child, "run", lambda _: (seen.append(looks(lived)[-1]["outcome"]), _stop())[1])
    with pytest.raises(RuntimeError):
        questions.query(lived.open(), "select title from areas")

    assert seen == ["begun"]


def _stop() -> bytes:
    raise RuntimeError(CANARY)


@pytest.mark.parametrize("where", ["child", "page"])
def test_a_fault_of_ours_leaves_a_record_without_its_text(
    lived: Trial, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    workspace = lived.open()
    if where == "child":
        monkeypatch.setattr(child, "run", lambda _: _stop())
        with pytest.raises(RuntimeError):
            questions.query(workspace, "select title from areas")
    else:
        monkeypatch.setattr(Gate, "_run", lambda *_: _stop())
        with pytest.raises(RuntimeError):
            questions.history(workspace, workspace.register("areas"), "1000")

    assert [(r["outcome"], r.get("code")) for r in looks(lived)[-2:]] == [
        ("begun", None),
        ("failed", "internal.unexpected"),
    ]
    assert CANARY not in str(looks(lived))


def test_a_question_that_fails_in_the_engine_is_recorded_as_failed(lived: Trial) -> None:
    with pytest.raises(AltynError) as caught:
        questions.query(lived.open(), "select cast(title as integer) from areas")
    begun, failed = looks(lived)[-2:]

    assert (begun["outcome"], failed["outcome"], failed["code"]) == ("begun", "failed", caught.value.code)
    assert CANARY not in str(looks(lived))


@pytest.mark.parametrize(
    "sql", ["select", "copy areas to 'x'", "select 1; select 2", "(" * 300, "select * from nowhere", ""]
)
def test_a_question_that_is_refused_is_recorded_as_refused(lived: Trial, sql: str) -> None:
    before = len(looks(lived))
    with pytest.raises(AltynError) as caught:
        questions.query(lived.open(), sql)
    new = looks(lived)[before:]

    assert new[-1]["code"] == caught.value.code
    assert {r["outcome"] for r in new} <= {"refused", "begun", "failed"}


def test_a_purpose_that_is_none_is_not_kept_as_it_was_typed(lived: Trial) -> None:
    with pytest.raises(AltynError, match=r"gate\.purpose"):
        questions.query(lived.open(), "select 1", purpose="900101300123")

    assert looks(lived)[-1]["purpose"] == "unknown"
    assert "900101300123" not in str(looks(lived))


def test_a_look_whose_process_was_killed_is_told_as_never_ended(lived: Trial) -> None:
    before = len(looks(lived))
    sql = "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r, areas"
    command = [str(Path(sys.executable).parent / "altyn"), "query", sql]
    process = subprocess.Popen(command, cwd=lived.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while len(looks(lived)) == before and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    found = auditing.audit(lived.open())

    assert (found.unended, found.faults) == (1, [])
    questions.query(lived.open(), "select 1")
    assert auditing.audit(lived.open()).faults == []


def test_each_snapshot_says_where_the_log_stood(lived: Trial) -> None:
    questions.query(lived.open(), "select 1")
    lived.areas("1000,Алматы,21\n")
    lived.run()
    first, second = (s.log for s in lived.open().snapshots())
    found = auditing.audit(lived.open())

    assert int(first.get("size", 0)) < int(second["size"]) == len(looks(lived))
    assert found.faults == []
    assert found.snapshots >= 1
