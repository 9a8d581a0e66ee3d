"""A small pack and its project, invented, to be bent by the tests."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from altyn.packs.contracts import write_document

LABEL = {"kk": "Ж", "ru": "М", "en": "P"}


def labelled(**more: Any) -> dict[str, Any]:
    """A property's label, beside other fields."""
    return {"customProperties": [{"property": "altyn.label", "value": LABEL}], **more}


PLACES: dict[str, Any] = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "demo.places",
    "version": "1.2.0",
    "status": "active",
    "description": {"purpose": "Places of an invented country"},
    "schema": [
        {
            "name": "places",
            "customProperties": [
                {"property": "altyn.label", "value": LABEL},
                {"property": "altyn.entity", "value": {"place": "code"}},
                {"property": "altyn.disclosure", "value": {"open": True, "kind": "stated"}},
                {"property": "altyn.lawfulBasis", "value": {"act": {"en": "Act on places"}, "inForce": True}},
                {
                    "property": "altyn.hierarchy",
                    "value": {"code": "code", "parent": "parent_code", "positions": [2, 4], "width": 9},
                },
                {
                    "property": "altyn.rowRules",
                    "value": [{"name": "area_small", "sql": "area < 100", "severity": "finding", "message": LABEL}],
                },
            ],
            "properties": [
                {
                    "name": "code",
                    "logicalType": "string",
                    "primaryKey": True,
                    "physicalName": "te",
                    "classification": "public",
                    "logicalTypeOptions": {"pattern": "^[0-9]{9}$"},
                    **labelled(),
                },
                {"name": "parent_code", "logicalType": "string", "classification": "public", **labelled()},
                {
                    "name": "area",
                    "logicalType": "number",
                    "physicalType": "DECIMAL(12,3)",
                    "logicalTypeOptions": {"minimum": 0, "exclusiveMaximum": 50},
                    "quality": [
                        {"metric": "nullValues", "mustBeLessThan": 10, "unit": "percent", "severity": "warning"}
                    ],
                    **labelled(),
                },
                {"name": "owner_note", "logicalType": "string", **labelled()},
            ],
            "quality": [
                {"type": "sql", "name": "many", "query": "SELECT count(*) FROM ${table}", "mustBeBetween": [1, 9]}
            ],
        }
    ],
    "slaProperties": [{"property": "frequency", "value": 1, "unit": "y"}],
    "authoritativeDefinitions": [{"type": "law", "url": "https://example.org/act"}],
}

TOWNS: dict[str, Any] = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "demo.towns",
    "version": "1.0.0",
    "status": "active",
    "schema": [
        {
            "name": "towns",
            "customProperties": [{"property": "altyn.label", "value": LABEL}],
            "properties": [
                {"name": "town", "logicalType": "integer", "primaryKey": True, **labelled()},
                {"name": "place", "logicalType": "string", "relationships": [{"to": "places.code"}], **labelled()},
            ],
        }
    ],
}

AREA = """
measure = "area"
version = "1.0.0"
title = { kk = "Аумақ", ru = "Площадь", en = "Area" }
definition = { kk = "а", ru = "б", en = "Area of all places" }
unit = "km2"
grain = "one row per parent place"
owner = "Registry"
source = "Register of places"
inputs = ["demo.places"]
rows = "SELECT parent_code, area FROM places WHERE area IS NOT NULL"
value = "sum(area)"
type = "decimal(20,3)"
dimensions = [{ column = "parent_code", label = { kk = "а", ru = "б", en = "Parent" } }]
"""


@pytest.fixture
def places() -> dict[str, Any]:
    """The document of a whole contract."""
    return copy.deepcopy(PLACES)


MakePack = Callable[..., Path]


@pytest.fixture
def make_pack(tmp_path: Path) -> MakePack:
    """Writes a pack into a project's `packs` folder: name, its contracts, its other files."""

    def make(
        name: str = "demo", *contracts: dict[str, Any], files: dict[str, str] | None = None, manifest: str = ""
    ) -> Path:
        folder = tmp_path / "project" / "packs" / name
        (folder / "registers").mkdir(parents=True)
        title = 'title = { kk = "а", ru = "б", en = "c" }'
        (folder / "pack.toml").write_text(
            f'pack = "{name}"\nversion = "1.0.0"\naltyn = ">=0.1,<1"\n{title}\n{manifest}', encoding="utf-8"
        )
        for document in contracts:
            path = folder / "registers" / f"{document['id'].split('.')[1]}.odcs.yaml"
            path.write_text(write_document(document), encoding="utf-8")
        for path, text in (files or {}).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        return folder

    return make
