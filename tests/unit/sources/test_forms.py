"""Values written as people write them are read as the contract says, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.model import Check, Column
from altyn.model.columns import Form
from altyn.model.date_patterns import date_pattern
from altyn.sources.context import Context
from tests.unit.sources.staging import check, column, register, text, values

SESSION = Session(threads=1)
ALMATY = ZoneInfo("Asia/Almaty")
MONEY = Form(decimal=",", thousands=" ", currency=("₸", "тг.", "KZT"))
WORDS = Form(true_words=("да", "иә"), false_words=("нет", "жоқ"), missing=("н/д", "-"))


def formed(kind: str, form: Form, *checks: Check) -> Column:
    return replace(column(kind, *checks), form=form)


def read(made: Column, *texts: str) -> tuple[list[object], list[str]]:
    """Values of the accepted texts and the rules that others broke."""
    _, failures, session = check(
        register(made), [{"id": str(n), "value": t} for n, t in enumerate(texts)], session=SESSION
    )
    name = "epoch_us(value)" if made.type.kind == "timestamp" else "value"
    found = [r[0] for r in session.run(f"SELECT {name} FROM accepted ORDER BY line_no")]
    return found, [rule for _, _, rule in failures]


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("kind", "form", "given_", "expected"),
    [
        ("date", Form("dd.MM.yyyy"), "31.12.2023", date(2023, 12, 31)),
        ("date", Form("d.M.yyyy"), "1.2.2024", date(2024, 2, 1)),
        ("date", Form("dd/MM/yy"), "01/02/24", date(2024, 2, 1)),
        ("date", Form("yyyyMMdd"), "20240201", date(2024, 2, 1)),
        ("date", Form("d MMMM yyyy 'г.'"), "5 марта 2024 г.", date(2024, 3, 5)),
        ("date", Form("d MMMM yyyy"), "5\u00a0Наурыз 2024", date(2024, 3, 5)),
        ("date", Form("d MMMM yyyy"), "17 ҚАҢТАР 2024", date(2024, 1, 17)),
        ("date", Form("MMMM d, yyyy"), "March 5, 2024", date(2024, 3, 5)),
        ("date", Form("dd MMM yyyy"), "05 янв. 2024", date(2024, 1, 5)),
        ("date", Form("dd MMM yyyy"), "05 янв 2024", date(2024, 1, 5)),
        ("date", Form("dd.MM.yyyy HH:mm"), "05.01.2024 00:00", date(2024, 1, 5)),
        ("date", Form("dd.MM.yyyy", missing=("н/д",)), "Н/Д ", None),
        ("decimal(12,2)", MONEY, "1 234,50", Decimal("1234.50")),
        ("decimal(12,2)", MONEY, "1\u00a0234\u202f567,5 ₸", Decimal("1234567.50")),
        ("decimal(12,2)", MONEY, "-5,00 тг.", Decimal("-5.00")),
        ("decimal(12,2)", MONEY, "KZT 12", Decimal("12.00")),
        ("decimal(12,2)", MONEY, "\u221212,3", Decimal("-12.30")),
        ("decimal(5,2)", Form(decimal=",", percent=True), "12,5 %", Decimal("12.50")),
        ("double", Form(decimal=","), "1,5e3", 1500.0),
        ("integer", Form(thousands="'"), "1'234'567", 1234567),
        ("integer", Form(decimal=",", thousands="."), "1.234", 1234),
        ("integer", Form(thousands=" ", missing=("…",)), "…", None),
        ("integer", Form(missing=("-",)), "-", None),
        ("boolean", WORDS, "Да", True),
        ("boolean", WORDS, "ЖОҚ", False),
        ("boolean", WORDS, "н/д", None),
        ("text", WORDS, "-", None),
        ("text", WORDS, "нет", "нет"),
        ("text", Form(duration=True), "PT30H1.5S", "PT30H1.5S"),
        ("text", Form(time=True, pattern="H.mm"), "9.05", "09:05:00"),
        ("text", Form(time=True, pattern="HH:mm:ss.SSS"), "09:05:07.120", "09:05:07.12"),
    ],
)
def test_a_declared_form_is_read(kind: str, form: Form, given_: str, expected: object) -> None:
    assert read(formed(kind, form), given_) == ([expected], [])


@pytest.mark.parametrize(
    ("kind", "form", "given_"),
    [
        ("date", Form("dd.MM.yyyy"), "2023-12-31"), ("date", Form("dd.MM.yyyy"), "30.02.2024"), ("date", Form("dd.MM.yyyy"), "1.2.2024"),
        ("date", Form("dd.MM.yyyy"), "01.02.2024 "), ("date", Form("dd.MM.yyyy"), "01.02.1024"), ("date", Form("MM.dd.yyyy"), "31.12.2023"),
        ("date", Form("d MMMM yyyy"), "5 мартобря 2024"), ("date", Form("dd.MM.yyyy HH:mm"), "05.01.2024 10:00"),
        ("decimal(12,2)", MONEY, "1234.50"), ("decimal(12,2)", MONEY, "1 23,00"), ("decimal(12,2)", MONEY, "1,005"),
        ("decimal(12,2)", MONEY, "12 $"), ("decimal(12,2)", MONEY, "--1"), ("decimal(12,2)", MONEY, "012"), ("decimal(3,2)", MONEY, "1 234"),
        ("decimal(5,2)", Form(percent=True), "12.5"), ("integer", Form(decimal=",", thousands="."), "1.23"), ("integer", Form(thousands=" "), "012"),
        ("boolean", WORDS, "true"), ("boolean", WORDS, "может"), ("text", Form(duration=True), "P"), ("text", Form(duration=True), "PT"),
        ("text", Form(duration=True), "1 hour"), ("text", Form(time=True, pattern="HH:mm"), "25:00"), ("integer", Form(missing=("-",)), "--"),
    ],
)  # fmt: skip
def test_what_has_another_form_is_refused(kind: str, form: Form, given_: str) -> None:
    assert read(formed(kind, form), given_) == ([], ["type"])


def test_a_missing_word_does_not_satisfy_what_must_be_there() -> None:
    made = replace(formed("integer", Form(missing=("-",))), required=True)

    assert read(made, "1", "-") == ([1], ["required"])


def test_rules_of_a_text_see_its_value_and_not_the_missing_word() -> None:
    made = replace(text("value", Check("pattern", "^[0-9]+$"), Check("min-length", 2)), form=Form(missing=("-",)))

    assert read(made, "12", "-", "x1") == (["12", None], ["pattern"])


@pytest.mark.parametrize(
    ("form", "given_", "expected"),
    [
        (Form(zone="Asia/Almaty"), "2024-03-02 10:00:00", "2024-03-02T05:00:00+00:00"),
        (Form(zone="Asia/Almaty"), "2024-02-28T10:00", "2024-02-28T04:00:00+00:00"),
        (Form("dd.MM.yyyy HH:mm", zone="Asia/Almaty"), "02.03.2024 10:00", "2024-03-02T05:00:00+00:00"),
        # Clocks of Almaty went back at midnight to the first of March: that hour came twice, and the first is meant.
        (Form(zone="Asia/Almaty"), "2024-02-29 23:30:00", "2024-02-29T17:30:00+00:00"),
        (Form(zone="Asia/Almaty"), "2024-03-01 00:00:00", "2024-02-29T19:00:00+00:00"),
        (Form(zone="Europe/Berlin"), "2024-10-27 02:30:00", "2024-10-27T00:30:00+00:00"),
        (Form(zone="Australia/Lord_Howe"), "2024-04-07 01:45:00", "2024-04-06T14:45:00+00:00"),
        (Form("dd.MM.yyyy HH:mm XXX"), "02.03.2024 10:00 +05:00", "2024-03-02T05:00:00+00:00"),
        (Form("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSSX"), "2024-03-02T10:00:00.123456000+05", "2024-03-02T05:00:00.123456+00:00"),
    ],
)  # fmt: skip
def test_moments_are_instants(form: Form, given_: str, expected: str) -> None:
    assert read(formed("timestamp", form), given_) == ([micros(datetime.fromisoformat(expected))], [])


def test_an_hour_that_was_skipped_is_refused() -> None:
    made = formed("timestamp", Form(zone="Europe/Berlin"))

    assert read(made, "2024-03-31 02:30:00", "2024-03-31 10:00:00+02", "2024-03-02 10:00:00.1234567") == (
        [],
        ["type"] * 3,
    )


def test_the_project_says_the_zone_where_the_contract_does_not() -> None:
    made = register(formed("timestamp", Form(zone="")))

    _, failures, session = check(
        made, [{"id": "1", "value": "2024-03-02 10:00:00"}], Context(time_zone="Asia/Almaty"), SESSION
    )

    assert failures == []
    assert session.one("SELECT epoch_us(value) FROM accepted")[0] == micros(datetime(2024, 3, 2, 5, tzinfo=UTC))


def test_one_value_written_in_two_ways_has_one_row_hash() -> None:
    made = register(formed("decimal(12,2)", MONEY))

    hashes: set[object] = set()
    for written in ("1 234,50", "1234,5 ₸"):
        check(made, [{"id": "1", "value": written}], session=SESSION)
        hashes.add(SESSION.one("SELECT row_hash FROM accepted")[0])

    assert len(hashes) == 1


def test_what_was_refused_is_shown_as_written() -> None:
    _, failures, session = check(
        register(formed("text", Form(duration=True))), [{"id": "1", "value": "soon"}], session=SESSION
    )

    assert failures == [(2, "value", "type")]
    assert session.one("SELECT raw ->> 'value' FROM failures")[0] == "soon"
    assert values(session, "value") == []


PATTERNS = ["dd.MM.yyyy", "d.M.yyyy", "d MMMM yyyy", "MMM d yyyy", "yyyyMMdd", "yyyy-MM-dd", "dd MMMM yyyy 'г.'"]


@settings(max_examples=60, deadline=None)
@given(
    pattern=st.sampled_from(PATTERNS),
    day=st.dates(date(1800, 1, 1), date(2200, 12, 31)),
    language=st.sampled_from(["kk", "ru", "en"]),
)
def test_a_date_written_in_its_form_is_read_back(pattern: str, day: date, language: str) -> None:
    written = date_pattern(pattern, "date").write(day, language)

    assert written is not None
    assert read(formed("date", Form(pattern)), written) == ([day], [])


@settings(max_examples=60, deadline=None)
@given(
    moment=st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001  # moments of a wall clock
    zone=st.sampled_from(["Asia/Almaty", "Europe/Berlin", "America/New_York", "UTC"]),
)
def test_a_moment_of_a_zone_is_read_back(moment: datetime, zone: str) -> None:
    pattern = "dd.MM.yyyy HH:mm:ss.SSSSSS"
    written = date_pattern(pattern, "moment").write(moment)
    there = moment.replace(tzinfo=ZoneInfo(zone))
    exists = there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment

    assert written is not None
    assert read(formed("timestamp", Form(pattern, zone=zone)), written) == (
        ([micros(there)], []) if exists else ([], ["type"])
    )


@settings(max_examples=60, deadline=None)
@given(
    number=st.decimals(-(10**9), 10**9, places=2),
    blank=st.sampled_from([" ", "\u00a0", "\u202f", "\u2009"]),
    sign=st.sampled_from(["", " ₸", "\u00a0тг."]),
)
def test_a_number_written_in_its_form_is_read_back(number: Decimal, blank: str, sign: str) -> None:
    written = f"{number:,.2f}".replace(",", blank).replace(".", ",") + sign

    assert read(formed("decimal(12,2)", MONEY), written) == ([number], [])


@settings(max_examples=40, deadline=None)
@given(clock=st.times())
def test_a_time_written_in_its_form_is_read_back(clock: time) -> None:
    pattern = "H:mm:ss.SSSSSS"
    written = date_pattern(pattern, "time").write(clock)

    assert written is not None
    (found,), rules = read(formed("text", Form(time=True, pattern=pattern)), written)
    assert (time.fromisoformat(str(found)), rules) == (clock, [])


FORMS = [
    ("date", Form("dd.MM.yyyy")), ("date", Form("d MMM yyyy")), ("timestamp", Form("dd.MM.yyyy HH:mm", zone="Asia/Almaty")),
    ("timestamp", Form(zone="Asia/Almaty")), ("decimal(12,2)", MONEY), ("integer", Form(decimal=",", thousands=".")), ("double", Form(decimal=",")),
    ("boolean", WORDS), ("text", Form(duration=True)), ("text", Form(time=True, pattern="HH:mm")), ("text", WORDS),
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    made=st.sampled_from(FORMS),
    written=st.text(max_size=12) | st.text(st.sampled_from("0123456789.,:- \u00a0T+ZдаPTH₸марта%"), max_size=20),
)
def test_any_text_is_a_value_or_refused(made: tuple[str, Form], written: str) -> None:
    found, rules = read(formed(*made), written.replace("\x00", ""))

    assert len(found) + len(rules) == 1
    assert rules in ([], ["type"])
