"""Questions: a moment in words, SQL through the gate, and a record's history, which says what was erased."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases.questions import history, moment, query
from tests.integration.conftest import Trial


def test_a_moment_is_read_in_the_zone_of_the_project(loaded: Trial) -> None:
    workspace = loaded.open()

    assert moment(workspace, None) is moment(workspace, "") is None
    assert moment(workspace, "2026-03-05T12:00") == datetime(2026, 3, 5, 7, tzinfo=UTC)
    with pytest.raises(AltynError):
        moment(workspace, "yesterday")


def test_the_past_is_asked_with_the_moment_it_was_known_at(loaded: Trial) -> None:
    workspace, sql = loaded.open(), "SELECT people FROM areas WHERE code = '1000'"

    assert query(workspace, sql).rows() == [(25,)]
    assert query(workspace, sql, known_at="2026-03-05").rows() == [(20,)]
    assert query(workspace, "SELECT count(*) FROM places", as_of="2024-01-01").rows() == [(1,)]
    with pytest.raises(AltynError):
        query(workspace, sql, as_of="2024-13-01")


def test_a_history_ends_at_the_moment_asked_about(loaded: Trial) -> None:
    workspace = loaded.open()
    register = workspace.register("areas")

    assert [v.values["people"] for v in history(workspace, register, "1000")] == [20, 25]
    assert [v.values["people"] for v in history(workspace, register, "1000", known_at="2026-03-05")] == [20]
    assert history(workspace, register, "nobody") == []


def test_of_a_closed_register_not_even_the_key_is_told(fresh: Trial) -> None:
    fresh.contract(is_open=False)
    fresh.run()
    workspace = fresh.open()

    with pytest.raises(AltynError, match=r"gate\.register-closed") as caught:
        history(workspace, workspace.register("areas"), "")
    assert "code" not in caught.value.what.text("en")
