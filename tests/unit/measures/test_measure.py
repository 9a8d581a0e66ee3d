"""A measure is read from TOML, becomes a relation, and opens to its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from altyn.errors import AltynError
from altyn.measures import Measure, Pyramid, load_measure
from altyn.model import Column, ColumnType, Input, Register

TEXT = """
measure = "people"
version = "1.0.0"
title = { kk = "Халық", ru = "Население", en = "Population" }
definition = { kk = "а", ru = "б", en = "People on 1 January" }
unit = "persons"
unit_label = { en = "people" }
grain = "one row per region and year"
owner = { en = "Bureau" }
source = { en = "Register" }
synonyms = { ru = ["жители"], en = ["inhabitants", "residents"] }
inputs = ["geo.population", "regions"]
rows = "SELECT p.region, p.year, p.count FROM population AS p JOIN regions AS r ON r.code = p.region"
value = "sum(count)"
type = "integer"
time = "year"
dimensions = [{ column = "region", label = { en = "Region" }, codes = "regions" }]
"""


def load(tmp_path: Path, text: str = TEXT) -> Measure:
    path = tmp_path / "people.toml"
    path.write_text(text, encoding="utf-8")
    return load_measure(path, "demo")


def test_the_relation_counts_the_rows_of_each_group(tmp_path: Path) -> None:
    register = Register(
        "geo.population",
        "1",
        (Column("region", ColumnType("text")), Column("year", ColumnType("integer"))),
        ("region",),
        "hash",
    )
    measure = load(tmp_path)

    relation = measure.relation({"geo.population": register})

    assert measure.inputs == ("demo.regions", "geo.population")
    assert relation.inputs == {"population": Input("geo.population"), "regions": Input("demo.regions")}
    assert [(c.name, c.type.name) for c in relation.columns] == [
        ("region", "text"),
        ("year", "integer"),
        ("value", "integer"),
        ("n", "integer"),
    ]
    assert relation.sql.endswith('GROUP BY "region", "year"')
    assert "CAST(SUM(count) AS BIGINT) AS value" in relation.sql


def test_a_number_opens_to_its_rows_by_bound_values(tmp_path: Path) -> None:
    relation = load(tmp_path).rows_relation(region="71'; drop", year=None)

    assert relation.parameters == {"d_region": "71'; drop"}
    assert "drop" not in relation.sql
    assert '"year" IS NULL' in relation.sql
    with pytest.raises(AltynError) as caught:
        load(tmp_path).rows_relation(sex="f")
    assert caught.value.code == "measure.missing"


def test_a_total_has_no_groups(tmp_path: Path) -> None:
    text = TEXT.replace('time = "year"\n', "").replace("dimensions =", "dimensions = [] #")
    assert "GROUP BY" not in load(tmp_path, text).relation().sql


def test_the_fingerprint_follows_the_numbers_not_the_words(tmp_path: Path) -> None:
    before = load(tmp_path).fingerprint

    assert load(tmp_path, TEXT.replace("Population", "Inhabitants")).fingerprint == before
    assert load(tmp_path, TEXT.replace("sum(count)", "max(count)")).fingerprint != before


def test_inputs_may_be_renamed(tmp_path: Path) -> None:
    text = TEXT.replace('["geo.population", "regions"]', '{ population = "geo.people", regions = "geo.regions" }')
    assert load(tmp_path, text).relation().inputs["population"] == Input("geo.people")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("synonyms", "synonims", "synonyms"),
        ('unit = "persons"', "", "unit"),
        ('"integer"', '"int128"', "type"),
        ("inputs = [", "inputs = [3, ", "inputs"),
        ("{ column = ", "{ kolumn = ", "column"),
        ('column = "region"', 'column = "value"', "value"),
        ("measure = ", "measure = [", "TOML"),
        ('"people"', '"persons"', "persons.toml"),
        ('unit = "persons"', "unit = 3", "unit"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(AltynError) as caught:
        load(tmp_path, TEXT.replace(old, new))
    assert caught.value.code == "measure.invalid"
    assert told in str(caught.value)


def test_rows_may_read_only_what_inputs_name(tmp_path: Path) -> None:
    with pytest.raises(AltynError) as caught:
        load(tmp_path, TEXT.replace("JOIN regions", "JOIN secrets")).relation()
    assert caught.value.code == "measure.invalid"
    assert "secrets" in str(caught.value)


PYRAMID = TEXT + 'pyramid = { bands = "region", sides = "year" }\n'


def test_a_pyramid_names_two_dimensions(tmp_path: Path) -> None:
    # The time is a dimension only where the file says so.
    text = PYRAMID.replace("dimensions = [", 'dimensions = [{ column = "year" }, ')
    assert load(tmp_path, text).pyramid == Pyramid("region", "year")
    assert load(tmp_path).pyramid is None


@pytest.mark.parametrize(
    "value",
    [
        '"region"', "1", "[]", "{}", '{ bands = "region" }', '{ bands = "region", sides = "region" }', '{ bands = "region", sides = "sex" }',
        '{ bands = "region", sides = 1 }', '{ bands = "region", sides = "year", colour = "red" }',
    ],
)  # fmt: skip
def test_anything_else_is_no_pyramid(tmp_path: Path, value: str) -> None:
    text = TEXT.replace("dimensions = [", 'dimensions = [{ column = "year" }, ') + f"pyramid = {value}\n"
    with pytest.raises(AltynError, match="measure.invalid"):
        load(tmp_path, text)
