"""Whatever an engine says when it fails stays inside: no screen, log, snapshot or page repeats a word of it.

Engines quote values in their errors. Here each call of DuckDB, of the journals and of the reader of workbooks is made to fail
in turn, with a planted value in its words, while a verb or a page is at work.
"""

from __future__ import annotations

import io
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import deltalake
import deltalake.exceptions
import duckdb
import pytest
import python_calamine
from starlette.testclient import TestClient

from altyn.cli import serving
from altyn.cli.main import VERBS, main
from altyn.serve.portal.app import create_app
from altyn.serve.workspace import Workspace
from tests.integration import conftest

CANARY = "Жасырын-7391"
ENGINE = (
    lambda: duckdb.ConversionException(f"Conversion Error: Could not convert string '{CANARY}' to INT64"),
    lambda: duckdb.InvalidInputException(f"Invalid Input Error: {CANARY}"),
    lambda: duckdb.IOException(f"IO Error: cannot open '{CANARY}'"),
    lambda: duckdb.BinderException(f'Binder Error: Referenced column "{CANARY}" not found'),
    lambda: duckdb.ConstraintException(f"Constraint Error: Duplicate key '{CANARY}'"),
    lambda: duckdb.InternalException(f"INTERNAL Error: {CANARY}"),
    lambda: duckdb.OutOfMemoryException(f"Out of Memory Error: {CANARY}"),
    lambda: OSError(5, f"Input/output error: {CANARY}"),
    lambda: ValueError(CANARY),
)
JOURNAL = (
    lambda: deltalake.exceptions.DeltaError(f"Kernel error: {CANARY}"),
    lambda: deltalake.exceptions.TableNotFoundError(CANARY),
    lambda: OSError(5, f"Input/output error: {CANARY}"),
    lambda: ValueError(CANARY),
)
WORKBOOK = (lambda: python_calamine.CalamineError(CANARY), lambda: OSError(5, CANARY), lambda: ValueError(CANARY))
# Never reached: for counting the calls of a verb.
NEVER = 1 << 30
# How many of a verb's calls fail here, evenly chosen; all of them where tests may be slow.
CHOSEN = 5


@dataclass
class Faults:
    """Makes the n-th call of an engine fail, and counts the calls."""

    at: int = NEVER
    kinds: tuple[Callable[[], Exception], ...] = ENGINE
    calls: int = 0

    def reach(self) -> None:
        """Count a call; fail if it is the one."""
        self.calls += 1
        if self.calls == self.at:
            error = self.kinds[self.at % len(self.kinds)]()
            raise error


@dataclass
class Wrapped:
    """An engine's object whose named calls are counted."""

    inner: Any
    faults: Faults
    names: frozenset[str] = field(default=frozenset({"execute", "sql"}))

    def __getattr__(self, name: str) -> Any:
        """The engine's own attribute, counted if it is one of the names."""
        found = getattr(self.inner, name)
        if name not in self.names:
            return found

        def counted(*given: Any, **how: Any) -> Any:
            self.faults.reach()
            return found(*given, **how)

        return counted

    def __call__(self, *given: Any, **how: Any) -> Any:
        """A class that makes objects: making one is counted."""
        self.faults.reach()
        return self.inner(*given, **how)


def broken_duckdb(patch: pytest.MonkeyPatch, faults: Faults) -> None:
    connect = duckdb.connect
    patch.setattr(duckdb, "connect", lambda *given, **how: Wrapped(connect(*given, **how), faults))


def broken_journal(patch: pytest.MonkeyPatch, faults: Faults) -> None:
    patch.setattr(deltalake, "DeltaTable", Wrapped(deltalake.DeltaTable, faults, frozenset({"create"})))


def broken_workbook(patch: pytest.MonkeyPatch, faults: Faults) -> None:
    inner = python_calamine.CalamineWorkbook
    names = frozenset(n for n in vars(inner) if n.startswith("from_"))
    patch.setattr(python_calamine, "CalamineWorkbook", Wrapped(inner, faults, names))


