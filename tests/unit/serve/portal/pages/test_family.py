"""A record's family: parents and children by name, counted, and only where the portal may see them."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import portal

SHAPE = (
    "      - {name: shape, logicalType: string, physicalType: VARCHAR, classification: public, "
    "customProperties: [{property: altyn.role, value: geometry}]}\n"
)


def row(trial: Trial, register: str, key: str) -> str:
    return portal(trial).get(f"/en/registers/local.{register}/row/{key}").text


def test_a_record_leads_to_what_it_belongs_to_and_to_what_belongs_to_it(loaded: Trial) -> None:
    assert "/en/registers/local.areas/row/1000" in row(loaded, "places", "p1")
    area = row(loaded, "areas", "1000")
    assert "/en/registers/local.places/row/p1" in area
    assert "/row/p2" not in area


def test_a_closed_parent_is_no_way_and_a_closed_child_neither(fresh: Trial) -> None:
    fresh.contract(is_open=False)
    fresh.run()

    assert "local.areas/row" not in row(fresh, "places", "p1")


@pytest.fixture
def shaped(fresh: Trial) -> Trial:
    """Two areas, one with an outline."""
    fresh.contract(extra=SHAPE)
    point = json.dumps({"type": "Point", "coordinates": [66.5, 50.25]}).replace('"', '""')
    (fresh.folder / "data" / "areas.csv").write_text(
        f'code,title,people,shape\n1000,Алматы,20,"{point}"\n2000,Ақтөбе,10,\n', encoding="utf-8"
    )
    assert not fresh.run().errors
    return fresh


def test_outlines_are_a_file_of_all_or_of_one(shaped: Trial) -> None:
    client = portal(shaped)
    address = "/en/registers/local.areas/shapes.geojson"
    whole, one = client.get(address), client.get(f"{address}?key=1000")

    assert whole.json()["type"] == "FeatureCollection"
    assert [f["properties"]["code"] for f in one.json()["features"]] == ["1000"]
    assert one.json()["features"][0]["geometry"]["coordinates"] == [66.5, 50.25]
    assert "local.areas" in whole.headers["content-disposition"]


def test_a_register_without_outlines_has_no_such_file(loaded: Trial) -> None:
    assert portal(loaded).get("/en/registers/local.areas/shapes.geojson").status_code in {400, 404}
