"""Scenes: one snapshot's files and the SQL over them; what was deleted is built again, what cannot be is refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.model.governed import Governed
from altyn.policy.governed import decide
from altyn.policy.principals import local
from altyn.policy.purposes import OPEN
from altyn.store.scenes import Scene
from tests.integration.conftest import Trial

AREAS = "local.areas"


def scenes(trial: Trial) -> list[Scene]:
    store = trial.open().store
    return [store.scene(s.published_at) for s in store.snapshots.all()]


def governed(scene: Scene, face: str) -> Governed:
    found = decide(local(), OPEN, None, scene.registers[AREAS], face)
    assert found.is_allowed
    return found


def asked(scene: Scene, face: str, columns: str) -> list[tuple[object, ...]]:
    with Session() as session:
        return session.run(f"SELECT {columns} FROM {scene.face_sql(AREAS, face, governed(scene, face))} ORDER BY ALL")


def test_each_snapshot_shows_its_own_rows(lived: Trial) -> None:
    assert [asked(scene, "current", "code, people") for scene in scenes(lived)] == [
        [("1000", 20), ("2000", 10)], [("1000", 21)], [("1000", 21), ("2000", 10), ("3000", 5)],
    ]  # fmt: skip


def test_history_ends_with_the_snapshot(lived: Trial) -> None:
    first, second, third = scenes(lived)

    assert len(asked(first, "history", "code")) == 2
    assert asked(second, "history", "code, op, people") == [
        ("1000", "put", 20), ("1000", "put", 21), ("2000", "put", 10), ("2000", "retract", None),
    ]  # fmt: skip
    assert {str(at) for (at,) in asked(third, "history", "recorded_at::VARCHAR")} == {
        f"{s.published_at:%Y-%m-%d %H:%M:%S}+00" for s in (first, second, third)
    }


def test_refused_rows_are_those_of_the_day(lived: Trial) -> None:
    assert [asked(scene, "quarantine", "line_no, rule") for scene in scenes(lived)] == [[], [(3, "type")], []]
    assert [asked(scene, "held", "line_no") for scene in scenes(lived)] == [[], [], []]


def test_the_files_of_a_face_are_all_that_its_sql_reads(lived: Trial) -> None:
    for scene in scenes(lived):
        for face in ("current", "history", "quarantine", "held"):
            what = governed(scene, face)
            sql, files = scene.face_sql(AREAS, face, what), scene.files(AREAS, face, what)
            assert all(path.exists() for path in files)
            assert {p for p in sql.split("'") if p.endswith(".parquet")} == {str(path) for path in files}, face


def test_derived_tables_are_named_with_what_they_are_made_of(lived: Trial) -> None:
    scene = scenes(lived)[-1]
    table = scene.tables["local.people"]

    assert (table.kind, table.inputs) == ("measure", (AREAS,))
    with Session() as session:
        assert session.run(f"SELECT value::BIGINT FROM {table.sql()}") == [(36,)]


def test_todays_register_and_one_that_nobody_declares(lived: Trial) -> None:
    scene = scenes(lived)[-1]

    assert scene.today(AREAS) is scene.registers[AREAS]
    assert scene.today("local.none") is None


def test_what_can_be_built_again_is(lived: Trial, tmp_path: Path) -> None:
    copy = Trial(Path(shutil.copytree(lived.folder, tmp_path / "copy")), lived.now)
    shutil.rmtree(copy.folder / ".altyn" / "derived" / "current")
    shutil.rmtree(copy.folder / ".altyn" / "derived" / "batches")

    assert [asked(s, "current", "code, people") for s in scenes(copy)] == [
        asked(s, "current", "code, people") for s in scenes(lived)
    ]
    assert [asked(s, "history", "code, op") for s in scenes(copy)] == [
        asked(s, "history", "code, op") for s in scenes(lived)
    ]


def test_a_copy_that_goes_while_it_is_known_is_built_again(lived: Trial, tmp_path: Path) -> None:
    copy = Trial(Path(shutil.copytree(lived.folder, tmp_path / "copy")), lived.now)
    scene = scenes(copy)[-1]
    before = asked(scene, "current", "code")
    for path in (copy.folder / ".altyn" / "derived" / "current").glob("*/*.parquet"):
        path.unlink()

    assert asked(scene, "current", "code") == before


def test_what_no_policy_copies_is_refused_however_much_it_looks_like_it(lived: Trial) -> None:
    scene = scenes(lived)[-1]
    with pytest.raises(AltynError) as caught:
        scene.face_sql(AREAS, "current", replace(governed(scene, "current"), row_filter="true"))

    assert caught.value.code == "snapshot.broken"
