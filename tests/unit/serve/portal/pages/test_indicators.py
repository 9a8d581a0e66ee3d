"""Indicators: a number opens to the rows it was counted from, narrowed by what was chosen."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Trial, made
from tests.unit.serve.portal.browsing import add_measure, portal

PAGE = "/en/measures/local.by_area"


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """People by area and year."""
    trial = made(tmp_path_factory.mktemp("counted") / "project")
    rows = "SELECT code, people, y.year FROM areas, (VALUES (2020), (2021)) AS y(year)"
    add_measure(trial, "by_area", rows, more='time = "year"\ndimensions = ["code"]')
    assert not trial.run().errors
    return trial


def test_only_measures_with_numbers_are_listed(counted: Trial) -> None:
    assert PAGE in portal(counted).get("/en/measures").text


def test_a_number_leads_to_its_rows_and_they_to_their_records(counted: Trial) -> None:
    client = portal(counted)
    page = client.get(f"{PAGE}?code=1000").text
    assert f"{PAGE}/rows?code=1000&amp;year=2021" in page
    assert "code=2000&amp;year" not in page
    rows = client.get(f"{PAGE}/rows?code=1000&year=2021").text
    assert "/en/registers/local.areas/row/1000" in rows


def test_a_chart_and_a_download_are_files_named_by_what_they_hold(counted: Trial) -> None:
    client = portal(counted)
    chart = client.get(f"{PAGE}/chart.svg?code=1000")
    data = client.get(f"{PAGE}/data.csv?code=1000")

    assert (chart.headers["content-type"].split(";")[0], chart.text.count("<svg")) == ("image/svg+xml", 1)
    assert 'filename="local.by_area-code_1000-1.svg"' in chart.headers["content-disposition"]
    assert 'filename="local.by_area-code_1000-1.csv"' in data.headers["content-disposition"]
    assert len(data.text.splitlines()) == 3


@pytest.mark.parametrize("value", ["", "9999", "'; drop", "Ақтөбе"])
def test_any_choice_has_a_page(counted: Trial, value: str) -> None:
    for address in ("", "/rows", "/chart.svg", "/data.csv"):
        assert portal(counted).get(f"{PAGE}{address}", params={"code": value}).status_code == 200


def test_an_indicator_that_was_not_built_then_is_said(counted: Trial) -> None:
    assert portal(counted).get(f"{PAGE}?known_at=2020-01-01").status_code == 404
