"""A Spark cluster of two executors on this machine, and a table that shows where two engines could differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from arro3.core import Table

from altyn.engines.duckdb import Session, parquet_list
from altyn.engines.spark import Spark
from altyn.model.columns import Column, ColumnType
from altyn.model.spark_settings import SparkSettings
from tests.judges import require

MASTER = "local-cluster[2,1,1024]"
OPTIONS = {"spark.sql.shuffle.partitions": "4", "spark.default.parallelism": "4"}

# Ties in b, k and m; NULLs in every column but id; leap days; Kazakh letters beside their look-alikes; scales that round.
ROWS = """
    (1, 'Әлия', 'a', DATE '2024-02-29', 12.34, 2.5, true, '2024-02-29 10:00:00.123456+00', 5),
    (2, 'ықылас ', 'b', DATE '2023-12-31', -12.35, -2.5, false, '1969-12-31 23:59:59.999999+00', -7),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, '', 'a', DATE '1900-01-01', 0.50, 0.125, true, '2000-01-01 00:00:00+00', 0),
    (5, 'ABCабв', 'c', DATE '2024-03-01', 2.50, 1024, false, '2024-03-31 00:00:00+00', 9007199254740993),
    (6, 'Алматы', 'a', DATE '2023-02-28', 12.34, 0.75, true, '2026-06-15 18:30:00+00', 5),
    (7, 'алматы', 'b', DATE '2000-02-29', -0.05, -0.25, NULL, '2024-02-29 23:59:59+00', 12),
    (8, 'Ǝ''"\\%_', 'c', DATE '1582-10-04', 9999999.99, 0, true, '1582-10-04 00:00:00+00', 100),
    (9, 'Ғ Ң Ө Ұ Ү Һ І', 'c', DATE '2024-12-31', 0.00, 3.5, false, '2024-12-30 19:00:00+00', -1),
    (10, 'ABCабв', NULL, DATE '2024-01-31', 2.49, 4.5, NULL, '2024-03-01 00:00:00+00', 5)
"""
COLUMNS = (
    Column("id", ColumnType("integer")),
    Column("s", ColumnType("text")),
    Column("k", ColumnType("text")),
    Column("d", ColumnType("date")),
    Column("m", ColumnType("decimal", 18, 2)),
    Column("f", ColumnType("double")),
    Column("b", ColumnType("boolean")),
    Column("ts", ColumnType("timestamp")),
    Column("n", ColumnType("integer")),
)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Spark:
    """A cluster of two executors."""
    require("java")
    return Spark(SparkSettings(MASTER, from_mb=0, wall_s=300, options=OPTIONS), tmp_path_factory.mktemp("spark"))


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Two files of one journal: the older lacks column n."""
    folder = tmp_path_factory.mktemp("odd")
    names = ", ".join(c.name for c in COLUMNS)
    casts = ", ".join(f"CAST({c.name} AS {c.type.sql}) AS {c.name}" for c in COLUMNS)
    with Session() as session:
        session.run(f"CREATE TEMP TABLE odd AS SELECT {casts} FROM (VALUES {ROWS}) AS v({names})")
        session.write_parquet("SELECT * FROM odd WHERE id <> 3", folder / "b.parquet")
        session.write_parquet("SELECT * EXCLUDE (n) FROM odd WHERE id = 3", folder / "a.parquet")
    return folder / "a.parquet", folder / "b.parquet"


def shown(table: Table) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    """Names with types, and rows as text: doubles to twelve digits, everything else exactly."""
    names = [(field.name, str(field.type)) for field in table.schema]
    columns = [[_cell(v) for v in table.column(i).to_pylist()] for i in range(table.num_columns)]
    return names, list(zip(*columns, strict=True))


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value + 0.0:.12g}"  # minus zero is zero
    return f"{type(value).__name__} {value}"


def is_ordered(sql: str) -> bool:
    """Whether the rows' order is part of the answer."""
    return "order by" in sql.lower().rsplit(")", 1)[-1]


Both = Callable[..., tuple[Table, Table]]


def same(sql: str, embedded: Table, distributed: Table) -> None:
    """Fail unless both tables have the same names, types and rows."""
    (names, rows), (other_names, other_rows) = shown(embedded), shown(distributed)
    assert names == other_names, sql
    if not is_ordered(sql):
        rows, other_rows = sorted(rows, key=repr), sorted(other_rows, key=repr)
    assert rows == other_rows, sql


@pytest.fixture(scope="session")
def both(spark: Spark, odd: Sequence[Path]) -> Both:
    """Run a query over table `t` on both engines."""

    def run(sql: str, parameters: dict[str, object] | None = None) -> tuple[Table, Table]:
        with Session() as session, spark.opened() as cluster:
            session.run(f"CREATE TEMP VIEW t AS SELECT * FROM {parquet_list(odd, COLUMNS)}")
            here = session.table(sql, parameters)
            name = cluster.evolving(odd, COLUMNS)
            there = cluster.table(session, sql, parameters, names={"t": f"SELECT * FROM {name}"})
        return here, there

    return run
