"""A register that is not called open is refused at every door."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from altyn.errors import AltynError
from altyn.serve.portal.app import create_app
from altyn.serve.use_cases import questions, refusals
from tests.integration.conftest import Trial

CANARY = "Жасырын-7391"


@pytest.fixture
def closed(trial: Trial) -> Trial:
    trial.contract(is_open=False)
    trial.areas(f"1000,{CANARY},20\n2000,{CANARY},x\n")
    trial.run()
    return trial


def test_sql_history_and_quarantine_refuse_it(closed: Trial) -> None:
    workspace = closed.open()
    register = workspace.register("areas")

    for attempt in (
        lambda: questions.query(workspace, "select * from areas"),
        lambda: questions.query(workspace, "select count(*) from local.areas"),
        lambda: questions.history(workspace, register, "1000"),
        lambda: refusals.export_quarantine(workspace, register),
    ):
        with pytest.raises(AltynError, match="gate.register-closed") as caught:
            attempt()
        assert CANARY not in str(caught.value)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("page", ["", "/rows", "/row/1000", "/data.csv", "/data.json", "/data.parquet"])
def test_every_page_and_export_refuses_it(closed: Trial, page: str, language: str) -> None:
    portal = TestClient(create_app(closed.open()), base_url="http://localhost")
    answer = portal.get(f"/{language}/registers/local.areas{page}")

    # What the register is may be known; what it holds may not.
    assert answer.status_code == (200 if page == "" else 403)
    assert CANARY not in answer.text


def test_search_does_not_find_what_it_holds(closed: Trial) -> None:
    portal = TestClient(create_app(closed.open()), base_url="http://localhost")

    assert CANARY not in portal.get("/kk/search", params={"q": CANARY[:5]}).text.replace(f"«{CANARY[:5]}»", "")


def test_no_copy_of_it_is_made_for_the_purpose_open(closed: Trial) -> None:
    derived = closed.folder / ".altyn" / "derived"

    assert not any(CANARY.encode() in p.read_bytes() for p in derived.rglob("*") if p.is_file())
    assert not (derived / "current" / "local.areas").exists()


def test_the_refusals_are_in_the_log_without_a_value(closed: Trial) -> None:
    workspace = closed.open()
    with pytest.raises(AltynError):
        questions.query(workspace, f"select * from areas where title = '{CANARY}'")
    last = workspace.gate.log.records()[-1]

    assert (last["outcome"], last["code"]) == ("refused", "gate.register-closed")
    assert CANARY not in str(workspace.gate.log.records())
