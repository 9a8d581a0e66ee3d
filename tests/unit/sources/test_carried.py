"""Carried lines: what a memory knows is not read again, and where anything is doubtful all is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.model import Column
from altyn.model.columns import TEXT
from altyn.sources.carried import Lines, carry

KEY = (Column("code", TEXT),)


def lines_of(folder: Path, *rows: str, name: str = "in.csv") -> Lines:
    (folder / name).write_text("code,n\n" + "".join(f"{r}\n" for r in rows), encoding="utf-8")
    return Lines(folder / name, 2, len(rows), 8)


def memory(session: Session, folder: Path, lines: Lines, *forgotten: str) -> Path:
    path = folder / "memory.parquet"
    others = "".join(f" UNION ALL SELECT NULL, '{key}'" for key in forgotten)
    session.write_parquet(f"SELECT _h, split_part(_text, ',', 1) AS code FROM ({lines.sql()}){others}", path)
    return path


def test_lines_are_numbered_as_in_the_file_and_an_empty_one_counts(tmp_path: Path) -> None:
    with Session(threads=1) as session:
        lines = lines_of(tmp_path, "ә,1", "", '"q,1')
        found = session.run(f"SELECT _n, _text FROM ({lines.sql()}) ORDER BY _n")

    assert found == [(2, "ә,1"), (3, ""), (4, '"q,1')]


def test_only_new_lines_are_written_for_another_look(tmp_path: Path) -> None:
    with Session(threads=1) as session:
        known = memory(session, tmp_path, lines_of(tmp_path, "a,1", "b,2", "c,3"))
        found = carry(session, lines_of(tmp_path, "a,1", "ң,9", "c,3"), known, KEY, tmp_path / "new.csv")

    assert found is not None
    assert found.count == 2
    assert (tmp_path / "new.csv").read_text(encoding="utf-8") == "code,n\nң,9\n"


def test_the_same_lines_leave_nothing_to_read(tmp_path: Path) -> None:
    with Session(threads=1) as session:
        lines = lines_of(tmp_path, "a,1", "b,2")
        found = carry(session, lines, memory(session, tmp_path, lines, "waits"), KEY, tmp_path / "new.csv")

    assert found is not None
    assert found.count == 2
    assert (tmp_path / "new.csv").read_text(encoding="utf-8") == "code,n\n"


def test_a_known_line_that_stands_twice_now_is_read_with_all_others(tmp_path: Path) -> None:
    """Two rows share a key then, and neither may stay."""
    with Session(threads=1) as session:
        known = memory(session, tmp_path, lines_of(tmp_path, "a,1", "b,2"))

        assert carry(session, lines_of(tmp_path, "a,1", "a,1", "b,2"), known, KEY, tmp_path / "new.csv") is None


def test_where_most_is_new_it_does_not_pay(tmp_path: Path) -> None:
    with Session(threads=1) as session:
        known = memory(session, tmp_path, lines_of(tmp_path, *(f"a{n},1" for n in range(400))))
        few = lines_of(tmp_path, *(f"a{n},{1 if n >= 100 else 2}" for n in range(400)))
        assert carry(session, few, known, KEY, tmp_path / "new.csv") is not None
        many = lines_of(tmp_path, *(f"a{n},{1 if n >= 200 else 2}" for n in range(400)))
        assert carry(session, many, known, KEY, tmp_path / "new.csv") is None


@pytest.mark.parametrize("damage", ["gone", "cut", "other columns"])
def test_a_memory_that_cannot_be_read_is_none(tmp_path: Path, damage: str) -> None:
    with Session(threads=1) as session:
        lines = lines_of(tmp_path, "a,1", "b,2")
        path = memory(session, tmp_path, lines)
        if damage == "gone":
            path.unlink()
        elif damage == "cut":
            path.write_bytes(path.read_bytes()[:-9])
        else:
            session.write_parquet("SELECT 1 AS x", path)

        assert carry(session, lines, path, KEY, tmp_path / "new.csv") is None
