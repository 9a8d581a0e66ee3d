"""Load: a million rows of twelve columns with every check, beside DuckDB's bare copy of the same file, which checks nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Row, altyn, python

ROWS = 1_000_000
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: local.people
name: people
version: 1.0.0
status: active
description: {purpose: "Rows for the bench; nobody real"}
schema:
  - name: people
    physicalType: table
    customProperties:
      - {property: altyn.label, value: {kk: "Сынақ", ru: "Проба", en: "Trial"}}
      - {property: altyn.disclosure, value: {open: false, kind: simulated}}
    properties:
      - name: id
        logicalType: string
        physicalType: VARCHAR
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        logicalTypeOptions: {pattern: "^[0-9]{12}$"}
      - {name: surname, logicalType: string, physicalType: VARCHAR, required: true, logicalTypeOptions: {maxLength: 60}}
      - {name: given, logicalType: string, physicalType: VARCHAR, required: true}
      - {name: born, logicalType: date, physicalType: DATE, required: true}
      - {name: sex, logicalType: string, physicalType: VARCHAR, required: true, logicalTypeOptions: {pattern: "^[mf]$"}}
      - {name: region, logicalType: string, physicalType: VARCHAR, required: true, logicalTypeOptions: {pattern: "^[0-9]{2}$"}}
      - {name: street, logicalType: string, physicalType: VARCHAR}
      - {name: house, logicalType: integer, physicalType: BIGINT, logicalTypeOptions: {minimum: 1, maximum: 999}}
      - {name: income, logicalType: number, physicalType: "DECIMAL(18,2)", logicalTypeOptions: {minimum: 0}}
      - {name: children, logicalType: integer, physicalType: BIGINT, logicalTypeOptions: {minimum: 0, maximum: 30}}
      - {name: since, logicalType: date, physicalType: DATE}
      - {name: note, logicalType: string, physicalType: VARCHAR}
"""
MAKE = """
import duckdb, sys
duckdb.sql('''COPY (SELECT lpad((i * 7919 % 1000000007)::varchar, 12, '0') AS id,
 ['Ахметов','Қасымова','Әлиев','Серікұлы','Оспанова'][i % 5 + 1] || i % 977 AS surname, ['Айгүл','Нұрлан','Ержан','Әсел'][i % 4 + 1] AS given,
 date '1940-01-01' + (i * 31 % 29000)::int AS born, ['m','f'][i % 2 + 1] AS sex, lpad((i % 20 + 10)::varchar, 2, '0') AS region,
 'Абай көшесі ' || i % 300 AS street, i % 200 + 1 AS house, ((i * 37) % 90000000 / 100)::decimal(18,2) AS income, i % 6 AS children,
 date '2000-01-01' + (i % 9000)::int AS since, CASE WHEN i % 3 = 0 THEN 'ескерту ' || i % 50 END AS note
 FROM range(%d) t(i)) TO '%s' (HEADER)''')
"""
BARE = "import duckdb, sys; duckdb.sql(f\"COPY (FROM read_csv('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)\")"


def rows() -> Iterator[Row]:
    """CPU and memory of both, and their ratio; the bar for the ratio is set by the next issue."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        altyn("init", str(project))
        source = project / "data" / "people.csv"
        source.parent.mkdir(exist_ok=True)
        python(MAKE.replace("%d", str(ROWS)).replace("%s", str(source)))
        registers = project / "packs" / "local" / "registers"
        registers.mkdir(parents=True)
        (registers / "people.odcs.yaml").write_text(CONTRACT, encoding="utf-8")
        (registers.parent / "pack.toml").write_text(
            'pack = "local"\nversion = "0.1.0"\naltyn = ">=0.1,<1"\ntitle = {en = "Bench"}\nowners = []\nlegal_basis = ""\n'
            'depends = []\nquality = "bronze"\n',
            encoding="utf-8",
        )
        text = (project / "altyn.toml").read_text(encoding="utf-8").replace("packs = []", 'packs = ["local"]')
        (project / "altyn.toml").write_text(
            text + '\n[sources."local.people"]\npath = "data/people.csv"\n', encoding="utf-8"
        )
        ours = altyn("run", "--json", folder=project)
        assert '"put": 1000000' in ours.output, ours.output[-1500:]
        bare = python(BARE, str(source), str(Path(folder) / "bare.parquet"))
        start = altyn("plan", folder=project)
        yield Row("load 1 M x 12 with all checks, CPU", ours.cpu_s, "s")
        yield Row("load 1 M x 12, DuckDB's bare COPY to Parquet, CPU", bare.cpu_s, "s")
        yield Row("load, ratio Altyn / bare COPY", ours.cpu_s / bare.cpu_s, "x")
        yield Row("load, peak memory Altyn", ours.peak_mb, "MB")
        yield Row("load, peak memory bare COPY", bare.peak_mb, "MB")
        yield Row("of which start-up and hashing the file (altyn plan)", start.cpu_s, "s")
