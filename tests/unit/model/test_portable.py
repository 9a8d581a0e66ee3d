"""The portable subset: what is let in, what is refused, and what Spark is told instead."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.model import portable


@pytest.mark.parametrize(
    "text",
    [
        "select list(x order by y) from t",
        "select string_agg(x, ',' order by y) from t",
        "select date_diff('year', a, b) from t",
        "select date_diff('month', a, b) from t",
        "select 1/0",
        "select a / b from t",
        "select a % (b - 1) from t",
        "select cast(2.7 as int)",
        "select substr(a, 0, 2) from t",
        "select a + interval 1 month from t",
        "select cast(a + interval 1 month as varchar) from t",
        "select date_trunc('month', a) from t",
        "select a from t limit 3",
        "select any_value(a) from t",
        "select median(a) from t",
        "select dayofweek(a) from t",
        "select a[1] from t",
        "select a::timestamp from t",
        "select extract(epoch from a) from t",
        "from t select a union by name from t select b",
        "select * from t tablesample 10%",
        "select * replace (a + 1 as a) from t",
        "select * from t asof join u on t.a >= u.a",
        "select * from t positional join u",
        "select * from t pivot (sum(b) for a in (1, 2))",
        "select unnest([1, 2])",
        "select x from range(3) as r(x)",
        "select strlen(a) from t",
    ],
)
def test_what_was_not_compared_or_differs_is_refused(text: str) -> None:
    with pytest.raises(AltynError, match="sql.subset"):
        portable.require_portable(text, "here")


@pytest.mark.parametrize(
    "text",
    [
        "select list_sort(list(x)), date_diff('day', a, b), substr(c, 1, 2) from t group by all",
        "select a / nullif(b, 0), a / 2, a / (2 * 3.5), a / cast(nullif(b, 0) as double) from t",
        "select cast(a + interval 1 month as date), cast(date_trunc('year', a) as date) from t",
        "select a from t order by a limit 3",
        "select first_value(a) over (order by b) from t",
    ],
)
def test_the_subset_itself_passes(text: str) -> None:
    portable.require_portable(text, "here")


def test_tables_are_renamed_and_keep_the_name_the_query_knows() -> None:
    text = portable.to_spark(
        "WITH own AS (SELECT * FROM p.a) SELECT a.x, b.y FROM own AS a JOIN p.b ON b.x = a.x, c",
        {"p.a": "v1", "p.b": "v2", "c": "v3"},
    )

    assert "v1" in text
    assert "v2 AS `b`" in text
    assert "v3 AS `c`" in text
    assert "p." not in text


def test_a_table_nobody_named_is_refused() -> None:
    with pytest.raises(AltynError, match="sql.subset"):
        portable.to_spark("SELECT * FROM elsewhere", {"t": "v"})


def test_a_parameter_becomes_a_constant_that_cannot_break_out() -> None:
    text = portable.to_spark("SELECT * FROM t WHERE a = $a", {"t": "v"}, {"a": "x' OR 'a'='a \\"})

    assert text.count("OR") == 1
    assert "\\'" in text or "''" in text


def test_a_parameter_without_a_value_is_refused() -> None:
    with pytest.raises(AltynError, match="sql.subset"):
        portable.to_spark("SELECT * FROM t WHERE a = $a", {"t": "v"})
