"""The bench's register: five million people who do not exist, one file a day, with wrong lines of every kind at known places.

Numbers are synthetic (the seventh digit is 7 or 8, a range that is not issued); the project is marked synthetic.
"""

from __future__ import annotations

from pathlib import Path

from bench.measure import altyn, python

# One wrong line in 200; which of these kinds it is goes in turn.
EVERY = 200
KINDS = (
    "ragged", "quote", "type", "identifier", "maximum", "code-list", "key", "relationship", "pattern", "required"
)  # fmt: skip

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
      - {property: altyn.disclosure, value: {open: false, kind: synthetic}}
    properties:
      - name: iin
        logicalType: string
        physicalType: VARCHAR
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        customProperties: [{property: altyn.identifier, value: iin}]
      - {name: surname, logicalType: string, physicalType: VARCHAR, required: true, logicalTypeOptions: {maxLength: 60}}
      - {name: given, logicalType: string, physicalType: VARCHAR, required: true}
      - {name: born, logicalType: date, physicalType: DATE, required: true}
      - name: sex
        logicalType: string
        physicalType: VARCHAR
        required: true
        customProperties: [{property: altyn.codeList, value: sexes}]
      - name: region
        logicalType: string
        physicalType: VARCHAR
        required: true
        logicalTypeOptions: {pattern: "^[0-9]{2}$"}
        relationships: [{type: foreignKey, to: regions.code}]
      - {name: street, logicalType: string, physicalType: VARCHAR}
      - {name: house, logicalType: integer, physicalType: BIGINT, logicalTypeOptions: {minimum: 1, maximum: 999}}
      - {name: income, logicalType: number, physicalType: "DECIMAL(18,2)", logicalTypeOptions: {minimum: 0}}
      - {name: children, logicalType: integer, physicalType: BIGINT, logicalTypeOptions: {minimum: 0, maximum: 30}}
      - {name: since, logicalType: date, physicalType: DATE}
      - {name: note, logicalType: string, physicalType: VARCHAR}
"""
REGIONS = """\
apiVersion: v3.1.0
kind: DataContract
id: local.regions
name: regions
version: 1.0.0
status: active
description: {purpose: "Regions for the bench; none real"}
schema:
  - name: regions
    physicalType: table
    customProperties:
      - {property: altyn.label, value: {kk: "Сынақ", ru: "Проба", en: "Trial"}}
      - {property: altyn.disclosure, value: {open: false, kind: synthetic}}
    properties:
      - {name: code, logicalType: string, physicalType: VARCHAR, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: title, logicalType: string, physicalType: VARCHAR}
