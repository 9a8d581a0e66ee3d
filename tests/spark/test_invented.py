"""Queries that Hypothesis invents inside the subset give the same on both engines; and the hash of a row does."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.engines.spark import Spark
from altyn.model import portable
from altyn.model.columns import Column, ColumnType
from altyn.model.row_hash import row_hash, spark_expression, sql_expression
from tests.spark.conftest import Both, same

pytestmark = [pytest.mark.slow, pytest.mark.needs("java")]

NUMBERS = st.sampled_from(["n", "id", "m", "5", "0", "-7", "2.50", "NULL"])
TEXTS = st.sampled_from(["s", "k", "'Әлия'", "'a'", "''", "NULL"])
DATES = st.sampled_from(
    ["d", "DATE '2024-02-29'", "CAST(ts AS DATE)", "last_day(d)", "CAST(d + INTERVAL 1 YEAR AS DATE)"]
)


def _number(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda a: f"abs({a})"),
        st.tuples(inner, inner).map(lambda t: f"coalesce({t[0]}, {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"greatest({t[0]}, {t[1]})"),
        st.tuples(inner, st.sampled_from(["3", "7"])).map(lambda t: f"({t[0]} % {t[1]})"),
        TEXTS.map(lambda a: f"length({a})"),
        DATES.map(lambda a: f"year({a})"),
        st.tuples(DATES, DATES).map(lambda t: f"date_diff('day', {t[0]}, {t[1]})"),
    )


def _text(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda t: f"({t[0]} || {t[1]})"),
        inner.map(lambda a: f"upper({a})"),
        inner.map(lambda a: f"trim({a})"),
        st.tuples(inner, st.integers(1, 4), st.integers(0, 4)).map(lambda t: f"substr({t[0]}, {t[1]}, {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"concat_ws('/', {t[0]}, {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"nullif({t[0]}, {t[1]})"),
        DATES.map(lambda a: f"CAST({a} AS VARCHAR)"),
    )


numbers = st.recursive(NUMBERS, _number, max_leaves=4)
texts = st.recursive(TEXTS, _text, max_leaves=4)
comparisons = st.sampled_from(["=", "<>", "<", ">=", "IS DISTINCT FROM"])
tests = st.recursive(
    st.one_of(
        st.tuples(numbers, comparisons, numbers).map(" ".join),
        st.tuples(texts, comparisons, texts).map(" ".join),
        st.tuples(DATES, comparisons, DATES).map(" ".join),
        texts.map(lambda a: f"{a} IS NULL"),
        texts.map(lambda a: f"{a} LIKE '%а%'"),
        st.just("b"),
    ).map(lambda c: f"({c})"),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda t: f"({' '.join(t)})"),
        inner.map(lambda c: f"(NOT {c})"),
    ),
    max_leaves=3,
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A SELECT over t: rows, groups or windows, with a condition and perhaps a join."""
    source = draw(st.sampled_from(["t", "(SELECT * FROM t UNION ALL SELECT * FROM t WHERE id > 7) AS t"]))
    condition = draw(tests)
    kind = draw(st.sampled_from(["rows", "groups", "windows", "join"]))
    a, b, c = draw(numbers), draw(texts), draw(DATES)
    if kind == "rows":
        return (
            f"SELECT id, {a} AS a, {b} AS b, {c} AS c, ({draw(tests)}) AS e FROM {source} WHERE {condition} ORDER BY id"
        )
    if kind == "groups":
        return (
            f"SELECT {b} AS g, count(*) AS n, count(DISTINCT {c}) AS days, sum({a}) AS total, min({c}) AS first, "
            f"max({b}) AS top FROM {source} WHERE {condition} GROUP BY 1 HAVING count(*) >= 1 ORDER BY 1"
        )
    if kind == "windows":
        return (
            f"SELECT id, row_number() OVER (PARTITION BY {b} ORDER BY {c} DESC, id) AS place, sum({a}) OVER "
            f"(PARTITION BY k) AS total FROM t WHERE {condition} ORDER BY id"
        )
    return (
        f"SELECT l.id, r.id AS other, r.x FROM (SELECT id, {b} AS j FROM t WHERE {condition}) AS l LEFT JOIN "
        f"(SELECT id, {a} AS x, k AS j FROM t) AS r ON r.j = l.j ORDER BY l.id, r.id, r.x"
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(queries())
def test_an_invented_query_gives_the_same(both: Both, sql: str) -> None:
    note(sql)
    portable.require_portable(sql, "here")
    same(sql, *both(sql))


TYPED = (
    (Column("a", ColumnType("text")), st.text(max_size=8).filter(lambda t: "\0" not in t)),
    (Column("b", ColumnType("integer")), st.integers(-(2**63), 2**63 - 1)),
    (Column("c", ColumnType("decimal", 18, 2)), st.decimals(-(10**15), 10**15, places=2)),
    (Column("d", ColumnType("decimal", 9, 9)), st.decimals(Decimal("-0.999999999"), Decimal("0.999999999"), places=9)),
    (Column("e", ColumnType("date")), st.dates(date(1, 1, 1), date(9999, 12, 31))),
    (
        Column("f", ColumnType("timestamp")),
        st.integers(-60_000_000_000_000_000, 250_000_000_000_000_000).map(
            lambda us: datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(microseconds=us)
        ),
    ),
    (Column("g", ColumnType("boolean")), st.booleans()),
    (Column("h", ColumnType("double")), st.integers(-(10**6), 10**6).map(lambda i: i / 64)),
)
COLUMNS = tuple(c for c, _ in TYPED)
ROWS = st.lists(st.tuples(*(st.none() | s for _, s in TYPED)), min_size=1, max_size=30)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(ROWS)
def test_the_hash_of_a_row_is_one(spark: Spark, rows: list[tuple[object, ...]]) -> None:
    """On DuckDB, on Spark and in Python."""
    kinds = ", ".join(f"CAST(? AS {c.type.sql}) AS {c.name}" for c in COLUMNS)
    with tempfile.TemporaryDirectory() as folder, Session() as session, spark.opened() as cluster:
        names = ", ".join(f"{c.name} {c.type.sql}" for c in COLUMNS)
        session.run(f"CREATE TEMP TABLE r (i BIGINT, {names})")
        for i, row in enumerate(rows):
            session.run(
                f"INSERT INTO r SELECT {i}, {kinds}", [v.isoformat() if isinstance(v, datetime) else v for v in row]
            )
        session.write_parquet("SELECT * FROM r", Path(folder) / "r.parquet")
        here = [h for (h,) in session.run(f"SELECT {sql_expression(COLUMNS)} FROM r ORDER BY i")]
        view = cluster.fixed(Path(folder) / "r.parquet", (Column("i", ColumnType("integer")), *COLUMNS))
        there = [
            r.h
            for r in cluster._session.sql(  # pyright: ignore[reportPrivateUsage]
                f"SELECT {spark_expression(COLUMNS)} AS h FROM {view} ORDER BY i"
            ).collect()
        ]
    named = [dict(zip((c.name for c in COLUMNS), row, strict=True)) for row in rows]
    assert here == [row_hash(COLUMNS, row) for row in named]
    assert there == here
