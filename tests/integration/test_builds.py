"""Builds: a measure reaches its declared inputs and its own file, whatever its text says, and takes no more than a build may."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from altyn.engines import builds
from altyn.engines.builds import BuildFailedError, Builds
from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.model.relations import Input, Relation
from altyn.store import derived
from altyn.store import run as store_run
from tests.integration.conftest import Trial

PLANTED = "Жасырын-7391"
MEASURE = """\
measure = "{name}"
version = "1.0.0"
title = "A measure"
definition = "What is built"
unit = "1"
grain = "one row for each code"
owner = "nobody"
source = "made up"
inputs = ["areas"]
rows = '''{rows}'''
value = "{value}"
dimensions = [{{column = "code", type = "text"}}]
"""
GOOD = "SELECT code, title FROM areas"


def measures(trial: Trial, **rows: str) -> None:
    """Write a measure for each name, over rows of its own."""
    folder = trial.folder / "packs" / "local" / "measures"
    folder.mkdir(exist_ok=True)
    for name, text in rows.items():
        value = "count(*)" if text == GOOD else "max(n)"
        (folder / f"{name}.toml").write_text(MEASURE.format(name=name, rows=text, value=value), encoding="utf-8")


def everything_kept(trial: Trial) -> str:
    """All that a run left for others to read."""
    snapshots = sorted((trial.folder / ".altyn" / "snapshots").glob("*.json"))
    logs = list((trial.folder / ".altyn").rglob("*.log"))
    return "".join(p.read_text(encoding="utf-8") for p in [*snapshots, *logs])


FOREIGN = {
    "a file in quotes": "SELECT code, n FROM '{file}'",
    "a file that another scope's WITH name hides": (
        'SELECT code, n FROM \'{file}\' WHERE code IN (WITH "{file}" AS (SELECT code FROM areas) SELECT code FROM "{file}")'
    ),
    "a function that reads": "SELECT code, n FROM read_parquet('{file}')",
    "another function that reads": "SELECT column0 AS code, 1 AS n FROM read_csv('{file}')",
    "the catalogue": "SELECT relname AS code, 1 AS n FROM pg_catalog.pg_class",
    "the catalogue behind a WITH name": (
        "SELECT relname AS code, 1 AS n FROM pg_class WHERE relname IN (WITH pg_class AS (SELECT code FROM areas) SELECT code FROM pg_class)"
    ),
    "the engine's views": "SELECT sql AS code, 1 AS n FROM duckdb_views()",
    "the engine's settings": "SELECT name AS code, 1 AS n FROM duckdb_settings()",
    "a setting": "SELECT code, length(current_setting('temp_directory')) AS n FROM areas",
    "another register": "SELECT id AS code, 1 AS n FROM places",
    "SHOW": "SELECT name AS code, 1 AS n FROM (SHOW ALL TABLES)",
    "DESCRIBE": "SELECT column_name AS code, 1 AS n FROM (DESCRIBE areas)",
}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that no measure declares."""
    path = tmp_path / "secret.parquet"
    duckdb.sql(f"COPY (SELECT '{PLANTED}' AS code, 7391 AS n) TO '{path}' (FORMAT parquet)")
    return path


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_a_measure_that_reads_what_it_does_not_declare_is_refused_by_check_and_by_run(
    trial: Trial, secret: Path, text: str
) -> None:
    measures(trial, good=GOOD, bad=text.format(file=secret))

    report = trial.run()

    assert [m["measure"] for m in report.measures if m["built"]] == ["local.good"]
    assert [f["rule"] for f in report.findings if f["register"] == "local.bad"] == ["measure-failed"]
    assert report.snapshot is not None
    assert not list((trial.folder / ".altyn" / "derived" / "measures" / "local.bad").glob("*.parquet"))
    assert PLANTED not in everything_kept(trial) + str(report.errors)
    faults = [e for e in trial.open().catalogue.faults() if "bad" in e.where]
    assert faults


