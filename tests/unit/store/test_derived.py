"""Derived: what was deleted is built again as it was; what nobody can build again is told, and kept by a backup."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.measures.measure import relations_of
from altyn.model import Relation
from altyn.store.derived import fingerprint_at, lasting_tables, newest_proof, rebuild
from tests.integration.conftest import Trial


@pytest.fixture
def copy(lived: Trial, tmp_path: Path) -> Trial:
    """The lived project, to be changed."""
    return Trial(Path(shutil.copytree(lived.folder, tmp_path / "copy")), lived.now)


def relations(trial: Trial) -> dict[str, Relation]:
    workspace = trial.open()
    return dict(relations_of(workspace.catalogue.measures, workspace.catalogue.registers))


def tables(trial: Trial) -> dict[str, list[tuple[object, ...]]]:
    with Session() as session:
        folder = trial.folder / ".altyn" / "derived" / "measures"
        return {p.name: session.run(f"SELECT * FROM read_parquet('{p}')") for p in folder.rglob("*.parquet")}


def test_every_snapshots_tables_come_back(copy: Trial) -> None:
    before, store = tables(copy), copy.open().store
    shutil.rmtree(copy.folder / ".altyn" / "derived")

    lost = rebuild(store.folders, store.snapshots, store.registers, relations(copy))

    assert lost == []
    assert tables(copy) == before
    assert len(before) == 3
    assert rebuild(store.folders, store.snapshots, store.registers, relations(copy)) == []


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_table_whose_definition_is_another_stays_missing(copy: Trial, how: str) -> None:
    store, now = copy.open().store, relations(copy)
    known = {} if how == "gone" else {name: Relation("SELECT code FROM areas", r.inputs) for name, r in now.items()}
    paths = {t.path for s in store.snapshots.all() for t in s.tables.values()}

    assert lasting_tables(store.snapshots, known) == paths
    assert lasting_tables(store.snapshots, now) == set()
    assert rebuild(store.folders, store.snapshots, store.registers, known) == [], "what is there is not lost"
    shutil.rmtree(copy.folder / ".altyn" / "derived" / "measures")
    assert rebuild(store.folders, store.snapshots, store.registers, known) == ["local.people"]


def test_a_table_without_an_input_has_no_fingerprint(lived: Trial) -> None:
    snapshot = lived.open().snapshot()
    ((name, relation),) = relations(lived).items()

    assert fingerprint_at(relation, snapshot.registers, snapshot.tables) == snapshot.tables[name].fingerprint
    assert fingerprint_at(relation, {}, snapshot.tables) is None


def test_the_newest_proof_is_of_the_newest_snapshot(lived: Trial) -> None:
    store = lived.open().store

    assert newest_proof(store.folders, store.snapshots)["local.areas"]["rows"] == 3
