"""Files that strangers brought, and siblings of each: nothing is lost in silence, nothing hangs, nothing ends a run."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from altyn.errors import AltynError
from altyn.serve.use_cases import refusals
from altyn.serve.use_cases.running import resubmit
from altyn.serve.workspace import Workspace
from tests.integration.strange import FILES, stranger, texts

INTEGER = "integer"


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def test_a_column_called_row_id_hides_no_refused_row(tmp_path: Path) -> None:
    columns = {"code": ("code", "string"), "row_id": ("Row ID", INTEGER), "beds": ("beds", INTEGER)}
    brought = stranger(tmp_path, columns)
    for day in (1, 2):
        brought.bring(FILES / "03-row-id-silent-retraction" / f"rid40_day{day}.csv")
        report = brought.run()

    assert (report.lines[0]["retracted"], report.lines[0]["refused"]) == (0, 1)
    assert brought.refused()[0][1:] == ("row_id", "type")


@pytest.mark.parametrize("name", ["rule", "column_name", "rowid1"])
def test_names_that_once_ended_a_run(tmp_path: Path, name: str) -> None:
    header = name.removesuffix("1")
    brought = stranger(tmp_path, {"id": ("id", "string"), f"{header}_value": (header, INTEGER)})
    brought.bring(FILES / "04-names-that-crash-a-run" / f"{name}.csv")

    assert brought.run().exit_status == 0
    assert brought.ask(f"select {header}_value from brought order by 1") == [(1,), (2,)]


def test_it_waits_and_the_last_state_stays(tmp_path: Path) -> None:
    brought = stranger(tmp_path, {**texts("code", "name"), "beds": ("beds", INTEGER)})
    brought.bring(FILES / "06-truncated-extract" / "m1.csv")
    brought.run()
    brought.bring(FILES / "06-truncated-extract" / "m2.csv")
    report = brought.run()

    assert [e.code for e in report.errors] == ["source.shrunken"]
    assert "999 of 1" in str(report.errors[0]).replace("\xa0", "")
    assert brought.ask("select count(*) from brought") == [(1000,)]
    # It still waits, however often the run is repeated.
    assert brought.run().exit_status == 1

    accepted = brought.run("brought")
    assert accepted.exit_status == 0
    assert brought.rules(accepted)["retractions-accepted"] == 999
    assert brought.ask("select count(*) from brought") == [(1,)]
    assert Workspace.open(tmp_path).snapshot().findings[0]["rule"] == "retractions-accepted"


def test_a_word_is_for_the_extract_it_was_given_on(tmp_path: Path) -> None:
    brought = stranger(tmp_path, texts("code"))
    brought.bring(lines("code", *map(str, range(100, 300))))
    brought.run()
    # A word given before anything waits lets nothing in.
    brought.bring(lines("code", "100"))
    assert brought.run("brought").exit_status == 1
    brought.bring(lines("code", "101"))
    assert brought.run("brought").exit_status == 1
    assert brought.run("brought").exit_status == 0
    assert brought.ask("select code from brought") == [("101",)]


@pytest.mark.parametrize(("limit", "gone", "waits"), [
    (None, 20, False), (None, 21, True), (1, 200, False), (0, 21, True), ({"share": 0, "rows": 0}, 1, True), ({"rows": 50}, 50, False),
])  # fmt: skip
def test_how_many_may_go(tmp_path: Path, limit: Any, gone: int, *, waits: bool) -> None:
    profile = [] if limit is None else [{"property": "altyn.retractionLimit", "value": limit}]
    brought = stranger(tmp_path, texts("code"), profile=profile)
    codes = [str(n) for n in range(1000, 1201)]
    brought.bring(lines("code", *codes))
    brought.run()
    brought.bring(lines("code", *codes[gone:]))

    assert (brought.run().exit_status == 1) is waits


def test_error_cells_are_refused(tmp_path: Path) -> None:
    brought = stranger(tmp_path, {**texts("code", "name"), "beds": ("beds", INTEGER)}, suffix="xlsx")
    brought.bring(FILES / "07-xlsx-error-cells" / "x_err.xlsx")
    brought.run()

    assert brought.refused() == [(8, "beds", "row.error-cell"), (9, "beds", "row.error-cell")]


def test_a_formula_nobody_computed_is_refused_and_a_computed_one_is_not(tmp_path: Path) -> None:
    brought = stranger(tmp_path, {**texts("code"), "n": ("n", INTEGER)}, suffix="xlsx")
    path = tmp_path / "made.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["code", "n"])
        sheet.write_string(1, 0, "a")
        sheet.write_formula(1, 1, "=1+1", value=2)
        sheet.write_string(2, 0, "b")
        sheet.write_formula(2, 1, "=1+2", value=33)
    strip(path, "<v>33</v>")
    brought.bring(path)
    brought.run()

    assert brought.refused() == [(3, "n", "row.formula")]
    assert brought.ask("select code, n from brought") == [("a", 2)]


@pytest.mark.parametrize("written", ["", "<v></v>", "<v />", "<v/>"])
def test_a_place_for_a_result_without_one_is_no_missing_value(tmp_path: Path, written: str) -> None:
    brought = stranger(tmp_path, {**texts("code"), "n": ("n", INTEGER)}, suffix="xlsx")
    path = tmp_path / "made.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["code", "n"])
        for row in (1, 2):
            sheet.write_string(row, 0, f"c{row}")
            sheet.write_formula(row, 1, "=1+1", value=7000 + row)
    strip(path, "<v>7002</v>", written)
    brought.bring(path)
    brought.run()

    assert brought.refused() == [(3, "n", "row.formula")]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_footer_that_is_missing_or_one_line_more_is_told(tmp_path: Path, kind: str) -> None:
    brought = stranger(tmp_path, {**texts("code"), "n": ("n", INTEGER)}, suffix=kind, source="skip_footer = 1")

    def bring(*rows: str) -> dict[str, int]:
        if kind == "csv":
            brought.bring(lines("code,n", *rows))
        else:
            with xlsxwriter.Workbook(tmp_path / "made.xlsx") as book:
                sheet = book.add_worksheet()
                for place, row in enumerate(["code,n", *rows]):
                    code, number = row.split(",")
                    sheet.write_string(place, 0, code)
                    sheet.write(place, 1, int(number) if number.isdigit() else number)
            brought.bring(tmp_path / "made.xlsx")
        return brought.rules(brought.run())

    records = [f"{n:06},{n}" for n in range(1, 6)]
    assert bring(*records, "Итого,15") == {}
    assert bring(*records) == {"row.footer": 1, "retraction-held": 1}
    assert brought.ask("select count(*) from brought") == [(5,)]
    assert bring(*records, "Всего,15", "Итого,15") == {"row.footer": 1, "retraction-held": 1}
    assert brought.ask("select count(*) from brought") == [(5,)]


def test_a_source_whose_headers_are_those_of_an_export_can_be_mended(tmp_path: Path) -> None:
    columns = {"code": ("altyn_entry", "string"), "line": ("altyn_line", "string"), "n": ("n", INTEGER)}
    brought = stranger(tmp_path, columns)
    brought.bring(lines("altyn_entry,altyn_line,n", "a,1,1", "b,2,x"))
    brought.run()
    workspace = Workspace.open(tmp_path)
    mended = tmp_path / "mended.csv"
    exported = refusals.export_quarantine(workspace, workspace.register("brought"))
    mended.write_bytes(exported.replace(b"b,2,x", b"b,2,2"))
    assert not resubmit(workspace, workspace.register("brought"), mended).errors

    assert brought.ask("select code, n from brought order by 1") == [("a", 1), ("b", 2)]
    assert brought.refused() == []


def test_long_numbers_are_exact_or_refused(tmp_path: Path) -> None:
    brought = stranger(tmp_path, {"account": ("account", INTEGER), "sum": ("sum", "number")}, suffix="xlsx")
    brought.bring(FILES / "09-xlsx-16-digits" / "x_id16.xlsx")
    brought.run()

    numbers = [1234567890123456, 1234567890123457, 9007199254740991]
    assert brought.ask("select account from brought order by 1") == [(n,) for n in numbers]


def test_beyond_a_double_only_written_digits_count(tmp_path: Path) -> None:
    brought = stranger(tmp_path, {"n": ("n", INTEGER)}, suffix="xlsx")
    path = tmp_path / "made.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "n")
        for row, number in enumerate((12345678901234567, 1.5e19, 7), start=1):
            sheet.write_number(row, 0, number)
    strip(path, f"<v>{12345678901234567:.16G}</v>", "<v>12345678901234567</v>")
    brought.bring(path)
    brought.run()

    assert brought.ask("select n from brought order by 1") == [(7,), (12345678901234567,)]
    assert brought.refused() == [(3, "n", "row.inexact")]


def test_the_sheet_that_is_seen_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    brought = stranger(tmp_path, texts("code", "name"), suffix="xlsx")
    brought.bring(FILES / "20-xlsx-hidden-first-sheet" / "x_hidden.xlsx")
    report = brought.run()

    assert brought.ask("select code from brought order by 1") == [("001",), ("002",)]
    assert "sheets-unread" in brought.rules(report)
    assert "lists" in report.findings[0]["message"]["en"]


def strip(path: Path, text: str, other: str = "") -> None:
    """Change a text inside a workbook's sheet, as a program that writes without computing would have written it."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content.replace(text.encode(), other.encode()) if "sheet1" in name else content)


