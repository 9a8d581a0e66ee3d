"""The tutorial "your own Excel": its blocks are run word for word, and what it says they print is what they print."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from python_calamine import load_workbook

from tests.judges import ROOT

TUTORIAL = ROOT / "docs" / "tutorials" / "your-own-excel.md"
FOLDER = TUTORIAL.with_suffix("")
BIN = Path(sys.executable).parent
MARK = "-- end of a block --"

pytestmark = [pytest.mark.slow, pytest.mark.needs("curl")]


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", TUTORIAL.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    for name in ("home", "bin", "work"):
        (folder / name).mkdir()
    (folder / "home" / "altyn").symlink_to(ROOT)
    (folder / "bin" / "altyn").symlink_to(BIN / "altyn")
    ran = subprocess.run(
        ["bash", "-eu", "-c", "exec 2>&1\n" + f"\necho '{MARK}'\n".join(blocks())],
        cwd=folder / "work",
        env={
            "PATH": f"{folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found = ran.stdout.split(f"{MARK}\n")
    assert ran.returncode == 0, f"block {len(found)} of {len(blocks())}:\n{found[-1]}{ran.stderr}"
    return found


def block_with(said: list[str], command: str) -> str:
    """What the first block printed that holds a command."""
    return said[next(place for place, text in enumerate(blocks()) if command in text)]


def lines_of(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_the_tutorial_runs_word_for_word(said: list[str]) -> None:
    assert len(said) == len(blocks()) >= 10


def test_what_the_tutorial_quotes_of_add_is_what_add_prints(said: list[str]) -> None:
    shown = " ".join(block_with(said, "altyn add data/licences.xlsx").split())
    text = TUTORIAL.read_text(encoding="utf-8")
    quoted = text.split("\n\n```\n")[1].split("```")[0].splitlines()
    quoted += re.findall(r"`((?:bin|data_vydachi|\* key)[: ][^`]*)`", text)

    assert len(quoted) == 6
    assert [line for line in quoted if " ".join(line.split()) not in shown] == []
    assert "000013" in shown
    assert "17037.05" in shown


def test_check_names_the_fault_with_its_line(said: list[str]) -> None:
    shown = block_with(said, "datte")

    assert re.search(r"local/registers/licences\.odcs\.yaml, line \d+,", shown)
    assert "exit status 1" in shown
    assert shown.endswith("No faults.\n")


def test_a_wrong_row_waits_and_comes_back_mended(said: list[str]) -> None:
    loaded, mended = block_with(said, "altyn quarantine licences\n"), block_with(said, "--resubmit")

    assert ["local.licences", "loaded", "39", "39", "0", "1", "0"] in lines_of(loaded)
    assert "\n39\n" in loaded
    assert "type data_vydachi date, dd.MM.yyyy 1 data/licences.xlsx, line 22" in " ".join(loaded.split())
    assert ["2024-02-29", "39629.85"] in lines_of(mended)


def test_a_day_of_changes_and_a_day_that_waits(said: list[str]) -> None:
    second, third = block_with(said, "day-2.xlsx"), block_with(said, "day-3.xlsx")

    assert ["local.licences", "loaded", "40", "2", "1", "0", "0"] in lines_of(second)
    assert second.count("data/licences.xlsx, line 10") == 2
    told = re.search(r"`(The extract has .*?)`", TUTORIAL.read_text(encoding="utf-8"))
    assert told
    assert told[1] in third
    assert "exit status 1" in third
    assert third.endswith("\n40\n")
    assert "Nothing new: no snapshot was needed." in block_with(said, "altyn snapshots\n")


def test_the_past_and_the_page_answer(said: list[str]) -> None:
    known = block_with(said, "--known-at")

    assert known.startswith("39\n")
    assert ["Абайская", "11"] in [row[:2] for row in lines_of(known)]
    assert ">licences" in block_with(said, "altyn serve")


def test_the_workbooks_are_those_the_script_writes(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make", FOLDER / "make.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    script.main(tmp_path)

    for day in (1, 2, 3):
        written, shipped = (load_workbook(f / f"day-{day}.xlsx") for f in (tmp_path, FOLDER))
        assert written.get_sheet_by_index(0).to_python() == shipped.get_sheet_by_index(0).to_python()
