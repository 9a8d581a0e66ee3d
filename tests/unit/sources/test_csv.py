"""CSV: each value as it stands, each record with its line, whatever the text holds."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.sources.csv import CsvReader, exact_rows, hides_rows, stage_quickly
from altyn.sources.csv_layouts import CsvLayout, csv_layout
from altyn.sources.encodings import as_utf8
from altyn.sources.files import SourceFile
from tests.unit.sources.reading import columns, raws, refused, stage

AB = columns("a", "b")
NOT_SLOW = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
SIGNS = st.sampled_from("aб қҢ,;\"\n\r\t|0'")
TEXTS = st.text(SIGNS, max_size=8)


def written(folder: Path, text: str | bytes, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def both_ways(
    path: Path, delimiter: str, width: int
) -> tuple[list[tuple[object, ...]] | None, list[tuple[object, ...]]]:
    """What DuckDB stages (None where it gives up), and what Python's csv does."""
    text = as_utf8(path, "in.csv", path.parent)
    asked = columns(*(f"h{i}" for i in range(width)))
    layout = csv_layout(text.path, "in.csv", {"delimiter": delimiter}, [c.source_header for c in asked])
    exact = list(exact_rows(text.path, layout, range(width)))
    with Session(threads=1) as session:
        query = stage_quickly(session, text, layout, asked, range(width), "t")
        return (session.run(f"{query} ORDER BY line_no") if query else None), exact


def test_rows_come_with_their_lines(tmp_path: Path) -> None:
    written(tmp_path, "a,b\n1,x\n2,\n")
    assert stage(tmp_path, "in.csv", AB) == [(2, None, "1", "x"), (3, None, "2", None)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    written(tmp_path, f"a{delimiter}b\n1{delimiter}x\n")
    assert stage(tmp_path, "in.csv", AB) == [(2, None, "1", "x")]


def test_a_comma_in_the_header_does_not_hide_the_semicolons(tmp_path: Path) -> None:
    written(tmp_path, "район, город;b\nX, Y;1\n")
    assert stage(tmp_path, "in.csv", columns("район, город", "b")) == [(2, None, "X, Y", "1")]


def test_a_wrong_delimiter_is_told_with_the_likely_one(tmp_path: Path) -> None:
    written(tmp_path, "a;b\n1;x\n")
    error = refused(tmp_path, "in.csv", AB, delimiter=",")
    assert (error.code, error.where) == ("source.delimiter", "in.csv, line 1")
    assert "semicolon" in str(error)


def test_an_unknown_delimiter_is_told_and_can_be_named(tmp_path: Path) -> None:
    written(tmp_path, "a~b\n1~x\n")
    assert refused(tmp_path, "in.csv", AB).code == "source.delimiter"
    assert stage(tmp_path, "in.csv", AB, delimiter="~") == [(2, None, "1", "x")]


def test_ragged_rows_are_kept_as_problems_and_shift_no_line(tmp_path: Path) -> None:
    written(tmp_path, "a,b\n1,x\n2\n3,y,z\n4,w\n")
    assert stage(tmp_path, "in.csv", AB) == [
        (2, None, "1", "x"),
        (3, "row.ragged", None, None),
        (4, "row.ragged", None, None),
        (5, None, "4", "w"),
    ]
    assert raws(tmp_path, "in.csv", AB) == [(3, "2"), (4, "3,y,z")]


def test_lines_stay_right_past_texts_of_several_lines_and_blank_lines(tmp_path: Path) -> None:
    written(tmp_path, 'a,b\n\n"1\n1",x\n\n2,y\n')
    assert stage(tmp_path, "in.csv", AB) == [(3, None, "1\n1", "x"), (6, None, "2", "y")]


def test_a_header_of_several_lines_hides_no_row(tmp_path: Path) -> None:
    written(tmp_path, '"a\nb",c\n1,x\n')
    assert stage(tmp_path, "in.csv", columns("a\nb", "c")) == [(3, None, "1", "x")]


def test_a_header_further_down(tmp_path: Path) -> None:
    written(tmp_path, "Report of 2024\n\na,b\n1,x\n")
    assert stage(tmp_path, "in.csv", AB, header_line=3) == [(4, None, "1", "x")]
    assert refused(tmp_path, "in.csv", AB, header_line=9).code == "source.empty"


def test_a_bad_quote_costs_its_row_only(tmp_path: Path) -> None:
    written(tmp_path, 'a,b\n1,"x"y\n2,z\n')
    assert stage(tmp_path, "in.csv", AB) == [(2, "row.quote", None, None), (3, None, "2", "z")]
    assert raws(tmp_path, "in.csv", AB) == [(2, '1,"x"y')]


def test_rows_hidden_by_a_stray_quote_are_each_counted(tmp_path: Path) -> None:
    written(tmp_path, 'a,b,c\n1,"x,0\n2,y,0\n3,z,0\n4,w",0\n5,v,0\n')
    assert stage(tmp_path, "in.csv", columns("a", "b", "c")) == [
        *((line, "row.quote", None, None, None) for line in (2, 3, 4, 5)),
        (6, None, "5", "v", "0"),
    ]


def test_a_quote_that_never_closes_is_refused_with_its_line(tmp_path: Path) -> None:
    written(tmp_path, 'a,b\n1,x\n2,"y\n3,z\n4,w\n')
    error = refused(tmp_path, "in.csv", AB)
    assert (error.code, error.where) == ("source.format", "in.csv, line 3")
    assert stage(tmp_path, "in.csv", AB, quote="")[1] == (3, None, "2", '"y')


def test_a_quote_that_never_closes_takes_no_memory(tmp_path: Path) -> None:
    written(tmp_path, 'a,b\n1,"x\n' + "2,y\n" * 600_000)
    assert refused(tmp_path, "in.csv", AB, max_line_mb=1).where == "in.csv, line 2"


def test_missing_columns_name_only_what_is_near_a_declared_one(tmp_path: Path) -> None:
    written(tmp_path, "a;Иванов\n1;x\n")
    error = refused(tmp_path, "in.csv", AB)
    assert (error.code, error.where) == ("source.column-missing", "in.csv, line 1")
    assert "Иванов" not in str(error)

    written(tmp_path, "populaton;850101300001\n1;x\n")
    assert "another name: populaton?" in str(refused(tmp_path, "in.csv", columns("population", "x")))
    written(tmp_path, "850101300001;Иванов\n1;x\n")
    told = str(refused(tmp_path, "in.csv", AB))
    assert "is the header lost" in told
    assert "850101300001" not in told


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "a,b,a\n1,x,2\n")
    assert refused(tmp_path, "in.csv", AB).code == "source.column-duplicate"


