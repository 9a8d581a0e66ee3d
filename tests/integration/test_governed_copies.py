"""Governed copies: one for each governed relation, never another's, and none that nobody may see any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.model.governed import Governed
from altyn.model.registers import Register
from altyn.policy.governed import decide
from altyn.policy.principals import local
from altyn.policy.purposes import OPEN
from altyn.serve.workspace import Workspace
from altyn.store.store import Store
from tests.integration.conftest import Trial


def _open(register: Register) -> Governed:
    return decide(local(), OPEN, None, register, "current")


def _filtered(register: Register) -> Governed:
    """What a permit will give: the same purpose and columns, fewer rows, one of them masked."""
    return replace(_open(register), masks={"title": "upper(title)"}, row_filter="code = '1000'", is_whole=False)


def _store(workspace: Workspace, *of: str) -> Store:
    def copied(register: Register) -> Sequence[Governed]:
        return tuple({"open": _open, "filtered": _filtered}[name](register) for name in of)

    store = workspace.store
    return Store(store.folders, store.registers, {}, copied, workspace.clock)


def _rows(store: Store, governed: Governed) -> set[str]:
    from altyn.engines.duckdb import Session

    scene = store.scene()
    with Session() as session:
        return {
            str(t) for (t,) in session.run(f"SELECT title FROM {scene.face_sql('local.areas', 'current', governed)}")
        }


def test_a_copy_is_read_by_the_governed_relation_it_was_made_for(trial: Trial) -> None:
    """Whichever copy is there first: the same columns are no reason to read another purpose's rows."""
    trial.run()
    workspace = trial.open()
    register = workspace.catalogue.registers["local.areas"]
    for order in (("filtered", "open"), ("open", "filtered")):
        store = _store(workspace, *order)
        assert _rows(store, _filtered(register)) == {"АЛМАТЫ"}
        assert _rows(store, _open(register)) > {"Алматы"}


def test_what_nobody_decided_is_in_no_copy(trial: Trial) -> None:
    trial.run()
    workspace = trial.open()
    with pytest.raises(AltynError, match="snapshot.broken"):
        _rows(_store(workspace, "open"), _filtered(workspace.catalogue.registers["local.areas"]))


def test_a_run_writes_a_filtered_copy_whole_each_time(trial: Trial) -> None:
    """A row that leaves the filter leaves the copy, though little changed."""
    trial.run()
    workspace = trial.open()
    register = workspace.catalogue.registers["local.areas"]
    store = _store(workspace, "filtered")
    with store.run("nobody") as run:
        run.write_slices(register)
        state = run.states["local.areas"]
        base = state.slice_bases[_filtered(register).id]
    assert (list(state.slices), base["since"]) == ([_filtered(register).id], "")


def _copies(trial: Trial) -> list[Path]:
    return sorted((trial.folder / ".altyn" / "derived" / "current" / "local.areas").glob("*.parquet"))


def test_an_open_copy_goes_when_its_register_is_closed(trial: Trial) -> None:
    trial.run()
    assert _copies(trial)
    contract = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    assert "open: true" in text
    contract.write_text(
        text.replace("open: true", "open: false").replace("version: 1.0.0", "version: 1.0.1"), encoding="utf-8"
    )
    trial.run()

    assert _copies(trial) == []
