"""The keeper reads a closed register on the command line; nobody else does, and nothing over HTTP."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from altyn.cli.main import cli
from altyn.errors import AltynError
from altyn.packs.catalogue import check_project
from altyn.packs.project import load_project
from altyn.policy.principals import PORTAL, Principal
from altyn.serve.portal.app import create_app
from altyn.serve.use_cases import questions, refusals
from tests.integration.conftest import Trial

CANARY = "Жасырын-7391"
PORTAL_CODE = Path(__file__).parents[2] / "src" / "altyn" / "serve" / "portal"


@pytest.fixture
def closed(trial: Trial) -> Trial:
    trial.contract(is_open=False)
    trial.areas(f"1000,{CANARY},20\n2000,{CANARY}-2,x\n")
    trial.run()
    return trial


def test_the_keeper_reads_rows_history_and_quarantine(closed: Trial) -> None:
    workspace = closed.open()
    register = workspace.register("areas")

    assert questions.query(workspace, "select title from areas", purpose="keeping").rows() == [(CANARY,)]
    assert questions.history(workspace, register, "1000", purpose="keeping")[0].values["title"] == CANARY
    assert f"{CANARY}-2,x" in refusals.export_quarantine(workspace, register, purpose="keeping").decode()


def test_each_look_is_in_the_log(closed: Trial) -> None:
    workspace = closed.open()
    questions.query(workspace, "select title from areas", purpose="keeping")
    last = workspace.gate.log.records()[-1]

    assert (last["purpose"], last["outcome"], last["read"]) == ("keeping", "answered", ["local.areas"])
    assert "owns" in last["basis"]


def test_a_run_makes_no_copy_for_it_and_removes_the_one_a_question_made(closed: Trial) -> None:
    copies = closed.folder / ".altyn" / "derived" / "current" / "local.areas"
    assert not copies.exists()
    questions.query(closed.open(), "select title from areas", purpose="keeping")
    assert len(list(copies.iterdir())) == 1
    closed.areas(f"1000,{CANARY},21\n")
    closed.run()

    assert list(copies.iterdir()) == []


@pytest.mark.parametrize(
    "somebody", [PORTAL, Principal("portal:local", "portal", os.geteuid()), Principal("local:other", "person", 54_321)]
)
def test_neither_the_portal_nor_another_user_is_the_keeper(closed: Trial, somebody: Principal) -> None:
    gate = closed.open().gate
    with pytest.raises(AltynError, match="gate.not-keeper") as caught:
        gate.query(somebody, "keeping", "select title from areas")

    assert CANARY not in str(caught.value)
    assert gate.log.records()[-1]["code"] == "gate.not-keeper"


def test_a_variable_names_nobody(closed: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    questions.query(closed.open(), "select count(*) from areas", purpose="keeping")

    assert "somebody-else" not in closed.open().gate.log.records()[-1]["who"]


@pytest.mark.parametrize("page", ["/rows", "/row/1000", "/data.csv", "/data.json", "/data.parquet", "/data.xlsx"])
def test_nothing_over_http_takes_a_purpose(closed: Trial, page: str) -> None:
    portal = TestClient(create_app(closed.open()), base_url="http://localhost")
    answer = portal.get(f"/en/registers/local.areas{page}", params={"purpose": "keeping"})

    assert answer.status_code in {403, 404}
    assert CANARY not in answer.text


def test_the_portal_never_asks_as_a_person() -> None:
    """The use cases that name the person at the keyboard are not its way to rows."""
    for path in PORTAL_CODE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
        used = {
            n.attr
            for n in ast.walk(tree)
            if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "use_cases"
        }

        assert not names & {"local", "KEEPING", "query", "history", "whole_history", "export_quarantine"}, path
        assert used <= {"require_not_erased", "moment", "NO_RECORD"}, path


def test_a_state_of_a_register_opened_later_is_closed_but_for_the_keeper(closed: Trial) -> None:
    closed.contract(version="1.1.0")
    closed.areas("1000,Name,20\n")
    closed.run()
    workspace, then = closed.open(), "2026-03-02T12:00:00+00:00"

    assert questions.query(workspace, "select title from areas").rows() == [("Name",)]
    with pytest.raises(AltynError, match="gate.register-closed"):
        questions.query(workspace, "select title from areas", known_at=then)
    kept = questions.query(workspace, "select title from areas", purpose="keeping", known_at=then)
    assert kept.rows() == [(CANARY,)]


@pytest.mark.parametrize(
    "words",
    [
        ["query", "select title from areas where code = '1000'"],
        ["history", "areas", "1000", "--purpose", "open"],
        ["quarantine", "areas", "--export", "refused.csv", "--purpose=open"],
    ],
)
def test_the_refusal_names_the_command_that_works_as_typed(
    closed: Trial, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import shlex

    monkeypatch.chdir(closed.folder)
    refused = CliRunner().invoke(cli, words, obj=tuple(words))
    assert isinstance(refused.exception, AltynError)
    named = str(refused.exception.mend).partition("with: ")[2]
    again = CliRunner().invoke(cli, shlex.split(named)[1:])

    assert (named.split()[0], again.exit_code) == ("altyn", 0), again.output
    written = Path("refused.csv")
    assert CANARY in again.output or CANARY in written.read_text(encoding="utf-8")


def test_a_purpose_nobody_knows_is_a_fault_of_check(trial: Trial) -> None:
    path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    line = "      - {property: altyn.purposes, value: [keeping, statistics]}\n"
    path.write_text(text.replace("      - {property: altyn.errorBudget", line + "      - {property: altyn.errorBudget"))
    found = [f for f in check_project(load_project(trial.folder)) if "purpose" in str(f.what)]

    assert [(f.code, "statistics" in str(f.what), "keeping" in str(f.what)) for f in found] == [
        ("contract.profile", True, False)
    ]
