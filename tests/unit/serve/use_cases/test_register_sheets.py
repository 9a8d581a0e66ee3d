"""Register sheets: what a register is, without a row of it; never the address of a database."""

from __future__ import annotations

from altyn.serve.use_cases.register_sheets import register_sheet
from tests.integration.conftest import Trial


def test_a_sheet_says_key_counts_parents_and_the_last_batch(loaded: Trial) -> None:
    workspace = loaded.open()
    found = register_sheet(workspace, workspace.register("places"))
    columns = {c["name"]: c for c in found["columns"]}

    assert (found["key"], found["rows"], found["waiting"], found["open"]) == (["id"], 2, 1, True)
    assert columns["area"]["refers_to"] == "local.areas.code"
    assert (columns["id"]["key"], columns["until"]["required"]) == (True, False)
    assert found["last_batch"]["files"] == ["data/places.csv"]
    assert workspace.gate.log.records()[-1]["read"] == ["local.places/contract"]


def test_before_the_first_run_there_are_no_counts(fresh: Trial) -> None:
    workspace = fresh.open()
    found = register_sheet(workspace, workspace.register("areas"))

    assert (found["rows"], found["last_batch"], found["refused_whole"]) == (None, None, 0)


def test_how_a_database_is_reached_is_not_said(fresh: Trial) -> None:
    toml = fresh.folder / "altyn.toml"
    text = toml.read_text(encoding="utf-8").replace(
        'path = "data/areas.csv"', 'kind = "postgres"\ndsn = "env:THERE"\ntable = "areas"'
    )
    toml.write_text(text, encoding="utf-8")
    workspace = fresh.open()

    assert register_sheet(workspace, workspace.register("areas"))["source"] == {"kind": "postgres", "table": "areas"}
