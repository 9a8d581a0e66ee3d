"""Rounds: a day's run that is ended somewhere, and the run after it, compared with a run nobody disturbed."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.store.proof import prove
from tests.integration.conftest import Trial

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["altyn.serve.use_cases.running", "altyn.store.proof", "deltalake", "tests.crash.rounds"]
)
START = datetime(2026, 3, 1, 6, tzinfo=UTC)
KILLED = (137, -9)
MEASURE = """\
measure = "people"
version = "1.0.0"
title = {kk = "Адам", ru = "Люди", en = "People"}
definition = {kk = "Адам саны", ru = "Число людей", en = "Number of people"}
unit = "persons"
unit_label = {kk = "адам", ru = "человек", en = "persons"}
grain = "area"
owner = {kk = "-", ru = "-", en = "nobody"}
source = {kk = "-", ru = "-", en = "made up"}
inputs = ["local.areas"]
rows = "SELECT code, people FROM areas"
value = "sum(people)"
type = "integer"
"""
# Rows of both registers, day by day: changes, retractions, refusals, a row that waits for its parent, and its parent.
DAYS = (
    ("1000,Алматы,20\n2000,Ақтөбе,10\nx,Қате,1\n", "p1,1000,2020-01-01,2023-01-01\np2,2000,2021-05-01,\np9,9000,2020-02-29,\n"),
    ("1000,Алматы,21\n3000,Қызылорда,\n", "p1,1000,2020-01-01,2024-01-01\np3,3000,2022-01-01,\np9,9000,2020-02-29,\n"),
    ("1000,Алматы,21\n3000,Қызылорда,7\n9000,Әулиекөл,1\n", "p1,1000,2020-01-01,2024-01-01\np3,3000,2022-01-01,\np9,9000,2020-02-29,\n"),
)  # fmt: skip


@dataclass(frozen=True)
class Undisturbed:
    """A project as it stands before each day, what each day leaves behind, and how long its run takes."""

    before: tuple[Path, ...]
    after: tuple[dict[str, Any], ...]
    seconds: tuple[float, ...]


def prepare(trial: Trial, folder: Path) -> Undisturbed:
    """Run all days undisturbed, keeping a copy of the project before each."""
    measures = trial.folder / "packs" / "local" / "measures"
    measures.mkdir()
    (measures / "people.toml").write_text(MEASURE, encoding="utf-8")
    before, after, seconds = [], [], []
    warm()
    for day in range(len(DAYS)):
        give(trial.folder, day)
        before.append(folder / f"before-{day}")
        shutil.copytree(trial.folder, before[-1])
        began = time.perf_counter()
        assert run(trial.folder, day) == 0
        seconds.append(time.perf_counter() - began)
        after.append(state(trial.folder))
    return Undisturbed(tuple(before), tuple(after), tuple(seconds))


def warm() -> None:
    """Start the server that forks, which loads our modules: the first run would be timed with it."""
    process = CONTEXT.Process(target=os.getpid)
    process.start()
    process.join()


def give(folder: Path, day: int) -> None:
    """Put a day's files where the project reads them."""
    areas, places = DAYS[day]
    (folder / "data" / "areas.csv").write_text("code,title,people\n" + areas, encoding="utf-8")
    (folder / "data" / "places.csv").write_text("id,area,since,until\n" + places, encoding="utf-8")


def run(folder: Path, day: int, fault: str = "", kill_after_s: float | None = None, later_s: int = 0) -> int:
    """Run a project in a process of its own, ended by a fault or a signal if asked; return how it ended."""
    process = CONTEXT.Process(target=_run, args=(str(folder), day, fault, later_s))
    process.start()
    if kill_after_s is not None:
        process.join(kill_after_s)
        process.kill()
    process.join(120)
    code = process.exitcode
    process.close()
    assert code is not None
    return code


def _run(folder: str, day: int, fault: str, later_s: int) -> None:
    from altyn.serve.use_cases.running import run_project
    from altyn.serve.workspace import Workspace

    os.environ["ALTYN_FAULT"] = fault
    moment = START + timedelta(days=day, seconds=later_s)
    try:
        status = run_project(Workspace.open(Path(folder), clock=lambda: moment), wait_s=30).exit_status
    except AltynError as error:
        status = error.exit_status
    os._exit(status)


def state(folder: Path) -> dict[str, Any]:
    """All that readers can learn: each snapshot's proof, and the rows of its measures."""
    from altyn.serve.workspace import Workspace

    store = Workspace.open(folder).store
    found: dict[str, Any] = {}
    with Session() as session:
        for snapshot in store.snapshots.all():
            root = store.folders.root
            rows = {
                name: sorted(session.run(f"SELECT * FROM read_parquet('{root / m.path}')"), key=str)
                for name, m in snapshot.tables.items()
            }
            batches = sorted(
                (b.number, b.register, b.mode, b.rows_read, b.rows_put, b.rows_same, b.rows_retracted, b.rows_refused)
                for b in snapshot.batches
            )
            found[str(snapshot.number)] = {
                "proof": prove(session, store.folders, store.snapshots, snapshot), "measures": rows, "batches": batches,
            }  # fmt: skip
    return found


def tear(folder: Path, dice: random.Random) -> None:
    """Cut what no snapshot names yet as a power cut may: files written since the last snapshot, at any length."""
    root = folder / ".altyn"
    if not root.exists():
        return
    snapshots = sorted((root / "snapshots").glob("*.json")) if (root / "snapshots").exists() else []
    since = snapshots[-1].stat().st_mtime_ns if snapshots else 0
    for path in sorted(root.rglob("*")):
        fresh = path.is_file() and path.stat().st_mtime_ns > since and path.suffix != ".json"
        # The file system keeps a commit's name only after its bytes, which delta-rs does not sync.
        commit = path.parent.name == "_delta_log" and path.stat().st_mtime_ns > since and path.suffix == ".json"
        if (fresh and (path.name.startswith(".") or path.suffix in {".part", ".tmp"})) or commit:
            size = path.stat().st_size
            if commit and dice.random() < 0.5:
                continue
            os.truncate(path, dice.randint(0, size))
