"""Reading and writing a contract loses no field, for documents that the standard's own JSON schemas can describe.

The strategy is built from those schemas: every field they name, with values of the kind they ask for, and free values
where they ask for none. It does not follow their conditions: what it makes is wider than the standard, which is harder.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altyn.packs.contracts import contract_of, document_hash, parse_contract, write_contract, write_document
from altyn.packs.documents import load_yaml, odcs_faults, schema_text
from altyn.packs.secrets import secret_places

VERSIONS = ("3.0.2", "3.1.0", "3.2.0")
# What YAML 1.1 readers take for something else, beside anything at all.
TRAPS = st.sampled_from(
    ["NO", "on", "~", "null", "010", "0x1f", "1_000", "12:30", "2024-01-01", "1e5", "1.", ".5", "-", "? a", "a: b", "#", "'", '"',
     "%", "@", "*a", "&a", "!a", "|", ">", "{}", "[]", "<<", "=", "---", "...", "\t", " a", "a ", "\n", "a\n", "a\n\nb", "\x85",
     "\u2028", "\ufeff", "\x00", "\x7f", "қ\nң", "Ә ", "😀", "a\\n", "true", "Yes", "+1", "1e400", ".inf", ".nan"]
)  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | TRAPS
NUMBER = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
SCALAR = st.none() | st.booleans() | NUMBER | TEXT
ANYTHING = st.recursive(SCALAR, lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXT, v, max_size=3), max_leaves=5)


@functools.cache
def documents(version: str) -> st.SearchStrategy[Any]:
    """Documents with the fields that the standard's schema of one version names."""
    root = schema_text(f"odcs-{version}.schema.json")
    return _values(root, root["$defs"], 0)


def _fields(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an object, with those of what it refers to and is made of."""
    fields: dict[str, Any] = {}
    for part in [*schema.get("allOf", []), *([schema["then"]] if "then" in schema else [])]:
        fields |= _fields(part, definitions)
    reference = schema.get("$ref", "")
    if reference.startswith("#/$defs/"):
        target: Any = definitions
        for name in reference.removeprefix("#/$defs/").split("/"):
            target = target[name]
        fields |= _fields(target, definitions)
    return fields | schema.get("properties", {})


def _values(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    reference = schema.get("$ref", "").removeprefix("#/$defs/")
    target = definitions.get(reference, {})
    fields = _fields(schema, definitions)
    if fields and depth < 5:
        # A few fields each time: all of them at once is a document nobody can read when it fails.
        return st.lists(st.sampled_from(sorted(fields)), max_size=5, unique=True).flatmap(
            lambda names: st.fixed_dictionaries({n: _values(fields[n], definitions, depth + 1) for n in names})
        )
    kind = schema.get("type") or target.get("type")
    items = schema.get("items") or target.get("items")
    if kind == "array" and items and depth < 5:
        return st.lists(_values(items, definitions, depth + 1), max_size=2)
    return {"string": TEXT, "boolean": st.booleans(), "integer": st.integers(), "number": NUMBER}.get(
        str(kind), ANYTHING
    )


BASE: dict[str, Any] = {
    "kind": "DataContract",
    "id": "demo.places",
    "version": "1.0.0",
    "status": "active",
    "schema": [{"name": "places", "properties": [{"name": "code", "logicalType": "string", "primaryKey": True}]}],
}


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_document_survives_yaml(version: str, data: st.DataObject) -> None:
    """Read -> write -> read gives the same document, and any YAML 1.1 reader sees the same texts."""
    document = data.draw(documents(version))

    text = write_document(document)

    again: Any = load_yaml(text, "x")
    assert document_hash(again) == document_hash(document)
    assert write_document(again) == text
    assert json.dumps(yaml.safe_load(text), sort_keys=True) == json.dumps(document, sort_keys=True)


@pytest.mark.parametrize("version", VERSIONS)
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_a_contract_keeps_what_altyn_does_not_use(version: str, data: st.DataObject) -> None:
    """Fields that the standard allows and Altyn does not read come back from the file as they went in."""
    document = {"apiVersion": f"v{version}", **copy.deepcopy(BASE)}
    for name, value in data.draw(documents(version)).items():
        fuller = document if name in document else {**document, name: value}
        if not odcs_faults(fuller, "x") and not list(secret_places(fuller)):
            document = fuller

    contract = contract_of(document, "x")

    again = parse_contract(write_contract(contract), "x")
    assert document_hash(again.document) == document_hash(document)
    assert again.register == contract.register


@given(value=ANYTHING)
def test_any_value_may_stand_in_a_custom_property(value: object) -> None:
    """Properties of other profiles are kept, whatever they hold."""
    document = {"apiVersion": "v3.1.0", **BASE, "customProperties": [{"property": "other.x", "value": value}]}
    if list(secret_places(document, keys=False)):
        return

    assert document_hash(parse_contract(write_document(document), "x").document) == document_hash(document)
