"""Workspace: a project opened from anywhere inside it, and its registers as the contracts of a time declare them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from altyn.errors import AltynError
from altyn.serve.workspace import Workspace
from tests.integration.conftest import Trial


def test_a_project_is_found_from_a_folder_inside(fresh: Trial) -> None:
    assert Workspace.open(fresh.folder / "data").project.name == "test"
    with pytest.raises(AltynError, match=r"project\.missing"):
        Workspace.open(fresh.folder.parent)


def test_a_register_has_the_contract_of_its_time(fresh: Trial) -> None:
    assert fresh.open().register("areas").version == "1.0.0", "before the first snapshot today's stands"
    fresh.run()
    then = fresh.now
    fresh.contract("1.1.0")
    assert fresh.open().register("areas").version == "1.0.0", "what was not run yet is not published"
    fresh.run()
    workspace = fresh.open()

    assert workspace.register("local.areas").version == "1.1.0"
    assert workspace.register("areas", then).version == "1.0.0"
    assert workspace.register("areas", datetime(2020, 1, 1, tzinfo=UTC)).version == "1.1.0"
    with pytest.raises(AltynError, match=r"register\.missing"):
        workspace.register("areaz")


def test_a_past_register_is_no_more_open_than_today(fresh: Trial) -> None:
    fresh.run()
    then = fresh.now
    fresh.contract("1.1.0", is_open=False)
    fresh.run()

    assert not fresh.open().register("areas", then).is_open


def test_batches_and_refused_rows_are_numbers(loaded: Trial) -> None:
    workspace = loaded.open()
    newest, first = workspace.batches("local.areas")

    assert (newest["snapshot"], first["snapshot"]) == (2, 1)
    assert (newest["rows_read"], newest["rows_refused"], newest["rows_same"]) == (4, 1, 1)
    assert workspace.quarantine_count("local.areas")["entries"] == 1
    assert workspace.quarantine_count("local.nothing") == {"entries": 0, "waiting": 0, "by_rule": []}
    assert [s.number for s in workspace.snapshots()] == [1, 2]