BREAKS = {
    "duckdb": (broken_duckdb, ENGINE),
    "journal": (broken_journal, JOURNAL),
    "workbook": (broken_workbook, WORKBOOK),
}
MEASURE = """\
measure = "people"
version = "1.0.0"
title = "People"
definition = "What is built"
unit = "1"
grain = "one row for each code"
owner = "nobody"
source = "made up"
inputs = ["areas"]
rows = '''SELECT code, people FROM areas'''
value = "max(people)"
dimensions = [{column = "code", type = "text"}]
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> conftest.Trial:
    """A project that was run, with a change that waits for the next run."""
    import xlsxwriter

    trial = conftest.made(tmp_path_factory.mktemp("faults") / "project")
    (trial.folder / "packs" / "local" / "measures").mkdir()
    (trial.folder / "packs" / "local" / "measures" / "people.toml").write_text(MEASURE, encoding="utf-8")
    trial.areas("1000,Алматы,20\n2000,Ақтөбе,x\n")
    trial.run()
    trial.areas("1000,Алматы,21\n2000,Ақтөбе,x\n3000,Тараз,4\n")
    with xlsxwriter.Workbook(str(trial.folder / "data" / "new.xlsx")) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate([("code", "title"), ("1", "a"), ("2", "b")]):
            sheet.write_row(i, 0, row)
    names = "id,name,born\n" + "".join(f"{i},Name{i % 7},19{i % 90 + 10}-01-02\n" for i in range(40))
    for name in ("left.csv", "right.csv"):
        (trial.folder / "data" / name).write_text(names, encoding="utf-8")
    return trial


@pytest.fixture
def project(loaded: conftest.Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of it, and the logging of the process as it was."""
    root, handlers, level = logging.getLogger(), list(logging.getLogger().handlers), logging.getLogger().level
    folder = tmp_path / "project"
    shutil.copytree(loaded.folder, folder)
    monkeypatch.chdir(folder)
    yield folder
    root.handlers, logging.raiseExceptions = handlers, True
    root.setLevel(level)
    logging.captureWarnings(capture=False)


COMMANDS = {
    "run": ["run"],
    "run for programs": ["run", "--json"],
    "run in a log": ["run", "--log-format", "json"],
    "plan": ["plan"],
    "check": ["check"],
    "doctor": ["doctor"],
    "status": ["status"],
    "query": ["query", "SELECT title, max(people) FROM areas GROUP BY ALL"],
    "query for programs": ["query", "SELECT * FROM people", "--json"],
    "show": ["query", "SHOW TABLES"],
    "history": ["history", "areas", "1000"],
    "quarantine": ["quarantine", "areas"],
    "export": ["quarantine", "areas", "--export", "refused.csv"],
    "resubmit": ["quarantine", "areas", "--resubmit", "data/areas.csv"],
    "registers": ["registers", "areas"],
    "snapshots": ["snapshots"],
    "add": ["add", "data/left.csv", "--yes"],
    "add a workbook": ["add", "data/new.xlsx", "--yes"],
    "remove": ["remove", "areas"],
    "link": ["link", "data/left.csv", "data/right.csv", "--out", "linked"],
    "backup": ["backup", "copy"],
    "upgrade": ["upgrade"],
    "erase": ["erase", "areas", "1000", "--ground", "Act 1"],
    "hold": ["hold", "areas", "1000", "--ground", "Act 1"],
    "retain": ["retain"],
    "orders": ["orders"],
}
UNTRIED = {
    "demo": "as run, over registers that hold nobody",
    "synth": "reads nothing: its people do not exist",
    "init": "calls no engine",
    "serve": "its pages are tried below",
    "audit": "calls no engine",
    "restore": "reads what backup wrote; without rows on the way",
}


def test_every_verb_is_tried_or_says_why_not() -> None:
    assert {words[0] for words in COMMANDS.values()} | set(UNTRIED) == set(VERBS)


def said_by(words: list[str]) -> str:
    """All that a command wrote."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(out), redirect_stderr(out), pytest.raises(SystemExit):
        main(words)
    buffer = out.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(errors="replace")


def kept(folder: Path) -> list[str]:
    """Files of the project that hold a word of the engine's."""
    return [str(p) for p in folder.rglob("*") if p.is_file() and CANARY.encode() in p.read_bytes()]


