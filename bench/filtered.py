"""Filtered: a page of rows of a register of a million, filtered, sorted and counted, as one reader sees it.

`ALTYN_BENCH_PLACES` sets the size (1,000,000).
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from bench.measure import Row, altyn, python
from bench.portal import await_port, look

ROWS = int(os.environ.get("ALTYN_BENCH_PLACES", "1000000"))
GOAL_MS, LOOKS = 150, 20
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: local.places
name: places
version: 1.0.0
status: active
description: {purpose: "Rows for the bench; no real place"}
schema:
  - name: places
    physicalType: table
    customProperties:
      - {property: altyn.label, value: {kk: "Жерлер", ru: "Места", en: "Places"}}
      - {property: altyn.disclosure, value: {open: true, kind: simulated}}
    properties:
      - {name: id, logicalType: integer, physicalType: BIGINT, classification: public, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: title, logicalType: string, physicalType: VARCHAR, classification: public, required: true}
      - {name: kind, logicalType: string, physicalType: VARCHAR, classification: public}
      - {name: people, logicalType: integer, physicalType: BIGINT, classification: public}
      - {name: since, logicalType: date, physicalType: DATE, classification: public}
"""
PACK = (
    'pack = "local"\nversion = "0.1.0"\naltyn = ">=0.1,<1"\ntitle = {en = "Bench"}\nowners = []\nlegal_basis = ""\n'
    'depends = []\nquality = "bronze"\n'
)
# Two invented syllables and a number: nearly every title differs from every other.
MAKE = """
import duckdb, sys
rows, path = int(sys.argv[1]), sys.argv[2]
parts = "['Ақ','Қара','Сары','Көк','Жаңа','Ескі','Үлкен','Кіші','Алтын','Темір','Бес','Үш']"
ends = "['тау','көл','бұлақ','төбе','арық','құдық','жар','қала','ауыл','өзек','сай','дала']"
duckdb.sql(f"COPY (SELECT i AS id, {parts}[(1 + hash(i) % 12)::INT] || {ends}[(1 + hash(i + 1) % 12)::INT] "
  "|| ' ' || (hash(i + 2) % 100000) AS title, "
  "'k' || (hash(i + 3) % 17) AS kind, (hash(i + 4) % 1000000)::BIGINT AS people, DATE '1990-01-01' + (hash(i + 5) % 12000)::INT AS since "
  f"FROM range({rows}) AS r(i)) TO '{path}' (HEADER)")
"""
ADDRESSES = {
    "numbers": "people.min=900000",
    "code and number": "kind.eq=k3&kind.eq=k5&people.min=500000",
    "days, sorted by number": "since.min=2015&since.max=2016&sort=-people",
    "text": f"title.has={quote('алтынтау')}",
    "text, code, by the alphabet": f"title.begins={quote('кара')}&kind.eq=k3&sort=title",
}
# No filter at all: every text is put into the alphabet's order.
UNFILTERED = {"all": "", "all, last page": "page=20000", "all, by the alphabet": "sort=title"}


def rows() -> Iterator[Row]:
    """p95 of the time to the whole page with each filter, and of all of them together."""
    with tempfile.TemporaryDirectory() as name:
        home = _project(Path(name) / "places")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [str(Path(sys.executable).parent / "altyn"), "serve", "--project", str(home), "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            await_port(port)
            together: list[float] = []
            size = f"{ROWS / 1_000_000:g} M"
            for what, query in {**ADDRESSES, **UNFILTERED}.items():
                # Another least number each time: no answer that was kept before can help.
                times = [look(port, f"/kk/registers/places/rows?{query}&id.min={n}") for n in range(LOOKS + 1)][1:]
                together += times if what in ADDRESSES else []
                yield Row(f"rows of {size}, {what}, p95", statistics.quantiles(times, n=20)[18], "ms")
            yield Row(f"rows of {size}, filtered, p95", statistics.quantiles(together, n=20)[18], "ms", GOAL_MS)
        finally:
            server.terminate()
            server.wait(10)


def _project(home: Path) -> Path:
    # Letters are folded and put in order by that state's pack.
    altyn("init", str(home), "--state", "Kazakhstan", folder=home.parent)
    pack = home / "packs" / "local"
    (pack / "registers").mkdir(parents=True, exist_ok=True)
    (pack / "pack.toml").write_text(PACK, encoding="utf-8")
    (pack / "registers" / "places.odcs.yaml").write_text(CONTRACT, encoding="utf-8")
    (home / "data").mkdir(exist_ok=True)
    python(MAKE, str(ROWS), str(home / "data" / "places.csv"))
    toml = home / "altyn.toml"
    text = toml.read_text(encoding="utf-8").replace('packs = ["kazakhstan"]', 'packs = ["kazakhstan", "local"]')
    toml.write_text(f'{text}\n[sources."local.places"]\npath = "data/places.csv"\n', encoding="utf-8")
    altyn("run", folder=home)
    return home
