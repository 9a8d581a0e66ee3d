"""Quarantine: each batch writes the next file; an entry keeps its number, and what it waits for is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.sources.quarantine import entries, record_of, tally, waiting, write_next
from altyn.sources.staging import TempTable

FIELDS = [
    ("file", "VARCHAR"), ("file_no", "BIGINT"), ("line_no", "BIGINT"), ("column_name", "VARCHAR"), ("rule", "VARCHAR"),
    ("raw", "VARCHAR"), ("key_text", "VARCHAR"), ("origin", "BIGINT"),
]  # fmt: skip


def next_of(  # noqa: PLR0917
    session: Session, path: Path, old: Path | None, rows: list[tuple[object, ...]], batch: int, keep: str = "true"
) -> Path:
    session.insert("failures", FIELDS, rows)
    write_next(
        session,
        old=old,
        keep=keep,
        failures=TempTable("failures", tuple(name for name, _ in FIELDS)),
        batch=batch,
        path=path,
    )
    return path


def failure(
    line: int, column: str | None, rule: str, key: str | None = "k", origin: int | None = None
) -> tuple[object, ...]:
    return ("in.csv", 0, line, column, rule, '{"n": "Ә"}', key, origin)


FIRST = [
    failure(4, "up", "relationship"),
    failure(2, "n", "type"),
    failure(2, "n", "maximum"),
    failure(9, "up", "relationship"),
    failure(9, "n", "type"),
]


def test_a_row_is_one_entry_however_many_rules_it_breaks(tmp_path: Path) -> None:
    with Session() as session:
        path = next_of(session, tmp_path / "q" / "1.parquet", None, FIRST, 1)
        found = tally(session, path)

        assert (found.rows, found.waiting) == (3, 1)
        assert found.by_rule == (("relationship", "up", 2), ("type", "n", 2), ("maximum", "n", 1))
        assert session.run(f"SELECT DISTINCT entry, line_no FROM {entries(path)} ORDER BY 1") == [
            (1, 2),
            (2, 4),
            (3, 9),
        ]
        assert session.run(f"SELECT entry FROM {waiting(path)}") == [(2,)], (
            "of a row that is wrong otherwise too, no parent helps"
        )
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_next_file_leaves_the_last_as_it_was_and_goes_on_numbering(tmp_path: Path) -> None:
    with Session() as session:
        first = next_of(session, tmp_path / "1.parquet", None, FIRST, 1)
        before = first.read_bytes()
        second = next_of(
            session,
            tmp_path / "2.parquet",
            first,
            [failure(2, None, "key"), failure(3, "n", "type", origin=1)],
            7,
            "entry <> 3",
        )

        assert session.run(f"SELECT DISTINCT entry, batch, line_no FROM {entries(second)} ORDER BY 1") == [
            (1, 1, 2), (2, 1, 4), (4, 7, 2), (5, 1, 3),
        ]  # fmt: skip
    assert first.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1.parquet", "2.parquet"], "no part is left"


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    with Session() as session:
        assert tally(session, None).rows == 0
        assert session.run(f"SELECT * FROM {entries(None)}") == []
        empty = next_of(session, tmp_path / "1.parquet", None, [], 1)
        assert tally(session, empty) == tally(session, None)


@pytest.mark.parametrize("raw", [None, "", "not a record", "[1]", "7", '"x"', "[" * 100_000])
def test_what_is_no_record_has_no_columns(raw: str | None) -> None:
    assert record_of(raw) is None


def test_a_record_comes_back_as_it_was() -> None:
    assert record_of('{"code": "007", "name": null}') == {"code": "007", "name": None}
