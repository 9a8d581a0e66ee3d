"""Carry: what fits a changed contract goes on with its first place, and what does not is refused with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.model import Check, Relationship
from altyn.model.columns import TEXT, Column, ColumnType, Form, TypeKind
from altyn.model.registers import Register
from altyn.sources.context import Context
from altyn.store.carry import fit
from tests.integration.conftest import Trial

KEY = Column("code", TEXT)


def register(*columns: Column) -> Register:
    return Register("local.areas", "1", (KEY, *columns), ("code",), "hash")


def column(kind: TypeKind, *checks: Check, **more: object) -> Column:
    return replace(
        Column("x", ColumnType(kind, 9, 2) if kind == "decimal" else ColumnType(kind), checks=checks), **more
    )  # type: ignore[arg-type]


def fitting(old: Column, new: Column, *values: str) -> int:
    """How many values, SQL of the old type, fit the new column."""
    rows = ", ".join(f"('{n}', {v})" for n, v in enumerate(values))
    names = f"code, {old.name}"
    journal = (
        f"(SELECT code, CAST({old.name} AS {old.type.sql}) AS {old.name}, 1 AS batch, 0 AS file_no, 2 AS line_no "
        f"FROM (VALUES {rows}) AS v({names}))"
    )
    with Session(threads=1) as session:
        found = fit(session, journal, register(old), register(new), Context())
    assert found.rows == len(values)
    assert sum(rows for *_, rows in found.rules) >= found.rows - found.fitting
    return found.fitting


@pytest.mark.parametrize(
    ("old", "new", "values", "fit_"),
    [
        (column("integer"), column("text"), ("7", "NULL"), 2), (column("text"), column("integer"), ("'7'", "'07'", "'x'", "NULL", "''"), 3),
        (column("integer"), column("decimal"), ("7", "12345678"), 1), (column("decimal"), column("integer"), ("7.00", "7.50"), 1),
        (column("double"), column("decimal"), ("7.5", "7.125", "1e25"), 1), (column("decimal"), column("text"), ("7.50",), 1),
        (column("timestamp"), column("text"), ("TIMESTAMPTZ '2024-03-01 10:00:00+05'",), 1),
        (column("text"), column("timestamp"), ("'2024-03-01T10:00:00Z'", "'2024-03-01'"), 1),
        (column("date"), column("timestamp"), ("DATE '2024-03-01'",), 0), (column("boolean"), column("text"), ("true",), 1),
        (column("integer"), column("integer", Check("maximum", 9)), ("7", "10"), 1),
        (column("text"), column("text", required=True), ("'a'", "NULL"), 1),
        (column("text"), column("text", unique=True), ("'a'", "'a'", "'b'"), 1),
        # What is typed already is held in the plain form, however sources write it from now on.
        (column("date"), column("date", form=Form(pattern="dd.MM.yyyy")), ("DATE '2024-03-01'",), 1),
        (column("text"), column("date", form=Form(pattern="dd.MM.yyyy")), ("'01.03.2024'", "'2024-03-01'"), 1),
    ],
)  # fmt: skip
def test_which_values_fit(old: Column, new: Column, values: tuple[str, ...], fit_: int) -> None:
    assert fitting(old, new, *values) == fit_


def test_a_column_is_followed_through_its_new_name_and_a_new_one_is_missing() -> None:
    old = column("text")

    assert fitting(old, replace(old, name="y", renamed_from="x", required=True), "'a'", "'b'") == 2
    assert fitting(old, replace(old, name="y", required=True), "'a'", "'b'") == 0


def test_parents_come_and_go_and_say_nothing_of_the_fit() -> None:
    new = replace(register(column("text")), relationships=(Relationship(("x",), "local.none", ("id",)),))
    rows = "(SELECT '1' AS code, 'a' AS x, 1 AS batch, 0 AS file_no, 2 AS line_no)"
    with Session(threads=1) as session:
        found = fit(session, rows, register(column("text")), new, Context())

    assert (found.rows, found.fitting, found.rules) == (1, 1, ())


def changed(trial: Trial, people: str, *, source: bool = False) -> None:
    """Write the contract with another type of people, and take the source away."""
    path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = path.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 2.0.0")
    wanted = "{name: people, logicalType: integer, physicalType: BIGINT, classification: public, logicalTypeOptions: {minimum: 0}}"
    assert wanted in text
    path.write_text(text.replace(wanted, people), encoding="utf-8")
    project = trial.folder / "altyn.toml"
    if not source:
        text = project.read_text(encoding="utf-8").replace('[sources."local.areas"]\npath = "data/areas.csv"\n', "")
        project.write_text(text, encoding="utf-8")


def test_rows_go_on_with_their_batch_and_line(trial: Trial) -> None:
    trial.run()
    changed(trial, "{name: people, logicalType: string, physicalType: VARCHAR, classification: public}")
    report = trial.run()

    assert not report.errors
    store = trial.open().store
    state = store.snapshots.known_at(None).registers["local.areas"]
    batch = store.batches("local.areas")[0][0]
    assert (batch.mode, batch.rows_same, batch.rows_refused) == ("carried", 2, 0)
    assert state.path != "store/local/areas"
    with store.run("nobody") as run:
        rows = run.session.run(
            f"SELECT code, people, batch, line_no FROM {run.current_sql(run.register('local.areas'))} ORDER BY 1"
        )
    first = store.batches("local.areas")[-1][0].number
    assert rows == [("1000", "20", first, 2), ("2000", "10", first, 3)]
    assert (
        store.scene(store.snapshots.get(1).published_at).registers["local.areas"].column("people").type.kind
        == "integer"
    )


def test_what_does_not_fit_is_refused_with_its_first_place_and_kept_for_the_past(trial: Trial) -> None:
    trial.run()
    changed(
        trial,
        "{name: people, logicalType: integer, physicalType: BIGINT, classification: public, logicalTypeOptions: {minimum: 15}}",
    )
    path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            "name: people, logicalType: integer, physicalType: BIGINT",
            "name: people, logicalType: number, physicalType: DOUBLE",
        ),
        encoding="utf-8",
    )
    assert not trial.run().errors

    store = trial.open().store
    state = store.snapshots.known_at(None).registers["local.areas"]
    assert (state.rows, state.quarantined_rows) == (1, 1)
    (place,) = store.refused_places("local.areas", 5)
    assert (place["file"], place["line"], place["column"], place["rule"]) == ("data/areas.csv", 3, "people", "minimum")
    assert store.snapshots.get(1).registers["local.areas"].rows == 2


def test_a_contract_that_most_rows_break_changes_nothing(trial: Trial) -> None:
    trial.run()
    before = sorted(p.name for p in (trial.folder / ".altyn" / "store" / "local").iterdir())
    changed(trial, "{name: people, logicalType: date, physicalType: DATE, classification: public}")
    (error,) = trial.run().errors

    assert error.code == "contract.misfit"
    assert "2 of 2" in str(error)
    assert (
        sorted(p.name for p in Path(trial.folder / ".altyn" / "store" / "local").iterdir() if p.name in before)
        == before
    )
    assert trial.open().snapshot().registers["local.areas"].rows == 2