def test_what_the_engine_reads_is_compared_with_what_is_declared() -> None:
    relation = Relation("SELECT code FROM areas", {"areas": Input("local.areas")})
    # As if the first parser had seen no table in the text.
    object.__setattr__(relation, "inputs", {})

    with Session() as session, pytest.raises(AltynError) as caught:
        store_run.require_declared(session, relation, "local.bad")

    assert caught.value.code == "measure.invalid"


def test_a_lost_table_is_built_again_in_the_same_confinement(trial: Trial, secret: Path) -> None:
    measures(trial, good=GOOD)
    trial.run()
    workspace = trial.open()
    folders = workspace.store.folders
    state = workspace.store.snapshots.known_at(None).tables["local.good"]
    relation = workspace.catalogue.measures["local.good"].relation(workspace.catalogue.registers)
    # The text of a stranger, under the fingerprint of the table that is lost.
    object.__setattr__(relation, "sql", f"SELECT n FROM '{secret}'")
    known = workspace.store.snapshots.known_at(None)
    fingerprint = derived.fingerprint_at(relation, known.registers, known.tables)
    assert fingerprint is not None
    state = replace(state, fingerprint=fingerprint)
    snapshot = replace(known, tables={"local.good": state})
    workspace.store.snapshots.replace(snapshot)
    folders.local(state.path).unlink()

    lost = derived.rebuild(folders, workspace.store.snapshots, workspace.store.registers, {"local.good": relation})

    assert lost == ["local.good"]
    assert not folders.local(state.path).exists()


def test_what_gets_past_every_reading_of_the_text_still_reaches_no_file(tmp_path: Path, secret: Path) -> None:
    with (
        Builds(tmp_path / "spill", builds.BuildLimits()) as made,
        pytest.raises(BuildFailedError) as caught,
    ):
        made.write(f"SELECT * FROM '{secret}'", {}, [], tmp_path / "out.parquet")

    assert PLANTED not in str(caught.value)
    assert not (tmp_path / "out.parquet").exists()


def test_a_build_changes_no_setting_and_writes_no_other_file(tmp_path: Path) -> None:
    with Builds(tmp_path / "spill", builds.BuildLimits()) as made:
        for text in (
            f"SELECT 1) TO '{tmp_path / 'other.parquet'}' (FORMAT parquet); COPY (SELECT 1",
            "SELECT 1) TO '/dev/null' (FORMAT csv); SET enable_external_access = true; COPY (SELECT 1",
        ):
            with pytest.raises(BuildFailedError):
                made.write(text, {}, [], tmp_path / "out.parquet")

    assert not (tmp_path / "other.parquet").exists()


def test_a_build_that_takes_too_much_ends_itself_alone(
    trial: Trial, ask: Callable[..., list[tuple[object, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_run, "BUILD_LIMITS", builds.BuildLimits(memory_mb=200, cpu_s=3, wall_s=20))
    measures(trial, good=GOOD, huge="SELECT a.code, length(repeat('x', 2000000000)) AS n FROM areas AS a", later=GOOD)
    # What the lint of `check` would refuse is let in here: the process must hold by itself.
    monkeypatch.setattr(store_run, "require_declared", lambda *_: None)

    report = trial.run()

    assert {m["measure"]: m["built"] for m in report.measures} == {
        "local.good": True,
        "local.huge": False,
        "local.later": True,
    }
    assert [e.code for e in report.errors] == ["measure.limit"]
    assert ask(trial, "select count(*) from good") == [(2,)]


def test_a_failed_cast_quotes_no_value(trial: Trial) -> None:
    trial.areas(f"1000,{PLANTED},20\n")
    measures(trial, weak="SELECT code, CAST(title AS BIGINT) AS n FROM areas")

    report = trial.run()

    assert [e.code for e in report.errors] == ["measure.failed"]
    assert PLANTED not in json.dumps([e.parts("ru") for e in report.errors], ensure_ascii=False)
    assert PLANTED not in everything_kept(trial)
