"""Whoever only looks at a file, to guess its contract or to link its rows, asks for no more of the machine than a run does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from altyn.engines import confined
from altyn.errors import AltynError
from altyn.packs.project import load_project
from altyn.serve.use_cases import adding
from altyn.serve.use_cases.linking import link_files, read_specification
from altyn.serve.use_cases.refusals import export_quarantine, refusals
from altyn.serve.workspace import Workspace
from altyn.sources import apart, excel, json_files
from tests.integration.strange import stranger
from tests.integration.test_hungry_files import text_cell, workbook

CORNER = f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'
FEW = confined.Bounds(bytes=confined.MB, cpu_s=60, wall_s=120, memory_mb=400, file_mb=100)
DEEP = "[" * 100_000


def added(folder: Path, name: str) -> adding.Proposal:
    """What `altyn add` would show of a file of the project."""
    return adding.propose(load_project(folder), folder / "data" / name, "looked_at")


def linked(folder: Path, name: str) -> object:
    """What `altyn link` makes of a file."""
    return link_files([folder / "data" / name], folder / "clusters.parquet")


Look = Callable[[Path, str], object]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that allows its folder data."""
    stranger(tmp_path, {"id": ("id", "string")})
    return tmp_path


def hungry_json(path: Path) -> None:
    """A document that takes more than `FEW` gives."""
    record = {f"c{n}": n for n in range(60)}
    path.write_text("[" + ",".join([json.dumps(record)] * 40_000) + "]", encoding="utf-8")


@pytest.mark.parametrize("look", [added, linked])
@pytest.mark.parametrize("name", ["big.json", "corner.xlsx"])
def test_a_look_takes_no_more_than_its_process_may(
    project: Path, monkeypatch: pytest.MonkeyPatch, look: Look, name: str
) -> None:
    if name == "big.json":
        hungry_json(project / "data" / name)
    else:
        workbook(project / "data" / name, CORNER)
    monkeypatch.setattr(apart, "BOUNDS", FEW)

    def held_here(*_: object) -> object:
        pytest.fail("the file was held in the process that looks")

    # Its readers may work in the other process alone.
    monkeypatch.setattr(json_files, "_document", held_here)
    monkeypatch.setattr(excel, "_sheet", held_here)
    with pytest.raises(AltynError) as refused:
        look(project, name)

    assert refused.value.code == "source.too-large"


@pytest.mark.parametrize("suffix", [".json", ".xlsx"])
def test_a_look_apart_finds_the_same(project: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    rows = [["id", "name", "day", "n"], ["007", "Әсел", "2020-02-03", 1], ["008", "Болат", "2021-03-04", 2]]
    path = project / "data" / f"looked{suffix}"
    if suffix == ".json":
        records = [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:]]
        path.write_text(
            json.dumps({"meta": {"n": 2}, "data": {"rows": records}, "other": [{"a": 1}]}), encoding="utf-8"
        )
    else:
        book = xlsxwriter.Workbook(str(path))
        sheet, other = book.add_worksheet("table"), book.add_worksheet("notes")
        other.write(0, 0, "unread")
        sheet.write(0, 0, "A title above the table")
        for number, row in enumerate(rows, start=2):
            sheet.write_row(number, 0, row)
        book.close()

    here = added(project, path.name)
    monkeypatch.setattr(apart, "FROM_BYTES", 0)

    assert added(project, path.name) == here
    assert here.settings.keys() > {"path"}
    assert len(here.found.decisions) == 4


@pytest.mark.parametrize("look", [added, linked])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.json", DEEP),
        ("deep_in_a_field.json", f'[{{"a": {DEEP}{"]" * 100_000}}}]'),
        ("deep_objects.json", '{"a":' * 100_000),
        ("deep.geojson", f'{{"type": "FeatureCollection", "features": [{DEEP}'),
    ],
)
def test_nesting_without_end_is_no_table(project: Path, look: Look, name: str, text: str) -> None:
    (project / "data" / name).write_text(text, encoding="utf-8")

    with pytest.raises(AltynError) as refused:
        look(project, name)

    assert refused.value.code in {"source.format", "source.empty", "identity.nothing-to-compare", "add.no-table"}


def test_a_refused_line_of_nesting_without_end_is_shown_and_taken_out(project: Path) -> None:
    brought = stranger(project / "lines", {"a": ("a", "integer")}, suffix="ndjson", source='kind = "ndjson"\n')
    brought.bring(f'{{"a": 1}}\n{{"a": {DEEP}{"]" * 100_000}}}\n', ".ndjson")
    brought.run()
    workspace = Workspace.open(brought.folder)
    register = workspace.register("local.brought")

    assert refusals(workspace, register).entries == 1
    assert export_quarantine(workspace, register).count(b"\n") == 2
    assert added(brought.folder, "brought.ndjson").odd


def test_a_specification_of_nesting_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(f"a = {DEEP}", encoding="utf-8")

    with pytest.raises(AltynError) as refused:
        read_specification(tmp_path / "spec.toml")

    assert refused.value.code == "identity.specification"
