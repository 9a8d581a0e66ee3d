"""Identifiers: many values must pass, and all of them; where a header promises one, how many failed is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.packs.guessing.guesses import guessed, table


def test_an_identifier_is_proposed_where_every_value_passes_its_check(tmp_path: Path) -> None:
    values = [2, 14, 36, 48, 52, 64, 78]
    found = guessed(tmp_path, "a.csv", "even,other\n" + "".join(f"{v},{v + 1}\n" for v in values))
    assert found.decisions[0].profile["altyn.identifier"] == "even"
    assert "altyn.identifier" not in found.decisions[1].profile

    found = guessed(tmp_path, "a.csv", "even\n" + "".join(f"{v}\n" for v in (*values, 3)))
    assert "altyn.identifier" not in found.decisions[0].profile
    assert "7 of 8" in str(found.decisions[0].notes[0])


def test_few_values_that_pass_say_nothing_unless_the_header_does(tmp_path: Path) -> None:
    few = guessed(tmp_path, "a.csv", table("code", "A2", "B4")).decisions[0]
    some = guessed(tmp_path, "b.csv", table("code", *["02", "14", "36", "48", "52"])).decisions[0]
    many = guessed(tmp_path, "c.csv", table("code", *["02", "14", "36", "48", "52", "64"])).decisions[0]

    assert ["altyn.identifier" in d.profile for d in (few, some, many)] == [False, False, True]


@pytest.mark.parametrize("header", ["count of beds", "updated", "full name"])
def test_a_number_a_name_and_a_date_of_change_are_no_identifiers(tmp_path: Path, header: str) -> None:
    found = guessed(tmp_path, "a.csv", table(f"{header}", *map(str, range(2, 30, 2))))

    assert "altyn.identifier" not in found.decisions[0].profile
