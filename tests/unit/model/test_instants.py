"""Instants: what a user types, in the project's zone, over the change of 1 March 2024."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from altyn.errors import AltynError
from altyn.model.instants import as_of, known_at, zone


def test_a_bare_date_is_the_end_of_that_day_in_the_projects_zone() -> None:
    assert known_at("2024-01-15", "Asia/Almaty") == datetime(2024, 1, 15, 17, 59, 59, 999999, UTC)
    assert known_at("2024-03-02", "Asia/Almaty") == datetime(2024, 3, 2, 18, 59, 59, 999999, UTC)


def test_the_day_of_the_change_has_25_hours() -> None:
    length = known_at("2024-02-29", "Asia/Almaty") - known_at("2024-02-28", "Asia/Almaty")

    assert length.total_seconds() == 25 * 3600


def test_a_time_without_zone_is_the_projects_and_one_with_zone_is_its_own() -> None:
    assert known_at("2026-03-01T14:30", "Asia/Almaty") == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert known_at("2026-03-01T14:30Z", "Asia/Almaty") == datetime(2026, 3, 1, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "01.03.2026", "2026-3-1", "9999-12-31"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(AltynError, match="time.unreadable"):
        known_at(text, "Asia/Almaty")


def test_a_day_of_law_has_no_zone() -> None:
    assert as_of("2024-02-29") == date(2024, 2, 29)
    with pytest.raises(AltynError, match="time.unreadable"):
        as_of("2023-02-29")


@pytest.mark.parametrize("name", ["", "Almaty", "../../etc/passwd", "Asia"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(AltynError, match="project.invalid"):
        zone(name)
