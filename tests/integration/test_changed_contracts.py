"""A contract that changes: what a run does, and what is said of the time before."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from altyn.errors import AltynError
from altyn.packs import contracts
from altyn.packs.contracts import parse_contract
from altyn.serve.portal.app import create_app
from altyn.serve.use_cases import erasing, keeping, questions, refusals
from altyn.serve.use_cases.evolving import contract_faults
from altyn.serve.use_cases.planning import plan_project
from altyn.serve.use_cases.running import resubmit
from tests import accounts
from tests.crash import rounds
from tests.integration.conftest import Trial
from tests.integration.test_erase import where

Ask = Callable[..., list[tuple[object, ...]]]
ALL = "SELECT * EXCLUDE (valid_from, valid_to, recorded_at, batch) FROM areas ORDER BY 1"
Change = Callable[[list[dict[str, Any]]], object]


def change(trial: Trial, version: str, made: Change | None = None, register: str = "areas") -> None:
    """Change the contract as it stands: its version and its properties."""
    path = trial.folder / "packs" / "local" / "registers" / f"{register}.odcs.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["version"] = version
    if made:
        made(document["schema"][0]["properties"])
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def column(properties: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(p for p in properties if p["name"] == name)


def renamed(properties: list[dict[str, Any]], old: str, new: str) -> None:
    found = column(properties, old)
    found |= {"name": new, "physicalName": old, "customProperties": [{"property": "altyn.renamedFrom", "value": old}]}


def retyped(properties: list[dict[str, Any]], name: str, logical: str, physical: str) -> None:
    found = column(properties, name)
    found |= {"logicalType": logical, "physicalType": physical}
    found.pop("logicalTypeOptions", None)


def dropped(properties: list[dict[str, Any]], name: str) -> None:
    properties.remove(column(properties, name))


def as_text(properties: list[dict[str, Any]]) -> None:
    retyped(properties, "people", "string", "VARCHAR")


@pytest.fixture
def first(trial: Trial) -> Trial:
    """A project whose register stands under version 0.1.0, with one record changed since it was loaded."""
    trial.contract("0.1.0")
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,10\n")
    assert not trial.run().errors
    trial.areas("1000,Алматы,21\n2000,Ақтөбе,10\n")
    assert not trial.run().errors
    return trial


def then(trial: Trial, number: int) -> str:
    """The moment of a snapshot, as a person would type it."""
    return next(s for s in trial.open().snapshots() if s.number == number).published_at.isoformat()


def answers(trial: Trial, last: int) -> list[Any]:
    """All that snapshots 1 to `last` answer: rows and histories with their columns."""
    found: list[Any] = []
    for number in range(1, last + 1):
        at = then(trial, number)
        answer = questions.query(trial.open(), ALL, known_at=at)
        found.append(([(c.name, c.type.name, dict(c.label)) for c in answer.columns], answer.rows()))
        workspace = trial.open()
        for key in ("1000", "2000"):
            versions = questions.history(workspace, workspace.register("areas"), key, known_at=at)
            found.append([(v.values, v.op, v.recorded_at, v.batch.number, v.file, v.line) for v in versions])
    return found


def test_a_column_changes_its_type_and_the_past_keeps_its_own(first: Trial, ask: Ask) -> None:
    before = answers(first, 2)
    change(first, "0.2.0", as_text)
    report = first.run()

    assert not report.errors
    assert ask(first, ALL) == [("1000", "Алматы", "21"), ("2000", "Ақтөбе", "10")]
    assert answers(first, 2) == before
    state = first.open().snapshot().registers["local.areas"]
    assert (state.path, state.contract_version) == ("store/local/areas~2", "0.2.0")


def test_a_column_is_renamed_and_keeps_its_records_batches(first: Trial, ask: Ask) -> None:
    before = answers(first, 2)
    batches = ask(first, "SELECT code, batch FROM areas ORDER BY 1")
    change(first, "0.2.0", lambda p: renamed(p, "people", "persons"))
    report = first.run()

    line = next(x for x in report.lines if x["register"] == "local.areas")
    assert (line["put"], line["same"], line["retracted"]) == (0, 2, 0)
    assert ask(first, "SELECT code, persons FROM areas ORDER BY 1") == [("1000", 21), ("2000", 10)]
    assert ask(first, "SELECT code, batch FROM areas ORDER BY 1") == batches
    assert answers(first, 2) == before


def test_a_dropped_column_is_there_for_who_asks_about_then(first: Trial, ask: Ask) -> None:
    before = answers(first, 2)
    change(first, "0.2.0", lambda p: dropped(p, "people"))
    assert not first.run().errors

    assert ask(first, ALL) == [("1000", "Алматы"), ("2000", "Ақтөбе")]
    assert answers(first, 2) == before


def test_a_key_changes_its_name_and_its_type(first: Trial, ask: Ask) -> None:
    before = answers(first, 2)
    change(first, "0.2.0", lambda p: (renamed(p, "code", "kod"), retyped(p, "kod", "integer", "BIGINT")))
    change(first, "1.0.0", lambda p: column(p, "area").update(relationships=[]), "places")
    assert not first.run().errors

    assert ask(first, ALL) == [(1000, "Алматы", 21), (2000, "Ақтөбе", 10)]
    assert answers(first, 2) == before


def test_another_column_becomes_the_key(first: Trial, ask: Ask) -> None:
    before = answers(first, 2)

    def made(properties: list[dict[str, Any]]) -> None:
        for name in ("primaryKey", "primaryKeyPosition"):
            column(properties, "code").pop(name)
        column(properties, "title").update(primaryKey=True, primaryKeyPosition=1)

    change(first, "0.2.0", made)
    assert not first.run().errors

    assert ask(first, ALL) == [("1000", "Алматы", 21), ("2000", "Ақтөбе", 10)]
    assert answers(first, 2) == before


def no_source(trial: Trial) -> None:
    path = trial.folder / "altyn.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('[sources."local.areas"]\npath = "data/areas.csv"\n', ""))


def as_number(properties: list[dict[str, Any]]) -> None:
    retyped(properties, "title", "integer", "BIGINT")


def test_a_history_runs_through_the_change(first: Trial) -> None:
    change(first, "0.2.0", lambda p: renamed(p, "code", "kod"))
    change(first, "1.0.0", lambda p: column(p, "area").pop("relationships"), "places")
    first.run()
    first.areas("1000,Алматы,22\n")
    first.run()
    workspace = first.open()
    found = questions.whole_history(workspace, workspace.register("areas"), "1000")

    told = [(v.op, v.values.get("code"), v.values.get("kod"), v.values["people"]) for v in found.versions]
    assert told == [
        ("put", "1000", None, 20),
        ("put", "1000", None, 21),
        ("carried", None, "1000", 21),
        ("put", None, "1000", 22),
    ]
    gone = questions.whole_history(workspace, workspace.register("areas"), "2000").versions
    assert [v.op for v in gone] == ["put", "carried", "retract"]
    assert found.older is None


def test_a_history_says_where_it_goes_on_under_another_key(first: Trial) -> None:
    def made(properties: list[dict[str, Any]]) -> None:
        for name in ("primaryKey", "primaryKeyPosition"):
            column(properties, "code").pop(name)
        column(properties, "title").update(primaryKey=True, primaryKeyPosition=1)

    change(first, "0.2.0", made)
    first.run()
    workspace = first.open()
    found = questions.whole_history(workspace, workspace.register("areas"), "Алматы")

    assert [v.op for v in found.versions] == ["put"]
    assert "Up to snapshot 2 the key was code" in str(found.older)


def test_without_a_source_the_current_rows_are_taken_over(first: Trial, ask: Ask) -> None:
    before = answers(first, 2)
    no_source(first)
    change(first, "0.2.0", lambda p: (renamed(p, "people", "persons"), retyped(p, "persons", "string", "VARCHAR")))
    plan = next(line for line in plan_project(first.open()) if line.get("register") == "local.areas")
    assert plan["action"] == "carry"
    assert "persons was integer, it is text: 2 of 2 current values fit." in [str(m) for m in plan["changes"]]
    report = first.run()

    assert first.lines(report)["local.areas"] == "carried"
    assert ask(first, "SELECT code, persons FROM areas ORDER BY 1") == [("1000", "21"), ("2000", "10")]
    assert answers(first, 2) == before
    assert first.run().snapshot is None, "it is done once"


def test_rows_that_do_not_fit_go_to_quarantine_with_their_first_place(first: Trial, ask: Ask) -> None:
    first.areas("1000,7,21\n2000,Ақтөбе,10\n")
    first.run()
    before = answers(first, 3)
    no_source(first)
    change(first, "0.2.0", as_number)
    first.run()

    assert ask(first, "SELECT code, title FROM areas") == [("1000", 7)]
    places = first.open().store.refused_places("local.areas", 10)
    assert places == [{"entry": 1, "file": "data/areas.csv", "line": 3, "column": "title", "rule": "type"}]
    versions = questions.history(first.open(), first.open().register("areas"), "2000")
    assert [v.op for v in versions] == ["put", "retract"]
    assert answers(first, 3) == before


def test_too_many_rows_that_do_not_fit_hold_the_change_back(first: Trial, ask: Ask) -> None:
    no_source(first)
    before = ask(first, ALL)
    change(first, "0.2.0", as_number)
    report = first.run()

    assert [e.code for e in report.errors] == ["contract.misfit"]
    assert report.snapshot is None
    assert ask(first, ALL) == before
    # Taken back, all is as it was.
    change(first, "0.3.0", lambda p: retyped(p, "title", "string", "VARCHAR"))
    assert not first.run().errors
    assert ask(first, ALL) == before


def test_an_extract_that_is_refused_leaves_the_old_generation(first: Trial, ask: Ask) -> None:
    before = ask(first, ALL)
    change(first, "0.2.0", as_number)
    report = first.run()

    assert [e.code for e in report.errors] == ["source.budget"]
    assert ask(first, ALL) == before
    assert first.open().snapshot().registers["local.areas"].path == "store/local/areas"


def test_what_waited_in_quarantine_is_mended_under_the_new_names(first: Trial, ask: Ask) -> None:
    first.areas("1000,Алматы,21\n2000,Ақтөбе,x\n")
    first.run()
    no_source(first)
    change(first, "0.2.0", lambda p: renamed(p, "title", "name"))
    first.run()
    workspace = first.open()
    exported = refusals.export_quarantine(workspace, workspace.register("areas")).decode()
    assert "2000,Ақтөбе,x" in exported
    path = first.folder / "mended.csv"
    path.write_text(exported.replace("Ақтөбе,x", "Ақтөбе,9").replace("title", "title"), encoding="utf-8")
    report = resubmit(workspace, workspace.register("areas"), path, wait_s=0)

    assert not report.errors
    assert ask(first, "SELECT code, name, people FROM areas ORDER BY 1")[1] == ("2000", "Ақтөбе", 9)


def test_what_is_closed_now_is_closed_then(first: Trial, ask: Ask) -> None:
    at = then(first, 1)
    assert ask(first, "SELECT people FROM areas LIMIT 1", known_at=at) == [(20,)]
    change(
        first,
        "0.2.0",
        lambda p: (renamed(p, "people", "persons"), column(p, "persons").update(classification="restricted")),
    )
    first.run()

    with pytest.raises(AltynError, match="sql.failed"):
        ask(first, "SELECT people FROM areas", known_at=at)
    change(first, "0.3.0", lambda p: dropped(p, "persons"))
    first.run()
    with pytest.raises(AltynError, match="sql.failed"):
        ask(first, "SELECT people FROM areas", known_at=at)
    assert ask(first, "SELECT count(*) FROM areas", known_at=at) == [(2,)]


def test_check_plan_and_run_agree_on_what_is_refused(first: Trial) -> None:
    change(first, "0.2.0", lambda p: renamed(p, "code", "kod"))  # places refer to areas.code
    assert [f.code for f in catalogue_faults(first)] == ["contract.parent-missing"]

    change(first, "0.2.0", lambda p: column(p, "kod").update(name="code", customProperties=[]))
    change(first, "1.1.0", lambda p: dropped(p, "area"), "places")
    found = contract_faults(first.open())
    plan = next(line for line in plan_project(first.open()) if line.get("register") == "local.places")
    report = first.run()
    assert [f.code for f in found] == ["contract.breaks-readers"] == [e.code for e in report.errors]
    assert plan["action"] == "refuse"


def catalogue_faults(trial: Trial) -> list[AltynError]:
    try:
        trial.open()
    except AltynError as error:
        return [error]
    return []


@pytest.fixture
def zeros(trial: Trial) -> Trial:
    """A register whose codes were numbers in version 0.1.0 and are texts, with their zeros, in 0.2.0."""
    trial.contract("0.1.0")
    change(trial, "0.1.0", lambda p: retyped(p, "code", "integer", "BIGINT"))
    change(trial, "1.0.0", lambda p: column(p, "area").pop("relationships"), "places")
    trial.areas("71,Құпия-Атау-4711,20\n72,Ақтөбе,10\n")
    assert not trial.run().errors
    trial.areas("0071,Құпия-Атау-4711,20\n0072,Ақтөбе,10\n")
    change(trial, "0.2.0", lambda p: retyped(p, "code", "string", "VARCHAR"))
    assert not trial.run().errors
    return trial


def erased(trial: Trial, key: str) -> erasing.PlannedOrder:
    asked = erasing.request(trial.open(), trial.open().register("areas"), [key], "Court of Nowhere, 1")
    accounts.approve(trial.folder, asked.order.number)
    return erasing.execute(trial.open(), asked.order.number)


def test_an_erasure_reaches_all_generations_and_its_record_does_not_come_back(zeros: Trial, ask: Ask) -> None:
    before = answers(zeros, 2)
    assert ask(zeros, "SELECT code FROM areas ORDER BY 1") == [("0071",), ("0072",)]
    backup = zeros.folder.parent / "backup"
    keeping.backup_project(zeros.folder, str(backup), clock=zeros.clock)
    done = erased(zeros, "0071")

    assert len(done.order.generations) == 2
    assert where(zeros.folder / ".altyn", "Құпия-Атау-4711", "0071") == []
    assert ask(zeros, "SELECT code FROM areas", known_at=then(zeros, 1)) == [(72,)]
    assert ask(zeros, "SELECT code FROM areas") == [("0072",)]
    zeros.run()
    zeros.areas("0071,Құпия-Атау-4711,21\n0072,Ақтөбе,11\n")
    zeros.run()
    assert ask(zeros, "SELECT code FROM areas") == [("0072",)], "the extract still has it"
    # A backup of before is restored without it, and with both generations.
    keeping.restore_project(str(backup), zeros.folder.parent / "restored", clock=zeros.clock)
    restored = Trial(zeros.folder.parent / "restored", now=zeros.now)
    assert where(restored.folder / ".altyn", "Құпия-Атау-4711") == []
    assert ask(restored, "SELECT code FROM areas", known_at=then(restored, 1)) == [(72,)]
    assert len(before) == len(answers(restored, 2))


def test_a_record_erased_as_a_number_does_not_come_back_as_a_text(trial: Trial, ask: Ask) -> None:
    trial.contract("0.1.0")
    change(trial, "0.1.0", lambda p: retyped(p, "code", "integer", "BIGINT"))
    change(trial, "1.0.0", lambda p: column(p, "area").pop("relationships"), "places")
    trial.areas("71,Алматы,20\n72,Ақтөбе,10\n")
    trial.run()
    erased(trial, "71")
    trial.areas("0071,Алматы,20\n0072,Ақтөбе,10\n")
    change(trial, "0.2.0", lambda p: retyped(p, "code", "string", "VARCHAR"))
    trial.run()

    assert ask(trial, "SELECT code FROM areas") == [("0072",)]


@pytest.mark.parametrize("moment", ["generation.begun", "journal.committed:1", "journal.committed:2", "publish.before"])
def test_a_run_killed_while_a_generation_begins_leaves_the_old_state(first: Trial, ask: Ask, moment: str) -> None:
    before = answers(first, 2)
    change(first, "0.2.0", lambda p: renamed(p, "people", "persons"))
    first.areas("1000,Алматы,22\n2000,Ақтөбе,10\n")

    assert rounds.run(first.folder, 5, fault=moment) in rounds.KILLED
    assert answers(first, 2) == before
    assert len(first.open().snapshots()) == 2
    assert rounds.run(first.folder, 6) == 0
    assert ask(first, "SELECT code, persons FROM areas ORDER BY 1") == [("1000", 22), ("2000", 10)]
    assert answers(first, 2) == before
    journals = sorted(p.name for p in (first.folder / ".altyn" / "store" / "local").iterdir())
    assert journals == ["areas", "areas~2", "places"]


def test_pages_and_exports_speak_with_the_contract_of_the_time(first: Trial) -> None:
    at = then(first, 2)
    change(first, "0.2.0", lambda p: (renamed(p, "people", "persons"), dropped(p, "title")))
    assert not first.run().errors
    pages = TestClient(create_app(first.open()), base_url="http://localhost")

    def headers(**query: str) -> list[str]:
        text = pages.get("/en/registers/local.areas", params=query).text
        return re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?(people|title|persons)\b', text)

    assert headers(known_at=at) == ["title", "people"]
    assert headers() == ["persons"]
    assert pages.get("/en/registers/local.areas/data.csv", params={"known_at": at}).text.startswith(
        "code,title,people,"
    )
    assert pages.get("/en/registers/local.areas/data.csv").text.startswith("code,persons,")
    for address in ("registers", "registers/local.areas/rows", "registers/local.areas/row/1000", "search?q=Алматы", ""):
        for query in ({"known_at": at}, {}):
            assert pages.get(f"/en/{address}", params=query).status_code == 200, address
    row = pages.get("/en/registers/local.areas/row/1000").text
    assert "Алматы" in row, "the older version keeps the column that is gone"


def test_a_contract_of_a_day_when_more_fields_were_accepted_is_still_that_of_its_day(
    trial: Trial, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial.contract("0.1.0")
    path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    disclosure = next(
        p["value"] for p in document["schema"][0]["customProperties"] if p["property"] == "altyn.disclosure"
    )
    disclosure["minimumCell"] = 3
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    trial.areas("1000,Алматы,20\n")
    with monkeypatch.context() as then:
        # An Altyn of that day, whose schema knew the field.
        then.setattr(contracts, "schema_faults_of", lambda *_: [])
        assert not trial.run().errors
    with pytest.raises(AltynError, match=r"minimumCell|contract\.profile"):
        parse_contract(path.read_text(encoding="utf-8"), "today")

    del disclosure["minimumCell"]
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    change(trial, "1.0.0", lambda p: dropped(p, "people"))
    trial.areas("1000,Алматы,21\n")
    assert not trial.run().errors

    first = trial.open().snapshots()[0].published_at.isoformat()
    assert ask(trial, ALL, known_at=first) == [("1000", "Алматы", 20)]
    assert ask(trial, ALL) == [("1000", "Алматы")]
