"""Formats: an older snapshot says the same in our words, and no text of a report is carried along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from altyn.store.formats import STEPS, as_format_2, without_texts

OLD: dict[str, Any] = {
    "format": 1, "number": 3, "measures": {"local.people": {"fingerprint": "f", "path": "p", "rows": 2}},
    "registers": {"local.areas": {"path": "store/a", "version": 1, "slices": {"open": "x"}, "rows": 2}},
    "report": [{"register": "local.areas", "error": {"code": "source.column-missing", "what": "Айгүл 900101300017"}}],
}  # fmt: skip


def test_measures_are_tables_copies_are_made_again_and_reports_have_codes() -> None:
    new = as_format_2(OLD)

    assert new["format"] == 2
    assert new["tables"] == {"local.people": {"kind": "measure", "fingerprint": "f", "path": "p", "rows": 2}}
    assert "measures" not in new
    assert new["registers"]["local.areas"] == {
        "path": "store/a",
        "version": 1,
        "slices": {},
        "slice_bases": {},
        "rows": 2,
    }
    assert new["report"] == [{"register": "local.areas", "error": {"code": "source.column-missing"}}]
    assert OLD["format"] == 1, "what was given stays as it was"


def test_what_is_of_our_format_stays() -> None:
    assert as_format_2(as_format_2(OLD)) == as_format_2(OLD)
    assert as_format_2({k: v for k, v in OLD.items() if k != "report"})["report"] == []


@pytest.mark.parametrize("gone", ["format", "measures", "registers"])
def test_what_is_of_neither_is_told(gone: str) -> None:
    with pytest.raises(KeyError):
        as_format_2({k: v for k, v in OLD.items() if k != gone})


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ({"error": {"what": "x"}}, {"error": {"code": ""}}), ({"error": "x", "n": 1}, {"error": "x", "n": 1}), ({"n": 1}, {"n": 1}), ({}, {}),
    ],
)  # fmt: skip
def test_a_line_of_a_report(line: dict[str, Any], kept: dict[str, Any]) -> None:
    assert without_texts(line) == kept


def test_the_step_writes_older_snapshots_anew_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    for name, document in (("000001", OLD), ("000002", as_format_2(OLD) | {"number": 2}), ("note", OLD)):
        (tmp_path / "snapshots" / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    ours = (tmp_path / "snapshots" / "000002.json").read_bytes()
    step = STEPS[1]

    assert step.touches(tmp_path) == 1
    step.carry_out(tmp_path)
    step.carry_out(tmp_path)

    assert step.touches(tmp_path) == 0
    assert json.loads((tmp_path / "snapshots" / "000001.json").read_bytes()) == as_format_2(OLD)
    assert (tmp_path / "snapshots" / "000002.json").read_bytes() == ours
    assert json.loads((tmp_path / "snapshots" / "note.json").read_bytes()) == OLD
