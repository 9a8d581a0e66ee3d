"""Apart: a file read in another process gives what it gives here, and its errors come back as they were said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter

from altyn.engines.confined import Worker
from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import LANGUAGES, say
from altyn.sources import apart
from altyn.sources.files import SourceFile
from altyn.sources.json_files import JsonReader
from tests.unit.sources.reading import columns

AB = columns("a", "b")


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.close()


def document(folder: Path, text: str, name: str = "in.json") -> SourceFile:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return SourceFile(name, path, path, path.suffix, path.stat().st_size, "", ())


RECORDS = json.dumps([{"a": "Ә", "b": "1", "c": "x"}, {"a": "ң", "b": None}], ensure_ascii=False)


def test_the_rows_are_those_that_are_read_here(tmp_path: Path, worker: Worker) -> None:
    file = document(tmp_path, RECORDS)

    staged = apart.stage("json", file, AB, {}, tmp_path / "s", "t", worker)

    with Session(threads=1) as session:
        here, extra = JsonReader().stage(session, file, AB, {}, tmp_path / "s", "h")
        assert session.run(staged.query) == session.run(here) != []
    assert staged.extra == extra == ("c",)


def test_looks_give_headers_values_and_settings(tmp_path: Path, worker: Worker) -> None:
    file = document(
        tmp_path, json.dumps({"meta": 1, "rows": [{"a": "1", "b": "Ә"}, {"a": "2", "b": "ң"}]}, ensure_ascii=False)
    )

    seen = apart.look("json", file, {}, tmp_path / "s", ("итого",), worker)
    sample = apart.sample("json", file, dict(seen.settings), tmp_path / "s", (10, 1), worker)

    assert seen.settings == {"records": "rows"}
    assert sample == [("a", ["1"]), ("b", ["Ә"])]
    assert set(apart.held("json", file, dict(seen.settings), tmp_path / "s", worker)) == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "code"), [("[{]", "source.format"), ("[]", "source.empty"), ('[{"x": 1}]', "source.column-missing")]
)
def test_an_error_of_the_reader_comes_back_in_every_language(
    tmp_path: Path, worker: Worker, text: str, code: str
) -> None:
    with pytest.raises(AltynError) as caught:
        apart.stage("json", document(tmp_path, text), AB, {}, tmp_path / "s", "t", worker)

    assert caught.value.code == code
    assert "in.json" in caught.value.where
    assert len({caught.value.what.text(language) for language in LANGUAGES}) == 3


def test_without_a_worker_a_process_of_its_own_does_it(tmp_path: Path) -> None:
    assert apart.stage("json", document(tmp_path, RECORDS), AB, {}, tmp_path / "s", "t").extra == ("c",)


def test_a_message_comes_back_with_its_parts() -> None:
    message = say("{construct} is not allowed here.", construct=say("{count} rows", count=3), path=Path("a"), share=0.5)

    back = apart.as_message(json.loads(json.dumps(apart.as_told(message))))

    assert [back.text(language) for language in LANGUAGES] == [message.text(language) for language in LANGUAGES]
    assert dict(back.values)["share"] == 0.5


def test_small_files_of_modest_kinds_are_read_here(tmp_path: Path) -> None:
    small = document(tmp_path, "[]")
    large = document(tmp_path, " " * (apart.FROM_BYTES + 1), "large.json")

    assert not apart.is_needed("json", small)
    assert apart.is_needed("json", large)
    assert not apart.is_needed("csv", large), "a text is read as a stream"
    assert not apart.is_needed(None, large)


def test_a_workbook_that_may_ask_for_more_than_its_size_is_read_apart(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        made.add_worksheet().write(0, 0, "a")
    plain = SourceFile("in.xlsx", path, path, ".xlsx", 0, "", ())
    assert not apart.is_needed("xlsx", plain)

    with xlsxwriter.Workbook(str(path)) as made:
        made.add_worksheet().write(1_000_000, 16_000, "a")
    assert apart.is_needed("xlsx", plain)
