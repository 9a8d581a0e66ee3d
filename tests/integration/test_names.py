"""Columns may be called what they like: every word of our own SQL, and every key word of DuckDB's, loads as a column."""

from __future__ import annotations

import ast
import csv
import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from altyn.model.columns import NAME
from altyn.model.registers import RESERVED
from altyn.model.sql import identifier, literal
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.running import RunReport, run_project
from altyn.serve.workspace import Workspace
from tests.integration.conftest import PACK

ROOMS = ("model", "engines", "sources", "store", "policy", "serve")
SOURCE = Path(__file__).parents[2] / "src" / "altyn"
CHUNK = 400
TOML = 'name = "names"\npacks = ["local"]\n[sources."local.words"]\npath = "data/words.{suffix}"\n'


@functools.cache
def words() -> tuple[str, ...]:
    """Every word that stands in a text of our source and could be a column's name, and every key word of DuckDB."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (SOURCE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and "SELECT" in node.value.upper() + " SELECT"
                ):
                    found |= set(re.findall(r"\b[a-z][a-z0-9_]*\b", node.value))
    found |= {str(w) for (w,) in duckdb.connect().execute("SELECT keyword_name FROM duckdb_keywords()").fetchall()}
    # Columns that DuckDB itself gives to files.
    found |= {
        "filename",
        "file_row_number",
        "file_index",
        "row_id",
        "column_name",
        "rule",
        "raw",
        "problem",
        "problem_column",
    }
    return tuple(sorted(w for w in found if NAME.match(w) and w not in RESERVED))


def chunks() -> list[tuple[str, ...]]:
    """The words, a register's width at a time; single letters in each, for they are what tables are called by."""
    short = tuple(w for w in words() if len(w) == 1)
    long = [w for w in words() if len(w) > 1]
    return [(*short, *long[at : at + CHUNK]) for at in range(0, len(long), CHUNK)]


def project(folder: Path, names: Sequence[str], suffix: str) -> None:
    """A project whose one register has these columns; the first is the key, the second a number that a rule looks at."""
    registers = folder / "packs" / "local" / "registers"
    registers.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "altyn.toml").write_text(TOML.format(suffix=suffix), encoding="utf-8")
    (registers.parent / "pack.toml").write_text(PACK, encoding="utf-8")
    properties: list[dict[str, Any]] = [
        {"name": n, "physicalName": n, "logicalType": "string", "classification": "public"} for n in names
    ]
    properties[0] |= {"primaryKey": True, "required": True}
    properties[1] |= {"logicalType": "integer"}
    rules = [{"name": "not_nine", "sql": f"{identifier(names[1])} <> 9", "severity": "refuse", "message": "not nine"}]
    document = {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": "local.words", "name": "words", "version": "1.0.0", "status": "active",
        "schema": [{
            "name": "words", "logicalType": "object", "properties": properties,
            "quality": [{"type": "sql", "name": "some", "query": f"SELECT count({identifier(names[2])}) FROM words", "mustBeGreaterThan": 0}],
            "customProperties": [
                {"property": "altyn.disclosure", "value": {"open": True, "kind": "simulated"}},
                {"property": "altyn.errorBudget", "value": 1},
                {"property": "altyn.rowRules", "value": rules},
            ],
        }],
    }  # fmt: skip
    (registers / "words.odcs.yaml").write_text(json.dumps(document), encoding="utf-8")


def row(names: Sequence[str], key: str, number: int | str) -> dict[str, Any]:
    return {n: key if i == 0 else number if i == 1 else f"{n} of {key}" for i, n in enumerate(names)}


Writer = Callable[[Path, Sequence[str], Sequence[Mapping[str, Any]]], None]


def write_csv(path: Path, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        made = csv.DictWriter(file, names)
        made.writeheader()
        made.writerows(rows)


def write_xlsx(path: Path, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, name in enumerate(names):
            sheet.write_string(0, place, name)
            for line, one in enumerate(rows, start=1):
                sheet.write(line, place, one[name])


def write_json(path: Path, _names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_text(json.dumps(rows), encoding="utf-8")


def write_ndjson(path: Path, _names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")


def write_geojson(path: Path, _names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    features = [
        {"type": "Feature", "geometry": None, "properties": {k: v for k, v in one.items() if k != "geometry"}}
        for one in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def write_parquet(path: Path, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    listed = ", ".join(identifier(n) for n in names)
    values = ", ".join("(" + ", ".join(literal(str(v)) for v in one.values()) + ")" for one in rows)
    numbers = f"REPLACE (TRY_CAST({identifier(names[1])} AS BIGINT) AS {identifier(names[1])})"
    duckdb.sql(
        f"COPY (SELECT * {numbers} FROM (VALUES {values}) AS v({listed})) TO {literal(str(path))} (FORMAT parquet)"
    )


WRITERS: dict[str, Writer] = {
    "csv": write_csv, "xlsx": write_xlsx, "json": write_json, "ndjson": write_ndjson, "geojson": write_geojson, "parquet": write_parquet,
}  # fmt: skip


def run(folder: Path) -> RunReport:
    report = run_project(Workspace.open(folder))
    assert not report.errors
    return report


@pytest.mark.parametrize("number", range(len(chunks())))
def test_a_register_whose_columns_are_our_own_words(tmp_path: Path, number: int) -> None:
    names = chunks()[number]
    project(tmp_path, names, "csv")
    path = tmp_path / "data" / "words.csv"
    write_csv(path, names, [row(names, "a", 1), row(names, "b", 2), row(names, "c", "x"), row(names, "d", 9)])
    first = run(tmp_path).lines[0]
    write_csv(path, names, [row(names, "a", 1), row(names, "b", 3), row(names, "e", 4)])
    second = run(tmp_path).lines[0]

    assert (first["put"], first["refused"]) == (2, 2)
    assert (second["put"], second["same"], second["retracted"], second["refused"]) == (2, 1, 0, 0)
    workspace = Workspace.open(tmp_path)
    answer = questions.query(workspace, f"SELECT * FROM words ORDER BY {identifier(names[0])}")
    held = [tuple(r[: len(names)]) for r in answer.rows()]
    assert held == [tuple(row(names, *x).values()) for x in (("a", 1), ("b", 3), ("e", 4))]
    assert len(questions.history(workspace, workspace.register("words"), "b")) == 2  # two versions


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_from_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    for number, names in enumerate(chunks()):
        folder = tmp_path / str(number)
        project(folder, names, kind)
        WRITERS[kind](folder / "data" / f"words.{kind}", names, [row(names, "a", 1), row(names, "b", 2)])
        run(folder)

        answer = questions.query(Workspace.open(folder), f"SELECT * FROM words ORDER BY {identifier(names[0])}")
        wanted = [tuple(row(names, *x).values()) for x in (("a", 1), ("b", 2))]
        if kind == "geojson" and "geometry" in names:
            place = names.index("geometry")
            wanted = [(*w[:place], None, *w[place + 1 :]) for w in wanted]
        assert [tuple(r[: len(names)]) for r in answer.rows()] == wanted


def test_the_words_hold_our_own_tables_and_columns() -> None:
    assert {"rule", "column_name", "row_id", "select", "accepted", "n", "h", "line", "register"} <= set(words())