@pytest.mark.parametrize("name", ["bommid", "bommid2"])
def test_a_mark_in_the_middle_of_a_file(tmp_path: Path, name: str) -> None:
    brought = stranger(tmp_path, texts("code", "name"))
    brought.bring(FILES / "16-bom-in-the-middle" / f"{name}.csv")
    report = brought.run()

    if name == "bommid":
        assert brought.refused() == [(3, None, "row.header")]
    else:
        assert brought.rules(report) == {"key.unseen": 1}
        assert "U+FEFF" in report.findings[0]["message"]["en"]


@pytest.mark.parametrize(("folder", "first", "second"), [
    ("17-headers-that-look-the-same", "u_nfc", "u_nfd"), ("17-headers-that-look-the-same", "u_nfd", "u_nfc"),
])  # fmt: skip
def test_headers_are_matched_as_the_eye_reads_them(tmp_path: Path, folder: str, first: str, second: str) -> None:
    header = (FILES / folder / f"{first}.csv").read_text(encoding="utf-8").split("\n")[0].split(",")[0]
    brought = stranger(tmp_path, {"code": ("Код", "string"), "area": (header, "string")})
    brought.bring(FILES / folder / f"{second}.csv")

    assert brought.run().exit_status == 0


@pytest.mark.parametrize("name", ["u_hdr_zw", "u_hdr_zw2"])
def test_marks_that_cannot_be_seen_in_headers(tmp_path: Path, name: str) -> None:
    brought = stranger(tmp_path, {"code": ("code", "string"), "born": ("date of birth", "date")})
    brought.bring(FILES / "17-headers-that-look-the-same" / f"{name}.csv")
    brought.run()

    assert brought.ask("select count(*) from brought") == [(2,)]


