"""Writing: the same bytes in any number of processes, truth beside every row, and totals that are what was written."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.model.sql import literal
from altyn.model.worlds import Country, Rendering, names_of
from altyn.packs.manifest import builtin_folder, load_world
from altyn.world.writing import ChunkJob, Written, write_world

COLUMNS = {
    "no": "rows.record", "number": "twelve(rows.number)", "name": "CASE WHEN falls(rows.d0, 0.5) THEN typo({s}, rows.d1) ELSE {s} END",
    "phone": "mobile(rows.phone)",
}  # fmt: skip


def made() -> tuple[Country, Sequence[Rendering]]:
    """Two registers of people: one plain, one with second copies in another encoding."""
    country, _ = load_world(sorted(p.parent for p in builtin_folder().glob("*/synth.py")))
    columns = {n: sql.replace("{s}", f"g.{next(iter(country.spellings))}") for n, sql in COLUMNS.items()}
    plain = Rendering("lab.people", "people", columns, "no", joins=names_of())
    twice = replace(
        plain, register="lab.twice", twice=0.2, delimiter=";", encoding="cp1251", where="rows.female = 1",
        labels={"copy": "rows.copy"},
    )  # fmt: skip
    return country, (plain, twice)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written]:
    folder = tmp_path_factory.mktemp("world")
    return folder, write_world(ChunkJob(made, 3, 3000, 0, folder), 1)


def rows(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def truth(folder: Path, register: str) -> list[tuple[object, ...]]:
    with Session() as session:
        return session.run(f"SELECT * FROM read_parquet({literal(str(folder / 'truth' / f'{register}.parquet'))})")


def test_every_row_has_its_truth_and_a_number_of_its_own(world: tuple[Path, Written]) -> None:
    folder, written = world
    header, *found = rows(folder / "registers" / "lab.people.csv")

    assert header == list(COLUMNS)
    assert header not in found, "one header, however many parts"
    assert len(found) == written.rows["lab.people"] == 3000
    assert [row[0] for row in found] == [record for record, _ in truth(folder, "lab.people")]
    assert len({row[0] for row in found}) == 3000
    assert all(len(row[1]) == 12 and row[3].startswith("+70") for row in found)


def test_a_thing_written_twice_has_one_subject_and_two_numbers(world: tuple[Path, Written]) -> None:
    folder, written = world
    found = truth(folder, "lab.twice")
    copies = [subject for _, subject, copy in found if copy]

    assert (
        len(rows(folder / "registers" / "lab.twice.csv", "cp1251", ";")) - 1 == len(found) == written.rows["lab.twice"]
    )
    assert 0.15 < len(copies) / (len(found) - len(copies)) < 0.25
    assert len({record for record, _, _ in found}) == len(found)
    assert set(copies) <= {subject for _, subject, copy in found if not copy}


def test_mistakes_are_made_where_they_were_drawn(world: tuple[Path, Written]) -> None:
    country, _ = made()
    spell = next(iter(country.spellings.values()))
    names = {spell(n) for c in country.communities for n, _ in (*c.men, *c.women)}
    wrong = [row for row in rows(world[0] / "registers" / "lab.people.csv")[1:] if row[2] not in names]

    assert 0.35 < len(wrong) / 3000 < 0.55


def test_the_description_says_what_was_written(world: tuple[Path, Written]) -> None:
    folder, written = world
    told = json.loads((folder / "world.json").read_text(encoding="utf-8"))

    assert told["synthetic"] is True
    assert told["rows"] == written.rows
    assert (
        sum(n for region in told["regions"] for n in region["world"].values()) == sum(written.people.values()) == 3000
    )
    assert sum(n for band in told["pyramid"] for n in band["world"].values()) == 3000
    assert sorted(p.name for p in folder.iterdir()) == ["registers", "truth", "world.json"], "no part is left"
    assert folder.joinpath("truth").stat().st_mode & 0o777 == 0o700


def test_the_same_seed_gives_the_same_bytes(world: tuple[Path, Written], tmp_path: Path) -> None:
    write_world(ChunkJob(made, 3, 3000, 0, tmp_path), 1)

    for path in (p for p in sorted(world[0].rglob("*")) if p.suffix in {".csv", ".json"}):
        assert (tmp_path / path.relative_to(world[0])).read_bytes() == path.read_bytes()
