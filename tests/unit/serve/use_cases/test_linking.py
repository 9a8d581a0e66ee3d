"""Linking files: where results go is looked at before any work, and what is written holds no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.serve.use_cases.linking import link_files, named, read_specification, scripts
from tests.unit.identity.people import doubled


def written(path: Path, count: int) -> Path:
    records, _ = doubled(count, 0.5, seed=4)
    rows = ["family;given;born;city;phone", *(";".join(r) for r in records)]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_two_files_of_one_name_are_told_apart_by_their_place(tmp_path: Path) -> None:
    paths = [tmp_path / "a" / "p.csv", tmp_path / "b" / "p.csv", tmp_path / "q.csv"]

    assert [s.name for s in named(paths)] == [str(paths[0]), str(paths[1]), "q.csv"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"not = = toml"])
def test_a_specification_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AltynError, match=r"identity\.specification") as caught:
        read_specification(path)
    assert "s.toml" in caught.value.where


def test_a_place_that_is_not_there_is_said_before_any_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(AltynError, match=r"environment\.permission"):
        link_files([tmp_path / "not-there.csv"], tmp_path / "gone" / "c.parquet")


def test_clusters_and_pairs_hold_numbers_and_the_report_no_value(tmp_path: Path) -> None:
    file = written(tmp_path / "people.csv", 300)
    report = link_files([file], tmp_path / "c.parquet", pairs=tmp_path / "p.parquet")
    session = Session(memory_mb=256, threads=1)

    assert report.document()["rows"] == {
        "people.csv": session.one(f"SELECT count(*) FROM '{tmp_path / 'c.parquet'}'")[0]
    }
    assert report.clusters > 0
    names = {str(n) for n, *_ in session.run(f"DESCRIBE SELECT * FROM '{tmp_path / 'p.parquet'}'")}
    assert names & {"family", "given", "phone"} == set()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.parquet", "p.parquet", "people.csv"], (
        "nothing is left beside"
    )


def test_the_tables_of_letters_are_those_of_the_packs() -> None:
    assert any("fold" in script for script in scripts())
