"""Everything wrong with a contract comes at once, and one wrong field makes nothing else look wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from altyn.packs.contract_faults import all_faults
from altyn.packs.contracts import collect_contract
from tests.unit.packs.test_contracts import BAD

Document = dict[str, Any]

# Faults of every stage; whether `area` is a date cannot be told while its type is wrong.
MANY = """\
apiVersion: v3.1.0
kind: DataContract
id: demo.places
version: "1.0.0"
status: active
descripton: {purpose: Places}
schema:
  - name: place
    customProperties:
      - {property: altyn.entity, value: {place: kode}}
      - {property: altyn.disclosur, value: {open: true}}
      - property: altyn.time
        value: {valid: [area, null]}
    quality:
      - {type: sql, query: SELECT 1}
    properties:
      - name: code
        logicalType: strng
        primaryKey: true
      - name: Note
        logicalType: string
        classification: secret
      - name: recorded_at
        logicalType: string
      - name: area
        logicalType: number
        physicalType: DECIMAL(60,3)
        requird: true
      - name: born
        logicalType: date
        logicalTypeOptions: {format: ddd}
      - name: born
        logicalType: string
        relationships:
          - {to: a/b}
"""


def test_every_fault_of_every_stage_is_told_with_its_path_and_its_line(tmp_path: Path) -> None:
    path = tmp_path / "places.odcs.yaml"
    path.write_text(MANY, encoding="utf-8")

    contract, faults = collect_contract(path, "demo/registers/places.odcs.yaml")

    assert contract is None
    found = {fault.where.removeprefix("demo/registers/places.odcs.yaml, line ") for fault in faults}
    assert found == {
        "6, descripton",
        "8, schema[0].name",
        "10, altyn.entity",
        "11, schema[0].customProperties, altyn.disclosur",
        "15, schema[0].quality[0]",
        "18, schema[0].properties[0].logicalType",
        "20, schema[0].properties[1]",
        "23, schema[0].properties[2]",
        "25, schema[0].properties[3]",
        "28, schema[0].properties[3].requird",
        "31, schema[0].properties[4], logicalTypeOptions.format",
        "32, schema[0].properties[5]",
        "35, schema[0].properties[5].relationships[0]",
    }
    told = [str(fault.what) for fault in faults if ".properties[1]" in fault.where]
    assert len(told) == 2, "the name and the classification of one column are two faults"


def test_two_faults_are_both_told_unless_one_takes_the_place_of_the_other(places: Document) -> None:
    alone = dict[str, list[tuple[str, str]]]()
    for name, (_, _, bend) in BAD.items():
        bent = _copy(places)
        bend(bent)
        alone[name] = [(f.code, str(f.what)) for f in all_faults(bent, "x")]
        assert alone[name]
    # What is wrong with the whole document leaves nothing to judge.
    parts = [name for name in BAD if name not in {"old version", "next version", "two registers", "no register"}]
    lost = dict[tuple[str, str], list[tuple[str, str]]]()
    for name, other in itertools.combinations(parts, 2):
        both = _copy(places)
        if _same_place(name, other) or not _both(both, BAD[name][2], BAD[other][2]):
            continue
        found = [(f.code, str(f.what)) for f in all_faults(both, "x")]
        if missing := [fault for fault in (*alone[name], *alone[other]) if fault not in found]:
            lost[name, other] = missing

    assert lost == {}


def _same_place(name: str, other: str) -> bool:
    names = {"id without pack", "other name"}  # what is compared with the other is not there to compare
    renames = {"reserved name", "valid time nobody declared", "column twice", "upper case"}
    profile = {"profile misspelt", "profile of the wrong kind"}
    checks = {"check without comparison", "check with two sides"}
    return any({name, other} <= group for group in (names, renames, profile, checks))


def _both(document: Document, first: Callable[[Document], object], second: Callable[[Document], object]) -> bool:
    first(document)
    try:
        second(document)
    except (KeyError, IndexError):
        return False  # the second bends what the first took away
    return True


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(schema={"name": "places"}),
        lambda d: d.update(schema=["places"]),
        lambda d: d["schema"][0].update(properties="code"),
        lambda d: d["schema"][0]["properties"].append("code"),
        lambda d: d["schema"][0].update(customProperties={"altyn.key": "none"}),
        lambda d: d["schema"][0]["properties"][0].update(customProperties="x", quality="x", relationships="x"),
        lambda d: d["schema"][0]["properties"][0].pop("name"),
        lambda d: d["schema"][0]["properties"][0].update(name=7),
        lambda d: d.update(id=None, version=7),
        lambda d: d["schema"][0].update(name=None),
        lambda d: d["schema"][0].update(relationships=[{"from": "code"}, "x"]),
        lambda d: d["schema"][0]["properties"][0].update(relationships=[{"to": 7}, {}]),
        lambda d: d["schema"][0]["customProperties"][1].update(value=["code"]),
    ],
)  # fmt: skip
def test_a_document_of_another_shape_has_faults_and_breaks_nothing(
    places: Document, change: Callable[[Document], object]
) -> None:
    change(places)

    assert all_faults(places, "x")
