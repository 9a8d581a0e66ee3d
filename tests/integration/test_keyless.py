"""Registers without a key: a record is its content and its count."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.packs.contracts import read_contract
from altyn.serve.use_cases import questions, refusals
from altyn.serve.use_cases.running import resubmit
from altyn.serve.workspace import Workspace
from tests.integration.strange import Stranger, stranger, texts

ALL = "select day, what from brought order by all"
PROFILE = [
    {"property": "altyn.key", "value": "none"},
    {"property": "altyn.retractionLimit", "value": 1},
    {"property": "altyn.errorBudget", "value": 1},
]


def keyless(folder: Path, source: str = "", kind: str = "string") -> Stranger:
    made = stranger(folder, {**texts("day"), "what": ("what", kind)}, key=["nothing"], profile=PROFILE, source=source)
    path = folder / "packs" / "local" / "registers" / "brought.odcs.yaml"
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read_contract(path).register.is_keyless
    return made


def csv(*rows: str) -> str:
    return "\n".join(["day,what", *rows]) + "\n"


def test_equal_rows_are_counted_and_a_changed_row_is_one_gone_and_one_new(tmp_path: Path) -> None:
    brought = keyless(tmp_path)
    brought.bring(csv("1,rain", "1,rain", "2,snow"))
    brought.run()
    assert brought.ask(ALL) == [("1", "rain"), ("1", "rain"), ("2", "snow")]

    brought.bring(csv("1,rain", "2,hail"))
    line = brought.run().lines[0]
    assert (line["put"], line["same"], line["retracted"]) == (1, 1, 2)
    assert brought.ask(ALL) == [("1", "rain"), ("2", "hail")]
    # The order of rows is no change.
    brought.bring(csv("2,hail", "1,rain"))
    line = brought.run().lines[0]
    assert (line["put"], line["retracted"]) == (0, 0)


def test_every_row_has_its_page_and_its_history(tmp_path: Path) -> None:
    brought = keyless(tmp_path)
    brought.bring(csv("1,rain"))
    brought.run()
    brought.bring(csv("2,rain"))
    brought.run()
    workspace = Workspace.open(tmp_path)
    ((key,),) = brought.ask("select altyn_record from brought")

    assert [v.values["day"] for v in questions.history(workspace, workspace.register("brought"), str(key))] == ["2"]
    assert brought.ask(ALL, known_at=workspace.snapshots()[-1].published_at.isoformat()) in (
        [("1", "rain")],
        [("2", "rain")],
    )


def test_what_is_appended_is_added_to_the_count(tmp_path: Path) -> None:
    brought = keyless(tmp_path, source='mode = "append"')
    brought.bring(csv("1,rain"))
    brought.run()
    brought.bring(csv("1,rain", "3,sun"))
    brought.run()
    assert brought.ask(ALL) == [("1", "rain"), ("1", "rain"), ("3", "sun")]


def test_while_a_row_is_refused_nothing_is_retracted(tmp_path: Path) -> None:
    brought = keyless(tmp_path, kind="integer")
    brought.bring(csv("1,1", "2,2"))
    brought.run()
    brought.bring(csv("1,1", "2,x"))
    report = brought.run()

    assert "retraction-held" in brought.rules(report)
    assert brought.ask(ALL) == [("1", 1), ("2", 2)]


def test_files_that_were_taken_are_not_counted_again(tmp_path: Path) -> None:
    brought = keyless(tmp_path, source='mode = "append"')
    toml = tmp_path / "altyn.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("brought.csv", "m*.csv"), encoding="utf-8")
    for number, rows in enumerate((["1,rain", "1,rain"], ["2,snow"])):
        (tmp_path / "data" / f"m{number}.csv").write_text(csv(*rows), encoding="utf-8")
        brought.run()

    assert brought.ask(ALL) == [("1", "rain"), ("1", "rain"), ("2", "snow")]


def test_a_mended_row_that_is_sent_twice_is_counted_once(tmp_path: Path) -> None:
    brought = keyless(tmp_path, kind="integer")
    brought.bring(csv("1,1", "2,x"))
    brought.run()
    workspace = Workspace.open(tmp_path)
    mended = tmp_path / "mended.csv"
    exported = refusals.export_quarantine(workspace, workspace.register("brought"))
    mended.write_bytes(exported.replace(b"2,x", b"2,2"))
    reports = [resubmit(Workspace.open(tmp_path), workspace.register("brought"), mended) for _ in range(2)]

    assert brought.ask(ALL) == [("1", 1), ("2", 2)]
    assert ["mended-unknown" in brought.rules(r) for r in reports] == [False, True]


ROWS = st.lists(st.sampled_from(["1,a", "1,b", "2,a"]), max_size=6)


@settings(max_examples=15, deadline=None)
@given(days=st.lists(ROWS.filter(bool), min_size=1, max_size=3))
def test_after_each_day_the_register_holds_that_days_rows(tmp_path_factory: object, days: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("days")  # type: ignore[attr-defined]
    brought = keyless(folder)
    for rows in days:
        brought.bring(csv(*rows))
        assert brought.run().exit_status == 0
        assert [f"{d},{w}" for d, w in brought.ask(ALL)] == sorted(rows)
