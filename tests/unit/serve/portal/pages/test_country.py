"""The page that says how a synthetic country was made: in three languages, from its own description, and nowhere else."""

from __future__ import annotations

import json

import pytest

from altyn.serve.use_cases.countries import WORLD
from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import portal
from tests.unit.serve.use_cases.test_countries import described, place

TITLES = {"kk": "Бұл ел қалай жасалған", "ru": "Как создана эта страна", "en": "How this country was made"}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_it_shows_counts_beside_sources_and_home_and_registers_lead_to_it(fresh: Trial, language: str) -> None:
    place(fresh, json.dumps(described()))
    contract = fresh.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    contract.write_text(contract.read_text("utf-8").replace("kind: simulated", "kind: synthetic"), "utf-8")
    fresh.run()
    browser = portal(fresh)
    text = browser.get(f"/{language}/country").text

    assert f"<h1>{TITLES[language]} " in text
    assert "A census" in text
    assert '<th scope="row">1</th><td class="n">5</td><td class="n">6</td><td class="n">+1</td>' in text
    assert '<th scope="row">2</th><td class="n">5</td><td class="n">4</td><td class="n">−1</td>' in text
    for page in ("/", "/registers/local.areas"):
        assert f'href="/{language}/country"' in browser.get(f"/{language}{page}").text.replace(
            '<p class="synthetic">', ""
        )
    assert browser.get(f"/{language}/registers/local.areas").text.count(f'href="/{language}/country"') == 2


def test_areas_have_the_names_of_a_packs_code_list_that_knows_them_all(fresh: Trial) -> None:
    codes = fresh.folder / "packs" / "local" / "codes"
    codes.mkdir(exist_ok=True)
    (codes / "aliases.csv").write_text("code,alias\n1,one\n2,two\n", encoding="utf-8")
    (codes / "some.csv").write_text("code,kk,ru,en\n1,Бір,Раз,One\n", encoding="utf-8")
    (codes / "whole.csv").write_text(
        "code,kk,ru,en\n1,Алматы,Алматы,Almaty\n2,Ақтөбе,Актобе,Aktobe\n", encoding="utf-8"
    )
    place(fresh, json.dumps(described()))

    text = portal(fresh).get("/en/country").text
    assert '<th scope="row">Aktobe</th>' in text
    assert "Largest difference: Almaty, +1 people" in text


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_project_without_a_country_has_no_such_page_and_no_way_to_it(fresh: Trial, *, synthetic: bool) -> None:
    place(fresh, json.dumps(described()), synthetic=synthetic)
    if synthetic:
        (fresh.folder / WORLD).unlink()
    browser = portal(fresh)

    assert browser.get("/en/country").status_code == 404
    assert "/en/country" not in browser.get("/en/").text
