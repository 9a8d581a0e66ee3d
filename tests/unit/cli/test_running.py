"""Verbs of a run: what it would do, what it did, and a status that says whether somebody must look."""

from __future__ import annotations

import json

from altyn.cli.running import is_idle
from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn


def test_a_plan_changes_nothing_and_a_run_does_what_it_said(altyn: Altyn, fresh: Trial) -> None:
    planned = altyn("plan", "--project", fresh.folder)
    assert (planned.status, planned.out.count("It was never loaded.")) == (0, 2)
    assert fresh.open().snapshots() == []

    first, second = (altyn("run", "--project", fresh.folder) for _ in range(2))
    assert "Snapshot 1 published." in first.out
    assert "Nothing new: no snapshot was needed." in second.out
    data = altyn("plan", "--project", fresh.folder, "--json").json
    assert {line["action"] for line in data["plan"]} == {"keep"}


def test_what_was_refused_is_said_and_gives_the_status(altyn: Altyn, fresh: Trial) -> None:
    (fresh.folder / "data" / "areas.csv").write_text("nonsense,x\n1,2\n", encoding="utf-8")
    (fresh.folder / "data" / "places.csv").unlink()
    found = altyn("run", "--project", fresh.folder)

    assert found.status == 1
    assert "source.column-missing" in found.err
    assert "Nothing loaded: what was new was refused." in found.out


def test_as_a_log_nothing_is_printed_for_people(altyn: Altyn, fresh: Trial) -> None:
    found = altyn("run", "--project", fresh.folder, "--log-format", "json")
    events = [json.loads(line) for line in found.err.splitlines()]

    assert (found.status, found.out) == (0, "")
    assert events
    assert "Алматы" not in found.err


def test_a_report_for_programs_has_every_register(altyn: Altyn, fresh: Trial) -> None:
    data = altyn("run", "--project", fresh.folder, "--json").json

    assert data["snapshot"] == 1
    assert {line["register"]: line["rows"] for line in data["registers"]} == {"local.areas": 2, "local.places": 2}


def test_only_a_register_without_source_and_rows_is_idle() -> None:
    assert is_idle({"status": "no-source", "rows": 0})
    assert not is_idle({"status": "no-source", "rows": 1})
    assert not is_idle({"status": "no-source", "rows": 0, "refused": 2})
    assert not is_idle({"status": "unchanged", "rows": 0})
