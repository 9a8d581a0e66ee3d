"""Refused rows are shown by rule, with their values where the purpose allows; a mended row remembers where it stood."""

from __future__ import annotations

import json
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from altyn.cli.main import cli
from altyn.errors import AltynError
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.refusals import export_quarantine, refusals
from altyn.serve.use_cases.running import resubmit
from tests.integration.conftest import Trial

CANARY = "Жасырын-7391"


def typed(trial: Trial, *words: str) -> str:
    """What a verb prints."""
    given = [*words, "--project", str(trial.folder)]
    done = CliRunner().invoke(cli, given, obj=tuple(given), env={"LANG": "C"})
    assert not isinstance(done.exception, AltynError), done.exception
    return done.output


@pytest.fixture
def refused(trial: Trial) -> Trial:
    """Four wrong rows, of three kinds."""
    trial.areas(f"1000,A,1\n20O0,B,2\n3000,C,{CANARY}\n4000,D,x\n5000,E,-5\n6000,F,1\n7000,G,1\n")
    trial.run()
    return trial


def test_rows_are_grouped_by_rule_with_what_was_expected(refused: Trial) -> None:
    workspace = refused.open()
    found = refusals(workspace, workspace.register("areas"))

    assert [(g["rule"], g["column"], g["expected"], g["rows"]) for g in found.groups] == [
        ("type", "people", "integer", 2),
        ("minimum", "people", "integer; 0", 1),
        ("pattern", "code", "text; ^[0-9]{4}$", 1),
    ]
    assert found.groups[0]["places"] == [
        {"entry": 2, "file": "data/areas.csv", "line": 4, "value": CANARY},
        {"entry": 3, "file": "data/areas.csv", "line": 5, "value": "x"},
    ]
    assert workspace.gate.log.records()[-1]["reason"] == "quarantine by rule"


def test_of_a_closed_register_values_are_for_the_keeper(refused: Trial) -> None:
    refused.contract(is_open=False)
    shown = typed(refused, "quarantine", "areas")
    named = next(line.partition(": ")[2] for line in shown.splitlines() if line.startswith("With the values"))
    kept = typed(refused, *shlex.split(named)[1:])

    assert CANARY not in shown
    assert "data/areas.csv, line 4" in shown
    assert CANARY in kept
    assert json.loads(typed(refused, "quarantine", "areas", "--json"))["groups"][0]["places"][0].keys() == {
        "entry",
        "file",
        "line",
    }


@pytest.mark.parametrize("is_open", [True, False])
def test_a_batch_refused_whole_is_shown(trial: Trial, *, is_open: bool) -> None:
    trial.contract(is_open=is_open)
    trial.areas(f"1000,{CANARY},{CANARY}\n2000,x,y\n")
    trial.places("")
    trial.run()
    shown = typed(trial, "quarantine", "areas")

    assert "The last batch was refused whole: 2 rows of it are wrong." in shown
    assert (CANARY in shown) is is_open
    assert CANARY in typed(trial, "quarantine", "areas", "--purpose", "keeping")
    assert json.loads(typed(trial, "quarantine", "areas", "--json"))["refused_whole"]["rows"] == 2
    trial.areas("1000,x,1\n")
    trial.run()
    assert "refused whole" not in typed(trial, "quarantine", "areas")


def test_an_extract_that_waits_is_shown_with_the_command_that_lets_it_in(trial: Trial) -> None:
    trial.areas("".join(f"{n},x,1\n" for n in range(1000, 1060)))
    trial.places("")
    trial.run()
    trial.areas("1000,x,1\n")
    trial.run()
    shown = typed(trial, "quarantine", "areas")

    assert "would retract 59 of 60 records" in shown
    assert "altyn run --accept-retractions local.areas" in shown


