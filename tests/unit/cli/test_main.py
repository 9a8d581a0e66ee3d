"""The command: it finds the verb, turns what goes wrong into words and a status, and never says a value of a row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from altyn.cli.main import VERBS
from altyn.serve.operation.unexpected import FILE
from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn

VALUE = "900101300123"


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_help_lists_every_verb(altyn: Altyn, language: str) -> None:
    found = altyn("--help", language=language)

    assert found.status == 0
    assert all(f"  {verb} " in found.out for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_can_be_asked_for_help(altyn: Altyn, verb: str) -> None:
    found = altyn(verb, "--help")

    assert (found.status, found.err) == (0, "")
    assert f"altyn {verb}" in found.out


@pytest.mark.parametrize(
    ("words", "status"), [(("queri",), 2), (("query",), 2), (("run", "--nonsense"), 2), (("audit", "x"), 2)]
)
def test_a_wrong_call_leaves_with_2_and_says_the_way_out(altyn: Altyn, words: tuple[str, ...], status: int) -> None:
    found = altyn(*words)

    assert (found.status, found.out) == (status, "")
    assert "code: usage" in found.err


def test_where_no_project_is_the_error_is_data_for_a_program(altyn: Altyn, tmp_path: Path) -> None:
    found = altyn("registers", "--project", tmp_path, "--json")

    assert found.status != 0
    assert found.json["error"]["code"] == "project.missing"
    assert found.err == ""


def test_as_a_log_an_error_is_one_line_of_json_without_its_words(altyn: Altyn, tmp_path: Path) -> None:
    found = altyn("run", "--project", tmp_path, "--log-format=json")
    (line,) = [json.loads(text) for text in found.err.splitlines()]

    assert (line["event"], line["code"]) == ("refused", "project.missing")


def test_what_nobody_foresaw_is_said_by_a_number_and_noted_in_the_project(
    altyn: Altyn, loaded: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    from altyn.cli import data

    def fails(*_: object) -> None:
        raise RuntimeError(VALUE)

    monkeypatch.setattr(data, "register_sheet", fails)
    found = altyn("registers", "areas", "--project", loaded.folder)

    assert (found.status, found.out) == (4, "")
    assert "internal.unexpected" in found.err
    noted = (loaded.folder / ".altyn" / FILE).read_text(encoding="utf-8")
    assert json.loads(noted.splitlines()[-1])["error"] in found.err
    assert VALUE not in found.err + noted


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt, 130), (BrokenPipeError, 0), (PermissionError, 4)])
def test_what_comes_from_outside_has_a_status_of_its_own(
    altyn: Altyn, loaded: Trial, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], status: int
) -> None:
    from altyn.cli import data

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(data, "register_sheet", fails)

    assert altyn("registers", "areas", "--project", loaded.folder).status == status


def test_a_question_that_nobody_answers_is_stopped_and_not_broken_off(altyn: Altyn, loaded: Trial) -> None:
    (loaded.folder / "data" / "clinics.csv").write_text("code,beds\n001,20\n", encoding="utf-8")
    found = altyn("add", loaded.folder / "data" / "clinics.csv", "--project", loaded.folder)

    assert (found.status, found.err.strip()) == (2, "Stopped.")
