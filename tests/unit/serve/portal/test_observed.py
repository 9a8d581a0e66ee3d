"""Observed: what passes is counted by the template of its route; what was asked for is kept nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from altyn.serve.portal.observed import BOUNDS, Latencies, Traffic
from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import portal


def told_of(trial: Trial, *asked: tuple[str, str]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    client = portal(trial, tell=lambda event, **more: told.append({"event": event, **more}))
    for method, address in asked:
        client.request(method, address)
    return told


@pytest.mark.parametrize(
    ("asked", "route", "method", "status"),
    [
        (
            ("GET", "/en/registers/local.areas/row/1000?x=Құпия"),
            "/{language}/registers/{register}/row/{key}",
            "GET",
            200,
        ),
        (("GET", "/en/Құпия"), "/{language}/{rest}", "GET", 404),
        (("GET", "/Құпия"), "other", "GET", 404),
        (("GET", "/static/Құпия.css"), "/static/{path}", "GET", 404),
        (("POST", "/en/registers"), "other", "POST", 405),
        (("FETCH", "/en/registers"), "other", "OTHER", 405),
    ],
)
def test_a_request_is_told_by_its_template_and_nothing_of_it_is_kept(
    loaded: Trial, asked: tuple[str, str], route: str, method: str, status: int
) -> None:
    (event,) = told_of(loaded, asked)

    assert (event["route"], event["method"], event["status"]) == (route, method, status)
    assert "Құпия" not in str(event)
    assert event["level"] == "info"


def test_a_histogram_counts_each_answer_once() -> None:
    times = Latencies()
    for seconds in (0.0, BOUNDS[0], 0.3, 99.0):
        times.add(seconds)

    assert (sum(times.counts), times.counts[0], times.counts[-1]) == (4, 2, 1)
    assert times.sum == pytest.approx(99.3 + BOUNDS[0])


def test_a_copy_does_not_change_with_later_requests() -> None:
    traffic = Traffic()
    traffic.add("/", "GET", 200, 0.1)
    requests, times = traffic.copy()
    traffic.add("/", "GET", 200, 0.1)

    assert (requests["/", "GET", 200], sum(times["/"].counts)) == (1, 1)
    assert traffic.copy()[0]["/", "GET", 200] == 2
