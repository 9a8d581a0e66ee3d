"""The table of branches room by room adds up."""

from __future__ import annotations

from typing import Any

from tools.coverage_rooms import BESIDE, room_of, rooms, table


def said(lines: int, covered: int, branches: int, taken: int) -> dict[str, Any]:
    numbers = {
        "num_statements": lines,
        "covered_lines": covered,
        "num_branches": branches,
        "covered_branches": taken,
    }
    return {"summary": numbers}


def test_files_are_counted_in_their_room_and_rooms_in_all() -> None:
    report = {
        "files": {
            "src/altyn/store/load.py": said(10, 9, 4, 3),
            "src/altyn/store/deeper/folders.py": said(10, 10, 4, 4),
            "src/altyn/errors.py": said(5, 5, 0, 0),
        }
    }

    shown = [line.split() for line in table(rooms(report)).splitlines()]

    assert [line for line in shown if line[0] == "store"] == [["store", "2", "20", "95.0%", "8", "87.5%"]]
    assert shown[-1] == ["all", "3", "25", "96.0%", "8", "87.5%"]
    assert next(line for line in shown if line[0] == BESIDE.split()[0])[-1] == "-"


def test_a_room_is_the_first_folder_below_the_package() -> None:
    assert room_of("/home/x/src/altyn/policy/log/head.py") == "policy"
    assert room_of("src/altyn/language.py") == BESIDE
