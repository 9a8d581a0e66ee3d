"""Runs: what is learned, kept, corrected, retracted, and known when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases import questions, refusals
from altyn.serve.use_cases.planning import plan_project
from altyn.serve.use_cases.running import resubmit
from tests.integration.conftest import Trial

Ask = Callable[..., list[tuple[object, ...]]]


def test_rows_come_in_and_can_be_asked_for(trial: Trial, ask: Ask) -> None:
    report = trial.run()

    assert trial.lines(report) == {"local.areas": "loaded", "local.places": "loaded"}
    assert report.exit_status == 0
    assert ask(trial, "select code, title, people from areas order by code") == [
        ("1000", "Алматы", 20),
        ("2000", "Ақтөбе", 10),
    ]
    assert ask(trial, "select count(*) from local.places") == [(2,)]


def test_the_same_batch_twice_changes_nothing(trial: Trial, ask: Ask) -> None:
    trial.run()
    again = trial.run()

    assert trial.lines(again) == {"local.areas": "unchanged", "local.places": "unchanged"}
    assert again.snapshot is None
    assert len(trial.open().snapshots()) == 1
    assert ask(trial, "select count(*) from areas") == [(2,)]


def test_only_what_changed_is_appended(trial: Trial) -> None:
    trial.run()
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,11\n3000,Шымкент,12\n")
    line = next(x for x in trial.run().lines if x["register"] == "local.areas")

    assert (line["read"], line["put"], line["same"], line["retracted"], line["rows"]) == (3, 2, 1, 0, 3)
    assert trial.open().snapshot().registers["local.areas"].versions == 4


def test_the_order_of_rows_is_not_a_change(trial: Trial) -> None:
    trial.run()
    trial.areas("2000,Ақтөбе,10\n1000,Алматы,20\n")
    line = next(x for x in trial.run().lines if x["register"] == "local.areas")

    assert (line["put"], line["retracted"], line["same"]) == (0, 0, 2)


def test_known_at_shows_yesterdays_knowledge(trial: Trial, ask: Ask) -> None:
    trial.run()
    yesterday = f"{trial.now:%Y-%m-%d}"
    trial.areas("1000,Алматы,21\n")
    trial.places("p1,1000,2020-01-01,2023-01-01\n")
    trial.run()

    assert ask(trial, "select code, people from areas order by code") == [("1000", 21)]
    assert ask(trial, "select code, people from areas order by code", known_at=yesterday) == [
        ("1000", 20),
        ("2000", 10),
    ]
    with pytest.raises(AltynError, match="snapshot.none"):
        ask(trial, "select count(*) from areas", known_at="2026-03-01")


def test_as_of_shows_what_held_on_a_day(trial: Trial, ask: Ask) -> None:
    trial.run()

    assert ask(trial, "select id from places order by id", as_of="2020-01-01") == [("p1",)]
    assert ask(trial, "select id from places order by id", as_of="2022-12-31") == [("p1",), ("p2",)]
    # The interval is open at its end: on the day it ends, it no longer holds.
    assert ask(trial, "select id from places order by id", as_of="2023-01-01") == [("p2",)]


def test_a_late_correction_is_seen_from_when_it_was_recorded(trial: Trial, ask: Ask) -> None:
    trial.run()
    before = f"{trial.now:%Y-%m-%d}"
    trial.places("p1,1000,2020-01-01,2022-06-01\np2,2000,2021-05-01,\n")
    trial.run()

    day = "2022-12-31"
    assert ask(trial, "select count(*) from places", as_of=day) == [(1,)]
    assert ask(trial, "select count(*) from places", as_of=day, known_at=before) == [(2,)]


def test_a_retracted_record_is_gone_today_and_there_then(trial: Trial) -> None:
    trial.run()
    trial.places("p2,2000,2021-05-01,\n")
    trial.run()
    workspace = trial.open()
    versions = questions.history(workspace, workspace.register("places"), "p1")

    assert [v.op for v in versions] == ["put", "retract"]
    assert versions[0].values["since"].isoformat() == "2020-01-01"
    assert versions[0].recorded_at + timedelta(days=1) == versions[1].recorded_at


def test_lineage_leads_to_file_line_and_batch(trial: Trial) -> None:
    trial.run()
    workspace = trial.open()
    version = questions.history(workspace, workspace.register("areas"), "2000")[0]

    assert (version.file, version.line) == ("data/areas.csv", 3)
    assert version.batch.files[0]["sha256"]
    assert version.batch.rows_read == 2


def test_a_bad_row_waits_in_quarantine_and_leaves_it_mended(trial: Trial, ask: Ask, tmp_path: Path) -> None:
    trial.areas("1000,Алматы,20\n20O0,Ақтөбе,10\n3000,Шымкент,-1\n")
    report = trial.run()
    line = next(x for x in report.lines if x["register"] == "local.areas")
    places = trial.open().store.refused_places("local.areas", limit=10)

    assert (line["put"], line["refused"]) == (1, 2)
    assert [(p["file"], p["line"], p["column"], p["rule"]) for p in places] == [
        ("data/areas.csv", 3, "code", "pattern"),
        ("data/areas.csv", 4, "people", "minimum"),
    ]

    workspace = trial.open()
    exported = refusals.export_quarantine(workspace, workspace.register("areas")).decode()
    assert "20O0" in exported
    mended = tmp_path / "mended.csv"
    mended.write_text(exported.replace("20O0", "2000").replace("-1", "1"), encoding="utf-8")
    trial.now += timedelta(days=1)
    workspace = trial.open()
    resubmit(workspace, workspace.register("areas"), mended, wait_s=0)

    assert trial.open().quarantine_count("local.areas")["entries"] == 0
    assert ask(trial, "select code from areas order by code") == [("1000",), ("2000",), ("3000",)]


def test_a_row_whose_parent_is_missing_waits_and_is_tried_again(trial: Trial, ask: Ask) -> None:
    trial.places("p1,1000,2020-01-01,\np3,3000,2021-01-01,\n")
    trial.run()

    assert trial.open().quarantine_count("local.places")["waiting"] == 1
    assert ask(trial, "select id from places") == [("p1",)]

    trial.areas("1000,Алматы,20\n2000,Ақтөбе,10\n3000,Шымкент,5\n")
    report = trial.run()
    workspace = trial.open()
    version = questions.history(workspace, workspace.register("places"), "p3")[0]

    assert trial.lines(report)["local.places"] == "retried"
    assert workspace.quarantine_count("local.places") == {"entries": 0, "waiting": 0, "by_rule": []}
    assert ask(trial, "select id from places order by id") == [("p1",), ("p3",)]
    assert (version.file, version.line) == ("data/places.csv", 3)


def test_a_refused_row_does_not_retract_its_last_good_version(trial: Trial, ask: Ask) -> None:
    trial.run()
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,minus\n")
    line = next(x for x in trial.run().lines if x["register"] == "local.areas")

    assert (line["refused"], line["retracted"]) == (1, 0)
    assert ask(trial, "select people from areas where code = '2000'") == [(10,)]


def test_while_a_refused_row_hides_its_key_nothing_is_retracted(trial: Trial, ask: Ask) -> None:
    trial.run()
    trial.areas("1000,Алматы,20\n,Ақтөбе,10\n")
    report = trial.run()

    assert ask(trial, "select count(*) from areas") == [(2,)]
    assert "retraction-held" in [f["rule"] for f in report.findings]


def test_a_batch_over_its_error_budget_is_refused_whole(trial: Trial, ask: Ask) -> None:
    trial.run()
    trial.areas("1000,Алматы,99\n" + "".join(f"{n},x,1\n" for n in range(2, 24)))
    report = trial.run()

    assert [e.code for e in report.errors] == ["source.budget"]
    assert report.exit_status == 1
    assert "line 3" in report.errors[0].where
    assert ask(trial, "select people from areas where code = '1000'") == [(20,)]
    workspace = trial.open()
    assert workspace.quarantine_count("local.areas")["entries"] == 0
    assert len(workspace.store.refused_whole("local.areas", limit=50)) == 22
    trial.areas("1000,Алматы,99\n")
    trial.run()
    assert trial.open().store.refused_whole("local.areas", limit=50) == []


def test_a_few_wrong_rows_and_those_that_wait_are_no_fault_of_the_extract(trial: Trial) -> None:
    trial.run()
    trial.areas("1000,Алматы,99\n2,x,1\n3,x,1\n4,x,1\n")
    trial.places("".join(f"p{n},9999,2020-01-01,\n" for n in range(40)))
    report = trial.run()

    assert not report.errors
    assert [(x["refused"], x["waiting"]) for x in report.lines] == [(3, 0), (40, 40)]


def test_one_refused_register_does_not_stop_the_others(trial: Trial, ask: Ask) -> None:
    trial.run()
    (trial.folder / "data" / "areas.csv").write_bytes(b"")
    trial.places("p1,1000,2020-01-01,2023-01-01\np2,2000,2021-05-01,\np4,2000,2022-01-01,\n")
    report = trial.run()

    assert trial.lines(report) == {"local.areas": "refused", "local.places": "loaded"}
    assert ask(trial, "select count(*) from places") == [(3,)]
    assert ask(trial, "select count(*) from areas") == [(2,)]


def test_a_new_column_keeps_old_rows(trial: Trial, ask: Ask) -> None:
    trial.run()
    trial.contract(
        "1.1.0", "      - {name: mayor_office, logicalType: string, physicalType: VARCHAR, classification: public}\n"
    )
    (trial.folder / "data" / "areas.csv").write_text(
        "code,title,people,mayor_office\n1000,Алматы,20,\n2000,Ақтөбе,10,A\n", encoding="utf-8"
    )
    line = next(x for x in trial.run().lines if x["register"] == "local.areas")

    # NULL adds nothing to a row's hash: only the row that fills the new column is a change.
    assert (line["put"], line["same"]) == (1, 1)
    assert ask(trial, "select code, mayor_office from areas order by code") == [("1000", None), ("2000", "A")]


def test_a_contract_that_breaks_readers_is_refused_with_what_it_hits(trial: Trial, ask: Ask) -> None:
    trial.run()
    path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("{name: people, logicalType: integer", "{name: people, logicalType: string").replace(
            ", logicalTypeOptions: {minimum: 0}", ""
        ),
        encoding="utf-8",
    )
    report = trial.run()

    assert [e.code for e in report.errors] == ["contract.breaks-readers"]
    assert "people" in str(report.errors[0])
    assert ask(trial, "select people from areas where code = '1000'") == [(20,)]


def test_a_register_that_is_closed_later_is_closed_at_once_for_old_snapshots_too(trial: Trial, ask: Ask) -> None:
    trial.run()
    day = f"{trial.now:%Y-%m-%d}"
    trial.contract("2.0.0", is_open=False)
    trial.run()

    for how in ({}, {"known_at": day}):
        with pytest.raises(AltynError, match="gate.register-closed"):
            ask(trial, "select * from areas", **how)


def test_the_clock_behind_the_last_snapshot_stops_the_run(trial: Trial) -> None:
    trial.run()
    with pytest.raises(AltynError, match="clock.behind"):
        trial.run(days=-3)


def test_plan_says_what_a_run_would_do_and_why(trial: Trial) -> None:
    first = {x["register"]: x["action"] for x in plan_project(trial.open())}
    trial.run()
    trial.areas("1000,Алматы,22\n2000,Ақтөбе,10\n")
    second = {x["register"]: (x["action"], str(x["reason"])) for x in plan_project(trial.open())}

    assert first == {"local.areas": "load", "local.places": "load"}
    assert second["local.areas"] == ("load", "Its source has changed.")
    assert second["local.places"][0] == "keep"


def test_a_deleted_copy_is_built_again(trial: Trial, ask: Ask) -> None:
    trial.run()
    for path in (trial.folder / ".altyn" / "derived" / "current").rglob("*.parquet"):
        path.unlink()

    assert ask(trial, "select count(*) from areas") == [(2,)]
