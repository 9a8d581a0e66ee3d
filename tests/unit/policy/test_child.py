"""The child: one statement over named files, in a process that reaches nothing else, under limits."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from arro3.core import Table
from arro3.io import read_ipc_stream

from altyn.engines.duckdb import Session, arrow_rows
from altyn.errors import AltynError
from altyn.policy.child import QuestionLimits, StatementFailedError, job_of, run


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("child") / "қала.parquet"
    Session(memory_mb=256, threads=1).run(f"COPY (SELECT range AS n, 'Ә' AS title FROM range(5)) TO '{path}'")
    return path


def asked(
    sql: str, file: Path, *, files: list[Path] | None = None, limits: QuestionLimits | None = None
) -> list[tuple[object, ...]]:
    views = [(("local", "towns"), f"SELECT * FROM read_parquet('{file}')")]
    job = job_of(sql, views, [file] if files is None else files, limits or QuestionLimits())
    return arrow_rows(Table.from_arrow(read_ipc_stream(io.BytesIO(run(job)))))


def test_a_statement_sees_its_views(file: Path) -> None:
    assert asked("SELECT max(n), min(title) FROM local.towns", file) == [(4, "Ә")]


def test_one_row_more_than_allowed_says_that_the_answer_was_cut(file: Path) -> None:
    assert len(asked("SELECT * FROM local.towns", file, limits=QuestionLimits(rows=2))) == 3


@pytest.mark.parametrize("sql", ["SELECT * FROM '{file}'", "SELECT * FROM local.towns"])
def test_a_file_that_was_not_named_cannot_be_read(file: Path, sql: str) -> None:
    other = file.with_name("other.parquet")
    with pytest.raises(StatementFailedError):
        asked(sql.format(file=file), file, files=[other])


def test_a_statement_that_fails_says_its_kind_and_no_value(file: Path) -> None:
    with pytest.raises(StatementFailedError) as caught:
        asked("SELECT CAST('900101300123' AS DATE)", file)

    assert "900101300123" not in f"{caught.value}{caught.value.reason}"


def test_an_answer_that_is_too_large_is_refused(file: Path) -> None:
    with pytest.raises(AltynError, match=r"gate\.limit") as caught:
        asked(
            "SELECT md5(CAST(r.range * 5 + n AS VARCHAR)) FROM local.towns, range(30000) AS r",
            file,
            limits=QuestionLimits(bytes=1 << 20),
        )

    assert "1 MB" in caught.value.what.text("en")


def test_a_job_names_each_file_once_and_where_it_really_lies(tmp_path: Path) -> None:
    real, link = tmp_path / "a.parquet", tmp_path / "b.parquet"
    real.touch()
    link.symlink_to(real)

    assert job_of("SELECT 1", [], [link, real, real], QuestionLimits()).files == (str(real),)
