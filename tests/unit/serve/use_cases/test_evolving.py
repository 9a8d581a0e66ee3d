"""Evolving: one judgement of a changed contract, for run, plan and check alike."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases.evolving import contract_faults, planned_changes, undone_on_failure, way_of_change
from altyn.serve.workspace import Workspace
from tests.integration.conftest import Trial

NOTE = "      - {name: note, logicalType: string, physicalType: VARCHAR, classification: public}\n"
NAME = "local.areas"


def way(workspace: Workspace) -> str:
    snapshot = workspace.snapshot()
    return way_of_change(workspace, NAME, snapshot.registers[NAME])


def retype(trial: Trial, version: str) -> None:
    trial.contract(version)
    path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            "people, logicalType: integer, physicalType: BIGINT", "people, logicalType: string, physicalType: VARCHAR"
        ).replace(", logicalTypeOptions: {minimum: 0}", ""),
        encoding="utf-8",
    )


def test_how_rows_go_on_follows_from_what_changed(fresh: Trial) -> None:
    fresh.run()
    assert way(fresh.open()) == "same"
    fresh.contract("1.1.0", NOTE)
    assert way(fresh.open()) == "added"
    retype(fresh, "2.0.0")
    assert way(fresh.open()) == "generation"


def test_a_change_that_breaks_readers_under_a_small_number_is_refused_and_told_by_check(fresh: Trial) -> None:
    fresh.run()
    assert contract_faults(fresh.open()) == []
    retype(fresh, "1.0.1")
    workspace = fresh.open()

    with pytest.raises(AltynError, match=r"contract\.breaks-readers"):
        way(workspace)
    assert [f.code for f in contract_faults(workspace)] == ["contract.breaks-readers"]


def test_what_a_change_will_do_is_said_with_how_many_values_fit(fresh: Trial) -> None:
    fresh.run()
    retype(fresh, "2.0.0")
    workspace = fresh.open()
    said = [m.text("en") for m in planned_changes(workspace, NAME, workspace.snapshot().registers[NAME])]

    assert "people was integer, it is text: 2 of 2 current values fit." in said
    assert said[-1] == "2 of 2 current rows fit the contract."


def test_before_the_first_run_there_is_nothing_to_break(fresh: Trial) -> None:
    assert contract_faults(fresh.open()) == []


def test_work_that_fails_gives_a_register_its_state_back(loaded: Trial) -> None:
    workspace = loaded.open()
    with workspace.store.run("w", 0) as run:
        before = run.states[NAME]

        def fails() -> None:
            with undone_on_failure(run, NAME):
                del run.states[NAME]
                run.findings.append({"x": 1})
                raise KeyError

        with pytest.raises(KeyError):
            fails()
        assert (run.states[NAME], run.findings) == (before, [])
