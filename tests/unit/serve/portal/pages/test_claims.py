"""The tour and the scoreboard: what was stated leads to what shows it; a project without statements has neither."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from altyn.serve.portal.desk import Desk, Page
from altyn.serve.portal.pages.claims import target
from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import portal


@pytest.mark.parametrize("address", ["/en/tour", "/en/scoreboard"])
def test_a_project_without_statements_says_so(loaded: Trial, address: str) -> None:
    found = portal(loaded).get(address)

    assert found.status_code == 404
    assert "register.missing" in found.text


@pytest.mark.parametrize(
    ("text", "href", "kind"),
    [
        ("registers:", "/en/registers", "simulated"),
        ("register:local.areas", "/en/registers/local.areas", "simulated"),
        ("register:local.gone", "", "unbuilt"),
        ("measure:local.gone", "", "unbuilt"),
        ("row:local.areas/1000", "/en/registers/local.areas/row/1000", "simulated"),
        ("row:local.areas/9999", "", "unbuilt"),
        ("row:local.gone/1", "", "unbuilt"),
        ("nonsense", "", "unbuilt"),
        (None, "", "unbuilt"),
    ],
)
def test_a_statement_leads_to_what_exists_with_its_kind(loaded: Trial, text: str | None, href: str, kind: str) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/en/tour",
        "query_string": b"",
        "headers": [],
        "path_params": {"language": "en"},
    }
    found = target(Page(Desk(loaded.open()), Request(scope)), text)

    assert found == (href, kind)


def test_a_statement_about_a_closed_register_leads_nowhere_and_costs_no_page(loaded: Trial) -> None:
    loaded.contract("1.1.0", is_open=False)
    loaded.run()
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "path_params": {}}

    assert target(Page(Desk(loaded.open()), Request(scope)), "row:local.areas/1000") == ("", "unbuilt")
