"""Lines: every line becomes one row or is read apart, and no row is lost or moved."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altyn.sources.csv_layouts import CsvLayout
from altyn.sources.lines import Plain, StagedRow, plain

LAYOUT = CsvLayout("in.csv", ",", '"', ("a", "b"), 2, 8)


def record(lines: Iterator[str], layout: CsvLayout) -> tuple[list[StagedRow], int]:
    """One record the exact way: the line it begins in, and its cells."""
    taken: list[str] = []

    def counted() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    cells = next(csv.reader(counted()), [])
    return [(layout.first, *cells)] if cells else [], max(len(taken), 1)


def made(folder: Path, text: str, layout: CsvLayout = LAYOUT) -> tuple[Plain | None, list[str]]:
    path = folder / "in.csv"
    path.write_text(text, encoding="utf-8", newline="")
    found = plain(path, layout, text.count("\n"), record, folder / "plain.csv")
    return found, found.path.read_text(encoding="utf-8").split("\n")[:-1] if found else []


def test_a_plain_file_is_read_where_it_lies(tmp_path: Path) -> None:
    found, _ = made(tmp_path, "a,b\n1,Ә\n2,Ң\n")

    assert found == Plain(tmp_path / "in.csv")
    assert not (tmp_path / "plain.csv").exists()


def test_an_odd_line_is_taken_out_and_an_empty_row_stands_in_its_place(tmp_path: Path) -> None:
    found, lines = made(tmp_path, 'a,b\n1,x\n2\n3,"y, z"\n4,w\n')

    assert found is not None
    assert lines == ["a,b", "1,x", ",", ",", "4,w"]
    assert found.blank == [1, 2]
    assert found.apart == [(3, "2"), (4, "3", "y, z")]


def test_a_record_of_several_lines_stands_in_as_many(tmp_path: Path) -> None:
    found, lines = made(tmp_path, 'a,b\n1,"x\n\ny"\n2,z\n')

    assert found is not None
    assert lines == ["a,b", ",", ",", ",", "2,z"]
    assert (found.blank, found.longest) == ([0, 1, 2], 3)
    assert found.apart == [(2, "1", "x\n\ny")]


def test_where_too_many_lines_are_odd_the_whole_is_read_otherwise(tmp_path: Path) -> None:
    assert made(tmp_path, "a,b\n" + "1\n" * 12)[0] is None
    assert made(tmp_path, "a,b\n" + "1,x\n" * 200 + "1\n" * 12)[0] is not None


def test_a_short_line_among_wide_ones_is_taken_out(tmp_path: Path) -> None:
    """More delimiters in a line than a byte can count."""
    wide = CsvLayout("in.csv", ",", '"', tuple(f"c{n}" for n in range(300)), 1, 8)
    whole = "," * 299

    found, lines = made(tmp_path, f"{whole}\n{',' * 99}\n{whole}\n" * 3, wide)

    assert found is not None
    assert found.blank == [1, 4, 7]
    assert lines == [whole] * 9


ROWS = st.sampled_from(["1,2", "Ә,ң", ",", "", "x", "1,2,3", '"q",1', '1,"a\nb"', '1,"a,b"'])


def is_even(row: str) -> bool:
    return row.count(",") == 1 and '"' not in row


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Ten lines may be odd whatever the file's size, and a row has two at most.
@given(rows=st.lists(ROWS, max_size=5))
def test_each_line_has_one_row_and_every_odd_record_is_there(tmp_path: Path, rows: list[str]) -> None:
    text = "".join(f"{row}\n" for row in rows)
    found, lines = made(tmp_path, f"a,b\n{text}")

    assert found is not None
    assert len(lines) == 1 + text.count("\n")
    if found.path.name == "in.csv":
        # One delimiter too few and one too many make up for each other: the engine refuses such a line, and all is read otherwise.
        assert text.count(",") == len(rows)
        assert '"' not in text
        return
    blank = set(found.blank)
    assert [line for place, line in enumerate(lines[1:]) if place not in blank] == [r for r in rows if is_even(r)]
    assert all(lines[1 + place] == "," for place in blank)
    assert [list(map(str, row[1:])) for row in found.apart] == [
        next(csv.reader(iter(r.splitlines(keepends=True)))) for r in rows if r and not is_even(r)
    ]
