"""Parquet: each type as the text a contract checks."""

from __future__ import annotations

from pathlib import Path

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from altyn.engines.duckdb import Session
from altyn.model import Column, ColumnType
from altyn.sources.files import SourceFile
from altyn.sources.parquet import ParquetReader
from tests.unit.sources.reading import columns, refused, stage

CODE = Column("code", ColumnType("text"))


def written(folder: Path, query: str, name: str = "in.parquet") -> SourceFile:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    with Session() as session:
        session.write_parquet(query, path)
    return SourceFile(name, path, path, ".parquet", 0, "", ())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("'007'", "007"),
        ("''", None),
        ("NULL::VARCHAR", None),
        ("5::UBIGINT", "5"),
        ("1.50::DECIMAL(9,2)", "1.50"),
        ("0.1::DOUBLE", "0.1"),
        ("true", "true"),
        ("DATE '2024-02-29'", "2024-02-29"),
        ("TIMESTAMP '2024-02-29 10:00:00.25'", "2024-02-29T10:00:00.250000"),
        ("TIMESTAMPTZ '2024-02-29 10:00:00+05'", "2024-02-29T05:00:00.000000Z"),
        ("[1, 2]", "[1,2]"),
        ("{'a': 'б'}", '{"a":"б"}'),
        ("'б'::BLOB", "б"),
    ],
)
def test_types_as_text(tmp_path: Path, value: str, text: str | None) -> None:
    written(tmp_path, f"SELECT {value if 'BLOB' not in value else 'encode(chr(1073))'} AS v")
    assert stage(tmp_path, "in.parquet", columns("v", kind="json")) == [(1, None, text)]


def test_a_number_where_a_code_was_declared_is_a_problem(tmp_path: Path) -> None:
    written(tmp_path, "SELECT * FROM (VALUES (7), (NULL)) AS t(code)")
    assert stage(tmp_path, "in.parquet", (CODE,)) == [(1, "row.text-expected", "7"), (2, None, None)]
    written(tmp_path, "SELECT ['a'] AS code")
    assert stage(tmp_path, "in.parquet", (CODE,))[0][1] == "row.text-expected"


def test_rows_keep_their_numbers(tmp_path: Path) -> None:
    written(tmp_path, "SELECT CAST(range AS VARCHAR) AS code FROM range(300000)")
    assert all(int(str(r[2])) + 1 == r[0] for r in stage(tmp_path, "in.parquet", (CODE,)))


def test_missing_undeclared_and_no_rows(tmp_path: Path) -> None:
    file = written(tmp_path, "SELECT 'x' AS code, 1 AS more", "year=2024/in.parquet")
    error = refused(tmp_path, "year=2024/in.parquet", columns("none"))
    assert error.code == "source.column-missing"
    assert "None of the 2 cells" in str(error)
    with Session() as session:
        assert ParquetReader().stage(session, file, (CODE,), {}, tmp_path, "t")[1] == ("more",)
    written(tmp_path, "SELECT 'x' AS code WHERE false")
    assert refused(tmp_path, "in.parquet", (CODE,)).code == "source.empty"


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "SELECT CAST(hash(range) AS VARCHAR) AS code FROM range(9000)")
    whole = file.path.read_bytes()
    for content in (b"code\n1\n", whole[:-20], whole[:100] + b"\xff" * 4000 + whole[4100:]):
        file.path.write_bytes(content)
        assert refused(tmp_path, "in.parquet", (CODE,)).code == "source.format"


def test_a_sample_for_guessing(tmp_path: Path) -> None:
    file = written(tmp_path, "SELECT '007' AS code, 1.50 AS n")
    assert ParquetReader().sample(file, {}, tmp_path, 9) == [("code", ["007"]), ("n", ["1.50"])]


def test_columns_that_differ_in_case_and_nested_ones_keep_their_places(tmp_path: Path) -> None:
    one, other = (Array([text], DataType.utf8()) for text in "xy")
    write_parquet(Table.from_arrays([one, other], names=["Name", "name"]), tmp_path / "in.parquet")
    asked = (Column("upper", ColumnType("text"), header="Name"), Column("lower", ColumnType("text"), header="name"))
    assert stage(tmp_path, "in.parquet", asked) == [(1, None, "x", "y")]

    written(tmp_path, "SELECT {'a': [1], 'b': {'c': 2}} AS s, 'z' AS \"file_row_number\"")
    assert stage(tmp_path, "in.parquet", columns("file_row_number")) == [(1, None, "z")]


def test_bytes_that_are_no_text_are_a_problem_of_their_row(tmp_path: Path) -> None:
    written(tmp_path, "SELECT * FROM (VALUES ('a', encode('ok')), ('b', '\\xC0\\xE1'::BLOB)) AS t(code, v)")
    assert stage(tmp_path, "in.parquet", (CODE, *columns("v"))) == [(1, None, "a", "ok"), (2, "row.damaged", "b", None)]
