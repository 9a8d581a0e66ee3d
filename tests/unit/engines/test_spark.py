"""Spark, where none is there: what goes to it, what is said without Java or pyspark, and what a killed process left."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from altyn.engines.spark import Spark, remove_rests
from altyn.errors import AltynError
from altyn.model.spark_settings import SparkSettings


def test_only_large_questions_go_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 600_000)
    (tmp_path / "b").write_bytes(b"x" * 600_000)
    spark = Spark(SparkSettings("local[1]", from_mb=1), tmp_path)

    assert spark.is_worth([tmp_path / "a", tmp_path / "b"])
    assert not spark.is_worth([tmp_path / "a", tmp_path / "a"]), "a file that is read twice is one"
    assert not spark.is_worth([tmp_path / "a", tmp_path / "gone"])
    assert Spark(SparkSettings("local[1]", from_mb=0), tmp_path).is_worth([])


@pytest.mark.parametrize(("java", "code"), [("", "engine.java"), ("/nowhere", "environment.setting")])
def test_what_is_missing_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, java: str, code: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", java)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    spark = Spark(SparkSettings(f"local[1] {code}"), tmp_path / "spark")

    with pytest.raises(AltynError) as caught, spark.opened():
        pass

    assert caught.value.code == code
    assert list((tmp_path / "spark").iterdir()) == []


def test_rests_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path) -> None:
    for name in ("999999999-spill", f"{os.getpid()}-spill", f"{os.getppid()}-x", "note", "1-init"):
        (tmp_path / name).mkdir()

    remove_rests(tmp_path)
    remove_rests(tmp_path / "none")

    assert {p.name for p in tmp_path.iterdir()} == {f"{os.getpid()}-spill", f"{os.getppid()}-x", "note", "1-init"}


def test_results_lie_where_every_machine_sees_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    spark = Spark(SparkSettings("local[1] shared", shared=tmp_path / "shared"), tmp_path / "own")

    with pytest.raises(AltynError), spark.opened():
        pass

    assert (tmp_path / "shared").exists()
    assert not (tmp_path / "own").exists()
