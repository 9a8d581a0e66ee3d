"""Make the small project that later versions of Altyn must still read.

    python tools/fixture_project.py

It writes tests/fixtures/projects/format-<n>.tar.gz in today's format and prints the canonical hashes that
tests/acceptance/test_old_projects.py expects of it. Run it once for a format, before its first release: a fixture that is made
again by a later version shows nothing.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

PROJECT = """\
name = "old"
state = "Nowhere"
languages = ["kk", "ru", "en"]
timezone = "Asia/Almaty"
synthetic = false
engine = "duckdb"
packs = ["local"]

[sources."local.areas"]
path = "data/areas.csv"
"""
PACK = """\
pack = "local"
version = "1.0.0"
altyn = ">=0.1,<9"
title = {kk = "Сынақ", ru = "Проба", en = "Trial"}
owners = ["nobody"]
legal_basis = "none"
depends = []
quality = "bronze"
"""
CONTRACT = """\
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
      - {{property: altyn.disclosure, value: {{open: true, kind: simulated}}}}
      - {{property: altyn.errorBudget, value: 0.7}}
      - {{property: altyn.time, value: {{valid: [since, until]}}}}
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
      - {{name: people, logicalType: integer, physicalType: BIGINT, classification: public}}
      - {{name: budget, logicalType: number, physicalType: "DECIMAL(18,2)", classification: public}}
      - {{name: share, logicalType: number, physicalType: "DECIMAL(5,5)", classification: public}}
      - {{name: height, logicalType: number, physicalType: DOUBLE, classification: public}}
      - {{name: is_city, logicalType: boolean, physicalType: BOOLEAN, classification: public}}
      - {{name: counted_at, logicalType: timestamp, physicalType: TIMESTAMP, classification: public}}
      - {{name: since, logicalType: date, physicalType: DATE, classification: public, required: true}}
      - {{name: until, logicalType: date, physicalType: DATE, classification: public}}
{extra}"""
MAYOR = "      - {name: mayor, logicalType: string, physicalType: VARCHAR, classification: public}\n"
HEADER = "code,title,people,budget,share,height,is_city,counted_at,since,until"
# A leap day, both ends of DECIMAL, every letter that is Kazakh alone, an instant before and one after Almaty moved its clocks.
FIRST = """\
1000,"Әуезов ауданы ұлы, ""Ғ"" қаласы",20,9999999999999999.99,0.12345,785.1,true,2024-02-29T23:59:59.999999+06:00,2024-02-29,
2000,Ақтөбе өңірі һәм Үштөбе,10,-0.01,0.00001,-0.1,false,2024-03-01T00:00:00+05:00,2020-01-01,2024-02-29
3000,Шымкент ІҢ,0,,,,,,1900-01-01,2100-12-31
4000,Қате жол,10,12.345,0.1,1,true,,2020-01-01,
"""
# 2000 is gone, 1000 is corrected.
SECOND = """\
1000,"Әуезов ауданы ұлы, ""Ғ"" қаласы",21,9999999999999999.98,0.12345,785.1,true,2024-02-29T23:59:59.999999+06:00,2024-02-29,
3000,Шымкент ІҢ,0,,,,,,1900-01-01,2100-12-31
4000,Қате жол,10,12.345,0.1,1,true,,2020-01-01,
"""
# A column more, and a date that is none.
THIRD = """\
1000,"Әуезов ауданы ұлы, ""Ғ"" қаласы",21,9999999999999999.98,0.12345,785.1,true,2024-02-29T23:59:59.999999+06:00,2024-02-29,,Әлия
3000,Шымкент ІҢ,0,,,,,,1900-01-01,2100-12-31,
4000,Түзелген жол,10,12.35,0.1,1,true,,2023-02-28,2023-02-29,
5000,Жаңа,1,0.00,0.5,0,false,,2024-02-29,2028-02-29,
"""
NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)


def make(folder: Path) -> None:
    """Make the project: three snapshots, one a day."""
    from altyn.serve.use_cases.running import run_project
    from altyn.serve.workspace import Workspace

    registers = folder / "packs" / "local" / "registers"
    registers.mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "altyn.toml").write_text(PROJECT, encoding="utf-8")
    (registers.parent / "pack.toml").write_text(PACK, encoding="utf-8")
    for day, (rows, version, extra) in enumerate(
        [(FIRST, "1.0.0", ""), (SECOND, "1.0.0", ""), (THIRD, "1.1.0", MAYOR)]
    ):
        header = HEADER + (",mayor" if extra else "")
        (folder / "data" / "areas.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
        (registers / "areas.odcs.yaml").write_text(CONTRACT.format(version=version, extra=extra), encoding="utf-8")
        now = NOW + timedelta(days=day)
        report = run_project(Workspace.open(folder, clock=lambda now=now: now))
        assert report.snapshot is not None, [str(error) for error in report.errors]


def pack(folder: Path) -> bytes:
    """The project as an archive whose bytes hang on nothing but its files."""
    content = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=content, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for path in sorted(folder.rglob("*")):
            if path.name in {"lock", "scratch"}:
                continue
            entry = archive.gettarinfo(path, path.relative_to(folder).as_posix())
            entry.mtime = entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            if path.is_dir():
                archive.addfile(entry)
                continue
            with path.open("rb") as file:
                archive.addfile(entry, file)
    return content.getvalue()


def main() -> None:
    """Write the fixture and print what the test expects of it."""
    from altyn.store.folders import FORMAT
    from tests.acceptance.test_old_projects import FIXTURES, hashes

    os.umask(0o077)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "project")
        FIXTURES.mkdir(parents=True, exist_ok=True)
        (FIXTURES / f"format-{FORMAT}.tar.gz").write_bytes(pack(Path(folder) / "project"))
        for key, value in hashes(Path(folder) / "project").items():
            print(f"    {key!r}: {value!r},")


if __name__ == "__main__":
    main()