def mend(trial: Trial, tmp_path: Path, *changes: tuple[str, str]) -> None:
    """Take the refused rows out, change them, and send them again."""
    workspace = trial.open()
    text = export_quarantine(workspace, workspace.register("areas")).decode()
    for wrong, right in changes:
        text = text.replace(wrong, right)
    path = tmp_path / "mended.csv"
    path.write_text(text, encoding="utf-8")
    trial.now += timedelta(days=1)
    workspace = trial.open()
    assert resubmit(workspace, workspace.register("areas"), path, wait_s=0).errors == []


def first_of(trial: Trial, key: str, name: str = "areas") -> tuple[str, int, int] | None:
    workspace = trial.open()
    first = questions.history(workspace, workspace.register(name), key)[-1].first
    return (first.file, first.line, first.batch) if first else None


def test_a_mended_row_shows_where_it_first_stood(refused: Trial, tmp_path: Path) -> None:
    mend(refused, tmp_path, (CANARY, "7"), ("20O0", "2000"), ("-5", "-6"))

    assert first_of(refused, "3000") == ("data/areas.csv", 4, 1)
    # Its key was what was wrong: the number of the entry tells.
    assert first_of(refused, "2000") == ("data/areas.csv", 3, 1)
    assert first_of(refused, "1000") is None
    # Refused once more, and mended once more: the first place stays the first.
    mend(refused, tmp_path, ("-6", "6"))
    assert first_of(refused, "5000") == ("data/areas.csv", 6, 1)
    assert "first in data/areas.csv, line 6, batch 1" in typed(refused, "history", "areas", "5000")
    assert json.loads(typed(refused, "history", "areas", "5000", "--json"))["versions"][0]["first"]["line"] == 6


def test_a_row_that_waited_for_its_parent_shows_its_batch(trial: Trial) -> None:
    trial.places("p1,1000,2020-01-01,\np3,3000,2021-01-01,\n")
    trial.run()
    trial.areas("1000,A,20\n2000,B,10\n3000,C,5\n")
    trial.run()

    assert first_of(trial, "p3", "places") == ("data/places.csv", 3, 2)


def test_a_run_that_loaded_nothing_says_so(trial: Trial) -> None:
    trial.run()
    trial.areas("1000,A,x\n2000,B,y\n")
    shown = typed(trial, "run")

    assert "Nothing loaded: what was new was refused." in shown
    assert "Nothing new" not in shown


def test_codes_and_years_are_not_grouped(trial: Trial) -> None:
    trial.run()
    shown = typed(trial, "query", "select 2025 as year, 113820100 as code, people from areas where code = '1000'")

    assert "2025" in shown
    assert "113820100" in shown


def test_a_register_is_told_whole_and_the_look_recorded(refused: Trial) -> None:
    refused.contract(is_open=False)
    sheet = json.loads(typed(refused, "registers", "areas", "--json"))
    last = refused.open().gate.log.records()[-1]

    assert (sheet["rows"], sheet["refused"], sheet["key"], sheet["open"]) == (3, 4, ["code"], False)
    assert sheet["source"] == {"path": "data/areas.csv"}
    assert sheet["last_batch"]["files"] == ["data/areas.csv"]
    assert [c["expected"] for c in sheet["columns"]] == ["text", "text", "integer"]
    assert (last["read"], last["outcome"]) == (["local.areas/contract"], "answered")
    assert CANARY not in typed(refused, "registers", "areas")


def test_what_comes_next_works_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def run(words: list[str]) -> str:
        done = CliRunner().invoke(cli, words, obj=tuple(words), env={"LANG": "C"})
        assert done.exit_code == 0, (words, done.output, done.exception)
        return done.output

    def next_of(shown: str) -> list[str]:
        line = next(line for line in shown.splitlines() if line.startswith("Next: altyn "))
        return shlex.split(line.removeprefix("Next: altyn "))

    shown = run(["init", "my project"])
    Path("my project/data/things.csv").write_text("code,title\n001,A\n002,B\n", encoding="utf-8")
    words = [w.replace("/*", "/things.csv") for w in next_of(shown)]
    shown = run([*words, "--yes"])
    assert "Snapshot 1 published" in run(next_of(shown))
