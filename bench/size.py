"""The installed environment: base dependencies only, in an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import MB, Row

ROOT = Path(__file__).parent.parent


def rows() -> Iterator[Row]:
    """Megabytes on disk of Altyn with its base dependencies from the lock file."""
    uv = Path(sys.executable).parent / "uv"
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "env"
        command = [str(uv) if uv.exists() else "uv", "sync", "--frozen", "--no-dev", "--no-editable", "--quiet"]
        subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment)})
        total = sum(p.lstat().st_size for p in environment.rglob("*") if p.is_file() and not p.is_symlink())
    yield Row("installed environment", total / MB, "MB", 400)
