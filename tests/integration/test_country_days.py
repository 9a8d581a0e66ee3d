"""A country from day to day: what changed is on a row's time line, any day answers as it was, and the truth is needed by nobody."""

from __future__ import annotations

import csv
import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from altyn.packs.project import init_project
from altyn.serve.portal.app import create_app
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.countries import WORLD, country_made
from altyn.serve.use_cases.linking import link_files
from altyn.serve.use_cases.running import run_project
from altyn.serve.use_cases.synthesising import prepare_demo, synthesise
from altyn.serve.workspace import Workspace

BASE = datetime(2026, 1, 1, 6, tzinfo=UTC)
ACTS = ("civil.persons", "civil.addresses", "civil.births", "civil.deaths")


@dataclass
class Land:
    """A project of civil registers, whose files and clock move from day to day."""

    folder: Path
    persons: int
    day: int = 0

    def clock(self) -> datetime:
        """The day's own."""
        return BASE + timedelta(days=self.day)

    def open(self) -> Workspace:
        """The project, opened."""
        return Workspace.open(self.folder, clock=self.clock)

    def load(self, day: int) -> dict[str, list[dict[str, str]]]:
        """Write and load the registers of a day; its rows by register."""
        self.day = day
        world = self.folder.with_name("world")
        synthesise(world, self.persons, 1, day=day, processes=1)
        for name in ACTS:
            shutil.copyfile(world / "registers" / f"{name}.csv", self.folder / "data" / f"{name}.csv")
        report = run_project(self.open(), wait_s=0)
        said = {str(line["status"]) for line in report.lines if line["register"] in ACTS}
        assert said <= {"loaded", "unchanged"}, said
        return {name: read(self.folder / "data" / f"{name}.csv") for name in ACTS}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def made(folder: Path, persons: int) -> Land:
    """A project of civil registers with nothing loaded."""
    land = Land(folder, persons)
    sources = "\n".join(f'[sources."{n}"]\npath = "data/{n}.csv"\nallow_empty = true\n' for n in ACTS)
    init_project(land.folder, name="land", packs=["kazakhstan", "civil"], synthetic=True, extra=sources)
    return land


def test_births_and_moves_stand_on_the_time_line_of_their_rows(tmp_path: Path) -> None:
    land = made(tmp_path / "land", 1500)
    before, after = land.load(0), land.load(90)
    portal = TestClient(create_app(land.open()), base_url="http://localhost")
    homes = {row["record_no"]: row for row in before["civil.addresses"]}
    moved = [r["record_no"] for r in after["civil.addresses"] if homes.get(r["record_no"], r)["until"] != r["until"]]
    acts = {row["act_no"] for row in before["civil.births"]}
    born = [row["act_no"] for row in after["civil.births"] if row["act_no"] not in acts]

    assert moved
    assert born
    page = portal.get(f"/en/registers/civil.addresses/row/{moved[0]}").text
    assert page.count('<section class="version">') == 2
    assert '<span class="badge synthetic">' in page
    page = portal.get(f"/en/registers/civil.births/row/{born[0]}").text
    assert page.count('<section class="version">') == 1
    assert "April 1, 2026: put" in page


@pytest.mark.slow
def test_any_of_thirty_days_answers_as_it_was(tmp_path: Path) -> None:
    land = made(tmp_path / "land", 800)
    days = [land.load(day) for day in range(31)]
    workspace = land.open()
    for day, rows in list(enumerate(days))[::4]:
        for name in ("civil.births", "civil.deaths", "civil.addresses"):
            moment = (BASE + timedelta(days=day)).date().isoformat()
            said = questions.query(workspace, f"SELECT count(*) FROM {name}", purpose="synthetic", known_at=moment)

            assert said.rows() == [(len(rows[name]),)], (day, name)


def test_linking_gives_the_same_bytes_with_the_truth_removed(tmp_path: Path) -> None:
    world = tmp_path / "world"
    synthesise(world, 1500, 1, processes=1)
    files = [world / "registers" / f"{name}.csv" for name in ("civil.persons", "health.attachments")]
    found: list[str] = []
    for name in ("with", "without"):
        out = tmp_path / f"{name}.parquet"
        link_files(files, out)
        found.append(hashlib.sha256(out.read_bytes()).hexdigest())
        shutil.rmtree(world / "truth", ignore_errors=True)

    assert found[0] == found[1]


def test_the_demo_brings_what_its_country_was_made_of_and_no_truth(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    assert prepare_demo(folder, 200)
    country = country_made(Workspace.open(folder))

    assert country is not None
    assert (country.people, country.persons, country.seed) == (200, 200, 1)
    assert (folder / WORLD).read_bytes() == (tmp_path / "demo-world" / "world.json").read_bytes()
    assert not [p for p in folder.rglob("*") if "truth" in p.name]
    assert [p.name for p in sorted((tmp_path / "demo-world").iterdir())] == ["truth", "world.json"]


@pytest.mark.soak
def test_a_large_country_lies_near_its_sources(tmp_path: Path) -> None:
    """Regions within 1 %, ages and sexes within 2 %; of groups too small for that, within four deviations of chance."""
    synthesise(tmp_path / "world", 1_000_000, 1)
    shutil.copytree(tmp_path / "world", tmp_path / "land" / "data", ignore=shutil.ignore_patterns("registers", "truth"))
    init_project(tmp_path / "land", name="land", synthetic=True)
    country = country_made(Workspace.open(tmp_path / "land"))

    assert country is not None
    assert country.people == 1_000_000
    assert [m for m in country.regions if abs(m.difference) > m.expected * 0.01] == []
    groups = [m for _, *both in country.ages for m in both]
    assert [m for m in groups if abs(m.difference) > max(m.expected * 0.02, 4 * m.expected**0.5)] == []