def failing(project: Path, engine: str, work: Callable[[Path], str], most: int) -> int:
    """Do some work with each of its calls failing in turn, in a copy of the project each; how many were tried."""
    break_, kinds = BREAKS[engine]
    source = project.parent / "source"
    shutil.copytree(project, source)

    def once(at: int) -> tuple[Faults, str]:
        for path in project.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(source, project, dirs_exist_ok=True)
        faults = Faults(at, kinds)
        with pytest.MonkeyPatch.context() as patch:
            break_(patch, faults)
            return faults, work(project)

    # What is kept for the life of a process is asked for by the first time alone.
    once(NEVER)
    calls = once(NEVER)[0].calls
    most = min(most, calls)
    chosen = sorted({1 + i * calls // most for i in range(most)} & set(range(1, calls + 1)))
    for at in chosen:
        faults, said = once(at)
        assert faults.calls >= at, f"call {at} of {calls} was not reached"
        assert CANARY not in said, f"call {at} of {calls}:\n{said}"
        assert "Traceback" not in said
        assert not kept(project)
    return len(chosen)


@pytest.mark.parametrize(
    ("engine", "name"), [(e, n) for n in COMMANDS for e in ("duckdb", "journal")] + [("workbook", "add a workbook")]
)
def test_no_verb_repeats_an_engines_words(project: Path, engine: str, name: str) -> None:
    failing(project, engine, lambda _: said_by(COMMANDS[name]), CHOSEN)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["query", "history", "quarantine"])
def test_no_call_of_a_verb_repeats_them(project: Path, name: str) -> None:
    assert failing(project, "duckdb", lambda _: said_by(COMMANDS[name]), NEVER) > CHOSEN


PAGES = ("/", "/registers", "/registers/local.areas", "/registers/local.areas/rows", "/registers/local.areas/row/1000",
    "/registers/local.areas/data.csv", "/measures", "/measures/local.people", "/measures/local.people/rows",
    "/measures/local.people/data.json", "/search?q=Алм", "/snapshots", "/about", "/tour", "/scoreboard")  # fmt: skip


@pytest.mark.parametrize("engine", ["duckdb", "journal"])
@pytest.mark.parametrize("address", [*(f"/en{page}" for page in PAGES), "/health", "/metrics"])
def test_no_page_repeats_an_engines_words(
    project: Path, engine: str, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def shown(folder: Path) -> str:
        portal = TestClient(
            create_app(Workspace.open(folder)), base_url="http://localhost", raise_server_exceptions=False
        )
        answer = portal.get(address)
        return answer.text + str(answer.headers) + str(capfd.readouterr())

    failing(project, engine, shown, 3)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_portals_server_repeats_no_words_on_the_terminal(
    project: Path, log_format: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server logs what a page met, with a traceback if it is let: it is told to say class and place alone."""
    import uvicorn

    def run(app: Any, **how: Any) -> None:
        uvicorn.Config(app, **how)
        try:
            raise duckdb.ConversionException(CANARY)
        except duckdb.Error:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application: %s", CANARY)

    monkeypatch.setattr(uvicorn, "run", run)
    serving.serve_pages(project, 0, log_format)
    said = "".join(capsys.readouterr())

    assert CANARY not in said
    assert "ConversionException" in said


# Ways around every handler: a library's log, its warning, a thread and a destructor that fail.
AROUND = f"""
import logging, sys, threading, warnings
import altyn.serve.use_cases.questions as cases
from altyn.cli.main import main

class Failing:
    def __del__(self):
        raise ValueError({CANARY!r})

def fail():
    raise ValueError({CANARY!r})

inner = cases.query
def query(*given, **how):
    logging.getLogger("deltalake").error("cannot read %s", {CANARY!r})
    logging.getLogger("sqlglot").warning("%d", {CANARY!r})
    warnings.warn({CANARY!r})
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    Failing()
    return inner(*given, **how)

cases.query = query
sys.argv = ["altyn", "query", "SELECT 42 AS answer"]
main()
"""


def test_what_passes_every_handler_reaches_no_terminal(project: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONWARNINGS"}
    ran = subprocess.run(
        [sys.executable, "-c", AROUND], cwd=project, capture_output=True, text=True, check=False, env=environment
    )

    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "42", "")


@pytest.mark.usefixtures("project")
def test_commands_are_read_as_typed() -> None:
    """A wrong option would end a verb before it calls anything."""
    for words in COMMANDS.values():
        module, _ = VERBS[words[0]]
        command: click.Command = getattr(__import__(module, fromlist=["x"]), f"{words[0]}_command")
        command.make_context(words[0], list(words[1:]), resilient_parsing=False)
