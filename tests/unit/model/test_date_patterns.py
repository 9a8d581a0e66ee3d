"""Date patterns: one strict reading of a form, and what is written in it is read back as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.model.date_patterns import Needs, PatternError, date_pattern
from altyn.model.sql import literal

ALMATY = timezone(timedelta(hours=5))


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(threads=1)


def read(session: Session, pattern: str, needs: Needs, text: str) -> str | None:
    """The plain value of a text; None where the text has not the form."""
    form, quoted = date_pattern(pattern, needs), literal(text)
    matches = f"regexp_matches({quoted}, {literal(form.regex)})"
    return session.one(f"SELECT CASE WHEN {matches} THEN {form.plain(quoted, needs)} END")[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("pattern", "needs", "part"),
    [
        ("dd.MM", "date", "y"), ("MM.yyyy", "date", "d"), ("dd.MM.yyyy", "moment", "H"), ("HH", "time", "m"),
        ("dd.MM.yyyy HH:mm", "time", "dd"), ("dd.MM.yyyy X", "date", "X"),
        ("dd.MM.yyyy dd", "date", "dd"), ("dMyyyy", "date", "dMM"), ("HH:mm:SS", "time", "s"),
        ("yyy-MM-dd", "date", "yyy"), ("dd.MM.yyyyy", "date", "yyyyy"), ("EEE dd.MM.yyyy", "date", "EEE"), ("dd.MM.yyyy hh:mm", "moment", "hh"),
        ("dd.MM.yyyy[ HH]", "date", "["), ("'dd.MM.yyyy", "date", "'"), ("X dd.MM.yyyy HH", "moment", "X"),
        ("dd.MM.yyyy HH:mm XXXX", "moment", "XXXX"),
    ],
)  # fmt: skip
def test_a_pattern_that_says_too_little_or_something_else_is_refused_with_its_part(
    pattern: str, needs: Needs, part: str
) -> None:
    with pytest.raises(PatternError) as caught:
        date_pattern(pattern, needs)

    # Of two runs of digits it is enough to name where they meet.
    assert part.startswith(caught.value.part) or caught.value.part.startswith(part)


@pytest.mark.parametrize(
    ("pattern", "text", "plain"),
    [
        ("dd.MM.yyyy", "01.02.2024", "2024-02-01 00:00:00"), ("dd.MM.yyyy", "1.02.2024", None), ("d.M.yyyy", "1.2.2024", "2024-2-1 00:00:00"),
        ("dd.MM.yy", "31.12.99", "2099-12-31 00:00:00"), ("dd.MM.yyyy", "01.13.2024", None), ("dd.MM.yyyy", "00.01.2024", None),
        ("d MMMM yyyy", "1 МАРТА 2024", "2024-03-1 00:00:00"), ("d MMMM yyyy", "1 наурыз 2024", "2024-03-1 00:00:00"),
        ("d MMMM yyyy", "1 March 2024", "2024-03-1 00:00:00"), ("d MMMM yyyy", "1 Nonsense 2024", None),
        ("dd MMM yyyy", "05 Jan. 2024", "2024-01-05 00:00:00"), ("d LLLL uuuu", "1 март 2024", "2024-03-1 00:00:00"),
        ("dd MM yyyy", "01\u00a002\u202f2024", "2024-02-01 00:00:00"), ("dd'ж.'MM yyyy", "01ж.02 2024", "2024-02-01 00:00:00"),
        ("dd''MM yyyy", "01'02 2024", "2024-02-01 00:00:00"), ("yyyy-MM-dd", "x2024-01-01", None), ("dd.MM.yyyy", "01x02x2024", None),
    ],
)  # fmt: skip
def test_a_day_is_read_in_its_form_only(session: Session, pattern: str, text: str, plain: str | None) -> None:
    assert read(session, pattern, "date", text) == plain


@pytest.mark.parametrize(
    ("pattern", "needs", "text", "plain"),
    [
        ("dd.MM.yyyy HH:mm", "moment", "01.02.2024 23:59", "2024-02-01 23:59:00"),
        ("dd.MM.yyyy HH:mm", "moment", "01.02.2024 24:00", None),
        ("yyyyMMddHHmmssSSSSSSSSS", "moment", "20240201123456123456000", "2024-02-01 12:34:56.123456"),
        ("yyyyMMddHHmmssSSSSSSSSS", "moment", "20240201123456123456001", None),
        ("dd.MM.yyyy HH:mmX", "moment", "01.02.2024 10:00+05", "2024-02-01 10:00:00+05"),
        ("dd.MM.yyyy HH:mmXXX", "moment", "01.02.2024 10:00+0500", None),
        ("HH:mm", "time", "09:05", "09:05:00"),
        ("H:mm:ss.S", "time", "9:05:07.5", "09:05:07.5"),
    ],
)
def test_moments_and_times(session: Session, pattern: str, needs: Needs, text: str, plain: str | None) -> None:
    assert read(session, pattern, needs, text) == plain


@pytest.mark.parametrize(
    ("pattern", "needs", "value", "written"),
    [
        ("dd.MM.yy", "date", date(1999, 1, 1), None),
        ("dd.MM.yyyy", "date", datetime(2024, 1, 1, 9, tzinfo=UTC), None),
        ("dd.MM.yyyy HH", "moment", datetime(2024, 1, 1, 9, 30, tzinfo=UTC), None),
        ("dd.MM.yyyy HH:mm", "moment", datetime(2024, 1, 1, 9, 30, 1, tzinfo=UTC), None),
        ("dd.MM.yyyy HH:mm:ss", "moment", datetime(2024, 1, 1, 9, 30, 1, 5, tzinfo=UTC), None),
        ("HH:mm:ss.SSS", "time", time(9, 30, 1, 500), None),
        ("HH:mm:ss.SSS", "time", time(9, 30, 1, 500_000), "09:30:01.500"),
        ("dd.MM.yyyy", "date", time(9, 30), None),
        ("dd.MM.yyyy HH:mmX", "moment", date(2024, 1, 1), None),
        ("dd.MM.yyyy HH:mmX", "moment", datetime(2024, 1, 1, 9, tzinfo=ALMATY), "01.01.2024 09:00+05"),
        ("dd.MM.yyyy HH:mmXXX", "moment", datetime(2024, 1, 1, 9, tzinfo=ALMATY), "01.01.2024 09:00+05:00"),
        ("d MMMM yyyy", "date", date(2024, 3, 1), "1 March 2024"),
    ],
)
def test_a_value_that_the_form_cannot_hold_whole_is_not_written(
    pattern: str, needs: Needs, value: date | time, written: str | None
) -> None:
    assert date_pattern(pattern, needs).write(value) == written


@given(
    day=st.dates(date(1000, 1, 1)), pattern=st.sampled_from(["dd.MM.yyyy", "yyyy/M/d", "d MMMM yyyy", "MMMM d, yyyy"])
)
def test_what_is_written_is_read_back(session: Session, day: date, pattern: str) -> None:
    for language in ("kk", "ru", "en"):
        text = date_pattern(pattern, "date").write(day, language)
        assert text is not None
        assert session.one(f"SELECT CAST({literal(str(read(session, pattern, 'date', text)))} AS DATE)")[0] == day
