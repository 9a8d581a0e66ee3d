"""A contract changes again and again: what a snapshot answered before a change, it answers after, to the last type."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.serve.use_cases import questions
from altyn.store.proof import prove
from tests.integration import conftest
from tests.integration.conftest import Trial

ROWS = st.dictionaries(
    st.sampled_from(["0007", "1000", "2000"]),
    st.tuples(st.sampled_from(["12", "007", "Әлия", "1.50"]), st.integers(0, 20)),
    min_size=1,
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["retype", "rename", "drop", "add", "key", "rekey", "none"]), st.none() | ROWS),
    min_size=2,
    max_size=4,
)
TYPES = {"string": ("integer", "BIGINT"), "integer": ("number", "DECIMAL(18,2)"), "number": ("string", "VARCHAR")}


def alter(properties: list[dict[str, Any]], step: str, number: int) -> None:
    """Change the contract's columns; the third is retyped, renamed or dropped, the first two are key in turn."""
    last = properties[2] if len(properties) > 2 else None
    if step == "retype" and last:
        logical, physical = TYPES[last["logicalType"]]
        last |= {"logicalType": logical, "physicalType": physical}
        last.pop("logicalTypeOptions", None)
    elif step == "rename" and last:
        old = last["name"]
        last |= {
            "name": f"people_{number}",
            "physicalName": "people",
            "customProperties": [{"property": "altyn.renamedFrom", "value": old}],
        }
    elif step == "drop" and last:
        properties.remove(last)
    elif step == "add":
        properties.append(
            {"name": f"more_{number}", "physicalName": "title", "logicalType": "string", "classification": "public"}
        )
    elif step == "key":
        for item, is_key in zip(
            properties[:2], (not properties[0].get("primaryKey"), properties[0].get("primaryKey")), strict=True
        ):
            item.pop("primaryKeyPosition", None)
            item["primaryKey"] = bool(is_key)
    elif step == "rekey":
        is_text = properties[0]["logicalType"] == "string"
        properties[0] |= (
            {"logicalType": "integer", "physicalType": "BIGINT"}
            if is_text
            else {"logicalType": "string", "physicalType": "VARCHAR"}
        )
        properties[0].pop("logicalTypeOptions", None)


def said(trial: Trial, upto: int) -> list[Any]:
    """What the snapshots up to a number answer and are proved by."""
    found: list[Any] = []
    workspace = trial.open()
    for snapshot in workspace.snapshots():
        if snapshot.number <= upto:
            at = snapshot.published_at.isoformat()
            answer = questions.query(workspace, "SELECT * FROM areas ORDER BY ALL", known_at=at)
            found.append(([(c.name, c.type.name) for c in answer.columns], answer.rows()))
            for key in ("1000", "7", "Әлия"):
                versions = questions.history(workspace, workspace.register("areas"), key, known_at=at)
                found.append([(v.values, v.op, v.recorded_at, v.batch.number, v.line) for v in versions])
            with Session() as session:
                store = workspace.store
                found.append(prove(session, store.folders, store.snapshots, snapshot))
    return found


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink])
@given(first=ROWS, steps=STEPS)
def test_what_was_said_stays_said(first: dict[str, tuple[str, int]], steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        trial: Trial = conftest.trial.__wrapped__(Path(folder))  # type: ignore[attr-defined]  # the fixture's own function
        path = trial.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
        trial.contract("0.1.0")
        (trial.folder / "packs" / "local" / "registers" / "places.odcs.yaml").unlink()
        toml = trial.folder / "altyn.toml"
        toml.write_text(toml.read_text(encoding="utf-8").split('[sources."local.places"]')[0], encoding="utf-8")

        def give(rows: dict[str, tuple[str, int]]) -> None:
            trial.areas("".join(f"{code},{title},{people}\n" for code, (title, people) in rows.items()))

        give(first)
        trial.run()
        for number, (step, rows) in enumerate(steps, start=2):
            latest = trial.open().snapshots()[-1].number
            before = said(trial, latest)
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
            document["version"] = f"0.{number}.0"
            alter(document["schema"][0]["properties"], step, number)
            path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
            if rows:
                give(rows)
            report = trial.run()
            # A change may be held back, by its own name; it never takes anything away.
            assert {e.code for e in report.errors} <= {"source.budget", "contract.misfit"}
            assert said(trial, latest) == before
