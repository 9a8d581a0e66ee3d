"""Planning: what a run would do and why; nothing is done by asking."""

from __future__ import annotations

from altyn.serve.use_cases.planning import plan_project, source_spec
from tests.integration.conftest import Trial


def planned(trial: Trial) -> dict[str, tuple[str, str]]:
    return {line["register"]: (line["action"], line["reason"].text("en")) for line in plan_project(trial.open())}


def test_what_was_never_loaded_is_and_what_is_the_same_is_kept(fresh: Trial) -> None:
    assert planned(fresh)["local.areas"] == ("load", "It was never loaded.")
    assert fresh.open().snapshots() == [], "nothing is done by asking"

    fresh.run()
    assert planned(fresh)["local.areas"] == ("keep", "Its source and contract are those of snapshot 1.")


def test_a_changed_source_and_a_changed_contract_are_reasons(fresh: Trial) -> None:
    fresh.run()
    fresh.areas("1000,Алматы,21\n")
    assert planned(fresh)["local.areas"] == ("load", "Its source has changed.")
    fresh.contract("1.0.1")
    assert planned(fresh)["local.areas"] == ("load", "Its contract has changed.")
    assert planned(fresh)["local.places"][0] == "keep"


def test_rows_that_wait_are_tried_again_when_their_parent_moves(fresh: Trial) -> None:
    fresh.places("p1,1000,2020-01-01,\np2,9000,2021-05-01,\n")
    fresh.run()
    assert planned(fresh)["local.places"][0] == "keep"
    fresh.areas("1000,Алматы,20\n2000,Ақтөбе,10\n9000,Абай,1\n")

    assert planned(fresh)["local.places"] == ("retry", "1 rows wait for local.areas.")


def test_a_source_that_is_gone_or_not_named_is_said(fresh: Trial) -> None:
    (fresh.folder / "data" / "areas.csv").unlink()
    toml = fresh.folder / "altyn.toml"
    toml.write_text(toml.read_text(encoding="utf-8").partition('[sources."local.places"]')[0], encoding="utf-8")

    assert planned(fresh)["local.areas"][0] == "refuse"
    assert planned(fresh)["local.places"] == ("none", "altyn.toml names no source for it.")
    assert source_spec(fresh.open(), "local.places") is None
