"""The main job: `altyn demo` from nothing to a published snapshot."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Row, altyn, run


def rows() -> Iterator[Row]:
    """CPU and memory of the demo, and of the commands a person waits for."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "demo"
        first = altyn("demo", str(project), "--no-serve")
        yield Row("altyn demo, CPU", first.cpu_s, "s", 20)
        yield Row("altyn demo, peak memory", first.peak_mb, "MB")
        yield Row("altyn run, nothing new, CPU", altyn("run", folder=project).cpu_s, "s")
        yield Row(
            "altyn query, count of kato, CPU", altyn("query", "select count(*) from kato", folder=project).cpu_s, "s"
        )
        yield Row("altyn --help, CPU", min(altyn("--help").cpu_s for _ in range(3)), "s", 0.2)
        yield Row("python -c pass, CPU (floor)", min(run(["python3", "-c", "pass"]).cpu_s for _ in range(3)), "s")
