"""Keys: a key has a meaning before it has uniqueness."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.packs.guessing.guesses import all_pass, guessed, table


def test_a_key_is_a_code_and_never_a_name_a_value_or_a_date_of_change(tmp_path: Path) -> None:
    found = guessed(
        tmp_path, "a.csv", "name,updated,value,code\nA,2024-01-01,1.5,x1\nB,2024-01-02,2.5,x2\nC,2024-01-03,3.5,x3\n"
    )
    assert found.key.columns == ("code",)

    found = guessed(
        tmp_path, "a.csv", "doc_number,day,supplier_code,sum\n7/2024,2024-01-01,B1,1.5\n8/2024,2024-01-01,B2,2.5\n"
    )
    assert found.key.columns == ("doc_number",)

    found = guessed(tmp_path, "a.csv", "name,updated,value\nA,2024-01-01,1.5\nB,2024-01-02,2.5\nC,2024-01-03,3.5\n")
    assert found.key.columns == ()


def test_a_key_of_several_columns_is_the_fewest_that_mean_the_record(tmp_path: Path) -> None:
    rows = [
        f"{region},{year},{sex},{region * year + len(sex)},2024-01-01"
        for region in (11, 15, 19)
        for year in (2020, 2021)
        for sex in ("men", "women")
    ]
    found = guessed(tmp_path, "a.csv", "region_code,year,sex,population,updated\n" + "\n".join(rows) + "\n")

    assert found.key.columns == ("region_code", "year", "sex")
    assert all_pass(found)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        # Signs of a code list tell what they are by their shape, whatever their header.
        (table("sign,title_of", "AKM,Gate One", "04G,Gate Two", "ZB,Gate Three"), ["sign"]),
        (table("tongue,said", "aaa,Aa Bb", "aab,Bb Cc", "zza,Cc Dd"), ["tongue"]),
        # In a table of values the one text says what a row is about.
        (table("browser,share_of", "Alpha 30.0,1.5", "Beta 2,2.5", "Gamma,3.5"), ["browser"]),
        # The name of a region stands for it, but not for a person.
        (table("Region name,beds", "North Shore,4", "South Bank,5"), ["region_name"]),
        (table("full name,age", "Aa Bb,4", "Cc Dd,5"), []),
        # A number is a dimension where every combination stands in the table.
        (table("plot,depth_no_unit,yield_t", *(f"{p},{d},{p}{d}.5" for p in range(1, 7) for d in range(1, 6))), None),
        # As many digits in every row may be a count: the month comes first.
        (table("month,workers_of_all", "2024-01-01,113603", "2024-02-01,113884", "2024-03-01,114000"), ["month"]),
        (table("year,count_of", "1950.0,1", "1951.0,1", "1952.0,2"), ["year"]),
        (table("time,drivers", "1969,7", "1969.0833,7", "1969.1667,8"), ["time"]),
    ],
)
def test_a_key_by_what_the_values_are(tmp_path: Path, text: str, key: list[str] | None) -> None:
    found = guessed(tmp_path, "a.csv", text)

    assert all_pass(found)
    assert list(found.key.columns) == (["plot", "depth_no_unit"] if key is None else key)


def test_columns_of_a_key_mean_the_record_and_do_not_only_happen_to_differ(tmp_path: Path) -> None:
    """Study and bird have as many combinations as rows; the number of a sample and the bird have a hundred times more."""
    rows = [f"{n},S{n // 40 + 10},N{n % 40}A,{n % 39 + 1}" for n in range(1, 120)]
    found = guessed(tmp_path, "a.csv", table("weight,study,bird id,sample number", *rows))

    assert found.key.columns == ("study", "bird_id")


def test_a_code_that_a_few_rows_repeat_is_named_and_left_to_a_person(tmp_path: Path) -> None:
    codes = [f"{n:05}" for n in range(60)]
    found = guessed(tmp_path, "a.csv", table("code,beds_of", *(f"{c},5" for c in [*codes, codes[7]])))

    assert all_pass(found)
    assert found.key.columns == ()
    assert "code" in found.key.reason.text("en")


def test_columns_that_differ_by_luck_are_no_key(tmp_path: Path) -> None:
    """Forty sales on thirty days of twenty goods: no two fell together, and tomorrow two will."""
    rows = [f"2024-01-{n * 7 % 30 + 1:02},S{n * 11 % 20:02},{n % 3 + 1}" for n in range(40)]
    found = guessed(tmp_path, "a.csv", table("date,sku,quantity", *rows))

    assert found.key.columns == ()


def test_a_list_is_no_key_and_a_day_of_this_year_needs_no_year(tmp_path: Path) -> None:
    listed = guessed(tmp_path, "a.json", json.dumps([{"group": ["a", str(n)], "n": 1} for n in range(5)]))
    hours = [f"EWR,2013,2013-01-0{d}T0{h}:00:00Z,{d}" for d in range(1, 4) for h in range(3)]
    dated = guessed(
        tmp_path, "b.csv", table("origin,year,time_hour,temp", *[*hours, *(h.replace("E", "L") for h in hours)])
    )

    assert listed.key.columns == ()
    assert dated.key.columns == ("origin", "time_hour")


def test_a_period_that_is_the_same_in_the_whole_file_belongs_to_a_key_of_several(tmp_path: Path) -> None:
    rows = [f"{e},202401,{o},3" for e in ("de1", "de2") for o in ("ou1", "ou2")]
    found = guessed(tmp_path, "a.csv", "dataelement,period,orgunit,value\n" + "\n".join(rows) + "\n")

    assert found.key.columns == ("dataelement", "period", "orgunit")


@pytest.mark.parametrize(
    ("text", "key", "others"),
    [
        # Two codes would do: the first in the file is taken and the other offered.
        (table("code,iso,beds_of", "01,KZ,5", "02,RU,6"), ("code",), (("iso",),)),
        # A phone is a key only where nothing better is.
        (table("phone,beds_of", "8701,5", "8702,6"), ("phone",), ()),
        (table("phone,code", "8701,A", "8702,B"), ("code",), ()),
        # A number of rows is one where nothing else is, and a code with a gap is none.
        (table("№ п/п,name", "1,Aa", "2,Bb"), ("no_p_p",), ()),
        (table("code,name", "01,Aa", ",Bb", "03,Cc"), (), ()),
    ],
)
def test_which_key_is_taken_and_which_are_offered(
    tmp_path: Path, text: str, key: tuple[str, ...], others: tuple[tuple[str, ...], ...]
) -> None:
    found = guessed(tmp_path, "a.csv", text).key

    assert (found.columns, found.others) == (key, others)
    assert all(found.reason.text(language) for language in ("kk", "ru", "en"))
