"""`altyn --help` and a question stay cheap because they import nothing heavy. That is held, not a time: times depend on machines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = {"arro3", "babel", "deltalake", "duckdb", "jinja2", "jsonschema", "rich", "sqlglot", "starlette", "uvicorn"}
PROBE = """
import sys
from altyn.cli.main import main
sys.argv = ["altyn", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print("IMPORTED", *sorted({name for name in sys.modules}))
"""


# What a run needs and a question does not.
OF_A_RUN = {
    "altyn.serve.use_cases.running",
    "altyn.serve.use_cases.planning",
    "altyn.store.backup",
    "altyn.world.writing",
}


def imported(*words: str) -> set[str]:
    """The modules, and packages of others, that a command has imported when it ends."""
    ran = subprocess.run([sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=True)
    names = set(ran.stdout.rpartition("IMPORTED")[2].split())
    return names | {name.partition(".")[0] for name in names}


def test_help_imports_nothing_heavy() -> None:
    found = imported("--help")

    assert "click" in found
    assert found & HEAVY == set()


def test_a_question_imports_neither_schemas_nor_what_only_a_run_needs(tmp_path: Path) -> None:
    project = str(tmp_path / "empty")
    imported("init", project)
    question = ("registers", "--json", "--project", project)
    imported(*question)

    # The second time: the contracts of the packs were judged the first time.
    found = imported(*question)

    assert "altyn.serve.use_cases" in found
    assert found & {"jsonschema", "sqlglot", "rich", "numpy", *OF_A_RUN} == set()