"""
PACK = (
    'pack = "local"\nversion = "0.1.0"\naltyn = ">=0.1,<1"\ntitle = {en = "Bench"}\nowners = []\nlegal_basis = ""\n'
    'depends = ["kazakhstan"]\nquality = "bronze"\n'
)
# 1 % changed and 0.2 % new a day: every row has a day of the month on which its income changes. New rows come at the end.
_MAKE = """
import duckdb, sys
from pathlib import Path
rows, day, target, every, wrong = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5] == "wrong"
new = rows + rows * 2 * day // 1000
d = [f"CAST(substr(n, {i}, 1) AS INTEGER)" for i in range(1, 12)]
first = "(" + " + ".join(f"{i} * {x}" for i, x in enumerate(d, 1)) + ") % 11"
second = "(" + " + ".join(f"{w} * {x}" for w, x in zip((3,4,5,6,7,8,9,10,11,1,2), d)) + ") % 11"
kind = f"CASE WHEN {str(wrong).lower()} AND i % {every} = {every} - 1 AND i < {rows} THEN (i // {every}) % 10 END"
sql = f'''
WITH numbers AS (SELECT i, lpad((i * 7919 % 1000000)::VARCHAR, 6, '0')
  || (7 + (i // 10000000) % 2)::VARCHAR || lpad((i // 1000 % 10000)::VARCHAR, 4, '0') AS n
  FROM range({new}) t(i)),
rows AS (SELECT i, n
  || CASE WHEN {first} < 10 THEN ({first})::VARCHAR WHEN {second} < 10 THEN ({second})::VARCHAR ELSE 'X' END AS iin, {kind} AS w FROM numbers)
SELECT CASE w WHEN 3 THEN iin[:11] || ((iin[12]::INTEGER + 1) % 10) WHEN 9 THEN '' ELSE iin END || ',' ||
 ['Ахметов','Қасымова','Әлиев','Серікұлы','Оспанова'][i % 5 + 1] || i % 977
 || ',' || CASE WHEN w = 1 THEN '"Айгүл"ай' ELSE ['Айгүл','Нұрлан','Ержан','Әсел'][i % 4 + 1] END
 || ',' || CASE WHEN w = 2 THEN '31.12.1999' ELSE (DATE '1940-01-01' + (i * 31 % 29000)::INTEGER)::VARCHAR END
 || ',' || CASE WHEN w = 5 THEN 'x' ELSE ['female','male'][i % 2 + 1] END
 || ',' || CASE w WHEN 7 THEN '99' WHEN 8 THEN '1' ELSE (i % 20 + 10)::VARCHAR END
 || ',Абай көшесі ' || i % 300 || ',' || CASE WHEN w = 4 THEN '1000' ELSE (i % 200 + 1)::VARCHAR END
 || ',' || ((i * 37 + 7 * (i * 13 % 100 BETWEEN 1 AND {day})::INTEGER) % 90000000 / 100)::DECIMAL(18,2) || ',' || i % 6
 || ',' || (DATE '2000-01-01' + (i % 9000)::INTEGER) || ',' || CASE WHEN w = 0 THEN 'a,b' WHEN i % 3 = 0 THEN 'ескерту ' || i % 50 ELSE '' END
 AS line, w
FROM rows WHERE iin NOT LIKE '%X' ORDER BY i
'''
con = duckdb.connect()
con.execute("SET memory_limit = '2GB'")
header = "iin,surname,given,born,sex,region,street,house,income,children,since,note"
number, places = 1, ["line,kind"]
with open(target, "w", encoding="utf-8", newline="") as out:
    out.write(header + chr(10))
    reader = con.execute(sql)
    while chunk := reader.fetchmany(50_000):
        lines = []
        for line, w in chunk:
            # Two rows with one key: both are wrong.
            for _ in range(1 + (w == 6)):
                lines.append(line)
                number += 1
                if w is not None:
                    places.append(f"{number},{w}")
        out.write(chr(10).join(lines) + chr(10))
with open(target + ".wrong", "w") as out:
    out.write(chr(10).join(places) + chr(10))
"""


def make(rows: int, target: Path, *, day: int = 0, wrong: bool = True) -> None:
    """Write one day's extract of `rows` people and the new ones since day 0; beside it `.wrong`: line, kind of each wrong line."""
    python(_MAKE, str(rows), str(day), str(target), str(EVERY), "wrong" if wrong else "right")


def project(folder: Path) -> Path:
    """An empty project that declares the register; its source is data/people.csv."""
    home = folder / "project"
    altyn("init", str(home))
    registers = home / "packs" / "local" / "registers"
    registers.mkdir(parents=True)
    (home / "data").mkdir(exist_ok=True)
    (registers / "people.odcs.yaml").write_text(CONTRACT, encoding="utf-8")
    (registers / "regions.odcs.yaml").write_text(REGIONS, encoding="utf-8")
    (registers.parent / "pack.toml").write_text(PACK, encoding="utf-8")
    codes = registers.parent / "codes"
    codes.mkdir()
    (codes / "sexes.csv").write_text(
        "code,kk,ru,en\nfemale,әйел,женщина,woman\nmale,ер,мужчина,man\n", encoding="utf-8"
    )
    regions = "".join(f"{code},Аймақ {code}\n" for code in range(10, 30))
    (home / "data" / "regions.csv").write_text(f"code,title\n{regions}", encoding="utf-8")
    text = (home / "altyn.toml").read_text(encoding="utf-8")
    text = text.replace("packs = []", 'packs = ["kazakhstan", "local"]').replace(
        "synthetic = false", "synthetic = true"
    )
    (home / "altyn.toml").write_text(
        text
        + '\n[sources."local.regions"]\npath = "data/regions.csv"\n[sources."local.people"]\npath = "data/people.csv"\n',
        encoding="utf-8",
    )
    return home
