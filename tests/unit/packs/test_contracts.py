"""A contract becomes a register exactly as the spine's table says, or is refused with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from altyn.errors import AltynError
from altyn.model import Check, Derivation, Relationship
from altyn.packs.contracts import contract_of, parse_contract, read_contract, write_contract

Document = dict[str, Any]


def refused(document: Document) -> AltynError:
    with pytest.raises(AltynError) as caught:
        contract_of(document, "x.odcs.yaml")
    return caught.value


def test_everything_the_spine_maps_arrives(places: Document) -> None:
    register = contract_of(places, "x").register
    code, parent, area, note = register.columns

    assert (register.name, register.key, register.entity) == ("demo.places", ("code",), ("place", "code"))
    assert (register.is_open, register.data_kind) == (True, "stated")
    assert register.lawful_basis == (
        {"act.en": "Act on places", "inForce": "true"},
        {"url": "https://example.org/act"},
    )
    assert register.service_levels == {"frequency": "1 y"}
    assert (code.header, code.required, code.checks) == ("te", True, (Check("pattern", "^[0-9]{9}$"),))
    assert parent.derivation == Derivation("hierarchy")
    assert (area.type.name, area.checks) == ("decimal(12,3)", (Check("minimum", 0),))
    assert [(r.name, r.severity) for r in register.row_rules] == [("area_below", "refuse"), ("area_small", "finding")]
    assert [(c.name, c.lowest, c.severity) for c in register.table_checks] == [
        ("many", 1, "refuse"),
        ("area_nullValues_0", None, "finding"),
    ]
    assert register.table_checks[0].sql == 'SELECT count(*) FROM "places"'
    assert note.sensitivity == "internal", "what nobody classified is not public"


@pytest.mark.parametrize(
    ("written", "register", "column"),
    [
        ("regions.code", "demo.regions", "code"),
        ("../../geo/registers/regions.odcs.yaml#/schema/regions/properties/code", "geo.regions", "code"),
        ("regions.odcs.yaml#/schema/regions/properties/code", "demo.regions", "code"),
    ],
)
def test_a_relationship_is_read_in_each_spelling(places: Document, written: str, register: str, column: str) -> None:
    places["schema"][0]["properties"][0]["relationships"] = [{"to": written}]

    assert contract_of(places, "x").register.relationships == (Relationship(("code",), register, (column,)),)


def test_a_pack_may_be_named_from_version_3_2_on(places: Document) -> None:
    places["schema"][0]["properties"][0]["relationships"] = [{"to": "geo.regions.code"}]

    assert "v3.2.0" in str(refused(places).mend)
    places["apiVersion"] = "v3.2.0"
    assert contract_of(places, "x").register.parents() == ("geo.regions",)


@pytest.mark.parametrize("version", ["v3.0.0", "v3.0.2", "v3.1.0", "v3.2.0", "v3.1.7"])
def test_versions_3_0_to_3_2_are_read(places: Document, version: str) -> None:
    places["apiVersion"] = version
    if version.startswith("v3.0"):
        # There an open bound was a flag beside the bound.
        places["schema"][0]["properties"][2]["logicalTypeOptions"] = {"maximum": 50, "exclusiveMaximum": True}
        places["schema"][0]["properties"][2]["quality"] = [{"rule": "nullCheck", "mustBe": 0}]

    register = contract_of(places, "x").register

    assert register.row_rules[0].sql == '"area" < 50'


BAD: dict[str, tuple[str, str, Callable[[Document], object]]] = {
    "unknown field": ("contract.field-unknown", "description", lambda d: d.update(descripton={})),
    "unknown field deep down": (
        "contract.field-unknown",
        "required",
        lambda d: d["schema"][0]["properties"][0].update(requird=True),
    ),
    "unknown type": (
        "contract.invalid",
        "schema[0].properties[0].logicalType",
        lambda d: d["schema"][0]["properties"][0].update(logicalType="strng"),
    ),
    "old version": ("contract.version", "apiVersion", lambda d: d.update(apiVersion="v2.2.0")),
    "next version": ("contract.version", "apiVersion", lambda d: d.update(apiVersion="v4.0.0")),
    "two registers": ("contract.invalid", "schema", lambda d: d.update(schema=d["schema"] * 2)),
    "no register": ("contract.invalid", "schema", lambda d: d.pop("schema")),
    "id without pack": ("contract.invalid", "id", lambda d: d.update(id="places")),
    "other name": ("contract.invalid", "schema[0].name", lambda d: d["schema"][0].update(name="place")),
    "no key": ("contract.invalid", "primaryKey", lambda d: d["schema"][0]["properties"][0].pop("primaryKey")),
    "reserved name": (
        "contract.name-reserved",
        "properties[3]",
        lambda d: d["schema"][0]["properties"][3].update(name="recorded_at"),
    ),
    "valid time nobody declared": (
        "contract.name-reserved",
        "properties[3]",
        lambda d: d["schema"][0]["properties"][3].update(name="valid_from"),
    ),
    "column twice": (
        "contract.invalid",
        "area",
        lambda d: d["schema"][0]["properties"][3].update(name="area"),
    ),
    "upper case": ("contract.invalid", "properties[3]", lambda d: d["schema"][0]["properties"][3].update(name="Note")),
    "classification": (
        "contract.invalid",
        "restricted",
        lambda d: d["schema"][0]["properties"][3].update(classification="secret"),
    ),
    "profile misspelt": (
        "contract.profile",
        "altyn.disclosure",
        lambda d: d["schema"][0]["customProperties"][2].update(property="altyn.disclosur"),
    ),
    "profile of the wrong kind": (
        "contract.profile",
        "altyn.disclosure.open",
        lambda d: d["schema"][0]["customProperties"][2].update(value={"open": "yes"}),
    ),
    "profile names no column": (
        "contract.profile",
        "altyn.entity",
        lambda d: d["schema"][0]["customProperties"][1].update(value={"place": "kode"}),
    ),
    "check without comparison": (
        "contract.invalid",
        "quality[0]",
        lambda d: d["schema"][0]["quality"][0].pop("mustBeBetween"),
    ),
    "check with two sides": (
        "contract.invalid",
        "quality[0]",
        lambda d: d["schema"][0].update(quality=[{"type": "sql", "query": "SELECT 1", "mustNotBe": 3}]),
    ),
    "decimal too wide": (
        "contract.invalid",
        "properties[2]",
        lambda d: d["schema"][0]["properties"][2].update(physicalType="DECIMAL(60,3)"),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_contract_is_refused_with_its_place_and_a_way_out(places: Document, name: str) -> None:
    code, told, break_it = BAD[name]
    break_it(places)

    error = refused(places)

    assert error.code == code
    assert told in str(error)
    assert error.where.startswith("x.odcs.yaml")
    assert str(error.mend)


SERVER: Document = {"server": "x", "type": "postgres", "host": "h", "port": 1, "database": "d", "schema": "s"}
SECRET = "hunter2-Иә"


@pytest.mark.parametrize(
    "more",
    [
        {"password": SECRET},
        {"customProperties": [{"property": "dbPassword", "value": SECRET}]},
        {"description": f"postgresql://me:{SECRET}@h/d"},
        {"roles": [{"role": f"host=h password={SECRET}"}]},
    ],
)
def test_a_literal_secret_is_refused_and_never_printed(places: Document, more: Document) -> None:
    places["servers"] = [{**SERVER, **more}]

    error = refused(places)

    assert error.code == "project.secret"
    assert SECRET not in str(error)
    assert not any(SECRET in str(part) for part in error.parts("kk").values())


def test_a_reference_to_a_secret_may_stand(places: Document) -> None:
    places["servers"] = [{**SERVER, "customProperties": [{"property": "password", "value": "env:DB_PASSWORD"}]}]
    assert contract_of(places, "x").register.name == "demo.places"


def test_yaml_1_1_changes_no_text() -> None:
    text = """
