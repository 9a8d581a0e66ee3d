"""Ordinary questions: what tutorials of SQL teach is answered, in every format that Altyn writes."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest
from arro3.io import read_parquet

from altyn.cli.words import print_table
from altyn.policy import child
from altyn.policy.child import StatementJob
from altyn.policy.principals import local
from altyn.serve import exports
from altyn.serve.workspace import Workspace
from tests.integration.test_sql_guard import workspace

__all__ = ["workspace"]

CORPUS = Path(__file__).parent / "corpus"
QUESTIONS = [
    line for line in (CORPUS / "analysts.sql").read_text(encoding="utf-8").splitlines() if not line.startswith("--")
]


def _in_this_process(job: StatementJob) -> bytes:
    """The child's work without a process around it: two hundred interpreters would take longer than all questions."""
    return child._answer(json.loads(json.dumps(asdict(job))), job.limits)  # pyright: ignore[reportPrivateUsage]


def test_there_are_enough_questions() -> None:
    assert len(set(QUESTIONS)) >= 200


@pytest.mark.parametrize("sql", QUESTIONS)
def test_an_ordinary_question_is_answered_in_every_format(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, sql: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(child, "run", _in_this_process)

    answer = workspace.gate.query(local(), "open", sql)

    document = json.loads(exports.write(answer, "json"))
    assert len(document["rows"]) == len(answer.rows())
    assert all(len(row) == len(answer.columns) for row in document["rows"])
    assert exports.write(answer, "csv").decode()
    assert zipfile.ZipFile(io.BytesIO(exports.write(answer, "xlsx"))).testzip() is None
    parquet = io.BytesIO(exports.write(answer, "parquet"))
    assert sum(batch.num_rows for batch in read_parquet(parquet)) == len(answer.rows())
    print_table([c.name for c in answer.columns], [[exports.plain(v) for v in row] for row in answer.rows()])
    assert "\x1b" not in capsys.readouterr().out
