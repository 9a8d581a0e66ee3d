"""`altyn --help` stays cheap because it imports nothing heavy. That is held, not a time: times depend on machines."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"arro3", "babel", "deltalake", "duckdb", "jinja2", "jsonschema", "rich", "sqlglot", "starlette", "uvicorn"}
PROBE = """
import sys
from altyn.cli.main import main
sys.argv = ["altyn", "--help"]
try:
    main()
except SystemExit:
    pass
print("IMPORTED", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_help_imports_nothing_heavy() -> None:
    ran = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    imported = set(ran.stdout.rpartition("IMPORTED")[2].split())

    assert "click" in imported
    assert imported & HEAVY == set()
