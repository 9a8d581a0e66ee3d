"""JSON: digits as they were written, nesting as text, and nothing swallowed where parsers disagree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.model import Column, ColumnType
from altyn.sources import json_files
from altyn.sources.files import SourceFile
from altyn.sources.json_files import GeoJsonReader, JsonReader
from tests.unit.sources.reading import columns, raws, refused, stage

CODE, N = Column("code", ColumnType("text")), Column("n", ColumnType("decimal"))


def written(folder: Path, text: str, name: str = "in.json") -> SourceFile:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return SourceFile(name, path, path, path.suffix, 0, "", ())


def test_records_of_an_array_with_the_digits_they_were_written_with(tmp_path: Path) -> None:
    written(tmp_path, '[{"code": "007", "n": 1.10}, {"code": "", "n": 12345678901234567890.123}, {"n": null}]')
    assert stage(tmp_path, "in.json", (CODE, N)) == [
        (1, None, "007", "1.10"),
        (2, None, None, "12345678901234567890.123"),
        (3, None, None, None),
    ]


@pytest.mark.parametrize("value", ["7", "7.0", "true"])
def test_a_number_where_a_code_was_declared_is_a_problem(tmp_path: Path, value: str) -> None:
    written(tmp_path, f'[{{"code": {value}}}, {{"code": "007"}}]')
    assert [r[:2] for r in stage(tmp_path, "in.json", (CODE,))] == [(1, "row.text-expected"), (2, None)]


def test_an_array_deeper_down(tmp_path: Path) -> None:
    written(tmp_path, '{"result": {"rows": [{"code": "1"}]}, "items": []}')
    assert stage(tmp_path, "in.json", (CODE,), records="result.rows") == [(1, None, "1")]
    error = refused(tmp_path, "in.json", (CODE,))
    assert error.code == "source.format"
    assert "items" in str(error)


@pytest.mark.parametrize("name", ["880808400123", "Planted Name", "data of planted"])
@pytest.mark.parametrize("asked", ["", "rows", "result.rows"])
def test_a_name_in_a_document_may_be_somebody_and_is_not_told(tmp_path: Path, name: str, asked: str) -> None:
    written(tmp_path, json.dumps({name: [{"code": "1"}], "record": [], "rows": {name: []}}))

    error = refused(tmp_path, "in.json", (CODE,), **({"records": asked} if asked else {}))

    assert error.code == "source.format"
    assert name not in str(error)
    assert f"Arrays here: {1 if asked == 'rows' else 2}." in str(error)


def test_a_name_near_to_the_one_asked_for_is_told(tmp_path: Path) -> None:
    written(tmp_path, '{"acts_of_birth": [], "880808400123": []}')

    error = refused(tmp_path, "in.json", (CODE,), records="act_of_birth")

    assert "acts_of_birth" in str(error)
    assert "880808400123" not in str(error)


def test_nested_fields_by_dots_and_whole(tmp_path: Path) -> None:
    written(tmp_path, '[{"at": {"xy": [76.90, 43.2]}, "a.b": "flat"}, {"at": null}]')
    asked = (
        Column("x", ColumnType("decimal"), header="at.xy.0"),
        Column("flat", ColumnType("text"), header="a.b"),
        Column("at", ColumnType("json")),
    )
    assert stage(tmp_path, "in.json", asked) == [
        (1, None, "76.90", "flat", '{"xy": [76.90, 43.2]}'),
        (2, None, None, None, None),
    ]


def test_a_column_in_no_record_is_missing_and_one_in_some_is_not(tmp_path: Path) -> None:
    written(tmp_path, '[{"n": 1}, {"n": 2, "code": "x", "more": 1}]')
    assert len(stage(tmp_path, "in.json", (CODE, N))) == 2
    for header in ("none", "code.deeper"):
        error = refused(tmp_path, "in.json", columns(header))
        assert error.code == "source.column-missing"
    assert "more" not in str(error)


def test_names_nobody_declared_are_told(tmp_path: Path) -> None:
    file = written(tmp_path, '[{"code": "1", "more": 1, "at": {"x": 1, "y": 2}}]')
    asked = (CODE, Column("x", ColumnType("decimal"), header="at.x"))
    with Session() as session:
        assert JsonReader().stage(session, file, asked, {}, tmp_path, "t")[1] == ("more",)


def test_what_parsers_disagree_on_is_a_problem_row(tmp_path: Path) -> None:
    written(tmp_path, '[{"code": "1", "code": "2"}, {"code": "a\\u0000"}, {"code": "\\ud800"}, 7, {"code": "3"}]')
    assert [r[:2] for r in stage(tmp_path, "in.json", (CODE,))] == [
        (1, "row.damaged"), (2, "row.damaged"), (3, "row.damaged"), (4, "row.not-object"), (5, None),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ['[{"n": 1},\n{"n": ]', '[{"n": NaN}]', '[{"n": 1}', "[" * 100_000, "7", '{"a": 1}'])
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    written(tmp_path, text)
    assert refused(tmp_path, "in.json", (N,)).code == "source.format"


def test_broken_json_is_refused_with_its_line(tmp_path: Path) -> None:
    written(tmp_path, '[{"n": 1},\n{"n": ]')
    assert refused(tmp_path, "in.json", (N,)).where == "in.json, line 2"


def test_an_empty_array_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "[]")
    assert refused(tmp_path, "in.json", (N,)).code == "source.empty"
    assert stage(tmp_path, "in.json", (N,), allow_empty=True) == []


def test_a_huge_document_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "WHOLE_MB", 0)
    written(tmp_path, '[{"n": 1}]')
    error = refused(tmp_path, "in.json", (N,))
    assert error.code == "source.too-large"
    assert "NDJSON" in str(error)


def test_lines_of_ndjson(tmp_path: Path) -> None:
    written(tmp_path, '{"n": 1}\r\n\r\n{"n": \n[1]\n{"n": NaN}\n{"n": 2}', "in.ndjson")
    assert stage(tmp_path, "in.ndjson", (N,)) == [
        (1, None, "1"),
        (3, "row.not-object", None),
        (4, "row.not-object", None),
        (5, "row.not-object", None),
        (6, None, "2"),
    ]
    assert raws(tmp_path, "in.ndjson", (N,)) == [(3, '{"n": '), (4, "[1]"), (5, '{"n": NaN}')]


def test_geojson_gives_properties_geometry_and_id(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "f1", "properties": {"code": "KZ-75"}, '
        '"geometry": {"type": "Point", "coordinates": [76.900, 43.20]}}, {"properties": null, "geometry": null}, 5, '
        '{"properties": {"geometry": 1}, "geometry": null}]}',
        "in.geojson",
    )
    asked = (CODE, Column("geometry", ColumnType("json")))
    assert stage(tmp_path, "in.geojson", asked) == [
        (1, None, "KZ-75", '{"type": "Point", "coordinates": [76.900, 43.20]}'),
        (2, None, None, None),
        (3, "row.not-object", None, None),
        (4, "row.damaged", None, None),
    ]
    with Session() as session:
        assert GeoJsonReader().stage(session, file, asked, {}, tmp_path, "t")[1] == ("id",)
    written(tmp_path, '{"type": "Feature"}', "in.geojson")
    assert refused(tmp_path, "in.geojson", asked).code == "source.format"


def test_a_sample_for_guessing(tmp_path: Path) -> None:
    file = written(tmp_path, '[{"a": 1.50}, {"b": "x"}]')
    assert JsonReader().sample(file, {}, tmp_path, 9) == [("a", ["1.50", None]), ("b", [None, "x"])]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_any_text_comes_back(tmp_path: Path, texts: list[str]) -> None:
    """As an array and as lines, with every sign that JSON may escape or not."""
    records = [{"code": t} for t in texts]
    written(tmp_path, json.dumps(records, ensure_ascii=False))
    written(tmp_path, "\n".join(json.dumps(r) for r in records), "in.ndjson")
    expected = [(n, None, t or None) for n, t in enumerate(texts, start=1)]
    assert stage(tmp_path, "in.json", (CODE,)) == expected
    assert stage(tmp_path, "in.ndjson", (CODE,)) == expected
