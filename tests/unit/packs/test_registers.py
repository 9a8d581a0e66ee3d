"""Registers: what the schemas cannot say is refused here, fault by fault, with its place."""

from __future__ import annotations

from typing import Any

import pytest

from altyn.errors import AltynError
from altyn.model import Relationship
from altyn.model.registers import CONTENT_KEY, Register
from altyn.packs.registers import (
    key_faults,
    name_faults,
    named_column_faults,
    reference,
    register_of,
    relationship_faults,
    valid_of,
    valid_time_faults,
)

Document = dict[str, Any]


def built(document: Document) -> Register:
    return register_of(document, "0" * 64, "x")


def customs(document: Document) -> list[Document]:
    return document["schema"][0]["customProperties"]


def codes(faults: list[AltynError]) -> list[str]:
    return [fault.code for fault in faults]


@pytest.mark.parametrize(
    ("identity", "table", "count"),
    [("civil.births", "births", 0), ("births", "births", 1), ("civil.Births", "Births", 1), ("a.b.c", "c", 1),
     ("civil.births", "deaths", 1), ("civil.", "", 1), ("халық.births", "births", 1)],
)  # fmt: skip
def test_the_name_of_a_contract_is_pack_and_register(identity: str, table: str, count: int) -> None:
    assert codes(name_faults({"id": identity}, {"name": table}, "x")) == ["contract.invalid"] * count


@pytest.mark.parametrize(
    ("listed", "valid"),
    [(None, None), ([], None), ([None, "b"], None), (["a"], ("a", None)), (["a", "b"], ("a", "b"))],
)
def test_valid_time_has_a_beginning_and_may_have_an_end(listed: object, valid: object) -> None:
    assert valid_of({"altyn.time": {"valid": listed}}) == valid
    assert valid_of({}) is None


@pytest.mark.parametrize(
    ("end", "inclusive", "count"), [("valid_to", True, 1), ("valid_to", False, 0), ("last_day", True, 0)]
)
def test_a_last_day_does_not_take_the_name_of_the_first_that_no_longer_counts(
    *,
    end: str,
    inclusive: bool,
    count: int,
) -> None:
    assert len(valid_time_faults({"altyn.time": {"valid": ["a", end], "inclusive": inclusive}}, "x")) == count


def test_a_key_or_the_word_that_there_is_none_and_not_both() -> None:
    key: list[Any] = [{"name": "a", "primaryKey": True}]

    assert key_faults(key, {}, "x") == key_faults([{"name": "a"}], {"altyn.key": "none"}, "x") == []
    assert codes(key_faults([{"name": "a"}], {}, "x")) == ["contract.invalid"]
    assert "a" in key_faults(key, {"altyn.key": "none"}, "x")[0].what.text("en")


def test_the_parts_of_a_key_stand_in_the_order_they_are_numbered_in(places: Document) -> None:
    code, parent, *_ = places["schema"][0]["properties"]
    code["primaryKeyPosition"] = 2
    parent |= {"primaryKey": True, "primaryKeyPosition": 1}

    assert built(places).key == ("parent_code", "code")


@pytest.mark.parametrize(("everything_public", "sensitivity"), [(True, "public"), (False, "internal")])
def test_a_record_without_a_key_is_its_content_and_as_secret_as_that(
    places: Document,
    *,
    everything_public: bool,
    sensitivity: str,
) -> None:
    del places["schema"][0]["properties"][0]["primaryKey"]
    customs(places).append({"property": "altyn.key", "value": "none"})
    if everything_public:
        for item in places["schema"][0]["properties"]:
            item["classification"] = "public"
    register = built(places)

    assert (register.key, register.is_keyless) == ((CONTENT_KEY,), True)
    assert register.column(CONTENT_KEY).sensitivity == sensitivity


@pytest.mark.parametrize("said", ["no", "true", 1, None, False])
def test_nothing_but_true_opens_a_register(places: Document, said: object) -> None:
    next(p for p in customs(places) if p["property"] == "altyn.disclosure")["value"]["open"] = said

    assert not built(places).is_open


@pytest.mark.parametrize(
    ("given", "share", "rows"), [(None, 0.05, 20), (0.5, 0.5, 20), ({"share": 0.2}, 0.2, 20), ({"rows": 3}, 0.05, 3)]
)
def test_a_budget_of_errors_is_a_share_or_a_share_and_rows(
    places: Document, given: object, share: float, rows: int
) -> None:
    if given is not None:
        customs(places).append({"property": "altyn.errorBudget", "value": given})
    register = built(places)

    assert (register.error_budget, register.error_rows) == (share, rows)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("births.code", ("civil.births", "code")),
        ("tax.births.code", ("tax.births", "code")),
        ("/schema/births/properties/code", ("civil.births", "code")),
        ("../../tax/registers/births.odcs.yaml#/schema/births/properties/code", ("tax.births", "code")),
        ("../registers/births.odcs.yaml#schema/births/properties/code", ("civil.births", "code")),
    ],
)
def test_a_reference_is_read_in_every_spelling(text: str, found: tuple[str, str]) -> None:
    assert reference(text, "civil", "x") == found


@pytest.mark.parametrize("text", ["code", "", "a.b.c.d", "births#code"])
def test_a_reference_that_is_none_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(AltynError) as caught:
        reference(text, "civil", "x, 4")
    assert caught.value.where == "x, 4"


def test_a_relationship_of_several_columns_joins_one_register(places: Document) -> None:
    schema = places["schema"][0]
    schema["relationships"] = [{"from": ["code", "places.parent_code"], "to": ["towns.a", "towns.b"]}]
    assert built(places).relationships == (Relationship(("code", "parent_code"), "demo.towns", ("a", "b")),)

    schema["relationships"] = [
        {"from": ["code"], "to": ["towns.a", "towns.b"]},
        {"from": ["code", "area"], "to": ["towns.a", "areas.b"]},
        {"from": "code", "to": "nonsense"},
    ]
    assert codes(relationship_faults(schema, "demo", "x")) == ["contract.invalid"] * 3


def test_columns_that_are_named_and_not_there_are_all_told(places: Document) -> None:
    schema = places["schema"][0]
    schema["relationships"] = [{"from": "gone", "to": "towns.a"}]
    profile = {
        "altyn.time": {"valid": ["since", "area"]},
        "altyn.entity": {"place": "nobody"},
        "altyn.hierarchy": {"code": "code", "parent": "father"},
        "altyn.seriesBreaks": [{"column": "year", "value": 2020, "from": "x"}],
    }
    columns = {c.name: c for c in built(places | {"schema": [{**schema, "relationships": []}]}).columns}
    faults = named_column_faults(schema, columns, profile, "x")

    told = " ".join(f.what.text("en") for f in faults)
    assert all(name in told for name in ("since", "nobody", "father", "year", "gone"))
    assert "area carries valid time and is not a date" in told
    assert len(faults) == 6


def test_a_column_that_stands_twice_is_told_with_its_place(places: Document) -> None:
    schema = places["schema"][0]
    schema["properties"].append(dict(schema["properties"][0]))

    (fault,) = named_column_faults(schema, {"code": None}, {}, "x")
    assert fault.where == "x, schema[0].properties[4]"
