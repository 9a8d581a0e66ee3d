"""Refusals: refused rows by rule and place; a value passes the gate or is not shown."""

from __future__ import annotations

import csv
import io

import pytest

from altyn.errors import AltynError
from altyn.serve.use_cases.refusals import expected, export_quarantine, own_header, refusals
from tests.integration.conftest import Trial


def test_refused_rows_are_grouped_with_what_was_expected_and_the_value(loaded: Trial) -> None:
    workspace = loaded.open()
    before = len(workspace.gate.log.records())
    found = refusals(workspace, workspace.register("areas"))

    assert (found.entries, found.waiting, found.withheld, found.whole) == (1, 0, False, [])
    (group,) = found.groups
    assert (group["column"], group["rows"]) == ("code", 1)
    assert "^[0-9]{4}$" in group["expected"]
    assert (group["places"][0]["line"], group["places"][0]["value"]) == (5, "40x")
    assert len(workspace.gate.log.records()) > before, "the look is recorded"


def test_what_waits_for_its_parent_is_counted_apart(loaded: Trial) -> None:
    workspace = loaded.open()

    assert refusals(workspace, workspace.register("places")).waiting == 1


def test_of_a_closed_register_places_are_told_and_no_value(fresh: Trial) -> None:
    fresh.contract(is_open=False)
    fresh.areas("1000,Алматы,20\nҚұпия,x,1\n")
    fresh.run()
    workspace = fresh.open()
    register = workspace.register("areas")
    found = refusals(workspace, register)

    assert found.withheld
    assert found.groups[0]["places"] == [{"entry": 1, "file": "data/areas.csv", "line": 3}]
    assert "Құпия" not in str(found)
    with pytest.raises(AltynError, match=r"gate\."):
        export_quarantine(workspace, register)
    with pytest.raises(AltynError, match=r"gate\.purpose-unknown"):
        refusals(workspace, register, purpose="research")


def test_an_export_has_the_headers_of_the_source_and_the_reasons_in_front(loaded: Trial) -> None:
    workspace = loaded.open()
    (row,) = csv.DictReader(io.StringIO(export_quarantine(workspace, workspace.register("areas")).decode()))

    assert list(row) == ["altyn_entry", "altyn_file", "altyn_line", "altyn_rules", "code", "title", "people"]
    assert (row["code"], row["title"], row["altyn_line"]) == ("40x", "Абай", "5")


def test_what_is_expected_of_a_column_that_is_none_is_nothing(loaded: Trial) -> None:
    register = loaded.open().register("areas")

    assert expected(register, "pattern", None) == expected(register, "pattern", "gone") == ""
    assert expected(register, "minimum", "people").endswith("; 0")


@pytest.mark.parametrize(
    ("headers", "made"),
    [([], "altyn_entry"), (["altyn_entry"], "_altyn_entry"), (["_altyn_entry", "altyn_entry"], "__altyn_entry")],
)
def test_a_header_of_ours_stands_beside_one_of_the_same_name(headers: list[str], made: str) -> None:
    assert own_header("altyn_entry", headers) == made
