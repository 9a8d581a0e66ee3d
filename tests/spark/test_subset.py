"""Every construct of the portable subset gives the same names, types and rows on DuckDB and on a Spark of two executors."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from arro3.core import Table

from altyn.engines.spark import Spark
from altyn.errors import AltynError
from altyn.model import portable
from tests.spark.conftest import Both, same

pytestmark = [pytest.mark.slow, pytest.mark.needs("java")]

# One list of expressions a query: a query on a cluster takes seconds, an expression nothing.
EXPRESSIONS = {
    "numbers": [
        "n / 2", "m / 3", "n % 3", "m % 2", "n / nullif(id - 4, 0)", "round(m, 1)", "round(m)", "floor(m)", "ceil(m)", "abs(n)",
        "abs(m)", "-n", "m * 2", "m * m", "m + 0.5", "m - n", "n + 1", "greatest(n, 3)", "least(n, 3)", "nullif(n, 0)",
        "CAST(CASE WHEN id <> 8 THEN m END AS BIGINT)", "CAST(f AS INTEGER)", "CAST(m AS DECIMAL(18,1))", "CAST(n AS VARCHAR)",
        "CAST(m AS VARCHAR)", "CAST(m AS DOUBLE)", "CAST(b AS INTEGER)", "TRY_CAST(s AS BIGINT)", "coalesce(m, 0)", "f * 2",
        "round(f)", "CAST(n AS DECIMAL(38,2))", "n BETWEEN -7 AND 5", "n IN (5, -7)", "n NOT IN (5)", "if(b, 1, 0)",
        "n >= 5", "n <= 5", "(n + 1) * 2", "CAST(id AS SMALLINT)", "CAST(id - 1 AS BOOLEAN)",
    ],
    "texts": [
        "upper(s)", "lower(s)", "length(s)", "trim(s)", "substr(s, 2, 2)", "substr(s, 2)", "substr(s, -2)", "left(s, 2)",
        "right(s, 2)", "s || 'ә'", "concat(s, k)", "concat_ws('-', s, k, CAST(id AS VARCHAR))", "replace(s, 'а', 'б')",
        "s LIKE '%ы%'", "s LIKE 'A_C%'", "s NOT LIKE '%А%'", "starts_with(s, 'A')", "contains(s, 'BC')", "strpos(s, 'B')",
        "lpad(s, 4, '0')", "rpad(s, 4, '0')", "regexp_matches(s, '^[A-ZӘ]')", "coalesce(s, 'жоқ')", "nullif(s, '')", "md5(s)",
        "sha256(s)", "split_part('а-б-в', '-', 2)", "s = 'Алматы'", "s < 'Б'", "CASE WHEN s = '' THEN 'бос' ELSE s END",
        "s IS NULL", "s IS DISTINCT FROM k", "s IS NOT DISTINCT FROM NULL", "k IN ('a', 'b')", "CAST(s AS VARCHAR)", "'it''s \\ %'",
        "s LIKE '%!_' ESCAPE '!'", "s LIKE '%$%%' ESCAPE '$'",
    ],
    "times": [
        "year(d)", "month(d)", "day(d)", "quarter(d)", "extract(year FROM d)", "last_day(d)", "d + 1", "d - 1",
        "CAST(date_trunc('month', d) AS DATE)", "CAST(date_trunc('year', d) AS DATE)", "CAST(d + INTERVAL 1 MONTH AS DATE)",
        "CAST(d + INTERVAL 1 YEAR AS DATE)", "CAST(d - INTERVAL 1 MONTH AS DATE)", "CAST(d + INTERVAL 40 DAY AS DATE)",
        "date_diff('day', d, DATE '2024-03-01')", "d - DATE '2024-01-01'", "make_date(2024, 2, 29)", "CAST(d AS VARCHAR)",
        "d BETWEEN DATE '2000-01-01' AND DATE '2024-02-29'", "CAST(ts AS DATE)", "CAST(ts AS VARCHAR)", "ts > TIMESTAMPTZ '2000-01-01 00:00:00+00'",
        "coalesce(d, DATE '1900-01-01')", "greatest(d, DATE '2000-01-01')", "CAST('2024-02-29' AS DATE)",
        "CAST(date_trunc('month', CAST(d AS DATE)) AS DATE)", "CAST(date_trunc('quarter', CAST(ts AS DATE)) AS DATE)",
        "b AND n > 0", "b OR n > 0", "NOT b", "b IS NULL", "CAST(b AS VARCHAR)",
    ],
}  # fmt: skip
QUERIES = [
    "SELECT count(*), count(s), count(DISTINCT k), min(s), max(s), sum(m), sum(n), min(d), max(ts), min(f) FROM t",
    "SELECT avg(id) AS a, sum(m) / nullif(count(*), 0) AS mean, bool_and(b) AS every_one, bool_or(b) AS any_one FROM t",
    "SELECT k, count(*) AS rows, sum(m) AS money, sum(m) * 100.0 / nullif(sum(sum(m)) OVER (), 0) AS share FROM t GROUP BY k ORDER BY k",
    "SELECT k, b, count(*) AS c FROM t GROUP BY ALL ORDER BY ALL",
    "SELECT k, year(d) AS y, max(m) AS top FROM t GROUP BY 1, 2 HAVING count(*) > 0 ORDER BY 1 DESC, 2",
    "SELECT id, s FROM t ORDER BY s DESC, id",
    "SELECT id, n FROM t ORDER BY n, id",
    "SELECT id, k, m FROM t ORDER BY k NULLS FIRST, m DESC NULLS LAST, id LIMIT 4 OFFSET 1",
    (
        "SELECT id, row_number() OVER (PARTITION BY k ORDER BY m DESC, id) AS place, rank() OVER (ORDER BY k) AS r, "
        "dense_rank() OVER (ORDER BY k) AS dr FROM t ORDER BY id"
    ),
    "SELECT id, lag(n) OVER (ORDER BY id) AS before, lead(s, 2, 'жоқ') OVER (ORDER BY id) AS after FROM t ORDER BY id",
    "SELECT id, sum(m) OVER (PARTITION BY k ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run FROM t ORDER BY id",
    (
        "SELECT id, first_value(s) OVER (PARTITION BY k ORDER BY id) AS f, last_value(s) OVER (PARTITION BY k ORDER BY id "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS l FROM t ORDER BY id"
    ),
    "SELECT count(*) FILTER (WHERE n > 0) AS some, count_if(b) AS told FROM t",
    "SELECT k, list_sort(list(id)) AS ids FROM t GROUP BY k ORDER BY k",
    "SELECT id, list_sort([n, 3, id]) AS three FROM t WHERE n IS NOT NULL ORDER BY id",
    "SELECT max_by(s, id) AS newest, arg_min(s, id) AS oldest, min_by(k, id) AS first FROM t",
    "SELECT id FROM t WHERE id < 4 UNION SELECT 1 UNION ALL SELECT 1 ORDER BY id",
    "SELECT k FROM t EXCEPT SELECT 'a' ORDER BY k",
    "SELECT k FROM t INTERSECT SELECT s FROM t",
    "SELECT a.id, c.id AS cid, c.s FROM t AS a LEFT JOIN t AS c ON c.id = a.id + 1 AND c.k = a.k ORDER BY a.id",
    "SELECT a.id, c.id AS cid FROM t AS a FULL JOIN t AS c ON c.id = a.id + 8 ORDER BY a.id, cid",
    "SELECT a.id, c.k FROM t AS a CROSS JOIN (SELECT DISTINCT k FROM t WHERE k IS NOT NULL) AS c ORDER BY a.id, c.k",
    "SELECT id FROM t WHERE id IN (SELECT id + 1 FROM t) ORDER BY id",
    "SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM t AS u WHERE u.id = t.id + 1) ORDER BY id",
    "SELECT id, (SELECT max(u.m) FROM t AS u WHERE u.k = t.k) AS top FROM t ORDER BY id",
    "WITH q AS (SELECT k, sum(m) AS z FROM t GROUP BY k), r AS (SELECT * FROM q WHERE z > 0) SELECT r.k, q.z FROM r JOIN q ON q.k = r.k ORDER BY 1",
    "SELECT k, id FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY id DESC) = 1 ORDER BY id",
    "SELECT DISTINCT b FROM t ORDER BY b",
    "SELECT a.id, b.s FROM t AS a JOIN t AS b USING (id) WHERE a.k = 'a' ORDER BY a.id",
    "SELECT 1 AS \"Бір сан\", 'a''b' AS q, NULL AS nothing, CAST(NULL AS DECIMAL(9,3)) AS z",
    "SELECT x, y FROM (VALUES (1, 'а'), (2, NULL)) AS v(x, y) ORDER BY x",
    "SELECT * EXCLUDE (ts) FROM t ORDER BY id",
    "SELECT *, m AS m2 FROM t ORDER BY id",
    "SELECT id, id, s AS id FROM t ORDER BY 1",
    "SELECT * FROM t WHERE false",
    "SELECT count(*) AS c, sum(m) AS s, max(d) AS d FROM t WHERE false",
    "SELECT k, CASE k WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 0 END AS w FROM t ORDER BY id",
]


def of_kind(kind: str) -> str:
    """All expressions of a kind in one query."""
    return f"SELECT id, {', '.join(f'{e} AS x{i}' for i, e in enumerate(EXPRESSIONS[kind]))} FROM t ORDER BY id"


@pytest.mark.parametrize("kind", EXPRESSIONS)
def test_expressions(both: Both, kind: str) -> None:
    sql = of_kind(kind)
    portable.require_portable(sql, "here")
    same(sql, *both(sql))


@pytest.mark.parametrize("sql", QUERIES)
def test_queries(both: Both, sql: str) -> None:
    portable.require_portable(sql, "here")
    same(sql, *both(sql))


def test_names_of_unnamed_columns_are_those_of_duckdb(both: Both) -> None:
    sql = "SELECT count(*), sum(m), id + 1, substr(k, 1, 1), k || 'x' FROM t GROUP BY id, k ORDER BY id"
    same(sql, *both(sql))


PARAMETERS = "SELECT id FROM t WHERE s = $s OR d = $d OR m = $m OR n = $n OR ts = $ts OR s = $evil ORDER BY id"


def test_parameters_are_values_and_nothing_else(both: Both) -> None:
    sql = PARAMETERS
    values: dict[str, object] = {
        "s": "Әлия", "d": date(2023, 2, 28), "m": Decimal("2.49"), "n": 12, "evil": "x' OR '1'='1",
        "ts": "2024-12-30 19:00:00+00",
    }  # fmt: skip
    here, there = both(sql, values)
    same(sql, here, there)
    assert here.num_rows == 5


def test_two_executors_did_the_work(both: Both, spark: Spark) -> None:
    for _ in range(3):
        both("SELECT k, count(*) AS c, sum(m) AS s FROM t GROUP BY k ORDER BY k")
    executors = {name: tasks for name, tasks in spark.executors().items() if name != "driver"}
    assert len(executors) == 2, executors
    assert all(executors.values())


# Known to differ: what the lint keeps out. Each is shown to differ, so that the list cannot rot, and this suite cannot be blind.
DIFFERENT = [
    "SELECT list(id ORDER BY n DESC, id) AS x FROM t",
    "SELECT id, date_diff('year', d, DATE '2024-03-01') AS x FROM t ORDER BY id",
    "SELECT id, date_diff('month', d, DATE '2024-03-01') AS x FROM t ORDER BY id",
    "SELECT id, n / (id - 1) AS x FROM t ORDER BY id",
    "SELECT CAST(2.7 AS INT) AS x",
    "SELECT id, substr(s, 0, 2) AS x FROM t ORDER BY id",
    "SELECT id, dayofweek(d) AS x FROM t ORDER BY id",
    "SELECT id, isodow(d) AS x FROM t ORDER BY id",
    "SELECT id, week(d) AS x FROM t ORDER BY id",
    "SELECT id, CAST(d + INTERVAL 1 MONTH AS VARCHAR) AS x FROM t ORDER BY id",
    "SELECT quantile_cont(id, 0.5) AS x FROM t",
    "SELECT id, strlen(s) AS x FROM t ORDER BY id",
]


@pytest.mark.parametrize("sql", DIFFERENT)
def test_what_is_known_to_differ_is_refused_and_does_differ(both: Both, sql: str) -> None:
    faults = portable.portable_faults(sql) or portable.portable_faults(
        sql.replace("CAST(d + INTERVAL 1 MONTH AS VARCHAR)", "d + INTERVAL 1 MONTH")
    )
    assert faults, "the lint lets it through"
    with pytest.raises((AssertionError, AltynError)):
        _same_without_our_translation(both, sql)


def _same_without_our_translation(both: Both, sql: str) -> None:
    original = portable._spark_node  # pyright: ignore[reportPrivateUsage]  # what sqlglot alone would do
    portable._spark_node = lambda node: node  # pyright: ignore[reportPrivateUsage]
    try:
        here, there = both(sql)
    finally:
        portable._spark_node = original  # pyright: ignore[reportPrivateUsage]
    same(sql, here, there)


def test_a_fault_of_the_query_is_told_without_a_value(both: Both) -> None:
    with pytest.raises(AltynError, match="sql.failed") as caught:
        _spark_only(both, "SELECT CAST(s AS BIGINT) AS x FROM t")
    assert "Әлия" not in str(caught.value)


def _spark_only(both: Both, sql: str) -> Table:
    from altyn.engines import duckdb

    original = duckdb.Session.table
    duckdb.Session.table = lambda self, text, given=None: original(self, "SELECT 1" if text == sql else text, given)  # type: ignore[method-assign]
    try:
        return both(sql)[1]
    finally:
        duckdb.Session.table = original  # type: ignore[method-assign]
