"""The profile's page, its JSON schema and what the code reads say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from altyn.packs.contracts import parse_contract
from altyn.packs.documents import schema_text
from altyn.packs.profile import SCHEMA, profile_faults, texts_of

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/contract-profile.md").read_text(encoding="utf-8")


def test_the_contract_on_the_page_is_a_contract() -> None:
    text = PAGE.split("```yaml\n")[1].split("```")[0]

    register = parse_contract(text, "page").register

    assert register.name == "civil.births"
    assert register.parents() == ("geo.regions",)
    assert register.valid == ("registered_on", None)
    assert not register.is_open


@pytest.mark.parametrize("level", ["register", "column"])
def test_the_page_lists_what_the_schema_knows(level: str) -> None:
    known = set(schema_text(SCHEMA)["$defs"][level]["properties"])
    part = PAGE.split("## The profile")[1].split("## What is refused")[0].split("Properties of a column")
    listed = set(
        re.findall(r"`(altyn\.[a-zA-Z]+)`", "".join(part[level == "column"].split("\n|")[2:]).replace("\n", ""))
    )

    assert known == listed


def test_a_property_that_stands_twice_is_told() -> None:
    twice = {"customProperties": [{"property": "altyn.unit", "value": "km"}, {"property": "altyn.unit", "value": "m"}]}
    assert [f.code for f in profile_faults(twice, "column", "x")] == ["contract.profile"]


def test_tables_become_flat_texts() -> None:
    assert texts_of({"act": {"kk": "а"}, "verified": False, "note": None}) == {"act.kk": "а", "verified": "false"}
