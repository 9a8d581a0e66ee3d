"""Bad input through a whole run: a code, a place, no value in any language, and the last good state still there.

Files that cannot be read at all stand in test_bad_input_sources.py; here is what else a project may be handed.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from altyn.errors import AltynError
from altyn.language import LANGUAGES
from altyn.serve.use_cases.running import RunReport
from tests.integration.conftest import TOML, Trial
from tests.integration.test_bad_input_sources import BAD, KNOWN, entries, source

Ask = Callable[..., list[tuple[object, ...]]]
ALL = "select code, title, people from areas order by code"
# No message may hold it: it stands in cells only.
SECRET = "Құпия4711"


def told(error: AltynError) -> str:
    """All that an error says, in all languages."""
    return " ".join(f"{error.parts(language)}" for language in LANGUAGES) + str(error)


def reported(report: RunReport) -> str:
    """All that a run says: lines, findings and errors in all languages."""
    return " ".join(map(str, [report.lines, report.findings, report.measures, *map(told, report.errors)]))


@pytest.fixture
def known(trial: Trial) -> Trial:
    """A project that knows two areas, and has one row in quarantine."""
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,10\n30000,Шымкент,5\n")
    trial.run()
    assert entries(trial) == [(4, "code", "pattern")]
    return trial


def require_kept(trial: Trial, ask: Ask) -> None:
    """Rows and quarantine are what they were before."""
    assert ask(trial, ALL) == KNOWN
    assert entries(trial) == [(4, "code", "pattern")]


def refused(trial: Trial) -> AltynError:
    """The one error of the next run, which told no secret."""
    report = trial.run()
    (error,) = report.errors
    assert report.snapshot is None
    assert SECRET not in reported(report)
    return error


# What cannot be read at all


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_read_is_told_without_its_values(known: Trial, ask: Ask, name: str) -> None:
    content, code, where = BAD[name]
    (known.folder / "data" / "areas.csv").write_bytes(
        content.replace("Ақтөбе".encode(), SECRET.encode()).replace(b",x,", f",{SECRET},".encode())
    )
    error = refused(known)
    assert (error.code, error.where) == (code, where)
    assert not any(value in told(error) for value in ("1000", "2000", "3000", "Алматы", "Шымкент"))
    require_kept(known, ask)


@pytest.mark.slow
def test_a_single_line_of_100_mb(known: Trial, ask: Ask) -> None:
    with (known.folder / "data" / "areas.csv").open("wb") as file:
        file.write(b"code,title,people\n1000,")
        for _ in range(100):
            file.write(b"x" * 1024 * 1024)
    error = refused(known)
    assert (error.code, error.where) == ("source.line-too-long", "data/areas.csv, line 2")
    require_kept(known, ask)


# Rows that break their contract


def test_ragged_rows_are_told_by_their_lines_and_the_others_are_loaded(known: Trial, ask: Ask) -> None:
    known.areas(f"1000,Алматы,20\n{SECRET}\n2000,Ақтөбе,10\n3000,{SECRET},5,5\n")
    report = known.run()
    assert report.errors == []
    assert ask(known, ALL) == KNOWN
    assert entries(known) == [(3, None, "row.ragged"), (5, None, "row.ragged")]
    assert SECRET not in reported(report)


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        pytest.param("100О,{},1", "code", "pattern", id="a Cyrillic О for a zero, in a code"),
        pytest.param("3000,{},1О", "people", "type", id="a Cyrillic О for a zero, in a number"),
        pytest.param("700,{},1", "code", "pattern", id="a lost leading zero"),
        pytest.param("3000,{},-1", "people", "minimum", id="a number too small"),
        pytest.param("3000,,1", "title", "required", id="a value that is missing"),
    ],
)
def test_a_wrong_value_waits_in_quarantine(known: Trial, ask: Ask, row: str, column: str, rule: str) -> None:
    known.areas(f"1000,Алматы,20\n2000,Ақтөбе,10\n{row.format(SECRET)}\n")
    report = known.run()
    assert report.errors == []
    assert entries(known) == [(4, column, rule)]
    assert ask(known, ALL) == KNOWN
    assert SECRET not in reported(report)


@pytest.mark.parametrize("day", ["2023-02-30", "0001-01-01", "2023-13-01", "30.02.2023", "9999-12-31"])
def test_a_day_that_cannot_be_waits_in_quarantine(known: Trial, ask: Ask, day: str) -> None:
    known.places(f"p1,1000,2020-01-01,2023-01-01\np2,2000,2021-05-01,\n{SECRET},1000,{day},\n")
    report = known.run()
    assert report.errors == []
    path = known.folder / ".altyn" / str(known.open().snapshot().registers["local.places"].quarantine)
    found = duckdb.execute(f"SELECT line_no, column_name FROM read_parquet('{path}')").fetchall()
    assert found == [(4, "since")]
    assert ask(known, "select id from places order by id") == [("p1",), ("p2",)]
    assert SECRET not in reported(report)
    assert day not in reported(report)


def test_a_batch_past_its_budget_is_refused_whole_without_its_values(known: Trial, ask: Ask) -> None:
    wrong = "".join(f"{SECRET}{n},{SECRET},-7\n" for n in range(20))
    known.areas(f"1000,{SECRET},20\nx,{SECRET},10\n3000,{SECRET},{SECRET}\n{wrong}")
    error = refused(known)
    assert error.code == "source.budget"
    assert "data/areas.csv" in error.where
    assert "line 3" in error.where
    require_kept(known, ask)


# A number where a code was declared


def json_rows(*codes: object) -> str:
    rows = [{"code": c, "title": t, "people": p} for c, (_, t, p) in zip(codes, KNOWN, strict=True)]
    return json.dumps(rows, ensure_ascii=False)


def test_a_number_for_a_code_in_json_and_parquet(known: Trial, ask: Ask) -> None:
    data = known.folder / "data"
    (data / "areas.json").write_text(json_rows("1000", 2000), encoding="utf-8")
    source(known, "data/areas.json")
    assert known.run().errors == []
    assert entries(known) == [(2, "code", "row.text-expected")]
    # Which record the number is about cannot be known: nothing is retracted.
    assert ask(known, ALL) == KNOWN
    duckdb.execute(
        f"COPY (SELECT 1000 AS code, '{SECRET}' AS title, 1 AS people) TO '{data / 'areas.parquet'}' (FORMAT parquet)"
    )
    source(known, "data/areas.parquet")
    error = refused(known)
    assert error.code == "source.budget"
    assert ask(known, ALL) == KNOWN


def test_excel_that_lost_leading_zeros_and_made_days_of_codes(known: Trial, ask: Ask) -> None:
    with xlsxwriter.Workbook(str(known.folder / "data" / "areas.xlsx")) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"})
        for y, row in enumerate([["code", "title", "people"], ["1000", "Алматы", 20], ["2000", "Ақтөбе", 10]]):
            sheet.write_row(y, 0, row)
        sheet.write_row(3, 0, [712, SECRET, 5])
        sheet.write_datetime(4, 0, datetime(2026, 2, 1), day)  # noqa: DTZ001 - Excel knows no zones
        sheet.write_row(4, 1, [SECRET, 5])
    source(known, "data/areas.xlsx")
    report = known.run()
    assert report.errors == []
    assert ask(known, ALL) == KNOWN
    assert entries(known) == [(4, "code", "row.text-expected"), (5, "code", "row.text-expected")]
    assert SECRET not in reported(report)


# Archives, places and rights


def test_broken_encrypted_and_monstrous_archives(known: Trial, ask: Ask) -> None:
    path = known.folder / "data" / "areas.zip"
    source(known, "data/areas.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("areas.csv", f"code,title,people\n1000,{SECRET},1\n" * 50)
    whole = path.read_bytes()
    marked = whole.replace(b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00")
    encrypted = marked.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    assert encrypted != marked != whole
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("areas.csv", b"code,title,people\n" + b"1" * 80 * 1024 * 1024)
    bomb = path.read_bytes()
    for content in (b"", b"PK", whole[:-30], whole[:60] + b"XXXX" + whole[64:], encrypted, bomb):
        path.write_bytes(content)
        error = refused(known)
        assert (error.code, error.where) == ("source.compressed", "data/areas.zip")
        require_kept(known, ask)


def test_a_packed_file_that_breaks_off(known: Trial, ask: Ask) -> None:
    text = "code,title,people\n" + "".join(f"{i},{SECRET}{i * 7919},1\n" for i in range(1000, 9000))
    for suffix, pack in ((".gz", gzip.compress), (".bz2", bz2.compress)):
        (known.folder / "data" / f"areas.csv{suffix}").write_bytes(pack(text.encode())[:-40])
        source(known, f"data/areas.csv{suffix}")
        error = refused(known)
        assert (error.code, error.where) == ("source.compressed", f"data/areas.csv{suffix}")
        require_kept(known, ask)


def test_a_path_out_of_the_project_by_any_way(known: Trial, ask: Ask) -> None:
    outside = known.folder.parent / "areas.csv"
    outside.write_text(f"code,title,people\n1000,{SECRET},1\n", encoding="utf-8")
    (known.folder / "data" / "link.csv").symlink_to(outside)
    (known.folder / "data" / "folder").symlink_to(known.folder.parent)
    for path in ("../areas.csv", str(outside), "data/link.csv", "data/folder/areas.csv", "../*.csv", "data/l*.csv"):
        source(known, path)
        error = refused(known)
        assert (error.code, error.where) == ("source.outside-project", 'altyn.toml, [sources."local.areas"]')
        require_kept(known, ask)


def test_a_folder_in_place_of_a_file(known: Trial, ask: Ask) -> None:
    (known.folder / "data" / "more.csv").mkdir()
    source(known, "data/more.csv")
    error = refused(known)
    assert (error.code, error.where, error.exit_status) == ("source.permission", "data/more.csv", 4)
    require_kept(known, ask)


def test_a_file_nobody_may_read(tmp_path: Path) -> None:
    """Root may read everything, so root asks as nobody."""
    path = tmp_path / "areas.csv"
    path.write_text(f"code\n{SECRET}\n", encoding="utf-8")
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:-1]):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/tmp"):  # noqa: S108 - others' folder
            folder.chmod(folder.stat().st_mode | 0o011)
    asked = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from altyn.errors import AltynError\n"
        "from altyn.sources.files import find\n"
        "from altyn.sources.spec import SourceSpec\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: find(SourceSpec('local.areas', Path(sys.argv[1]), path='areas.csv'))\n"
        "except AltynError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True, cwd="/"
    )
    assert done.stdout.startswith("source.permission: ")
    assert "[areas.csv]" in done.stdout


def test_a_file_that_grows_while_it_is_read(known: Trial, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from altyn.sources.csv import CsvReader

    known.areas(f"1000,{SECRET},20\n")
    real = CsvReader.stream

    def slow(self: CsvReader, *given: object) -> object:
        staged = real(self, *given)  # type: ignore[arg-type]
        if given[1].display == "data/areas.csv":  # type: ignore[attr-defined]
            with (known.folder / "data" / "areas.csv").open("a", encoding="utf-8") as file:
                file.write("2000,Ақтөбе,10\n")
        return staged

    monkeypatch.setattr(CsvReader, "stream", slow)
    error = refused(known)
    assert (error.code, error.where, error.retry) == ("source.changed-while-read", "data/areas.csv", True)
    require_kept(known, ask)


# What the project itself says


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def not_opened(trial: Trial) -> AltynError:
    with pytest.raises(AltynError) as caught:
        trial.run()
    return caught.value


def test_a_contract_with_an_unknown_field(known: Trial, ask: Ask) -> None:
    path = known.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    rewrite(path, "status: active", "status: active\ncolour: gold")
    error = not_opened(known)
    assert error.code == "contract.field-unknown"
    assert "areas.odcs.yaml" in error.where
    rewrite(path, "\ncolour: gold", "")
    require_kept(known, ask)


def test_a_cycle_of_relationships(known: Trial, ask: Ask) -> None:
    path = known.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    column = "logicalType: string, physicalType: VARCHAR, classification: public, required: true"
    rewrite(path, f"name: title, {column}", f"name: title, {column}, relationships: [{{to: places.id}}]")
    error = not_opened(known)
    assert error.code == "contract.cycle"
    assert "areas" in told(error)
    assert "places" in told(error)
    rewrite(path, ", relationships: [{to: places.id}]", "")
    require_kept(known, ask)


@pytest.mark.parametrize(
    "line",
    [
        'dsn = "postgresql://clerk:hunter2@db/registers"\ntable = "areas"',
        'dsn = "host=db user=clerk password=hunter2"\ntable = "areas"',
        'path = "data/areas.csv"\npassword = "hunter2"',
        'path = "data/areas.csv"\noptions = {token = "hunter2"}',
        'path = "ftp://clerk:hunter2@files/areas.csv"',
    ],
)
def test_a_secret_in_altyn_toml_is_refused_and_never_printed(known: Trial, ask: Ask, line: str) -> None:
    path = known.folder / "altyn.toml"
    path.write_text(TOML.replace('path = "data/areas.csv"', line), encoding="utf-8")
    try:
        (error,) = known.run().errors
    except AltynError as caught:
        error = caught
    assert error.code == "project.secret"
    assert re.match(r"altyn\.toml, line \d+, sources\.local\.areas\.", error.where)
    assert "hunter2" not in told(error)
    # Nor by the command line, in any language; nor does it stand in what Altyn keeps.
    for language in LANGUAGES:
        done = subprocess.run(
            [Path(sys.executable).parent / "altyn", "run", "--project", str(known.folder)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "LANGUAGE": language},
        )
        assert done.returncode == 1
        assert "project.secret" in done.stdout + done.stderr
        assert "hunter2" not in done.stdout + done.stderr
    kept = (p for p in (known.folder / ".altyn").rglob("*") if p.is_file())
    assert not any(b"hunter2" in p.read_bytes() for p in kept)
    path.write_text(TOML, encoding="utf-8")
    require_kept(known, ask)


@pytest.mark.parametrize(
    "moment",
    ["yesterday", "2026-02-30", "0000-00-00", "2026-13-01T00:00", "2026-03-02T25:00", "2026/03/02", "О2.О3.2026"],
)
def test_a_moment_that_cannot_be_read(known: Trial, ask: Ask, moment: str) -> None:
    with pytest.raises(AltynError) as caught:
        ask(known, ALL, known_at=moment)
    assert (caught.value.code, caught.value.exit_status) == ("time.unreadable", 2)
    with pytest.raises(AltynError) as caught:
        ask(known, ALL, as_of=moment)
    assert caught.value.code == "time.unreadable"
    require_kept(known, ask)


# Good input of every kind

THREE = [("0100", "Алматы, ескі", 20), ("0200", "Ақтөбе", 10), ("0300", 'Қала "Ү"', None)]
HEADERS = ["code", "title", "people"]


def as_csv(delimiter: str = ",", encoding: str = "utf-8", rows: slice = slice(None)) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([HEADERS, *THREE[rows]])
    return out.getvalue().encode(encoding)


def as_xlsx() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for y, row in enumerate([HEADERS, *THREE]):
            sheet.write_row(y, 0, row)
    return out.getvalue()


def as_parquet() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "areas.parquet"
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE t (code VARCHAR, title VARCHAR, people INTEGER)")
            connection.executemany("INSERT INTO t VALUES (?, ?, ?)", THREE)
            connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def as_zip(content: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._areas", b"\0")
        archive.writestr(name, content)
    return out.getvalue()


RECORDS = [dict(zip(HEADERS, row, strict=True)) for row in THREE]
JSON = json.dumps(RECORDS, ensure_ascii=False).encode()
NDJSON = b"\n".join(json.dumps(record).encode() for record in RECORDS)
GEOJSON = json.dumps(
    {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": None, "properties": r} for r in RECORDS]}
).encode()
# The Kazakh letters of the rows have no place in cp1251; these have.
RUSSIAN = [("0100", "Алма-Ата", 20), ("0200", "Караганда", 10), ("0300", "Город Ё", None)]
KINDS: dict[str, dict[str, bytes]] = {
    "commas": {"a.csv": as_csv()},
    "semicolons": {"a.csv": as_csv(";")},
    "tabs": {"a.tsv": as_csv("\t")},
    "bars": {"a.txt": as_csv("|")},
    "a byte order mark": {"a.csv": as_csv(encoding="utf-8-sig")},
    "utf-16": {"a.csv": as_csv(encoding="utf-16")},
    "utf-16 without a mark": {"a.csv": as_csv(";", encoding="utf-16-be")},
    "xlsx": {"a.xlsx": as_xlsx()},
    "json": {"a.json": JSON},
    "ndjson": {"a.ndjson": NDJSON},
    "geojson": {"a.geojson": GEOJSON},
    "parquet": {"a.parquet": as_parquet()},
    "gz": {"a.csv.gz": gzip.compress(as_csv())},
    "bz2": {"a.ndjson.bz2": bz2.compress(NDJSON)},
    "zip": {"a.zip": as_zip(as_csv(";"), "folder/areas.csv")},
    "xlsx in a zip": {"a.zip": as_zip(as_xlsx(), "areas.xlsx")},
    "parquet in gz": {"a.parquet.gz": gzip.compress(as_parquet())},
    "geojson in a zip": {"a.zip": as_zip(GEOJSON, "areas.geojson")},
    "a glob of two files": {"a-1.csv": as_csv(rows=slice(2)), "a-2.csv": as_csv(";", rows=slice(2, 3))},
    "a glob of two kinds": {"a-1.csv": as_csv(rows=slice(2)), "a-2.json": json.dumps(RECORDS[2:]).encode()},
}


@pytest.mark.parametrize("name", KINDS)
def test_the_same_three_rows_from_every_kind(trial: Trial, ask: Ask, name: str) -> None:
    files = KINDS[name]
    for file, content in files.items():
        (trial.folder / "data" / file).write_bytes(content)
    source(trial, "data/a-*" if len(files) > 1 else f"data/{next(iter(files))}")
    report = trial.run()
    assert report.errors == []
    line = next(x for x in report.lines if x["register"] == "local.areas")
    assert (line["read"], line["put"], line["refused"]) == (3, 3, 0)
    assert ask(trial, ALL) == THREE


def test_the_same_three_rows_in_cp1251(trial: Trial, ask: Ask) -> None:
    text = "".join(f"{code};{title};{people or ''}\r\n" for code, title, people in RUSSIAN)
    (trial.folder / "data" / "areas.csv").write_bytes(("code;title;people\r\n" + text).encode("cp1251"))
    assert trial.run().errors == []
    assert ask(trial, ALL) == RUSSIAN


def test_the_same_rows_in_another_kind_change_nothing(trial: Trial, ask: Ask) -> None:
    for name, files in KINDS.items():
        if len(files) > 1:
            continue
        ((file, content),) = files.items()
        (trial.folder / "data" / file).write_bytes(content)
        source(trial, f"data/{file}")
        report = trial.run()
        assert report.errors == [], name
        # Two kinds may be the same bytes: then there is nothing to read.
        line = next(x for x in report.lines if x["register"] == "local.areas")
        if name != "commas" and line["status"] == "loaded":
            assert (line["same"], line["put"], line["retracted"]) == (3, 0, 0), name
    assert ask(trial, ALL) == THREE
    assert trial.open().snapshot().registers["local.areas"].versions == 3
