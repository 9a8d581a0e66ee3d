"""Reading apart: what the process answers is JSON, made of a job of our own; of an error only its parts leave."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from altyn.engines.confined import JobFailedError, told
from altyn.sources import reading_apart
from altyn.sources.files import SourceFile
from tests.unit.sources.reading import columns


def file_of(folder: Path, text: str) -> SourceFile:
    path = folder / "in.json"
    path.write_text(text, encoding="utf-8")
    return SourceFile("in.json", path, path, ".json", path.stat().st_size, "", ())


def test_a_staged_file_is_written_down_and_described(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    job = ("json", file_of(tmp_path, '[{"a": "Ә", "z": 1}]'), columns("a"), {}, tmp_path, "t", path, 200)

    said = json.loads(reading_apart.stage(pickle.dumps(job)))

    assert said["columns"] == ["line_no", "_problem", "_problem_column", "_raw", "c0"]
    assert said["extra"] == ["z"]
    assert path.exists()


def test_a_sample_is_cut_to_what_is_shown(tmp_path: Path) -> None:
    file = file_of(tmp_path, '[{"a": "1"}, {"a": "2"}, {"a": "3"}]')

    said = json.loads(reading_apart.sample(pickle.dumps(("json", file, {}, tmp_path, (2, 1)))))

    assert said == [["a", ["1"]]]


def test_a_kind_that_does_not_tell_what_it_holds_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("a\n1\n")
    file = SourceFile("in.csv", path, path, ".csv", 0, "", ())

    assert json.loads(reading_apart.held(pickle.dumps(("csv", file, {}, tmp_path)))) == {}


@pytest.mark.parametrize("task", ["stage", "sample", "held", "look"])
def test_an_error_leaves_as_its_parts(tmp_path: Path, task: str) -> None:
    file = file_of(tmp_path, "[{")
    job = {
        "stage": ("json", file, columns("a"), {}, tmp_path, "t", tmp_path / "out.parquet", 200),
        "sample": ("json", file, {}, tmp_path, (5, 5)),
        "held": ("json", file, {}, tmp_path),
        "look": ("xlsx", file, {}, tmp_path, ()),
    }[task]

    with pytest.raises(JobFailedError) as caught:
        getattr(reading_apart, task)(pickle.dumps(job))

    said = told(caught.value)["error"]
    assert set(said) == {"code", "what", "where", "mend", "retry"}
    assert said["code"].startswith("source.")
