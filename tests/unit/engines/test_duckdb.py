"""DuckDB sessions: nothing is reached by a name, errors of the machine are told apart, files keep names and types."""

from __future__ import annotations

import errno
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from arro3.core import Table

from altyn.engines.duckdb import (
    Session,
    arrow_rows,
    file_columns,
    parquet_list,
    table_columns,
    translated,
)
from altyn.errors import AltynError
from altyn.model.columns import Column, ColumnType

SEEN = "SELECT 'Ә' AS a, 7::BIGINT AS b, 1.5::DECIMAL(9,2) AS c, DATE '2024-02-29' AS d, true AS e, 0.5::DOUBLE AS f, now() AS g, [1] AS h"
KINDS = ["text", "integer", "decimal(9,2)", "date", "boolean", "double", "timestamp", "text"]


def test_a_name_reaches_no_python_variable_and_no_clock_has_a_zone() -> None:
    secret = Table.from_pydict({})
    with Session() as session:
        with pytest.raises(duckdb.CatalogException):
            session.run("SELECT * FROM secret")
        assert secret.num_columns == 0
        assert (
            session.one("SELECT CAST(TIMESTAMPTZ '2024-03-01 10:00:00+05' AS VARCHAR)")[0] == "2024-03-01 05:00:00+00"
        )


def test_without_a_folder_nothing_is_spilled(tmp_path: Path) -> None:
    with Session() as alone, Session(spill=tmp_path, memory_mb=100, threads=1) as bounded:
        assert alone.one("SELECT current_setting('temp_directory')")[0] == ""
        assert bounded.one("SELECT current_setting('temp_directory'), current_setting('threads')") == (str(tmp_path), 1)
        assert str(bounded.one("SELECT current_setting('memory_limit')")[0]).startswith("95.3")


def test_rows_come_in_by_chunks_in_their_order() -> None:
    with Session(threads=1) as session:
        session.insert(
            "t",
            [("n", "BIGINT"), ('a "b"', "VARCHAR"), ("i", "INTEGER")],
            ([n, None if n % 2 else "ң", n] for n in range(120_001)),
        )

        assert session.one('SELECT count(*), count("a ""b"""), max(n), sum(i)::BIGINT FROM t') == (
            120_001,
            60_001,
            120_000,
            7_200_060_000,
        )
        session.insert("t", [("n", "BIGINT")], [])
        assert session.run("SELECT * FROM t") == []


def test_a_file_keeps_names_and_types(tmp_path: Path) -> None:
    with Session() as session:
        assert (
            session.write_parquet(f"SELECT * FROM ({SEEN}) WHERE $x = a", tmp_path / "f.parquet", parameters={"x": "Ә"})
            == 1
        )

        assert [(c.name, c.type.name) for c in file_columns(session, tmp_path / "f.parquet")] == list(
            zip("abcdefgh", KINDS, strict=True)
        )
        assert [c.type.name for c in table_columns(session.table(SEEN))] == KINDS


def test_rows_of_an_arrow_table() -> None:
    with Session() as session:
        table = session.table(
            "SELECT $n::DECIMAL(9,2) AS n, DATE '2024-02-29' AS d UNION ALL SELECT NULL, NULL", {"n": Decimal("1.50")}
        )

        assert arrow_rows(table) == [(Decimal("1.50"), date(2024, 2, 29)), (None, None)]
        assert arrow_rows(session.table("SELECT 1 AS a WHERE false")) == []
    assert arrow_rows(Table.from_pydict({})) == []


def test_files_of_one_journal_read_as_one_table(tmp_path: Path) -> None:
    columns = [Column("a", ColumnType("text")), Column("n", ColumnType("decimal", 9, 2))]
    with Session(threads=1) as session:
        session.write_parquet("SELECT 'x' AS a, 9 AS other", tmp_path / "old.parquet")
        session.write_parquet("SELECT 0.5::DECIMAL(9,2) AS n, 'y' AS a", tmp_path / "new.parquet")

        both = parquet_list([tmp_path / "old.parquet", tmp_path / "new.parquet"], columns)
        assert sorted(session.run(f"SELECT * FROM {both}")) == [("x", None), ("y", Decimal("0.50"))]
        assert session.run(f"SELECT * FROM {parquet_list([], columns)}") == []
        assert [r[1] for r in session.run(f"DESCRIBE {parquet_list([], columns)}")] == ["VARCHAR", "DECIMAL(9,2)"]


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "environment.full"), (errno.EACCES, "environment.permission")]
)
def test_a_full_disk_and_a_closed_file_are_ours(number: int, code: str) -> None:
    with pytest.raises(AltynError) as caught, translated():
        raise OSError(number, "No space left on device" if number == errno.ENOSPC else "Permission denied", "/a/b")

    assert caught.value.code == code
    assert "/a/b" not in str(caught.value)


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(FileNotFoundError), translated():
        raise FileNotFoundError(errno.ENOENT, "No such file")
    with Session() as session, pytest.raises(duckdb.ConversionException):
        session.run("SELECT 'x'::BIGINT")
