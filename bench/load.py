"""Load: a register of twelve columns with every check, beside DuckDB's bare copy of the same file, which checks nothing.

`ALTYN_BENCH_ROWS` sets the size (5,000,000); `ALTYN_BENCH_DAYS` the days that follow (2).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import world
from bench.measure import Cost, Row, altyn, python

ROWS = int(os.environ.get("ALTYN_BENCH_ROWS", "5000000"))
BARE = (
    "import duckdb, sys; duckdb.sql(f\"COPY (FROM read_csv('{sys.argv[1]}', ignore_errors = true)) "
    "TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)\")"
)
# Lines in quarantine, by line and rule, beside the lines that were made wrong.
CHECK = """
import duckdb, glob, sys
home, wrong = sys.argv[1:]
con = duckdb.connect()
newest = sorted(glob.glob(home + '/.altyn/quarantine/local/people/*.parquet'))[-1]
con.execute(f"CREATE TABLE q AS SELECT DISTINCT line_no FROM read_parquet('{newest}')")
con.execute(f"CREATE TABLE w AS SELECT line AS line_no, kind FROM read_csv('{wrong}')")
print(con.execute("SELECT count(*) FROM q").fetchone()[0], con.execute("SELECT count(*) FROM w").fetchone()[0],
  con.execute("SELECT count(*) FROM q FULL JOIN w USING (line_no) WHERE q.line_no IS NULL OR w.line_no IS NULL").fetchone()[0],
  con.execute("SELECT count(DISTINCT kind) FROM w").fetchall()[0][0])
"""
# Right lines of the second file that the first has not, as DuckDB counts them.
CHANGED = """
import duckdb, sys
first, second = sys.argv[1:]
def lines(file):
    return (f"(SELECT row_number() OVER () + 1 AS n, l FROM read_csv('{file}', auto_detect = false, header = false, skip = 1, "
      "delim = chr(31), quote = '', escape = '', columns = {'l': 'VARCHAR'}))").replace("chr(31)", "'" + chr(31) + "'")
print(duckdb.sql(f"SELECT count(*) FROM {lines(second)} WHERE l NOT IN (SELECT l FROM {lines(first)}) "
  f"AND n NOT IN (SELECT line FROM read_csv('{second}.wrong'))").fetchall()[0][0])
"""


def load(home: Path, extract: Path) -> tuple[Cost, dict[str, int], float]:
    """Run once with an extract in place; the cost, what the run says of the register, and CPU s that went into governed copies."""
    shutil.copy(extract, home / "data" / "people.csv")
    # A file written this instant may still be written to, and is hashed again; an extract that has lain is not.
    os.utime(home / "data" / "people.csv", (1_750_000_000, 1_750_000_000 + extract.stat().st_size % 1_000_000))
    cost = altyn("run", "--json", folder=home)
    report = json.loads(cost.output[cost.output.index("{") :])
    told = next(line for line in report["registers"] if line["register"] == "local.people")
    return cost, told, float(report["copies_cpu_seconds"])


def rows() -> Iterator[Row]:
    """CPU, memory and ratio of a first load and of the day after."""
    size = f"{ROWS / 1_000_000:g} M x 12"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = world.project(folder)
        first_day, next_day = folder / "day0.csv", folder / "day1.csv"
        world.make(ROWS, first_day)
        world.make(ROWS, next_day, day=1)
        start = altyn("plan", folder=home)
        ours, told, copies = load(home, first_day)
        quarantined, made, apart, kinds = map(int, python(CHECK, str(home), f"{first_day}.wrong").output.split())
        assert apart == 0, f"{apart} wrong lines are not in quarantine, or right ones are"
        assert quarantined == made == told["refused"]
        assert kinds == len(world.KINDS)
        bare = python(BARE, str(first_day), str(folder / "bare.parquet"))
        yield Row(f"run with a load of {size}, all checks, CPU", ours.cpu_s, "s")
        yield Row("of which start-up (altyn plan)", start.cpu_s, "s")
        yield Row("of which the governed copy for one purpose", copies, "s")
        yield Row(f"DuckDB's bare COPY of {size} to Parquet, CPU", bare.cpu_s, "s")
        yield Row("load into the journal, ratio Altyn / bare COPY", (ours.cpu_s - copies) / bare.cpu_s, "x", 3)
        yield Row("the whole run, ratio Altyn / bare COPY", ours.cpu_s / bare.cpu_s, "x")
        yield Row("run, peak memory", ours.peak_mb, "MB", 1500)
        yield Row("bare COPY, peak memory", bare.peak_mb, "MB")
        yield Row(f"wrong lines in quarantine with their line, of {made}", quarantined, "rows", made)
        later, told, _ = load(home, next_day)
        yield Row("the day after: 1 % changed, 0.2 % new, CPU", later.cpu_s, "s")
        yield Row("the day after, share of the first load", later.cpu_s / ours.cpu_s, "x", 0.25)
        grew, changed = told["put"] + told["retracted"], int(python(CHANGED, str(first_day), str(next_day)).output)
        assert grew == changed, f"the journal grew by {grew} rows, and {changed} lines changed"
        yield Row(f"the day after: rows the journal grew by, of {told['read']}", grew, "rows", changed)
        yield Row("the day after, peak memory", later.peak_mb, "MB", 1500)
