"""No address a stranger types is a fault of ours: it is answered, or refused with a reason."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from altyn.serve.portal.app import create_app
from altyn.serve.workspace import Workspace

STRANGE = (
    "²", "-1", "99999999999999999999", "\x00", "'", "a/b/c/d", "..", "💥", "NaN", "1e400", "2026-13-45",
    "2026-03-01T25:00", "0001-01-01", "9999-12-31", "2026-03-01T10:00+99:00", "x" * 4000, "%", "null",
)  # fmt: skip
ADDRESSES = (
    "/?year={}",
    "/?known_at={}",
    "/registers/{}",
    "/registers/kazakhstan.kato?known_at={}",
    "/registers/kazakhstan.tax_rates/rows?after={}",
    "/registers/kazakhstan.tax_rates/rows?page={}",
    "/registers/kazakhstan.tax_rates/rows?{}={}",
    "/registers/kazakhstan.tax_rates/rows?sort={}",
    "/registers/kazakhstan.tax_rates/rows?columns={}",
    "/registers/kazakhstan.tax_rates/rows?name_kk.has={}",
    "/registers/kazakhstan.tax_rates/rows?name_kk.eq={}",
    "/registers/kazakhstan.tax_rates/rows?rate.min={}",
    "/registers/kazakhstan.tax_rates/rows?in_force_from.eq={}",
    "/registers/kazakhstan.tax_rates/rows?recorded_at.max={}",
    "/registers/kazakhstan.tax_rates/rows?batch.eq={}",
    "/registers/kazakhstan.tax_rates/rows.json?batch.max={}",
    "/registers/kazakhstan.tax_rates/rows.json?size={}",
    "/registers/kazakhstan.tax_rates/api?name_kk.begins={}",
    "/registers/kazakhstan.tax_rates/data.csv?name_ru.has={}",
    "/registers/kazakhstan.population/row/KZ/{}",
    "/registers/kazakhstan.kato/data.{}",
    "/measures/{}",
    "/measures/kazakhstan.population_by_region?year={}",
    "/measures/kazakhstan.population_by_region/rows?year={}",
    "/measures/kazakhstan.population_by_region/chart.svg?vintage={}",
    "/search?q={}",
    "/{}",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_strange_address_is_answered_or_refused(demo: Workspace, address: str) -> None:
    portal = TestClient(create_app(demo), base_url="http://localhost", follow_redirects=False)

    for strange in STRANGE:
        answer = portal.get("/en" + address.format(*[quote(strange, safe="/")] * 2))
        assert answer.status_code in {200, 307, 400, 403, 404}, strange
        assert "Traceback" not in answer.text


def test_a_key_of_too_many_parts_says_what_the_key_is(demo: Workspace) -> None:
    portal = TestClient(create_app(demo), base_url="http://localhost")
    answer = portal.get("/en/registers/kazakhstan.population/row/KZ/2023/x/y/z")

    assert answer.status_code == 404
    assert "The key of this register is" in answer.text


@pytest.mark.parametrize("address", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2fworkspace.py"])
def test_only_what_is_static_is_served_as_a_file(demo: Workspace, address: str) -> None:
    portal = TestClient(create_app(demo), base_url="http://localhost")

    assert portal.get(address).status_code == 404
