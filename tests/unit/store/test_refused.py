"""Refused rows: how many break what and where, and where a row that came in later stood first."""

from __future__ import annotations

from pathlib import Path

from altyn.serve.use_cases import refusals
from altyn.serve.use_cases.running import resubmit
from altyn.store import refused
from altyn.store.snapshots import Batch
from tests.integration.conftest import Trial

AREAS, PLACES = "local.areas", "local.places"


def newest(trial: Trial, register: str) -> Batch:
    return trial.open().store.batches(register)[0][0]


def test_groups_come_most_first_each_with_its_first_places(trial: Trial) -> None:
    trial.areas("1000,Алматы,20\n2000,a,x\n3000,b,y\nxx,c,z\n")
    trial.run()
    folders = trial.open().store.folders
    state = trial.open().snapshot().registers[AREAS]
    path = folders.local(str(state.quarantine))

    found = refused.groups(path, 2)

    assert refused.rows(path) == 3
    assert [(g.rule, g.column, g.rows) for g in found] == [("type", "people", 3), ("pattern", "code", 1)]
    assert [p.line for p in found[0].places] == [3, 4]
    assert [(p.file, p.line, p.batch) for p in found[1].places] == [("data/areas.csv", 5, newest(trial, AREAS).number)]
    assert [g.places for g in refused.groups(path, 0)] == [(), ()]


def test_a_row_whose_parent_came_is_led_back_to_its_first_place(trial: Trial) -> None:
    trial.places("p1,1000,2020-01-01,\np9,9000,2020-01-01,\n")
    trial.run()
    first = newest(trial, PLACES)
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,10\n9000,Абай,1\n")
    trial.run()
    store, batch = trial.open().store, newest(trial, PLACES)

    assert batch.mode == "retry"
    place = store.first_place(batch, "p9", None)
    assert place is not None
    assert (place.file, place.line, place.batch) == ("data/places.csv", 3, first.number)
    assert store.first_place(batch, "p1", None) is None, "this one never waited"
    assert store.first_place(first, "p9", None) is None, "this one came with an extract"


def mend(trial: Trial, wrong: str, right: str) -> None:
    """Export what was refused, put one value right, and send it again."""
    workspace = trial.open()
    register = workspace.register(AREAS)
    path = trial.folder / "data" / "mended.csv"
    exported = refusals.export_quarantine(workspace, register).decode("utf-8-sig")
    assert wrong in exported
    path.write_text(exported.replace(wrong, right), encoding="utf-8")
    trial.now = trial.now.replace(day=trial.now.day + 1)
    resubmit(trial.open(), register, path)


def test_a_row_that_was_mended_twice_is_led_back_to_the_first_place(trial: Trial) -> None:
    trial.areas("1000,Алматы,20\n3000,Шымкент,x\n")
    trial.run()
    first = newest(trial, AREAS)
    mend(trial, ",x", ",-1")
    mend(trial, ",-1", ",5")

    batch = newest(trial, AREAS)
    place = trial.open().store.first_place(batch, "3000", 2)

    assert batch.mode == "mended"
    assert place is not None
    assert (place.file, place.line, place.batch) == ("data/areas.csv", 3, first.number)


def test_where_the_key_was_at_fault_the_entry_leads_back(trial: Trial) -> None:
    trial.areas("1000,Алматы,20\n30O0,Шымкент,5\n")
    trial.run()
    mend(trial, "30O0", "3000")

    batch = newest(trial, AREAS)
    place = trial.open().store.first_place(batch, "3000", 2)

    assert dict(batch.files[0])["entries"] == {"2": 1}
    assert place is not None
    assert place.line == 3


def test_a_quarantine_that_is_gone_leads_nowhere(trial: Trial) -> None:
    trial.areas("1000,Алматы,20\n3000,Шымкент,x\n")
    trial.run()
    mend(trial, ",x", ",5")
    for path in Path(trial.folder / ".altyn" / "quarantine").rglob("*.parquet"):
        path.unlink()

    assert trial.open().store.first_place(newest(trial, AREAS), "3000", 2) is None
