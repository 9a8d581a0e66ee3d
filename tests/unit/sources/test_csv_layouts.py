"""CSV layouts: the delimiter is found by the headers that are asked for, and where the first record begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.sources.csv_layouts import Counted, CsvLayout, TooLongError, csv_layout


def layout(folder: Path, text: str, wanted: tuple[str, ...] = (), **options: object) -> CsvLayout:
    (folder / "in.csv").write_text(text, encoding="utf-8", newline="")
    return csv_layout(folder / "in.csv", "in.csv", options, wanted)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","), ("a;b\n1;2\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b\n1|2\n", "|"),
        ("a;b;c\n1,5;2,5;3,5\n", ";"), ('"a,b";c\n1;2\n', ";"), ("only\n1\n", ","),
    ],
)  # fmt: skip
def test_the_delimiter_is_found(tmp_path: Path, text: str, delimiter: str) -> None:
    assert layout(tmp_path, text).delimiter == delimiter


def test_headers_that_are_asked_for_decide(tmp_path: Path) -> None:
    text = "коды,аты;қала,облыс;саны,жылы\nа,б;в,г;д,е\n"

    assert layout(tmp_path, text, ("коды", "саны,жылы", "қала,облыс")).delimiter == ";"
    assert layout(tmp_path, text, ("коды", "жылы")).delimiter == ","


def test_a_declared_delimiter_is_taken_unless_the_file_has_one_column_by_it(tmp_path: Path) -> None:
    assert layout(tmp_path, "a~b\n", ("a", "b"), delimiter="~").headers == ("a", "b")
    assert layout(tmp_path, "a\tb\n", delimiter="\\t").headers == ("a", "b")
    with pytest.raises(AltynError, match="with semicolon it has 3") as caught:
        layout(tmp_path, "a;b;c\n", ("a",), delimiter=",")
    assert caught.value.code == "source.delimiter"


def test_where_nothing_divides_the_header_somebody_must_say_so(tmp_path: Path) -> None:
    with pytest.raises(AltynError, match="No known delimiter"):
        layout(tmp_path, "a~b\n1~2\n", ("a", "b"))
    # A file of which one column is asked for may have one.
    assert layout(tmp_path, "a~b\n1~2\n", ("x",)).headers == ("a~b",)
    assert layout(tmp_path, "a\n1\n", ("a", "b")).headers == ("a",)


@pytest.mark.parametrize(
    ("text", "options", "headers", "first"),
    [
        ("a,b\n1,2\n", {}, ("a", "b"), 2), ("title\n\na,b\n1,2\n", {"header_line": 3}, ("a", "b"), 4),
        ('"a\nx",b\n1,2\n', {}, ("a\nx", "b"), 3), ("a,\nm,w\n1,2\n", {"header_rows": 2}, ("a m", "a w"), 3),
        ("1,2\n3,4\n", {"no_header": True}, ("", ""), 1), ("x\n1,2\n", {"no_header": True, "header_line": 2}, ("", ""), 2),
        ("a,b", {}, ("a", "b"), 2), ("'a;b';c\n", {"quote": "'", "delimiter": ";"}, ("a;b", "c"), 2),
    ],
)  # fmt: skip
def test_where_records_begin(
    tmp_path: Path, text: str, options: dict[str, object], headers: tuple[str, ...], first: int
) -> None:
    found = layout(tmp_path, text, (), **options)

    assert (found.headers, found.first) == (headers, first)


@pytest.mark.parametrize(("text", "line"), [("", 1), ("a,b\n1,2\n", 9)])
def test_a_file_that_ends_before_its_header_is_refused(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(AltynError) as caught:
        layout(tmp_path, text, header_line=line)

    assert (caught.value.code, caught.value.where) == ("source.empty", f"in.csv, line {line}")


def test_a_record_that_goes_on_and_on_is_stopped() -> None:
    lines = Counted(iter(["12345", "1", "2"]), 5)

    assert next(lines) == "12345", "one long line is a line"
    with pytest.raises(TooLongError):
        next(lines)
    assert lines.taken == ["12345", "1"]
    lines.begin()
    assert (next(lines), lines.taken) == ("2", ["2"])
