"""A text counts as a value only in the plain form of its type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from altyn.model import Check
from tests.unit.sources.staging import check, column, register, values

RIGHT = [
    ("integer", "12", 12), ("integer", "+5", 5), ("integer", "-0", 0), ("integer", "0", 0), ("integer", "12.0", 12),
    ("integer", "9223372036854775807", 2**63 - 1), ("integer", "", None),
    ("decimal(6,2)", "12.5", Decimal("12.50")), ("decimal(6,2)", "12.500", Decimal("12.50")), ("decimal(6,2)", "-1", Decimal("-1.00")),
    ("decimal(6,2)", "0012.50", Decimal("12.50")), ("decimal(6,2)", "+1.25", Decimal("1.25")), ("decimal(4,0)", "12.0", Decimal(12)),
    ("decimal(2,2)", "0.5", Decimal("0.50")), ("decimal(6,2)", "", None),
    ("double", "1e5", 100000.0), ("double", "-0.25", -0.25),
    ("date", "2024-02-29", date(2024, 2, 29)), ("date", "2024-02-29T00:00:00", date(2024, 2, 29)),
    ("date", "2024-02-29 00:00:00.000", date(2024, 2, 29)), ("date", "1800-01-01", date(1800, 1, 1)), ("date", "", None),
    ("timestamp", "2024-02-29T10:00:00+05:00", datetime(2024, 2, 29, 5, tzinfo=UTC)),
    ("timestamp", "2024-03-01 10:00:00+05", datetime(2024, 3, 1, 5, tzinfo=UTC)),
    ("timestamp", "2024-03-01T10:00:00.1234560Z", datetime(2024, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)),
    ("timestamp", "2024-02-29 10:00Z", datetime(2024, 2, 29, 10, tzinfo=UTC)),
    ("timestamp", "2024-02-29T10:00:00.123456Z", datetime(2024, 2, 29, 10, 0, 0, 123456, tzinfo=UTC)),
    ("boolean", "true", True), ("boolean", "0", False), ("boolean", "FALSE", False),
    ("json", '{"a": [1]}', '{"a": [1]}'), ("json", '["NaN", "\\",]"]', '["NaN", "\\",]"]'),
    ("text", " kept ", " kept "), ("text", "", ""),
]  # fmt: skip
WRONG = [
    ("integer", "2.7"), ("integer", "1 000"), ("integer", "1,000"), ("integer", "1_000"), ("integer", "0x10"), ("integer", " 5"),
    ("integer", "012"), ("integer", "00"), ("integer", "-07"), ("integer", "012.0"), ("decimal(6,2)", "012"), ("double", "012"),
    ("integer", "5e0"), ("integer", "9223372036854775808"), ("integer", "1О"), ("integer", "-"),
    ("decimal(6,2)", "1.005"), ("decimal(6,2)", "12345.00"), ("decimal(6,2)", "1e2"), ("decimal(6,2)", "1."), ("decimal(6,2)", ".5"),
    ("decimal(6,2)", "1,5"), ("decimal(4,0)", "1.5"), ("decimal(2,2)", ".5"),
    ("double", "inf"), ("double", "nan"), ("double", "1e400"), ("double", "1_0"), ("double", "1e29"),
    ("date", "2024-02-30"), ("date", "0001-01-01"), ("date", "01.02.2024"), ("date", "2024-2-1"), ("date", "2024-02-29T10:00:00"),
    ("date", "infinity"), ("date", "2024-02-29T00:00:00Z"), ("date", "2201-01-01"), ("date", "epoch"),
    ("timestamp", "2024-02-29T10:00:00"), ("timestamp", "2024-02-30T10:00:00Z"), ("timestamp", "2024-02-29T24:00:00Z"),
    ("timestamp", "2024-02-29T10:00:00.1234567Z"), ("timestamp", "2024-02-29T10:00:00+25:00"), ("timestamp", "2024-02-29"),
    ("boolean", "yes"), ("boolean", "t"), ("json", "{"), ("json", ""), ("json", "NaN"), ("json", '{"a": [1,]}'), ("json", '["inf", -inf]'),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "expected"), RIGHT)
def test_plain_form_is_read(kind: str, given: str, expected: object) -> None:
    made = register(column(kind))
    # DuckDB's Python needs a zone library to hand out instants, so they come as seconds.
    is_instant = kind == "timestamp"

    validated, failures, session = check(made, [{"id": "1", "value": given}])

    assert failures == []
    assert validated.rows_accepted == 1
    if is_instant:
        assert isinstance(expected, datetime)
        assert session.one("SELECT epoch_us(value) FROM accepted")[0] == round(expected.timestamp() * 1_000_000)
    else:
        assert values(session, "value") == [expected]


@pytest.mark.parametrize(("kind", "given"), WRONG)
def test_any_other_form_is_refused(kind: str, given: str) -> None:
    validated, failures, _ = check(register(column(kind)), [{"id": "1"}, {"id": "2", "value": given}])

    assert failures == [(3, "value", "type")]
    assert validated.rows_accepted == 1


def test_bounds_of_the_contract_reach_beyond_the_usual_years() -> None:
    made = register(column("date", Check("minimum", "0001-01-01"), Check("maximum", "2400-01-01")))

    _, failures, session = check(
        made, [{"id": "1", "value": "0001-01-01"}, {"id": "2", "value": "2300-01-01"}, {"id": "3", "value": "infinity"}]
    )

    assert failures == [(4, "value", "type")]
    assert values(session, "value") == [date(1, 1, 1), date(2300, 1, 1)]
