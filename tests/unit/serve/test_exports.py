"""Exports: no column is lost, no text is a formula, and what is no finite number is still JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime

import duckdb
import pytest
from arro3.core import Table
from arro3.io import read_parquet

from altyn.engines.duckdb import table_columns
from altyn.errors import AltynError
from altyn.policy.gate import Answer
from altyn.serve import exports


def answer_of(sql: str) -> Answer:
    with duckdb.connect() as connection:
        table = Table.from_arrow(connection.sql(sql))
    return Answer(table_columns(table), table, 1, datetime(2026, 3, 2, tzinfo=UTC), "open", "r1")


def test_two_columns_of_one_name_are_two() -> None:
    answer = answer_of("select 1 as a, 2 as a, 3 as a_2, 4 as a")

    document = json.loads(exports.write(answer, "json"))

    assert document["rows"] == [{"a": 1, "a_3": 2, "a_2": 3, "a_4": 4}]
    assert [c["name"] for c in document["columns"]] == list(document["rows"][0])
    parquet = read_parquet(io.BytesIO(exports.write(answer, "parquet")))
    assert len(set(parquet.schema.names)) == len(answer.columns)


@pytest.mark.parametrize(
    "value", ["=1+1", "@SUM(1)", "+A1", "-A1", "\t=1", "\r=1", " =1", "+7 701 =HYPERLINK()", "-1+1+cmd|' /C calc'!A0"]
)
def test_a_text_that_begins_like_a_formula_is_a_text(value: str) -> None:
    content = exports.write(answer_of(f"select '{value.replace(chr(39), chr(39) * 2)}' as a"), "csv").decode()

    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [f"'{value}"]


@pytest.mark.parametrize("value", ["+7 701 000-00-00", "-5", "-1,5", "a=1", "Ақтөбе", "''"])
def test_other_texts_stay_as_they_are(value: str) -> None:
    content = exports.write(answer_of(f"select '{value.replace(chr(39), chr(39) * 2)}' as a, -5 as b"), "csv").decode()

    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [value, "-5"]


def test_what_is_no_finite_number_is_text_in_json() -> None:
    document = json.loads(
        exports.write(answer_of("select 'nan'::double as a, '-inf'::double as b, map {'k': 1} as m"), "json")
    )

    assert document["rows"] == [{"a": "NaN", "b": "-Infinity", "m": {"k": 1}}]


def test_an_answer_of_many_batches_is_whole() -> None:
    answer = answer_of("select i as i, 'x' || i as t from range(20000) r(i)")

    assert [row["i"] for row in json.loads(exports.write(answer, "json"))["rows"]] == list(range(20000))
    assert len(exports.write(answer, "csv").splitlines()) == len(answer.rows()) + 1


def test_an_answer_too_long_as_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from altyn.errors import AltynError

    monkeypatch.setattr(exports, "_MOST_BYTES", 1000)
    with pytest.raises(AltynError, match=r"export\.format"):
        exports.write(answer_of("select i from range(20000) r(i)"), "json")


@pytest.mark.parametrize(
    ("value", "length"), [("repeat('a', {n})", 32_767), ("repeat('😀', {n})", 16_383), ("[repeat('a', {n})]", 32_763)]
)
def test_a_text_that_a_cell_of_excel_cannot_hold_is_refused_and_one_that_fits_is_whole(value: str, length: int) -> None:
    whole = exports.write(answer_of(f"select 1 as n, {value.format(n=length)} as planted"), "xlsx")
    texts = zipfile.ZipFile(io.BytesIO(whole)).read("xl/sharedStrings.xml").decode()
    assert max(map(len, re.findall(">([^<]*)<", texts))) >= length

    long = value.format(n=length + 1)
    with pytest.raises(AltynError) as refused:
        exports.write(
            answer_of(f"select {long} as a, 'short' as b, {long} as c union all select {long}, '', null"), "xlsx"
        )

    assert (refused.value.code, refused.value.where) == ("export.format", "a: 2, c: 1")
    assert "3 cells" in refused.value.what.text("en")