apiVersion: v3.1.0
kind: DataContract
id: demo.a
version: 1.10
status: active
contractCreatedTs: 2024-01-01T00:00:00Z
schema: [{name: a, properties: [{name: no, logicalType: string, primaryKey: true, examples: [NO, on, 010, 12:30, 2024-01-01, 1_000]}]}]
"""
    with pytest.raises(AltynError) as caught:
        parse_contract(text, "a")
    assert caught.value.where.endswith("version"), "a version that lost its last digit is refused, not guessed"

    document = parse_contract(text.replace("1.10", '"1.10"'), "a").document
    assert document["schema"][0]["properties"][0]["examples"] == ["NO", "on", "010", "12:30", "2024-01-01", "1_000"]


@pytest.mark.parametrize(
    "text",
    [
        "a: [1",
        "a: !!python/object/apply:os.system [ls]",
        "a: 1\na: 2",
        "- 1",
        "a: &x [*x]",
        "? [1]\n: 2",
        "a: 1e999",
        "[" * 5000,
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(8)),
    ],
    ids=["open", "python", "twice", "list", "itself", "key", "infinite", "deep", "bomb"],
)
def test_dangerous_or_broken_yaml_is_refused(text: str) -> None:
    with pytest.raises(AltynError) as caught:
        parse_contract(text, "x")
    assert caught.value.code == "contract.yaml"


def test_reading_and_writing_a_file_loses_nothing(places: Document, tmp_path: Path) -> None:
    places["team"] = {"name": "Registry", "members": [{"username": "a", "role": "owner"}]}
    path = tmp_path / "places.odcs.yaml"
    path.write_text(write_contract(contract_of(places, "x")), encoding="utf-8")

    contract = read_contract(path)

    assert contract.document == places
    assert contract.sha256 == contract_of(places, "x").sha256


def test_a_missing_file_and_one_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "x.odcs.yaml"
    with pytest.raises(AltynError) as caught:
        read_contract(path)
    assert caught.value.code == "contract.missing"
    path.write_bytes("Қала".encode("utf-16"))
    with pytest.raises(AltynError) as caught:
        read_contract(path)
    assert caught.value.code == "contract.yaml"
