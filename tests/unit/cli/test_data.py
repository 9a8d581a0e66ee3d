"""Verbs that ask: one cell is bare, a table has no groups of digits, a file is what it says, the past is asked with its moment."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.integration.conftest import Trial
from tests.unit.cli.conftest import Altyn


@pytest.mark.parametrize(
    ("sql", "out"),
    [
        ("select count(*) from areas", "3\n"),
        ("select title from areas where code = '1000'", "Алматы\n"),
        ("select null", "None\n"),
        ("select 1234567", "1234567\n"),
    ],
)
def test_a_single_cell_is_bare_for_scripts(altyn: Altyn, loaded: Trial, sql: str, out: str) -> None:
    found = altyn("query", sql, "--project", loaded.folder)

    assert (found.status, found.out) == (0, out)


def test_an_answer_is_a_table_a_text_or_a_file(altyn: Altyn, loaded: Trial, tmp_path: Path) -> None:
    sql = "select code, people * 1000 as people from areas order by code"
    table = altyn("query", sql, "--project", loaded.folder)
    data = altyn("query", sql, "--project", loaded.folder, "--json")
    file = tmp_path / "a.csv"
    altyn("query", sql, "--project", loaded.folder, "--format", "csv", "--output", file)

    assert "25000" in table.out
    assert data.json["rows"][0] == {"code": "1000", "people": 25000}
    assert list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))[1] == ["1000", "25000"]


def test_a_refusal_has_its_status_and_its_words(altyn: Altyn, loaded: Trial) -> None:
    for language, word in (("kk", "Қабылданбады"), ("ru", "Отклонено"), ("en", "Refused")):
        found = altyn("query", "select * from areaz", "--project", loaded.folder, language=language)
        assert (found.status, found.err.startswith(word), "sql.forbidden" in found.err) == (3, True, True)


def test_a_keeper_is_told_the_command_that_works(altyn: Altyn, fresh: Trial) -> None:
    fresh.contract(is_open=False)
    fresh.run()
    found = altyn("query", "select count(*) from areas", "--project", fresh.folder)
    assert (found.status, "--purpose keeping" in found.err) == (3, True)

    assert altyn("query", "--purpose", "keeping", "select count(*) from areas", "--project", fresh.folder).out == "2\n"


def test_a_history_says_file_and_line_of_each_version(altyn: Altyn, loaded: Trial) -> None:
    found = altyn("history", "areas", "1000", "--project", loaded.folder)
    data = altyn("history", "areas", "1000", "--project", loaded.folder, "--json").json
    past = altyn("history", "areas", "1000", "--project", loaded.folder, "--json", "--known-at", "2026-03-05").json

    assert found.out.count("data/areas.csv, line 2") == 2
    assert [v["values"]["people"] for v in data["versions"]] == [20, 25]
    assert len(past["versions"]) == 1
    assert "no record" in altyn("history", "areas", "9", "--project", loaded.folder).out


def test_registers_and_snapshots_are_listed_and_one_is_said_whole(altyn: Altyn, loaded: Trial) -> None:
    registers = altyn("registers", "--project", loaded.folder, "--json").json
    sheet = altyn("registers", "areas", "--project", loaded.folder)
    snapshots = altyn("snapshots", "--project", loaded.folder, "--json").json["snapshots"]

    assert {r["register"]: r["rows"] for r in registers["registers"]} == {"local.areas": 3, "local.places": 2}
    assert "key: code" in sheet.out
    assert [s["snapshot"] for s in snapshots] == [1, 2]
    assert "local.areas" in altyn("registers", "--project", loaded.folder, language="kk").out
