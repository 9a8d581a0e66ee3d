"""The purpose synthetic: made-up people are read by everybody in a project marked synthetic, by nobody elsewhere, and say what they are."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from altyn.errors import AltynError
from altyn.serve.portal.app import create_app
from altyn.serve.use_cases import questions
from altyn.serve.workspace import Workspace
from tests.integration.conftest import Trial

CANARY = "Ойдан-7391"
MEASURE = """\
measure = "counted"
version = "1.0.0"
title = {kk = "Саны", ru = "Число", en = "How many"}
definition = "People by title"
unit = "1"
grain = "one row for each title"
owner = "nobody"
source = "made up"
inputs = ["areas"]
rows = '''SELECT code, title, people FROM areas'''
value = "sum(people)"
dimensions = [{column = "title", type = "text"}]
"""
WORDS = {"kk": "синтетикалық", "ru": "синтетические", "en": "synthetic"}
SHOWING = ("", "/rows", "/row/1000", "/api")
FILES = ("data.csv", "data.json", "data.parquet", "data.xlsx")


def made_up(trial: Trial, *, synthetic: bool) -> Workspace:
    """The trial with a closed register of made-up people, an open real one, and an indicator of the first."""
    toml = trial.folder / "altyn.toml"
    marked = toml.read_text(encoding="utf-8").replace("synthetic = false", f"synthetic = {str(synthetic).lower()}")
    toml.write_text(marked, encoding="utf-8")
    trial.contract(is_open=False)
    registers = trial.folder / "packs" / "local" / "registers"
    for name, kind in (("areas", "synthetic"), ("places", "real")):
        path = registers / f"{name}.odcs.yaml"
        text = path.read_text(encoding="utf-8")
        assert "kind: simulated" in text
        path.write_text(text.replace("kind: simulated", f"kind: {kind}"), encoding="utf-8")
    (registers.parent / "measures").mkdir()
    (registers.parent / "measures" / "counted.toml").write_text(MEASURE, encoding="utf-8")
    trial.areas(f"1000,{CANARY},20\n2000,Ақтөбе,x\n")
    trial.places("p1,1000,2020-01-01,2023-01-01\n")
    trial.run()
    return trial.open()


@pytest.fixture
def country(trial: Trial) -> TestClient:
    return TestClient(create_app(made_up(trial, synthetic=True)), base_url="http://localhost")


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_page_of_made_up_people_says_so(country: TestClient, language: str) -> None:
    badge = f'<span class="badge synthetic">{WORDS[language]}</span>'
    for page in (
        *(f"/registers/local.areas{end}" for end in SHOWING),
        "/measures",
        "/measures/counted",
        "/measures/counted/rows",
        f"/search?q={CANARY[:5]}",
        "/search?q=Саны",
    ):
        answer = country.get(f"/{language}{page}")

        assert answer.status_code == 200, page
        assert badge in answer.text, page
    assert CANARY in country.get(f"/{language}/registers/local.areas/rows").text
    assert WORDS[language] in country.get(f"/{language}/measures/counted/chart.svg").text
    home = country.get(f"/{language}/").text
    assert '<p class="synthetic">' in home
    assert badge in home


def test_a_real_register_beside_them_stays_marked_real(country: TestClient) -> None:
    for end in ("", "/rows", "/row/p1", "/api"):
        text = country.get(f"/en/registers/local.places{end}").text

        assert '<span class="badge real">real</span>' in text
        assert '<span class="badge synthetic">' not in text
    taken = country.get("/en/registers/local.places/data.csv")
    assert "synthetic" not in taken.headers["content-disposition"]
    assert taken.headers["x-altyn-data"] == "real"


@pytest.mark.parametrize("address", ["registers/local.areas", "measures/local.counted"])
@pytest.mark.parametrize("file", FILES)
def test_a_file_of_made_up_people_says_so_in_its_name_and_where_it_can_inside(
    country: TestClient, address: str, file: str
) -> None:
    answer = country.get(f"/en/{address}/{file}")

    assert answer.headers["x-altyn-data"] == "synthetic"
    assert f"{address.split('/')[1]}-synthetic-1.{file.split('.')[1]}" in answer.headers["content-disposition"]
    if file.endswith("json"):
        assert json.loads(answer.content)["provenance"]["altyn.data"] == "synthetic"
    if file.endswith("parquet"):
        assert b"altyn.data" in answer.content
    if file.endswith("xlsx"):
        assert "altyn.data" in zipfile.ZipFile(io.BytesIO(answer.content)).read("xl/sharedStrings.xml").decode()


def test_elsewhere_the_same_registers_are_closed(trial: Trial) -> None:
    workspace = made_up(trial, synthetic=False)
    portal = TestClient(create_app(workspace), base_url="http://localhost")

    with pytest.raises(AltynError, match=r"gate\.synthetic-only"):
        questions.query(workspace, "select * from areas", purpose="synthetic")
    for page in (
        *(f"registers/local.areas{end}" for end in SHOWING[1:]),
        *(f"registers/local.areas/{file}" for file in FILES),
        "measures/local.counted",
        "measures/local.counted/rows",
        "measures/local.counted/chart.svg",
    ):
        answer = portal.get(f"/en/{page}")
        assert answer.status_code == 403, page
        assert CANARY not in answer.text
    assert CANARY not in portal.get("/en/registers/local.areas").text
    assert not copied(trial.folder)


def test_a_project_that_is_no_longer_marked_synthetic_shows_nobody(trial: Trial) -> None:
    made_up(trial, synthetic=True)
    assert copied(trial.folder)
    toml = trial.folder / "altyn.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("synthetic = true", "synthetic = false"), "utf-8")
    portal = TestClient(create_app(trial.open()), base_url="http://localhost")

    assert portal.get("/en/registers/local.areas/rows").status_code == 403
    trial.places("p1,1000,2020-01-01,2024-01-01\n")
    trial.run()
    assert not copied(trial.folder)


def copied(folder: Path) -> list[Path]:
    """Copies of the made-up register's current rows."""
    return list((folder / ".altyn" / "derived" / "current" / "local.areas").glob("*"))
