"""DuckDB and Spark side by side: the same questions over the same journal, answers compared.

`ALTYN_BENCH_SPARK` lists the sizes in millions (1,5; also 20). Wall seconds of a warm engine, for Spark's CPU is spent in processes
that do not report to us; the machine is shared, so read them as orders of magnitude.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import world
from bench.load import load
from bench.measure import Row, python

SIZES = [float(n) for n in os.environ.get("ALTYN_BENCH_SPARK", "1,5").split(",")]
CODE = """
import json, resource, sys, time
from pathlib import Path
from altyn.serve.use_cases import questions
from altyn.serve.workspace import Workspace
folder, master, *questions = sys.argv[1:]
path = Path(folder) / "altyn.toml"
text = path.read_text(encoding="utf-8").split("[spark]")[0].replace('engine = "spark"', 'engine = "duckdb"')
if master != "duckdb":
    text = text.replace('engine = "duckdb"', 'engine = "spark"') + f'[spark]\\nmaster = "{master}"\\nfrom_mb = 0\\n'
path.write_text(text, encoding="utf-8")
workspace = Workspace.open(Path(folder))
found = {}
for name, sql in zip(questions[::2], questions[1::2]):
    times = []
    for _ in range(3):
        began = time.monotonic()
        answer = questions.query(workspace, sql, purpose="synthetic")
        times.append(time.monotonic() - began)
    found[name] = [times[0], min(times), [list(map(str, r)) for r in answer.rows()]]
print("RESULT" + json.dumps(found))
"""
QUESTIONS = {
    "sums by region": "SELECT region, sex, count(*) AS n, sum(income) AS money FROM local.people GROUP BY region, sex ORDER BY region, sex",
    "newest of each street": (
        "SELECT count(*) AS n, sum(income) AS money FROM (SELECT income, row_number() OVER (PARTITION BY street, house "
        "ORDER BY since DESC, iin) AS place FROM local.people) WHERE place = 1"
    ),
    "join with itself": (
        "SELECT count(*) AS n FROM local.people AS a JOIN local.people AS b ON b.surname = a.surname AND b.born = a.born AND a.iin < b.iin"
    ),
}


def rows() -> Iterator[Row]:
    """Each question on each engine at each size."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            home = world.project(Path(name))
            world.make(int(size * 1_000_000), Path(name) / "people.csv")
            load(home, Path(name) / "people.csv")
            asked = [word for pair in QUESTIONS.items() for word in pair]
            found = {}
            for master in ("duckdb", "local[2]"):
                output = python(CODE, str(home), master, *asked).output
                found[master] = json.loads(output[output.rindex("RESULT") + 6 :])
            for question in QUESTIONS:
                first, here, answer = found["duckdb"][question]
                cold, there, other = found["local[2]"][question]
                assert answer == other, question
                yield Row(f"{size:g} M rows, {question}: DuckDB, wall", here, "s")
                yield Row(f"{size:g} M rows, {question}: Spark local[2], wall", there, "s")
                yield Row(f"{size:g} M rows, {question}: Spark's first answer with its start", cold, "s")
                del first
