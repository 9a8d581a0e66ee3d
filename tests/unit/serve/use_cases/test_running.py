"""Running: parents before children, one snapshot for all that is new, and a register that is refused keeps its last state."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases.running import RunReport, resubmit, run_folder, run_project
from tests.integration.conftest import Trial

MEASURE = """\
measure = "people"
version = "1.0.0"
title = "Адам саны"
definition = "How many"
unit = "person"
grain = "one row"
owner = "nobody"
source = "made up"
inputs = ["areas"]
rows = "SELECT code, people FROM areas"
value = "{value}"
"""


def statuses(report: RunReport) -> dict[str, str]:
    return {str(line["register"]): str(line["status"]) for line in report.lines}


def test_what_is_the_same_is_not_published_again(fresh: Trial) -> None:
    seen: list[tuple[str, str]] = []
    workspace = fresh.open()
    first = run_project(workspace, wait_s=0, progress=lambda what, name: seen.append((what, name)))
    second = run_project(fresh.open(), wait_s=0)

    assert [name for what, name in seen if what == "register"] == ["local.areas", "local.places"], "parents first"
    assert seen[-1] == ("publish", "")
    assert (first.snapshot is not None, second.snapshot) == (True, None)
    assert statuses(second) == {"local.areas": "unchanged", "local.places": "unchanged"}
    assert (first.exit_status, second.errors) == (0, [])


def test_a_register_that_is_refused_stops_no_other_and_keeps_its_rows(fresh: Trial) -> None:
    fresh.run()
    (fresh.folder / "data" / "areas.csv").write_bytes(b"code;title\n")
    fresh.places("p1,1000,2020-01-01,\n")
    report = fresh.run()

    assert statuses(report) == {"local.areas": "refused", "local.places": "loaded"}
    assert report.exit_status != 0
    assert fresh.open().snapshot().registers["local.areas"].rows == 2


def test_an_extract_that_retracts_too_much_waits_until_it_is_accepted(fresh: Trial) -> None:
    fresh.areas("".join(f"{n},Ауыл {n},1\n" for n in range(1000, 1100)))
    fresh.places("")
    toml = fresh.folder / "altyn.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + "allow_empty = true\n", encoding="utf-8")
    fresh.run()
    fresh.areas("1000,Ауыл,1\n")
    assert [e.code for e in fresh.run().errors] != []
    assert fresh.open().snapshot().registers["local.areas"].rows == 100

    with pytest.raises(AltynError, match=r"register\."):
        run_project(fresh.open(), wait_s=0, accept=["nonsense"])
    report = run_project(fresh.open(), wait_s=0, accept=["areas"])
    assert report.errors == []
    assert fresh.open().snapshot().registers["local.areas"].rows == 1


def test_rows_that_waited_enter_when_their_parent_comes(fresh: Trial) -> None:
    fresh.places("p1,1000,2020-01-01,\np2,9000,2021-05-01,\n")
    fresh.run()
    fresh.areas("1000,Алматы,20\n2000,Ақтөбе,10\n9000,Абай,1\n")
    report = fresh.run()

    assert statuses(report) == {"local.areas": "loaded", "local.places": "retried"}
    assert fresh.open().quarantine_count("local.places")["waiting"] == 0


def test_a_measure_that_cannot_be_built_is_told_and_the_registers_are_published(fresh: Trial) -> None:
    folder = fresh.folder / "packs" / "local" / "measures"
    folder.mkdir()
    (folder / "people.toml").write_text(MEASURE.format(value="sum(people)"), encoding="utf-8")
    report = fresh.run()
    assert report.measures == [{"measure": "local.people", "built": True, "rows": 1}]

    (folder / "people.toml").write_text(MEASURE.format(value="sum(CAST(code || 'x' AS BIGINT))"), encoding="utf-8")
    fresh.areas("1000,Алматы,21\n2000,Ақтөбе,10\n")
    report = fresh.run()
    assert report.snapshot is not None
    assert (report.measures[0]["built"], report.measures[0]["rows"]) == (False, 1)
    assert [f["rule"] for f in report.findings] == ["measure-failed"]


def test_mended_rows_enter_and_leave_quarantine(fresh: Trial) -> None:
    fresh.areas("1000,Алматы,20\n2000,Ақтөбе,10\n40x,Абай,1\n")
    fresh.run()
    workspace = fresh.open()
    mended = fresh.folder / "mended.csv"
    mended.write_text("altyn_entry,code,title,people\n1,4000,Абай,1\n", encoding="utf-8")
    report = resubmit(workspace, workspace.register("areas"), mended, wait_s=0)

    assert statuses(report) == {"local.areas": "mended"}
    assert fresh.open().quarantine_count("local.areas")["entries"] == 0
    assert fresh.open().snapshot().registers["local.areas"].rows == 3


def test_a_project_that_cannot_be_opened_is_a_run_that_failed(fresh: Trial) -> None:
    (fresh.folder / "packs" / "local" / "pack.toml").write_text("pack = = 1", encoding="utf-8")
    told: list[str] = []
    with pytest.raises(AltynError):
        run_folder(fresh.folder, wait_s=0, tell=lambda event, **_: told.append(event))

    assert (fresh.folder / ".altyn" / "status.json").exists()
