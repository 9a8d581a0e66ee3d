"""dlt beside us: the same register into Parquet files, once from Arrow and once from Python dictionaries. It checks nothing of a contract.

`ALTYN_BENCH_DLT_ROWS` sets the size (1,000,000).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import world
from bench.load import load
from bench.measure import Cost, Row, run

ROWS = int(os.environ.get("ALTYN_BENCH_DLT_ROWS", "1000000"))
ROOT = Path(__file__).parents[2]
CODE = """
import csv, itertools, os, sys
way, source, folder = sys.argv[1:]
os.environ["DESTINATION__FILESYSTEM__BUCKET_URL"] = "file://" + folder
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
import dlt
import pyarrow.csv as reader
def arrow():
    options = reader.ConvertOptions(column_types={"iin": "string", "region": "string"})
    skip = reader.ParseOptions(invalid_row_handler=lambda row: "skip")
    for batch in reader.open_csv(source, convert_options=options, parse_options=skip):
        yield batch
def rows():
    with open(source, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            row.pop(None, None)
            yield row
pipeline = dlt.pipeline("bench", destination="filesystem", dataset_name="bench", pipelines_dir=folder + "/work")
pipeline.run(dlt.resource(arrow if way == "arrow" else rows, name="people"), loader_file_format="parquet")
"""


def rows() -> Iterator[Row]:
    """CPU of both ways, and ours as a share of each."""
    python = _environment()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = world.project(folder)
        source = folder / "people.csv"
        world.make(ROWS, source, wrong=False)
        ours, told, copies = load(home, source)
        assert told["refused"] == 0
        mine = ours.cpu_s - copies
        arrow = _dlt(python, "arrow", source, folder / "arrow")
        dicts = _dlt(python, "dict", source, folder / "dict")
        size = f"{ROWS / 1e6:g} M x 12"
        yield Row(f"{size}, right lines only: our load with all checks, CPU", mine, "s")
        yield Row(f"{size}: dlt from Arrow to Parquet, CPU", arrow.cpu_s, "s")
        yield Row("our load / dlt from Arrow", mine / arrow.cpu_s, "x", 1)
        yield Row(f"{size}: dlt from dictionaries, CPU", dicts.cpu_s, "s")
        yield Row("our load / dlt from dictionaries", mine / dicts.cpu_s, "x", 0.1)


def _dlt(python: Path, way: str, source: Path, folder: Path) -> Cost:
    folder.mkdir()
    return run([str(python), "-c", CODE, way, str(source), str(folder)])


def _environment() -> Path:
    """Dlt in an environment of its own, with the hashes that are committed."""
    place, locked = ROOT / ".env-dlt", Path(__file__).parent / "dlt-requirements.txt"
    python = place / "bin" / "python"
    if not python.exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(place)], check=True)
        subprocess.run(
            [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(locked)], check=True
        )
    return python
