"""A run: nothing of it exists for readers until it publishes; what it builds hangs on what it is made of."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.model import Input, Relation
from altyn.store.run import batch_table, require_declared, table_fingerprint, table_path
from altyn.store.snapshots import RegisterState, TableState
from tests.integration.conftest import Trial

AREAS = {"areas": Input("local.areas")}


@pytest.fixture
def copy(lived: Trial, tmp_path: Path) -> Trial:
    """The lived project, to be changed."""
    return Trial(Path(shutil.copytree(lived.folder, tmp_path / "copy")), lived.now)


def test_a_run_sees_what_the_last_published_and_publishes_the_next(copy: Trial) -> None:
    store = copy.open().store
    with store.run("Әлия") as run:
        assert run.last is not None
        assert run.last.number == 3
        assert run.session.run(f"SELECT code FROM {run.current_sql(run.register('local.areas'))} ORDER BY 1") == [
            ("1000",),
            ("2000",),
            ("3000",),
        ]
        assert not run.changed()
        snapshot = run.publish()

    assert (snapshot.number, snapshot.who) == (4, "Әлия")
    assert store.snapshots.latest() == snapshot
    assert snapshot.next_batch == run.next_batch


def test_only_the_records_that_are_asked_for_are_looked_up(copy: Trial) -> None:
    with copy.open().store.run("x") as run:
        sql = run.current_sql(run.register("local.areas"), touched="SELECT '2000' AS code")
        assert run.session.run(f"SELECT code, people FROM {sql}") == [("2000", 10)]


def test_a_file_that_the_last_snapshot_names_and_is_gone_is_said(trial: Trial) -> None:
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,x\n")
    trial.run()
    for path in (trial.folder / ".altyn" / "quarantine").rglob("*.parquet"):
        path.unlink()

    with pytest.raises(AltynError) as caught, trial.open().store.run("x"):
        pass

    assert caught.value.code == "snapshot.broken"
    assert caught.value.where.startswith("local.areas")


def test_what_an_unpublished_run_left_in_a_journal_is_there_for_nobody(copy: Trial) -> None:
    store = copy.open().store
    with store.run("x") as run:
        register = run.register("local.areas")
        journal = run.journal(register)
        names = ", ".join(f'"{c.name}"' for c in journal.stored_columns())
        rows = f"SELECT * REPLACE (99 AS batch, 'never' AS title) FROM {journal.sql(journal.version())}"
        journal.append(run.session, f"SELECT {names} FROM ({rows}) LIMIT 1", 99, "never published")
    with store.run("y") as run:
        assert run.session.run(f"SELECT count(*) FROM {run.current_sql(register)} WHERE title = 'never'") == [(0,)]
        assert not run.changed()


def test_half_a_commit_is_put_aside_and_the_journal_opens(copy: Trial) -> None:
    store = copy.open().store
    state = store.snapshots.known_at(None).registers["local.areas"]
    half = copy.folder / ".altyn" / state.path / "_delta_log" / f"{state.version + 1:020d}.json"
    half.write_bytes(b'{"add": {"path"')

    with store.run("x") as run:
        assert run.journal(run.register("local.areas")).version() == state.version
    assert not half.exists()
    assert [p for p in (copy.folder / ".altyn" / "aside").rglob("*") if p.is_file()]


def test_the_list_of_batches_is_made_again_as_it_was(copy: Trial) -> None:
    store = copy.open().store
    snapshot = store.snapshots.get(2)
    with Session() as session:
        path = copy.folder / ".altyn" / snapshot.batch_table
        before = session.run(f"SELECT * EXCLUDE (recorded_at), epoch_us(recorded_at) FROM read_parquet('{path}')")
        path.unlink()
        again = batch_table(store.folders, store.snapshots, snapshot, session)
        assert again == path
        assert (
            session.run(f"SELECT * EXCLUDE (recorded_at), epoch_us(recorded_at) FROM read_parquet('{path}')") == before
        )


def test_a_table_is_built_once_for_what_it_is_made_of(copy: Trial) -> None:
    relation = Relation("SELECT sum(people)::BIGINT AS n FROM areas", AREAS)
    with copy.open().store.run("x") as run:
        table, is_built = run.materialise("measure", "local.sum", relation)
        assert is_built
        assert run.materialise("measure", "local.sum", relation) == (table, False)
        assert run.session.run(f"SELECT n FROM read_parquet('{run.folders.root / table.path}')") == [(36,)]
        assert run.changed()
        (run.folders.root / table.path).unlink()
        assert run.materialise("measure", "local.sum", relation) == (table, True)
        assert run.materialise("other", "local.sum", relation)[1], "a table of another kind is another"


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT CAST(title AS BIGINT) AS n FROM areas", "measure.failed"), ("SELECT none FROM areas", "measure.failed"),
        ("SELECT count(*) FROM areas, places", "measure.invalid"), ("SELECT * FROM 'x.csv'", "measure.invalid"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_built_keeps_its_last_state(copy: Trial, sql: str, code: str) -> None:
    with copy.open().store.run("x") as run:
        known = run.tables["local.people"]
        relation = Relation("SELECT code FROM areas", AREAS)
        # As if somebody had made one without the check.
        object.__setattr__(relation, "sql", sql)
        with pytest.raises(AltynError) as caught:
            run.materialise("measure", "local.people", relation)

        assert caught.value.code in {code, "sql.subset"}
        assert "Алматы" not in str(caught.value)
        assert run.tables["local.people"] == known
        assert (run.folders.root / known.path).exists()
    assert not list((copy.folder / ".altyn" / "derived").rglob("*.part"))


def test_what_a_query_does_not_declare_it_may_not_read() -> None:
    with Session(threads=1) as session:
        require_declared(session, Relation("SELECT code FROM areas", AREAS), "local.x")
        with pytest.raises(AltynError):
            Relation("SELECT code FROM places", AREAS)


def test_a_fingerprint_is_of_the_definition_and_of_every_input() -> None:
    relation = Relation("SELECT code FROM areas", AREAS)
    states = {"local.areas": RegisterState("store/a", 1, "contract", "1")}
    first = table_fingerprint(relation, states, {})

    others = {
        table_fingerprint(Relation("SELECT title FROM areas", AREAS), states, {}),
        table_fingerprint(relation, {"local.areas": replace(states["local.areas"], version=2)}, {}),
        table_fingerprint(relation, {"local.areas": replace(states["local.areas"], contract="x")}, {}),
    }
    assert len(others | {first}) == 4
    assert table_fingerprint(relation, {**states, "local.more": states["local.areas"]}, {}) == first
    over = Relation("SELECT n FROM t", {"t": Input("local.t", face="table")})
    assert table_fingerprint(over, {}, {"local.t": TableState("m", "a", "p", 1)}) != table_fingerprint(
        over, {}, {"local.t": TableState("m", "b", "p", 1)}
    )
    assert table_path("measure", "local.t", first) == f"derived/measures/local.t/{first[:24]}.parquet"
