"""A small project on disk with a clock that tests set: two registers, one inside the other."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from altyn.serve.use_cases.running import RunReport, run_project
from altyn.serve.workspace import Workspace

AREAS = """\
apiVersion: v3.1.0
kind: DataContract
id: local.areas
name: areas
version: {version}
status: active
description: {{purpose: Areas of a made-up country}}
schema:
  - name: areas
    physicalType: table
    customProperties:
      - {{property: altyn.label, value: {{kk: Аумақтар, ru: Территории, en: Areas}}}}
      - {{property: altyn.disclosure, value: {{open: {open}, kind: simulated}}}}
      - {{property: altyn.errorBudget, value: 0.7}}
    properties:
      - name: code
        logicalType: string
        physicalType: VARCHAR
        classification: public
        required: true
        primaryKey: true
        primaryKeyPosition: 1
        logicalTypeOptions: {{pattern: "^[0-9]{{4}}$"}}
      - {{name: title, logicalType: string, physicalType: VARCHAR, classification: public, required: true}}
      - {{name: people, logicalType: integer, physicalType: BIGINT, classification: public, logicalTypeOptions: {{minimum: 0}}}}
{extra}"""
PLACES = """\
apiVersion: v3.1.0
kind: DataContract
id: local.places
name: places
version: 1.0.0
status: active
description: {purpose: Places of a made-up country}
schema:
  - name: places
    physicalType: table
    customProperties:
      - {property: altyn.label, value: {kk: Жерлер, ru: Места, en: Places}}
      - {property: altyn.disclosure, value: {open: true, kind: simulated}}
      - {property: altyn.errorBudget, value: 1}
      - {property: altyn.time, value: {valid: [since, until]}}
    properties:
      - {name: id, logicalType: string, physicalType: VARCHAR, classification: public, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: area, logicalType: string, physicalType: VARCHAR, classification: public, required: true, relationships: [{to: areas.code}]}
      - {name: since, logicalType: date, physicalType: DATE, classification: public, required: true}
      - {name: until, logicalType: date, physicalType: DATE, classification: public}
"""
TOML = """\
name = "test"
state = "Nowhere"
languages = ["kk", "ru", "en"]
timezone = "Asia/Almaty"
synthetic = false
engine = "duckdb"
packs = ["local"]

[sources."local.areas"]
path = "data/areas.csv"

[sources."local.places"]
path = "data/places.csv"
"""
PACK = """\
pack = "local"
version = "1.0.0"
altyn = ">=0.1,<1"
title = {kk = "Сынақ", ru = "Проба", en = "Trial"}
owners = ["nobody"]
legal_basis = "none"
depends = []
quality = "bronze"
"""


@dataclass
class Trial:
    """A project whose files and clock a test moves."""

    folder: Path
    now: datetime = field(default=datetime(2026, 3, 1, 6, tzinfo=UTC))

    def clock(self) -> datetime:
        """The injected clock."""
        return self.now

    def areas(self, text: str) -> None:
        """Write the source of register areas."""
        (self.folder / "data" / "areas.csv").write_text("code,title,people\n" + text, encoding="utf-8")

    def places(self, text: str) -> None:
        """Write the source of register places."""
        (self.folder / "data" / "places.csv").write_text("id,area,since,until\n" + text, encoding="utf-8")

    def contract(self, version: str = "1.0.0", extra: str = "", *, is_open: bool = True) -> None:
        """Write the contract of register areas."""
        path = self.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
        path.write_text(AREAS.format(version=version, extra=extra, open=str(is_open).lower()), encoding="utf-8")

    def open(self) -> Workspace:
        """The project, opened."""
        return Workspace.open(self.folder, clock=self.clock)

    def run(self, days: int = 1) -> RunReport:
        """Let days pass, then run."""
        self.now += timedelta(days=days)
        return run_project(self.open(), wait_s=0)

    def lines(self, report: RunReport) -> dict[str, str]:
        """Register -> status of a run."""
        return {str(line["register"]): str(line["status"]) for line in report.lines}


def settled(trial: Trial) -> None:
    """Let the last snapshot be some time ago, as it nearly always is when somebody reads: pages are kept from then on."""
    folder = trial.folder / ".altyn" / "snapshots"
    then = folder.stat().st_mtime_ns - 60_000_000_000
    os.utime(folder, ns=(then, then))


def made(folder: Path) -> Trial:
    """A project with two registers and no rows yet, in a folder."""
    trial = Trial(folder)
    registers = folder / "packs" / "local" / "registers"
    registers.mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "altyn.toml").write_text(TOML, encoding="utf-8")
    (registers.parent / "pack.toml").write_text(PACK, encoding="utf-8")
    (registers / "places.odcs.yaml").write_text(PLACES, encoding="utf-8")
    trial.contract()
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,10\n")
    trial.places("p1,1000,2020-01-01,2023-01-01\np2,2000,2021-05-01,\n")
    return trial


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """A project with two registers and no rows yet."""
    return made(tmp_path / "project")


@pytest.fixture
def ask() -> Callable[..., list[tuple[object, ...]]]:
    """Ask a project in SQL through the gate."""
    from altyn.serve.use_cases import questions

    def asked(trial: Trial, sql: str, **how: str) -> list[tuple[object, ...]]:
        return questions.query(trial.open(), sql, **how).rows()

    return asked