def test_columns_nobody_declared_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a,c,b,\n1,0,x,\n")
    file = SourceFile("in.csv", path, path, ".csv", 0, "", ())
    with Session(threads=1) as session:
        _, extra = CsvReader().stage(session, file, AB, {}, tmp_path, "t")
    assert extra == ("c", "#4")


def test_header_only_is_refused_unless_the_source_says_otherwise(tmp_path: Path) -> None:
    written(tmp_path, "a,b\n")
    assert refused(tmp_path, "in.csv", AB).code == "source.empty"
    assert stage(tmp_path, "in.csv", AB, allow_empty=True) == []


def test_marks_and_spaces_around_headers_do_not_count(tmp_path: Path) -> None:
    written(tmp_path, '\ufeff"a", b \r\n1,x\r\n')
    assert stage(tmp_path, "in.csv", AB) == [(2, None, "1", "x")]


def test_a_file_of_one_column(tmp_path: Path) -> None:
    written(tmp_path, "a\n1\n\n3\n")
    assert stage(tmp_path, "in.csv", columns("a")) == [(2, None, "1"), (4, None, "3")]


def test_line_ends_of_an_old_macintosh(tmp_path: Path) -> None:
    written(tmp_path, b"a,b\r1,x\r2,y\r")
    assert stage(tmp_path, "in.csv", AB) == [(2, None, "1", "x"), (3, None, "2", "y")]


def test_a_lone_cr_ends_no_line(tmp_path: Path) -> None:
    written(tmp_path, b'a,b\n1,"x\ry"\n2\r,z\n3,w\n')
    assert stage(tmp_path, "in.csv", AB) == [
        (2, None, "1", "x\ry"),
        (3, "row.lone-cr", None, None),
        (4, None, "3", "w"),
    ]


def test_values_of_cp1251_keep_their_line_ends(tmp_path: Path) -> None:
    written(tmp_path, 'a,b\r\n"Алма\r\nта",x\r\n'.encode("cp1251"))
    assert stage(tmp_path, "in.csv", AB) == [(2, None, "Алма\r\nта", "x")]


def test_a_sample_for_guessing(tmp_path: Path) -> None:
    path = written(tmp_path, "a;b\n01;x\n02;\n03;z\n")
    file = SourceFile("in.csv", path, path, ".csv", 0, "", ())
    assert CsvReader().sample(file, {}, tmp_path, 2) == [("a", ["01", "02"]), ("b", ["x", None])]


@NOT_SLOW
@given(
    table=st.integers(2, 4).flatmap(
        lambda w: st.lists(st.lists(TEXTS, min_size=w, max_size=w), min_size=1, max_size=6)
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_csv_writes_is_read_back_with_its_lines(
    tmp_path: Path, table: list[list[str]], delimiter: str, end: str, quoting: int
) -> None:
    """Any table of texts comes back, each row with the line it was written at, whichever way it was read."""
    # Python's csv puts a CR in quotes only where its line end has one.
    assume(quoting == csv.QUOTE_ALL or end == "\r\n" or not any("\r" in cell for row in table for cell in row))
    width, out = len(table[0]), io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow([f"h{i}" for i in range(width)])
    layout = CsvLayout("in.csv", delimiter, '"', tuple(f"h{i}" for i in range(width)), 2, 8)
    expected: list[tuple[object, ...]] = []
    for row in table:
        line, before = out.getvalue().count("\n") + 1, out.tell()
        writer.writerow(row)
        # A text in quotes that looks like rows is refused on purpose.
        assume(not hides_rows(io.StringIO(out.getvalue()[before:], newline=chr(10)).readlines(), layout))
        expected.append((line, None, None, None, *(cell or None for cell in row)))
    path = written(tmp_path, out.getvalue())

    quick, exact = both_ways(path, delimiter, width)

    assert exact == expected
    assert quick in (None, expected)


@NOT_SLOW
@given(body=st.text(st.sampled_from('a,,""\n\n\r \t\x0b'), max_size=30))
def test_the_quick_way_gives_what_the_exact_way_gives_or_gives_up(tmp_path: Path, body: str) -> None:
    """Also for text that no writer of CSV would write."""
    path = written(tmp_path, "h0,h1\n" + body)
    try:
        quick, exact = both_ways(path, ",", 2)
    except AltynError as error:
        quick, exact = None, [(error.code,)]  # a quote never closed, refused whole
    assert exact == [("source.format",)] or quick is None or quick == exact
