"""Journals: append-only, idempotent by digest, and readable as a list of Parquet files."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.model.columns import INTEGER, TEXT, Column, ColumnType
from altyn.store.journal import Journal

COLUMNS = (Column("code", TEXT), Column("n", INTEGER))


def test_what_is_appended_is_read_back_in_every_version(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", COLUMNS)
    with Session() as session:
        assert journal.append(session, "SELECT 'a' AS code, 1::BIGINT AS n", 1, "d1") == (1, 1)
        assert journal.append(session, "SELECT 'ң' AS code, 2::BIGINT AS n", 2, "d2") == (2, 1)

        assert session.run(f"SELECT * FROM {journal.sql(1)}") == [("a", 1)]
        assert sorted(session.run(f"SELECT * FROM {journal.sql(2)}")) == [("a", 1), ("ң", 2)]
        assert session.run(f"SELECT * FROM {journal.sql(-1)}") == []


def test_the_same_batch_again_is_not_written_twice(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", COLUMNS)
    with Session() as session:
        first = journal.append(session, "SELECT 'a' AS code, 1::BIGINT AS n", 1, "digest")
        second = journal.append(session, "SELECT 'a' AS code, 1::BIGINT AS n", 1, "digest")

        assert first == second
        assert session.run(f"SELECT count(*) FROM {journal.sql(journal.version())}") == [(1,)]


def test_a_number_taken_by_an_unfinished_run_with_other_content_is_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", COLUMNS)
    with Session() as session:
        journal.append(session, "SELECT 'a' AS code, 1::BIGINT AS n", 7, "one")

    assert journal.free_batch(7, "one") == 7
    assert journal.free_batch(7, "other") == 8
    assert journal.free_batch(9, "other") == 9


def test_a_new_column_is_null_in_older_files(tmp_path: Path) -> None:
    with Session() as session:
        Journal(tmp_path / "j", COLUMNS).append(session, "SELECT 'a' AS code, 1::BIGINT AS n", 1, "d1")
        wider = Journal(tmp_path / "j", (*COLUMNS, Column("rate", ColumnType("decimal", 9, 2))))
        version, _ = wider.append(session, "SELECT 'b' AS code, 2::BIGINT AS n, 0.5::DECIMAL(9,2) AS rate", 2, "d2")

        assert [(c, str(r)) for c, _, r in sorted(session.run(f"SELECT * FROM {wider.sql(version)}"))] == [
            ("a", "None"),
            ("b", "0.50"),
        ]


def test_a_column_never_changes_its_type_under_one_name(tmp_path: Path) -> None:
    with Session() as session:
        Journal(tmp_path / "j", COLUMNS).append(session, "SELECT 'a' AS code, 1::BIGINT AS n", 1, "d1")
        other = Journal(tmp_path / "j", (Column("code", TEXT), Column("n", TEXT)))
        with pytest.raises(AltynError, match="contract.breaks-readers"):
            other.append(session, "SELECT 'a' AS code, 'x' AS n", 2, "d2")


def test_delta_itself_refuses_to_delete_from_a_journal(tmp_path: Path) -> None:
    from deltalake import DeltaTable

    journal = Journal(tmp_path / "j", COLUMNS)
    with Session() as session:
        journal.append(session, "SELECT 'a' AS code, 1::BIGINT AS n", 1, "d1")
    with pytest.raises(Exception, match=r"(?i)append"):
        DeltaTable(str(tmp_path / "j")).delete("n = 1")


def test_a_moved_project_still_finds_its_files(tmp_path: Path) -> None:
    with Session() as session:
        Journal(tmp_path / "here", COLUMNS).append(session, "SELECT 'a' AS code, 1::BIGINT AS n", 1, "d1")
        (tmp_path / "here").rename(tmp_path / "there")
        moved = Journal(tmp_path / "there", COLUMNS)

        assert session.run(f"SELECT * FROM {moved.sql(1)}") == [("a", 1)]
