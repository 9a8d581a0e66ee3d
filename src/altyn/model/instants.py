"""Instants: what a user types as a time, and the clock everything takes its time from."""

from __future__ import annotations

import calendar
import functools
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

from altyn.errors import AltynError
from altyn.language import say

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, UTC."""
    return datetime.now(UTC)


@functools.cache
def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name, from the data we ship: an old machine's own data may miss the change of 2024.

    Raises:
        AltynError: `project.invalid` when no such zone exists.
    """
    file = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    if not name or ".." in name or not file.is_file():
        raise AltynError(
            "project.invalid",
            what=say("{zone} is not a time zone.", zone=name[:40]),
            where="altyn.toml, timezone",
            mend=say("Write an IANA name such as Asia/Almaty."),
        )
    with file.open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def _unreadable(text: str) -> AltynError:
    return AltynError(
        "time.unreadable",
        what=say("{text} is not a date or a time.", text=text[:40]),
        mend=say("Write 2026-03-01, or 2026-03-01T14:30, with Z or +05:00 for another zone than the project's."),
    )


def known_at(text: str, zone_name: str) -> datetime:
    """The instant a user means: a bare date is the end of that day in the project's zone.

    >>> known_at("2024-02-28", "Asia/Almaty").isoformat()
    '2024-02-28T17:59:59.999999+00:00'
    >>> known_at("2024-03-01", "Asia/Almaty").isoformat()
    '2024-03-01T18:59:59.999999+00:00'
    """
    try:
        if len(text) == len("2024-02-29"):
            day = date.fromisoformat(text)
            # The next midnight, less one microsecond: the day may be 23 or 25 hours long.
            midnight = datetime.combine(day + timedelta(days=1), time(), zone(zone_name))
            return midnight.astimezone(UTC) - timedelta(microseconds=1)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise _unreadable(text) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone(zone_name))).astimezone(UTC)


_PERIOD = re.compile(r"P(?=\d)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?")


def period_before(day: date, period: str) -> date | None:
    """The day that lies an ISO 8601 period before a day; None where the text is no period of days, weeks, months and years.

    A day that a shorter month lacks is its last one.

    >>> period_before(date(2024, 2, 29), "P5Y"), period_before(date(2024, 3, 31), "P1M1D"), period_before(date(2024, 1, 1), "five years")
    (datetime.date(2019, 2, 28), datetime.date(2024, 2, 28), None)
    """
    found = _PERIOD.fullmatch(period.strip())
    if not found:
        return None
    years, months, weeks, days = (int(found[n] or 0) for n in ("years", "months", "weeks", "days"))
    month = day.year * 12 + day.month - 1 - years * 12 - months
    year, month = divmod(month, 12)
    if year < 1:
        return date.min
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)) - timedelta(weeks=weeks, days=days)


_SPAN = re.compile(r"(\d{1,6})(m|h|d)")


def span(text: str) -> timedelta | None:
    """A length of time in minutes, hours or days; None where the text is none.

    >>> span("26h"), span("2d"), span("soon")
    (datetime.timedelta(days=1, seconds=7200), datetime.timedelta(days=2), None)
    """
    found = _SPAN.fullmatch(text.strip())
    return (
        int(found[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[found[2]]
        if found
        else None
    )


def as_of(text: str) -> date:
    """The day a user asks about: a date of law, without a zone.

    >>> as_of("2024-02-29")
    datetime.date(2024, 2, 29)
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unreadable(text) from None