@pytest.mark.parametrize("kind", ["json", "ndjson"])
def test_names_of_json_records_too(tmp_path: Path, kind: str) -> None:
    brought = stranger(tmp_path, {"code": ("code", "string"), "area": ("Йошкар", "string")}, suffix=kind)
    record = json.dumps({"code": "1", "И\u0306ошкар\u200b": "x"}, ensure_ascii=False)
    brought.bring(f"[{record}]" if kind == "json" else record, f".{kind}")
    brought.run()

    assert brought.ask("select area from brought") == [("x",)]


def test_keys_that_look_the_same_are_told_with_their_signs(tmp_path: Path) -> None:
    brought = stranger(tmp_path, {"name": ("name", "string"), "n": ("n", INTEGER)})
    for name in ("u_key1", "u_key2"):
        brought.bring(FILES / "18-keys-that-look-the-same" / f"{name}.csv")
        report = brought.run()
    finding = next(f for f in report.findings if f["rule"] == "key.unseen")

    assert finding["rows"] == 3
    assert all(point in finding["message"]["en"] for point in ("U+0306", "U+00A0", "U+200B"))


def test_kazakh_letters_are_whole(tmp_path: Path) -> None:
    brought = stranger(tmp_path, texts("name", "x"))
    brought.bring(lines("name,x", "Әлия Құрманғазықызы,1", "Йә Ёлка,2"))

    assert brought.rules(brought.run()) == {}


def test_coordinates_in_metres(tmp_path: Path) -> None:
    brought = stranger(tmp_path, texts("code", "geometry"), suffix="geojson")
    brought.bring(FILES / "27-geojson-crs" / "g_crs.geojson")
    (error,) = brought.run().errors

    assert "EPSG::3857" in str(error)


def test_both_ids_of_a_feature_are_kept(tmp_path: Path) -> None:
    brought = stranger(tmp_path, texts("id", "feature_id"), suffix="geojson")
    brought.bring(FILES / "28-geojson-two-ids" / "g_id.geojson")
    brought.run()

    assert brought.ask("select id, feature_id from brought order by 1") == [("p1", "f1"), ("p2", "f2")]


def test_json_that_is_none(tmp_path: Path) -> None:
    brought = stranger(tmp_path, texts("code"), suffix="json", source='kind = "geojson"')
    brought.bring(FILES / "29-json-messages" / "g_nan.geojson", ".json")
    (error,) = brought.run().errors
    assert "NaN" in str(error)
    assert "line 1" in error.where

    other = stranger(tmp_path / "other", texts("id"), suffix="json")
    other.bring(FILES / "29-json-messages" / "j_ndjson.json")
    (error,) = other.run().errors
    assert "ndjson" in str(error)


def test_a_lone_carriage_return_is_named(tmp_path: Path) -> None:
    brought = stranger(tmp_path, texts("id", "name", "city"))
    brought.bring(FILES / "30-lone-cr" / "l_mixed.csv")
    brought.run()

    assert {rule for _, _, rule in brought.refused()} == {"row.lone-cr"}


