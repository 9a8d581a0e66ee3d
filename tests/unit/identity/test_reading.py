"""Reading: rows of files and queries become codes in the order of their sources, and results are written beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.identity.kinds import Field
from altyn.identity.reading import (
    Source,
    file_source,
    gather,
    numpy_column,
    sample,
    workbench,
    write_clusters,
    write_pairs,
)
from altyn.identity.specification import Specification
from altyn.model.sql import literal
from tests.unit.identity.people import LETTERS

SPECIFICATION = Specification(
    "person",
    (Field("name", "full name"), Field("town", "category")),
    {"name": ("Аты-жөні", "name"), "town": ("town",)},
    ("№",),
)
QUERY = "SELECT * FROM (VALUES ('Нұрлан Исин', 'x'), (NULL, 'y')) AS v(name, town)"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with workbench(tmp_path / "scratch") as made:
        yield made


def a_file(folder: Path, text: str = "№;Аты-жөні;extra\n7;Асқар Абенов;z\n8;;z\n9;Асқар Абенов;z\n") -> Source:
    (folder / "in.csv").write_text(text, encoding="utf-8")
    return file_source(folder / "in.csv", "file")


def test_a_sample_has_headers_and_values(tmp_path: Path, session: Session) -> None:
    of_file = sample(a_file(tmp_path), tmp_path / "s", session)
    of_query = sample(Source("q", query=QUERY), tmp_path / "s", session)

    assert of_file.source == "file"
    assert list(of_file.values) == ["№", "Аты-жөні", "extra"]
    assert list(of_file.values["Аты-жөні"]) in (
        ["Асқар Абенов", None, "Асқар Абенов"],
        ["Асқар Абенов", "", "Асқар Абенов"],
    )
    assert dict(of_query.values) == {"name": ["Нұрлан Исин", None], "town": ["x", "y"]}


def test_sources_stand_one_after_the_other(tmp_path: Path, session: Session) -> None:
    found = gather(session, [a_file(tmp_path), Source("q", query=QUERY)], SPECIFICATION, LETTERS, tmp_path / "s")

    assert found.rows.sources.tolist() == [0, 0, 0, 1, 1]
    assert session.run("SELECT source, row, id FROM gathered ORDER BY place") == [
        (0, 1, "7"), (0, 2, "8"), (0, 3, "9"), (1, 1, None), (1, 2, None),
    ]  # fmt: skip
    name, town = found.rows.columns
    assert name.codes.tolist() == [0, -1, 0, 1, -1]
    assert town.codes.tolist() == [-1, -1, -1, 0, 1], "the file has no such column"
    assert found.rows.unlinkable() == 1


def test_a_row_that_could_not_be_read_keeps_its_place(tmp_path: Path, session: Session) -> None:
    text = "№;Аты-жөні;extra\n7;Асқар Абенов;z\n8;ragged\n9;Асқар Исин;z\n"

    found = gather(session, [a_file(tmp_path, text), Source("q", query=QUERY)], SPECIFICATION, LETTERS, tmp_path / "s")

    assert found.rows.total == 5
    assert session.run("SELECT id FROM gathered WHERE source = 0 ORDER BY place")[2] == ("9",)


@pytest.mark.parametrize(
    ("query", "said"),
    [("SELECT 'x' AS name", "field town"), ("SELECT 'x' AS other", "none of the columns")],
)
def test_a_field_that_no_source_has_and_a_source_without_any_are_refused(
    tmp_path: Path, session: Session, query: str, said: str
) -> None:
    sources = [a_file(tmp_path), Source("q", query=query)]
    if "none" in said:
        sources.append(Source("third", query=QUERY))
    with pytest.raises(AltynError, match=said) as caught:
        gather(session, sources, SPECIFICATION, LETTERS, tmp_path / "s")

    assert caught.value.code == "identity.column-missing"


def test_results_name_each_row_by_its_source_and_number(tmp_path: Path, session: Session) -> None:
    found = gather(session, [a_file(tmp_path), Source("q", query=QUERY)], SPECIFICATION, LETTERS, tmp_path / "s")
    write_clusters(
        found,
        ["it's a file", "q"],
        np.array([0, 1, 0, 3, 4]),
        np.array([0.9, 1.0, 0.9, 1.0, 1.0]),
        tmp_path / "c.parquet",
    )
    pairs = {
        "left_place": np.array([0, 2]), "right_place": np.array([2, 3]), "weight": np.array([5.5, 9.5]),
        "probability": np.array([0.9, 1.0]), "name": np.array([8, 1], np.int8),
    }  # fmt: skip
    write_pairs(found, ["it's a file", "q"], pairs, tmp_path / "p.parquet")

    read = {n: f"read_parquet({literal(str(tmp_path / f'{n}.parquet'))})" for n in "cp"}
    assert session.run(f"SELECT * FROM {read['c']}")[:2] == [
        ("it's a file", 1, "7", 0, 0.9),
        ("it's a file", 2, "8", 1, 1.0),
    ]
    assert session.run(f"SELECT source_left, row_left, id_left, source_right, row_right, id_right, weight, name FROM {read['p']}") == [
        ("it's a file", 3, "9", "q", 1, None, 9.5, 1), ("it's a file", 1, "7", "it's a file", 3, "9", 5.5, 8),
    ]  # fmt: skip


def test_a_column_of_numbers(session: Session) -> None:
    assert numpy_column(session, "SELECT unnest([3, 1]) AS n").tolist() == [3, 1]
