"""Compaction: one file for many, the same rows for every version, and nothing done where anything is doubtful."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.model.columns import INTEGER, TEXT, Column
from altyn.store import compaction
from altyn.store.compaction import compact
from altyn.store.journal import Journal

COLUMNS = (Column("code", TEXT), Column("batch", INTEGER), Column("file_no", INTEGER), Column("line_no", INTEGER))


def filled(folder: Path, batches: int) -> tuple[Journal, Session]:
    """A journal of so many batches of one row."""
    journal, session = Journal(folder / "j", COLUMNS), Session()
    for batch in range(1, batches + 1):
        row = f"SELECT 'ң{batch}' AS code, {batch}::BIGINT AS batch, 0::BIGINT AS file_no, {batch}::BIGINT AS line_no"
        journal.append(session, row, batch, f"d{batch}")
    return journal, session


def rows(journal: Journal, session: Session, version: int, up_to: int) -> list[tuple[object, ...]]:
    """What a snapshot that knows batches up to `up_to` sees of a version."""
    return sorted(session.run(f"SELECT code, batch FROM {journal.sql(version)} WHERE batch <= {up_to}"))


def test_every_version_reads_the_same_from_fewer_files(tmp_path: Path) -> None:
    journal, session = filled(tmp_path, 70)
    before = {v: rows(journal, session, v, v) for v in (1, 3, 66, 70)}

    assert compact(journal, session) == 70
    assert len(journal.files(journal.version())) == 1
    assert len(journal.files(66)) == 1, "an older version of many files is read from the new one too"
    assert len(journal.files(3)) == 3
    assert len(journal.exact_files(70)) == 70
    assert {v: rows(journal, session, v, v) for v in before} == before


def test_few_files_and_large_ones_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, session = filled(tmp_path, 5)
    assert compact(journal, session) == 0
    monkeypatch.setattr(compaction, "MOST_SMALL", 2)
    monkeypatch.setattr(compaction, "_SMALL_BYTES", 1)
    assert compact(journal, session) == 0


def test_the_journal_goes_on_and_is_compacted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "MOST_SMALL", 3)
    journal, session = Journal(tmp_path / "j", COLUMNS), Session()
    row = ""
    for batch in range(1, 30):
        row = f"SELECT 'c{batch}' AS code, {batch}::BIGINT AS batch, 0::BIGINT AS file_no, 1::BIGINT AS line_no"
        journal.append(session, row, batch, f"d{batch}")
        compact(journal, session)

    assert len(journal.files(journal.version())) <= 4
    assert [b for _, b in rows(journal, session, journal.version(), 99)] == sorted(range(1, 30), key=lambda b: f"c{b}")
    assert journal.append(session, row, 29, "d29")[1] == 1, "a batch is known by its digest still"
    assert journal.free_batch(29, "another") == 30


def test_delta_itself_reads_the_compacted_table(tmp_path: Path) -> None:
    """delta-rs, which did not write the commit, must find the same rows, and the older version with them."""
    from deltalake import DeltaTable, QueryBuilder

    journal, session = filled(tmp_path, 70)
    compact(journal, session)
    table = DeltaTable(str(journal.path))
    counted = QueryBuilder().register("j", table).execute("SELECT count(*) AS n, max(batch) AS b FROM j").read_all()

    assert [counted.column(i).to_pylist() for i in range(2)] == [[70], [70]]
    assert table.version() == journal.version()
    table.create_checkpoint()
    assert len(DeltaTable(str(journal.path)).file_uris()) == 1
    old = DeltaTable(str(journal.path), version=60)
    assert len(old.file_uris()) == 60
    assert [e["operation"] for e in table.history(1)] == ["OPTIMIZE"]


def test_a_file_that_does_not_hold_the_same_rows_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, session = filled(tmp_path, 70)
    original = Session.write_parquet
    monkeypatch.setattr(
        Session,
        "write_parquet",
        lambda self, sql, path, *a: original(self, f"SELECT * FROM ({sql}) LIMIT 69", path, *a),
    )

    with pytest.raises(AltynError, match="journal.unproven"):
        compact(journal, session)
    assert journal.version() == 70
    assert not list(journal.path.glob("compact-*"))


def test_another_machine_that_writes_meanwhile_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, session = filled(tmp_path, 70)
    original = Journal.commit_files

    def late(self: Journal, *given: object) -> None:
        row = "SELECT 'x' AS code, 71::BIGINT AS batch, 0::BIGINT AS file_no, 1::BIGINT AS line_no"
        Journal(tmp_path / "j", COLUMNS).append(session, row, 71, "d71")
        original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "commit_files", late)
    with pytest.raises(AltynError, match="journal.raced"):
        compact(journal, session)
    assert len(rows(journal, session, journal.version(), 99)) == 71
