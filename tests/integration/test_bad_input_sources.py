"""Bad input, from file to snapshot: a clear error with its place, and what the state knew before is still there."""

from __future__ import annotations

import gzip
import importlib
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from tests.integration.conftest import TOML, Trial

Ask = Callable[..., list[tuple[object, ...]]]
HEADER, ROWS = b"code,title,people\n", "1000,Алматы,20\n2000,Ақтөбе,10\n".encode()
KNOWN = [("1000", "Алматы", 20), ("2000", "Ақтөбе", 10)]


def entries(trial: Trial) -> list[tuple[object, ...]]:
    """Line, column and rule of what waits in quarantine of register areas."""
    state = trial.open().snapshot().registers["local.areas"]
    if not state.quarantine:
        return []
    path = trial.folder / ".altyn" / state.quarantine
    return duckdb.execute(f"SELECT line_no, column_name, rule FROM read_parquet('{path}') ORDER BY ALL").fetchall()


BAD: dict[str, tuple[bytes, str, str]] = {
    "empty file": (b"", "source.empty", "data/areas.csv"),
    "header only": (HEADER, "source.empty", "data/areas.csv"),
    "another delimiter": (b"code~title~people\n1000~x~1\n", "source.delimiter", "data/areas.csv, line 1"),
    "mixed encodings": (
        HEADER + ROWS + "3000,Шымкент,1\n".encode("cp1251"),
        "source.encoding",
        "data/areas.csv, line 4",
    ),
    "an eight-bit encoding of Kazakh": (
        HEADER + ROWS.decode().encode("kz1048"),
        "source.encoding",
        "data/areas.csv, line 2",
    ),
    "zero bytes": (HEADER + ROWS + b"3000,\0,1\n", "source.nul-bytes", "data/areas.csv, line 4"),
    "a very long line": (HEADER + ROWS + b"3" * 9 * 1024 * 1024, "source.line-too-long", "data/areas.csv, line 4"),
    "a column twice": (b"code,title,people,code\n1000,x,1,2000\n", "source.column-duplicate", "data/areas.csv, line 1"),
    "a missing column": (b"code,people\n1000,1\n", "source.column-missing", "data/areas.csv, line 1"),
    "a quote never closed": (HEADER + b'1000,"x,1\n2000,y,1\n', "source.format", "data/areas.csv, line 2"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_lost(trial: Trial, ask: Ask, name: str) -> None:
    content, code, where = BAD[name]
    trial.run()
    (trial.folder / "data" / "areas.csv").write_bytes(content)

    report = trial.run()

    assert [(e.code, e.where) for e in report.errors] == [(code, where)]
    assert report.exit_status == 1
    assert report.snapshot is None
    assert ask(trial, "select code, title, people from areas order by code") == KNOWN
    # Mended, it is taken in as if nothing had been.
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,11\n")
    assert trial.run().errors == []
    assert ask(trial, "select people from areas order by code") == [(20,), (11,)]


def source(trial: Trial, path: str, **settings: str) -> None:
    """Point register areas at another file."""
    more = "".join(f"{key} = {value}\n" for key, value in settings.items())
    text = TOML.replace('path = "data/areas.csv"', f'path = "{path}"\n{more}'.rstrip())
    (trial.folder / "altyn.toml").write_text(text, encoding="utf-8")


def refused(trial: Trial) -> tuple[str, str]:
    (error,) = trial.run().errors
    return error.code, error.where


def test_a_zip_bomb(trial: Trial, ask: Ask) -> None:
    trial.run()
    with zipfile.ZipFile(trial.folder / "data" / "areas.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("areas.csv", HEADER + b"1" * 80 * 1024 * 1024)
    source(trial, "data/areas.zip")
    assert refused(trial) == ("source.compressed", "data/areas.zip")
    assert ask(trial, "select code, title, people from areas order by code") == KNOWN


def test_a_path_outside_the_project(trial: Trial, ask: Ask) -> None:
    trial.run()
    (trial.folder.parent / "areas.csv").write_bytes(HEADER + ROWS)
    source(trial, "../areas.csv")
    assert refused(trial)[0] == "source.outside-project"
    assert ask(trial, "select count(*) from areas") == [(2,)]


def test_a_file_that_changes_while_it_is_checked(trial: Trial, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last moment that counts is the one after validation: then the file must still be what was read."""
    # The package offers a function of the module's name.
    load = importlib.import_module("altyn.store.load")
    trial.run()
    trial.areas("1000,Алматы,20\n")
    real = load.validate

    def slow(*given: object, **more: object) -> object:
        with (trial.folder / "data" / "areas.csv").open("a", encoding="utf-8") as file:
            file.write("2000,Ақтөбе,10\n")
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(load, "validate", slow)
    assert refused(trial) == ("source.changed-while-read", "data/areas.csv")
    monkeypatch.undo()
    assert ask(trial, "select code, title, people from areas order by code") == KNOWN


def test_ragged_rows_wait_in_quarantine_with_their_lines(trial: Trial, ask: Ask) -> None:
    trial.areas('1000,Алматы,20\n2000\n3000,Шым,кент,5\n4000,"a"b,5\n5000,Тараз,7\n')
    report = trial.run()
    assert report.errors == []
    assert ask(trial, "select code from areas order by code") == [("1000",), ("5000",)]
    assert entries(trial) == [(3, None, "row.ragged"), (4, None, "row.ragged"), (5, None, "row.quote")]


def test_excel_days_and_numbers_where_codes_were_declared(trial: Trial, ask: Ask) -> None:
    with xlsxwriter.Workbook(str(trial.folder / "data" / "areas.xlsx")) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"})
        for y, row in enumerate(
            [["code", "title", "people"], ["1000", "Алматы", 20], [2000, "Ақтөбе", 10], ["3000", None, 5]]
        ):
            for x, value in enumerate(row):
                sheet.write(y, x, value)
        sheet.write_datetime(3, 1, datetime(2024, 3, 1), day)  # noqa: DTZ001 - Excel knows no zones
    source(trial, "data/areas.xlsx")
    assert trial.run().errors == []
    assert ask(trial, "select code, people from areas") == [("1000", 20)]
    assert entries(trial) == [(3, "code", "row.text-expected"), (4, "title", "row.text-expected")]


def test_the_same_register_from_any_kind_of_file(trial: Trial, ask: Ask) -> None:
    data: Path = trial.folder / "data"
    trial.run()
    (data / "areas.csv.gz").write_bytes(gzip.compress(("\ufeff" + (HEADER + ROWS).decode()).encode("utf-16-le")))
    (data / "areas.ndjson").write_text(
        '{"code": "1000", "title": "Алматы", "people": 20}\n{"people": 10, "code": "2000", "title": "Ақтөбе"}\n',
        encoding="utf-8",
    )
    for path in ("data/areas.csv.gz", "data/areas.ndjson"):
        source(trial, path)
        line = next(x for x in trial.run().lines if x["register"] == "local.areas")
        assert (line["read"], line["same"], line["put"], line["retracted"]) == (2, 2, 0, 0)
    assert ask(trial, "select code, title, people from areas order by code") == KNOWN
