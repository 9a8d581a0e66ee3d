"""A contract that changes: what a run does, and what is said of the time before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from altyn.serve import use_cases
from tests.integration.conftest import Trial

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
        answer = use_cases.query(trial.open(), ALL, known_at=at)
        found.append(([(c.name, c.type.name, dict(c.label)) for c in answer.columns], answer.rows()))
        workspace = trial.open()
        for key in ("1000", "2000"):
            versions = use_cases.history(workspace, workspace.register("areas"), key, known_at=at)
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
