"""CSV as a law: what Python's csv writes is staged text for text, each record with the physical line it begins in."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import assume, event, given
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.model import Register
from altyn.sources.csv import exact_rows, hides_rows, stage_quickly
from altyn.sources.csv_layouts import csv_layout
from altyn.sources.encodings import as_utf8
from altyn.sources.read import read
from altyn.sources.validate import Context, validate
from tests.unit.sources.reading import columns, rows, spec

Table = list[list[str]]
Staged = list[tuple[object, ...]]

DELIMITERS = (",", ";", "\t", "|")
LETTERS = "aZ0 әғқңөұүһіӘҒҚҢӨҰҮҺІОЕ-.'#\\/_\u00a0\u2028\x85😀"
CALM = LETTERS.replace(" ", "") + ",;|\t"
WILD = LETTERS + ',;|\t"\n\r\v'


def tables(signs: str) -> st.SearchStrategy[Table]:
    """Tables of texts of 2 to 5 columns; short texts of few signs, so that awkward ones meet."""
    cells = st.text(st.sampled_from(signs), max_size=6)
    return st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8)
    )


def written(table: Table, delimiter: str, end: str) -> tuple[str, list[int], list[str]]:
    """A table as Python's csv writes it, the line each record begins in, and the records."""
    # Python's csv puts a CR in quotes only where its line end has one: what it writes otherwise is no longer the text.
    assume(end == "\r\n" or not any("\r" in cell for row in table for cell in row))
    width = len(table[0])
    records: list[str] = []
    for row in [[f"h{i}" for i in range(width)], *table]:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator=end).writerow(row)
        records.append(out.getvalue())
    lines = [1 + sum(r.count("\n") for r in records[:n]) for n in range(1, len(records))]
    return "".join(records), lines, records[1:]


def lines_of(record: str) -> list[str]:
    """Physical lines: only LF ends one."""
    return io.StringIO(record, newline="\n").readlines()


def expected(table: Table, lines: list[int]) -> Staged:
    return [(line, None, *(cell or None for cell in row)) for line, row in zip(lines, table, strict=True)]


@given(tables(WILD), st.sampled_from(DELIMITERS), st.sampled_from(["\n", "\r\n"]))
def test_any_table_of_texts_comes_back_with_its_lines(table: Table, delimiter: str, end: str) -> None:
    """By whichever way the reader chooses, with the delimiter found and not told."""
    text, lines, records = written(table, delimiter, end)
    asked = columns(*(f"h{i}" for i in range(len(table[0]))))
    with tempfile.TemporaryDirectory() as name, Session(threads=1) as session:
        folder = Path(name)
        (folder / "in.csv").write_bytes(text.encode())
        layout = csv_layout(folder / "in.csv", "in.csv", {}, [c.source_header for c in asked])
        assert layout.delimiter == delimiter
        # A text whose lines look like rows is taken for rows hidden by a quote, on purpose.
        assume(not any(hides_rows(lines_of(r), layout) for r in records))
        reading = read(session, spec(folder, "in.csv"), asked, folder)
        assert rows(session, reading, asked) == expected(table, lines)


@given(tables(CALM), st.sampled_from(DELIMITERS), st.sampled_from(["\n", "\r\n"]))
def test_the_quick_way_is_taken_and_agrees_with_the_exact_way(table: Table, delimiter: str, end: str) -> None:
    """Texts without quotes, line ends and blanks leave the quick way no reason to give up."""
    text, lines, _ = written(table, delimiter, end)
    width = len(table[0])
    asked = columns(*(f"h{i}" for i in range(width)))
    with tempfile.TemporaryDirectory() as name, Session(threads=1) as session:
        path = Path(name) / "in.csv"
        path.write_bytes(text.encode())
        found = as_utf8(path, "in.csv", Path(name))
        layout = csv_layout(found.path, "in.csv", {}, [c.source_header for c in asked])
        query = stage_quickly(session, found, layout, asked, range(width), "t")
        # Where a text in quotes begins or ends with a tab, the quick way cannot know on which side of the quote it stands.
        assume('"\t' not in text and '\t"' not in text)
        assert query is not None
        names = ", ".join(["line_no", "_problem", *(c.name for c in asked)])
        quick = session.run(f"SELECT {names} FROM ({query}) ORDER BY line_no")
        exact = [(row[0], row[1], *row[4:]) for row in exact_rows(found.path, layout, range(width))]
    assert quick == exact == expected(table, lines)


@given(tables(WILD), st.sampled_from(DELIMITERS))
def test_the_exact_way_alone(table: Table, delimiter: str) -> None:
    text, lines, records = written(table, delimiter, "\r\n")
    width = len(table[0])
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.csv"
        path.write_bytes(text.encode())
        layout = csv_layout(path, "in.csv", {"delimiter": delimiter}, [f"h{i}" for i in range(width)])
        assume(not any(hides_rows(lines_of(r), layout) for r in records))
        exact = [(row[0], row[1], *row[4:]) for row in exact_rows(path, layout, range(width))]
    assert exact == expected(table, lines)


BROKEN = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(["", "short", 'a"b|c;d,e\tf', '"', '"open', ",;|\t" * 9, "\t"])),
    max_size=4,
)


@given(tables(WILD), st.sampled_from(DELIMITERS), st.sampled_from(["\n", "\r\n"]), BROKEN)
def test_streaming_gives_what_the_exact_way_gives(
    table: Table, delimiter: str, end: str, broken: list[tuple[int, str]]
) -> None:
    """Also where lines are ragged, blank or badly quoted, each row keeps its line."""
    text, _, _ = written(table, delimiter, end)
    lines = text.split(end)
    for place, line in broken:
        lines.insert(1 + place % len(lines), line)
    width = len(table[0])
    asked = columns(*(f"h{i}" for i in range(width)))
    with tempfile.TemporaryDirectory() as name, Session(threads=1) as session:
        folder = Path(name)
        (folder / "in.csv").write_text(end.join(lines), encoding="utf-8", newline="")
        names = ", ".join(["line_no", "_problem", *(c.name for c in asked)])
        contract = Register("lab.things", "1.0.0", tuple(asked), (), "0")
        given_up, refused = False, None
        try:
            reading = read(session, spec(folder, "in.csv", delimiter=delimiter), asked, folder, may_stream=True)
            given_up = reading.parts[0].stream is None
            validate(session, contract, [(p.no, p.stream or p.query) for p in reading.parts], Context())
            streamed = session.run(f"SELECT {names} FROM staged ORDER BY line_no")
        except AltynError as error:
            refused, streamed = error.code, []
        try:
            path = as_utf8(folder / "in.csv", "in.csv", folder).path
            layout = csv_layout(path, "in.csv", {"delimiter": delimiter}, [c.source_header for c in asked])
            exact = [(row[0], row[1], *row[4:]) for row in exact_rows(path, layout, range(width))]
            exactly_refused = None
        except AltynError as error:
            exact, exactly_refused = [], error.code
    event(f"given up {given_up}")
    if exactly_refused:
        assert refused == exactly_refused
    elif refused != "source.empty":
        assert streamed == exact
