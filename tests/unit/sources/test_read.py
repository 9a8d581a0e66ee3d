"""Reading: the door all kinds come through."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.sources.headers import header_names, match_headers
from altyn.sources.read import headers, read
from tests.unit.sources.reading import columns, refused, spec, stage

A = columns("a")


def test_the_kind_is_told_by_the_name_or_by_the_source(tmp_path: Path) -> None:
    (tmp_path / "in.TSV").write_text("a\tb\n1\tx\n")
    (tmp_path / "in.data").write_text('{"a": "1"}\n')
    (tmp_path / "in.zip").write_bytes(b"")
    assert stage(tmp_path, "in.TSV", A) == [(2, None, "1")]
    assert stage(tmp_path, "in.data", A, kind="ndjson") == [(1, None, "1")]
    assert refused(tmp_path, "in.data", A).code == "source.kind-unknown"
    assert refused(tmp_path, "in.data", A, kind="dbase").code == "source.kind-unknown"


def test_headers_with_values_for_a_first_contract(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a;b\n01;x\n02;\n")
    assert headers(spec(tmp_path, "in.csv"), tmp_path) == [("a", ["01", "02"]), ("b", ["x", None])]


def test_headers_are_compared_without_what_cannot_be_seen() -> None:
    assert header_names(["\ufeff a\t", "", "b c\xa0"]) == ["a", "#2", "b c"]
    assert match_headers(["b", " a "], A, "in.csv") == ([1], ("b",))


def test_each_part_of_a_glob_has_the_columns(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a\n1\n")
    (tmp_path / "2.csv").write_text("b\n1\n")
    error = refused(tmp_path, "*.csv", A)
    assert (error.code, error.where) == ("source.column-missing", "2.csv, line 1")


def test_a_broken_part_refuses_the_whole_source(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a\n1\n")
    (tmp_path / "2.csv").write_text("a\n")
    with Session() as session, pytest.raises(AltynError, match="source.empty"):
        read(session, spec(tmp_path, "*.csv"), A, tmp_path)
