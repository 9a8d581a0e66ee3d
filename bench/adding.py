"""Adding: what `altyn add` of a file of a million rows and twelve columns costs, the guess tried on every row.

`ALTYN_BENCH_ADD_ROWS` sets the size (1,000,000).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import world
from bench.measure import Row, altyn

ROWS = int(os.environ.get("ALTYN_BENCH_ADD_ROWS", "1000000"))


def rows() -> Iterator[Row]:
    """CPU and memory of one guess, as a whole process."""
    size = f"{ROWS / 1_000_000:g} M x 12"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "project"
        altyn("init", str(home))
        (home / "data").mkdir(exist_ok=True)
        world.make(ROWS, home / "data" / "people.csv", wrong=False)
        cost = altyn("add", "data/people.csv", "--yes", "--json", folder=home)
        told = json.loads(cost.output[cost.output.index("{") :])
        assert told["rows"] == told["passed"] > 0.99 * ROWS, f"{told['passed']} of {told['rows']} rows pass"
        yield Row(f"add of {size}, the guess tried on every row, CPU", cost.cpu_s, "s", 6)
        yield Row("add, peak memory", cost.peak_mb, "MB", 1500)
