"""Properties: a property of a contract as a column, and what its `quality` asks of a new extract."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.errors import AltynError
from altyn.model import Check, Derivation
from altyn.packs.properties import column_faults, column_of, column_type, option_rules, table_checks

Item = dict[str, Any]


def column(item: Item, *, parent: str | None = None, valid: tuple[str | None, ...] = ()) -> Any:
    return column_of(
        {"name": "x", "logicalType": "string", **item}, "here", hierarchy_parent=parent, valid=valid, form={}
    )


def profile(**more: Any) -> Item:
    return {"customProperties": [{"property": f"altyn.{k}", "value": v} for k, v in more.items()]}


@pytest.mark.parametrize(
    ("logical", "physical", "name"),
    [
        ("number", None, "decimal(18,6)"),
        ("number", "DECIMAL(12, 3)", "decimal(12,3)"),
        ("number", "numeric(5)", "decimal(5,0)"),
        ("number", "Double  Precision", "double"),
        (None, "real", "double"),
        (None, "varchar(20)", "text"),
        (None, None, "text"),
        (None, "BIGINT", "integer"),
        (None, "timestamp with time zone", "timestamp"),
        ("date", "TIMESTAMP", "timestamp"),
        ("date", "date", "date"),
        ("time", None, "text"),
        ("array", "json", "json"),
        ("integer", "whatever", "integer"),
    ],
)
def test_the_logical_type_is_made_precise_by_the_physical_one(
    logical: str | None, physical: str | None, name: str
) -> None:
    item = {k: v for k, v in (("logicalType", logical), ("physicalType", physical)) if v}

    assert column_type(item, "here").name == name


@pytest.mark.parametrize(
    "item", [{"physicalType": "geography"}, {"logicalType": "number", "physicalType": "decimal(99,2)"}]
)
def test_a_type_nobody_can_keep_is_refused_with_its_place(item: Item) -> None:
    with pytest.raises(AltynError) as caught:
        column_type(item, "a.yaml, 3")

    assert (caught.value.code, caught.value.where) == ("contract.invalid", "a.yaml, 3")


@pytest.mark.parametrize("name", ["Код", "1st", "a-b", "", "A"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(AltynError, match=r"contract\.invalid"):
        column({"name": name})


def test_names_of_our_own_are_kept_for_us_but_for_those_of_valid_time() -> None:
    for name in ("batch", "valid_from"):
        with pytest.raises(AltynError, match=r"contract\.name-reserved"):
            column({"name": name})

    assert column({"name": "valid_from"}, valid=("valid_from", None)).name == "valid_from"


def test_a_column_that_nobody_classified_is_internal_and_an_unknown_class_is_refused() -> None:
    assert column({}).sensitivity == "internal"
    with pytest.raises(AltynError) as caught:
        column({"classification": "Public"})
    assert "public, internal, confidential, restricted" in caught.value.mend.text("en")


def test_what_a_key_is_made_of_may_not_be_missing() -> None:
    assert column({"primaryKey": True}).required
    assert not column({}).required


@pytest.mark.parametrize(
    ("item", "checks"),
    [
        ({"logicalTypeOptions": {"pattern": "^a", "minimum": 0, "maxLength": 3}},
         {Check("pattern", "^a"), Check("minimum", 0), Check("max-length", 3)}),
        ({"enum": [{"value": True}, {"value": 2}]}, {Check("enum", ("true", "2"))}),
        ({"quality": [{"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["м"], "pattern": "^."}}]},
         {Check("enum", ("м",)), Check("pattern", "^.")}),
        ({"quality": [{"metric": "invalidValues", "mustBe": 0, "severity": "warning", "arguments": {"validValues": ["м"]}}]}, set[Check]()),
        ({"quality": [{"metric": "invalidValues", "mustBe": 5, "arguments": {"validValues": ["м"]}}]}, set[Check]()),
        (profile(codeList="sex", identifier="iin"), {Check("code-list", "sex"), Check("identifier", "iin")}),
    ],
)  # fmt: skip
def test_what_each_value_must_be(item: Item, checks: set[Check]) -> None:
    assert set(column(item).checks) == checks


@pytest.mark.parametrize(
    ("text", "is_time"), [("23:59", True), ("00:00:00.5", True), ("24:00", False), ("9:30", False)]
)
def test_a_time_of_day_is_a_text_of_one_pattern(text: str, is_time: bool) -> None:  # noqa: FBT001
    import re

    (check,) = column({"logicalType": "time"}).checks

    assert bool(re.search(str(check.argument), text)) == is_time


@pytest.mark.parametrize(
    ("item", "parent", "derivation"),
    [
        (profile(constant=True), None, Derivation("constant", "true")),
        (profile(constant=7), None, Derivation("constant", "7")),
        (profile(lookup={"from": "y", "list": "l"}), None, Derivation("lookup", ("y", "l"))),
        ({}, "x", Derivation("hierarchy")),
        ({}, "other", None),
    ],
)
def test_what_altyn_fills_itself(item: Item, parent: str | None, derivation: Derivation | None) -> None:
    assert column(item, parent=parent).derivation == derivation


def test_every_fault_of_a_property_is_told_and_not_the_first_alone() -> None:
    item = {"name": "Код", "classification": "secret", "physicalType": "geography"}

    assert len(column_faults(item, "here", valid=(), is_typed=True)) == 3
    assert len(column_faults(item, "here", valid=(), is_typed=False)) == 2
    assert column_faults({"name": "x"}, "here", valid=(), is_typed=True) == []


@pytest.mark.parametrize(
    ("options", "kind", "rules"),
    [
        ({"exclusiveMinimum": 0}, "integer", {"x_above": '"x" > 0'}),
        ({"exclusiveMaximum": True, "maximum": 9}, "decimal", {"x_below": '"x" < 9'}),
        ({"exclusiveMaximum": False, "maximum": 9}, "decimal", {}),
        ({"exclusiveMinimum": "2020-01-01"}, "date", {"x_above": "\"x\" > DATE '2020-01-01'"}),
        ({"multipleOf": 5}, "integer", {"x_multiple": '"x" % 5 = 0'}),
        ({}, "text", {}),
    ],
)
def test_open_bounds_and_multiples_are_rules_of_rows(options: Item, kind: Any, rules: dict[str, str]) -> None:
    found = option_rules({"name": "x", "logicalTypeOptions": options}, kind)

    assert {r.name: r.sql for r in found} == rules


@pytest.mark.parametrize(
    ("item", "name", "sql"),
    [
        ({"metric": "rowCount"}, None, 'SELECT count(*) FROM "t"'),
        ({"metric": "nullValues"}, "c", 'SELECT count(*) FROM "t" WHERE "c" IS NULL'),
        ({"rule": "nullCheck"}, "c", 'SELECT count(*) FROM "t" WHERE "c" IS NULL'),
        ({"metric": "missingValues", "arguments": {"missingValues": [None, "о'й"]}}, "c",
         "SELECT count(*) FROM \"t\" WHERE \"c\" IS NULL OR CAST(\"c\" AS VARCHAR) IN ('о''й')"),
        ({"metric": "duplicateValues", "arguments": {"properties": ["a", "b"]}}, None,
         'SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM "t" GROUP BY "a", "b")'),
        ({"metric": "invalidValues", "severity": "info", "arguments": {"validValues": [True]}}, "c",
         "SELECT count(*) FROM \"t\" WHERE CAST(\"c\" AS VARCHAR) NOT IN ('true')"),
        ({"type": "sql", "query": "SELECT count(*) FROM ${table} WHERE ${column} = 1"}, "c",
         'SELECT count(*) FROM "t" WHERE "c" = 1'),
        ({"type": "sql", "query": "SELECT max(n) FROM {schema}"}, None, 'SELECT max(n) FROM "t"'),
    ],
)  # fmt: skip
def test_a_metric_as_a_question(item: Item, name: str | None, sql: str) -> None:
    (check,) = table_checks([{**item, "mustBe": 0}], "t", name, "here")

    assert check.sql == sql
    assert check.severity == ("finding" if item.get("severity") else "refuse")


def test_a_share_of_nothing_is_nought() -> None:
    (check,) = table_checks([{"metric": "nullValues", "unit": "percent", "mustBeLessThan": 10}], "t", "c", "here")

    from altyn.engines.duckdb import Session

    session = Session(memory_mb=128, threads=1)
    session.run("CREATE TABLE t (c VARCHAR)")
    assert session.one(check.sql)[0] == 0
    session.run("INSERT INTO t VALUES ('Ә'), (NULL), (NULL), (NULL)")
    assert session.one(check.sql)[0] == 75


@pytest.mark.parametrize("item", [{"type": "text", "description": "x"}, {"type": "custom"}, {"type": "library"}])
def test_what_is_for_people_and_other_tools_is_no_check(item: Item) -> None:
    assert table_checks([item], "t", None, "here") == []


@pytest.mark.parametrize(
    "item",
    [
        {"metric": "freshness", "mustBe": 0},
        {"metric": "nullValues", "mustBe": 0},
        {"metric": "rowCount"},
        {"metric": "rowCount", "mustBe": "1"},
        {"metric": "rowCount", "mustBe": True},
        {"metric": "rowCount", "mustNotBe": 1},
        {"metric": "rowCount", "mustBeBetween": [1, None]},
    ],
)
def test_a_check_that_compares_with_no_range_is_refused_and_the_others_are_still_looked_at(item: Item) -> None:
    with pytest.raises(AltynError, match=r"contract\.invalid") as caught:
        table_checks([item], "t", None, "here")
    assert caught.value.where == "here.quality[0]"

    faults: list[AltynError] = []
    assert len(table_checks([item, {"metric": "rowCount", "mustBe": 1}], "t", None, "here", faults)) == 1
    assert len(faults) == 1


@given(st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_a_comparison_is_one_range_with_its_bounds(bound: int, value: int) -> None:
    holds = {
        "mustBe": value == bound,
        "mustBeGreaterThan": value > bound,
        "mustBeGreaterOrEqualTo": value >= bound,
        "mustBeLessThan": value < bound,
        "mustBeLessOrEqualTo": value <= bound,
    }
    for comparison, expected in holds.items():
        (check,) = table_checks([{"metric": "rowCount", comparison: bound}], "t", None, "here")
        lowest = -math.inf if check.lowest is None else check.lowest
        highest = math.inf if check.highest is None else check.highest
        assert (lowest <= value <= highest) == expected, comparison
