"""Forms are found where every value has one, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from altyn.packs.guessing.forms import Said, find_form
from altyn.packs.guessing.words import HeaderWords

WORDS = HeaderWords().more({"money": ["₸"], "true": ["иә"], "false": ["жоқ"]})


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["1,5", "20"], {"decimal": ","}),
        (["1 204,5", "3"], {"thousands": " ", "decimal": ","}),
        (["1\xa0204", "3"], {"thousands": " "}),
        (["12,5 %", "3%"], {"percent": True, "decimal": ","}),
        (["1 500 ₸", "20 ₸"], {"currency": ["₸"], "thousands": " "}),
        (["иә", "жоқ", "Иә"], {"trueWords": ["Иә", "иә"], "falseWords": ["жоқ"]}),
        (["5", "н/д", "-"], {"missing": ["-", "н/д"]}),
        (["23,288  ", " 706"], {"thousands": ","}),
        (["7  ", "12"], {"decimal": "."}),
        (["26.060000000000002", "NA"], {"missing": ["NA"], "decimal": "."}),
    ],
)
def test_how_values_are_written(values: list[str], form: dict[str, Any]) -> None:
    found = find_form(values, WORDS, "Asia/Almaty")

    assert found is not None
    assert found.form == form


@pytest.mark.parametrize(
    ("values", "format_", "doubtful"),
    [
        (["31.12.2024", "01.02.2024"], "dd.MM.yyyy", False),
        (["1.2.2024"], "d.M.yyyy", False),
        (["31/12/2024"], "dd/MM/yyyy", False),
        (["12/31/2024"], "MM/dd/yyyy", False),
        (["01/02/2024"], "dd/MM/yyyy", True),
        (["5 мая 2024", "12 июня 2024"], "d MMMM yyyy", False),
        (["31.12.2024 10:30"], "dd.MM.yyyy HH:mm", False),
        (["Jan 1 2000", "May 12 2001"], "MMM d yyyy", False),
        (["January 1, 2000", "May 12, 2001"], "MMMM d, yyyy", False),
        (["1-Jan-2000"], "d-MMM-yyyy", False),
    ],
)
def test_how_days_are_written(values: list[str], format_: str, doubtful: bool) -> None:  # noqa: FBT001 - a table
    found = find_form(values, WORDS, "Asia/Almaty")

    assert found is not None
    assert found.properties["logicalTypeOptions"]["format"] == format_
    assert found.is_doubtful is doubtful


def test_a_moment_without_a_zone_is_in_that_of_the_project() -> None:
    found = find_form(["2024-03-01 10:00:00"], WORDS, "Asia/Almaty")

    assert found is not None
    assert found.properties["logicalTypeOptions"] == {"timezone": False, "defaultTimezone": "Asia/Almaty"}


@pytest.mark.parametrize("values", [["1,5", "x"], ["12 34", "1"], ["да", "да"], ["н/д"], [], ["01.13", "x"]])
def test_no_form_where_one_value_has_another(values: list[str]) -> None:
    assert find_form(values, WORDS, "Asia/Almaty") is None


def test_what_a_person_said_comes_first() -> None:
    found = find_form(["01/02/2024"], WORDS, "Asia/Almaty", Said(date_format="MM/dd/yyyy"))

    assert found is not None
    assert found.properties["logicalTypeOptions"]["format"] == "MM/dd/yyyy"
