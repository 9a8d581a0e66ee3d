"""Layouts: titles, headers over two lines, numbered columns, totals and notes are found, and nothing where there are none."""

from __future__ import annotations

import pytest

from altyn.sources.layouts import Layout, find_layout, joined_header

CLOSING = ("total", "итого", "барлығы", "примечание")
TITLE = ["Численность населения по районам", "", "", ""]
TABLE = [
    ["Код", "Район", "Год", "Всего"],
    ["01", "A", "2020", "10"],
    ["02", "B", "2020", "20"],
    ["03", "C", "2020", "30"],
]


@pytest.mark.parametrize(
    ("grid", "layout"),
    [
        (TABLE, Layout()),
        ([TITLE, ["", "", "", ""], *TABLE], Layout(header_line=3)),
        ([*TABLE, ["Итого", "", "", "60"]], Layout(skip_footer=1, closed_by=("Итого",))),
        (
            [*TABLE, ["Барлығы:", "", "", "60"], [], ["* по данным акиматов", "", "", ""]],
            Layout(skip_footer=2, closed_by=("Барлығы",)),
        ),
        ([["01", "Akmola", "100"], ["02", "Aktobe", "200"]], Layout(no_header=True)),
        ([["region", "2019", "2020"], ["A", "1", "2"], ["B", "3", "4"]], Layout()),
        ([["2019", "2020"], ["1", "2"], ["3", "4"]], Layout()),
        (
            [
                TITLE,
                ["Код", "Район", "Население", ""],
                ["", "", "мужчины", "женщины"],
                ["01", "A", "1", "2"],
                ["02", "B", "3", "4"],
            ],
            Layout(header_line=2, header_rows=2),
        ),
        (
            [["Код", "Район", "Всего"], ["А", "Б", "1"], ["01", "Aa", "5"], ["02", "Bb", "6"]],
            Layout(),
        ),
        (
            [["Код", "Район", "Всего"], ["1", "2", "3"], ["01", "Aa", "5"], ["02", "Bb", "6"]],
            Layout(header_rows=2),
        ),
        ([["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]], Layout()),
        ([["a"], ["1"], ["2"]], Layout()),
        ([], Layout()),
    ],
)
def test_where_a_table_stands(grid: list[list[str]], layout: Layout) -> None:
    assert find_layout(grid, CLOSING) == layout


def test_what_a_person_said_is_not_looked_for() -> None:
    given = {"header_line": 1, "skip_footer": 1}

    assert find_layout([TITLE, *TABLE], CLOSING, given) == Layout(skip_footer=1)


def test_a_record_that_was_cut_off_is_no_footer_and_a_person_must_look() -> None:
    assert find_layout([*TABLE, ["04"]], CLOSING) == Layout(doubtful=1)
    assert find_layout([*TABLE, ["04", "Tota"]], CLOSING) == Layout(doubtful=1)


THREE = [["Мектеп", "Аудан", "Оқушы"], ["A", "x", "100"], ["B", "y", "200"], ["C", "z", "165"]]


@pytest.mark.parametrize(
    ("end", "layout"),
    [
        (
            [["Итого", "", "465"], ["Исп.: А. Кім", "", ""], ["Директор", "", "Б. Ким"]],
            Layout(skip_footer=3, closed_by=("Итого",)),
        ),
        ([["", "Итого", "465"], ["", "", ""], ["", "", "12.01.2024"]], Layout(skip_footer=2, closed_by=("Итого",))),
        ([["БАРЛЫҒЫ", "", "465"], ["А. Кім", "", ""]], Layout(skip_footer=2, closed_by=("БАРЛЫҒЫ",))),
        ([["Директор", "", "Б. Ким"]], Layout(doubtful=1)),
        # A total of a part stands before records, and a record may begin with the word.
        ([["Итого", "", "465"], ["D", "z", "5"]], Layout()),
        ([["Итого", "", "465"], ["D", "z", "5"], ["А. Кім", "", ""]], Layout(doubtful=1)),
    ],
)
def test_what_stands_below_a_total_is_no_record(end: list[list[str]], layout: Layout) -> None:
    assert find_layout([*THREE, *end], CLOSING) == layout


def test_where_records_leave_cells_out_a_row_with_few_cells_is_one() -> None:
    often = [["A", "", "1"], ["B", "x", "2"]] * 10

    assert find_layout([THREE[0], *often, ["Итого", "", "465"], *often, ["D", "", "5"]], CLOSING) == Layout()


def test_a_merged_cell_stands_before_each_of_its_columns() -> None:
    rows = [["Код", "Население", "", ""], ["", "всего", "в том числе", ""], ["", "", "мужчины", "женщины"]]

    assert joined_header(rows) == [
        "Код",
        "Население всего",
        "Население в том числе мужчины",
        "Население в том числе женщины",
    ]