def test_bytes_that_are_no_text_name_their_column(tmp_path: Path) -> None:
    brought = stranger(tmp_path, texts("id", "n"), suffix="parquet")
    brought.bring(FILES / "24-parquet-called-broken" / "p_badutf.parquet")
    brought.run()

    assert brought.refused() == [(1, "n", "row.damaged"), (3, "n", "row.damaged")]


def broken(tmp_path: Path) -> Any:
    brought = stranger(tmp_path, {**texts("code"), "n": ("n", "string")})
    folder = tmp_path / "packs" / "local" / "measures"
    folder.mkdir()
    for name, cast in (("good", "0"), ("weak", "cast(n as bigint)")):
        (folder / f"{name}.toml").write_text(MEASURE.format(name=name, value=cast), encoding="utf-8")
    return brought


def test_a_measure_that_fails_keeps_its_last_state(tmp_path: Path) -> None:
    brought = broken(tmp_path)
    brought.bring(lines("code,n", "a,1"))
    assert brought.run().exit_status == 0
    brought.bring(lines("code,n", "a,secret-4711", "b,2"))
    report = brought.run()

    assert [e.code for e in report.errors] == ["measure.failed"]
    assert "4711" not in str(report.errors)
    assert report.snapshot is not None
    assert brought.ask("select count(*) from brought") == [(2,)]
    built = {m["measure"]: m["built"] for m in report.measures}
    assert built == {"local.good": True, "local.weak": False}
    assert brought.ask("select code, value from weak") == [("a", 1)]


def test_what_nobody_foresaw_ends_one_register_and_tells_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = stranger(tmp_path, texts("code"))
    brought.bring(lines("code", "secret-4711"))

    def fails(*_: object) -> None:
        value = "secret-4711"
        raise ZeroDivisionError(value)

    monkeypatch.setattr("altyn.serve.use_cases.running.load", fails)
    report = brought.run()

    assert [e.code for e in report.errors] == ["internal.unexpected"]
    noted = tmp_path / ".altyn" / "unexpected.log"
    assert noted.stat().st_mode & 0o077 == 0
    line = json.loads(noted.read_text(encoding="utf-8"))
    assert line["error"] in str(report.errors[0])
    assert (line["kind"], line["where"]) == ("builtins.ZeroDivisionError", "local.brought")
    assert "4711" not in noted.read_text(encoding="utf-8") + str(report.errors)


def test_a_copy_that_fails_leaves_the_last_state_of_its_register(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = stranger(tmp_path, texts("code"))
    brought.bring(lines("code", "1"))
    brought.run()
    brought.bring(lines("code", "1", "2"))
    with monkeypatch.context() as patch:
        patch.setattr("altyn.store.run.Run.write_slices", lambda *_: 1 // 0)
        report = brought.run()

    assert [e.code for e in report.errors] == ["internal.unexpected"]
    assert brought.ask("select count(*) from brought") == [(1,)]
    assert brought.run().exit_status == 0
    assert brought.ask("select count(*) from brought") == [(2,)]


@pytest.mark.parametrize(("pattern", "refused"), [("((a{0,900}){0,900}){0,900}", True), ("(a+)+$", False)])
def test_a_pattern_of_a_contract_runs_with_a_limit(tmp_path: Path, pattern: str, *, refused: bool) -> None:
    brought = stranger(tmp_path, texts("code"))
    path = tmp_path / "packs" / "local" / "registers" / "brought.odcs.yaml"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["schema"][0]["properties"][0]["logicalTypeOptions"] = {"pattern": pattern}
    path.write_text(json.dumps(document), encoding="utf-8")
    brought.bring(lines("code", "b", "a" * 100_000 + "!", "a"))
    report = brought.run()

    assert ([e.code for e in report.errors] == ["contract.invalid"]) is refused
    assert refused or brought.ask("select code from brought") == [("a",)]


MEASURE = """\
measure = "{name}"
version = "1.0.0"
title = {{ kk = "{name}", ru = "{name}", en = "{name}" }}
definition = {{ kk = "-", ru = "-", en = "-" }}
unit = "persons"
grain = "all"
owner = {{ kk = "-", ru = "-", en = "-" }}
source = {{ kk = "-", ru = "-", en = "-" }}
inputs = ["local.brought"]
rows = "SELECT code, {value} AS n FROM brought"
value = "sum(n)"
type = "integer"

[[dimensions]]
column = "code"
label = {{ kk = "code", ru = "code", en = "code" }}
"""


def test_a_refused_batch_of_one_register_leaves_the_word_for_another(tmp_path: Path) -> None:
    brought = stranger(tmp_path, texts("code"))
    brought.bring(lines("code", "1"))
    brought.run()

    with pytest.raises(AltynError, match=r"register\.unknown|register"):
        brought.run("nothing")
