"""A store in a bucket: the same journals, snapshots and answers as on this machine, and safe with two machines."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.store import compaction, journal
from altyn.store.proof import Proof, prove
from tests.buckets import bucket
from tests.integration.conftest import Trial

DAYS = (
    ("1000,Алматы,20\n2000,Ақтөбе,10\nx,Қате,1\n", "p1,1000,2020-01-01,\np9,9000,2020-02-29,\n"),
    ("1000,Алматы,21\n9000,Әулиекөл,\n", "p1,1000,2020-01-01,2024-01-01\np9,9000,2020-02-29,\n"),
)


@pytest.fixture
def address() -> Iterator[str]:
    """An empty place in a bucket."""
    with bucket() as found:
        yield f"{found}/state"


def elsewhere(trial: Trial, address: str) -> None:
    path = trial.folder / "altyn.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("packs =", f'store = "{address}"\npacks =', 1), encoding="utf-8"
    )


def two_days(trial: Trial) -> None:
    for areas, places in DAYS:
        trial.areas(areas)
        trial.places(places)
        assert not trial.run().errors


def proof(trial: Trial) -> list[Proof]:
    store = trial.open().store
    with Session() as session:
        return [prove(session, store.folders, store.snapshots, s) for s in store.snapshots.all()]


def a_copy(trial: Trial, folder: Path) -> Trial:
    """The same project on another machine, which has nothing of the store yet."""
    shutil.copytree(trial.folder, folder, ignore=shutil.ignore_patterns(".altyn"))
    return Trial(folder, trial.now)


def test_a_bucket_holds_what_a_folder_holds(
    trial: Trial, tmp_path: Path, address: str, ask: Callable[..., list[tuple[object, ...]]]
) -> None:
    here = a_copy(trial, tmp_path / "here")
    elsewhere(trial, address)
    two_days(here)
    two_days(trial)

    assert proof(trial) == proof(here)
    other = a_copy(trial, tmp_path / "other")
    assert proof(other) == proof(here)
    for sql in ("SELECT * FROM areas ORDER BY code", "SELECT id, area, recorded_at FROM places ORDER BY id"):
        assert ask(other, sql) == ask(here, sql)
    assert ask(other, "SELECT code FROM areas ORDER BY code", known_at="2026-03-02") == [("1000",), ("2000",)]


def test_a_compacted_journal_in_a_bucket_says_the_same_on_another_machine(
    trial: Trial, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MOST_SMALL", 1)
    monkeypatch.setattr(journal, "_MANY_FILES", 1)
    here = a_copy(trial, tmp_path / "here")
    elsewhere(trial, address)
    for one in (here, trial):
        two_days(one)
        two_days(one)
    other = a_copy(trial, tmp_path / "other")
    compacted = journal.journal_at(trial.open().store.folders, "store/local/areas")

    assert any(name.startswith(journal.COMPACTED) for name in compacted.sizes(compacted.version()))
    assert proof(trial) == proof(here) == proof(other)


def test_another_machine_goes_on_where_the_first_stopped(trial: Trial, tmp_path: Path, address: str) -> None:
    here = a_copy(trial, tmp_path / "here")
    elsewhere(trial, address)
    two_days(here)
    trial.areas(DAYS[0][0])
    trial.places(DAYS[0][1])
    trial.run()
    other = a_copy(trial, tmp_path / "other")
    other.areas(DAYS[1][0])
    other.places(DAYS[1][1])
    assert not other.run().errors

    assert proof(other) == proof(here)


def test_two_machines_at_once_lose_nothing(trial: Trial, tmp_path: Path, address: str) -> None:
    """Both run at the same time: one publishes; the other is told, runs again, and then both rows are there in order."""
    elsewhere(trial, address)
    trial.run()
    machines = [a_copy(trial, tmp_path / f"m{n}") for n in range(2)]
    told: set[tuple[str, bool]] = set()
    for day in range(3):
        for n, machine in enumerate(machines):
            machine.areas(f"1000,Алматы,{100 * n + day}\n2000,Ақтөбе,{n}\n")

        def run_until_done(machine: Trial) -> int:
            refused = 0
            while True:
                errors: list[AltynError] = []
                try:
                    errors = machine.run().errors
                except AltynError as error:
                    errors = [error]
                if not errors:
                    return refused
                told.update((e.code, e.retry) for e in errors)
                refused += 1

        with ThreadPoolExecutor(2) as both:
            list(both.map(run_until_done, machines))
    # The machines' clocks of this test differ by days; a run whose clock is behind waits too.
    assert ("journal.raced", True) in told
    assert told <= {("journal.raced", True), ("clock.behind", True)}
    snapshots = machines[0].open().store.snapshots.all()
    assert [s.number for s in snapshots] == list(range(1, len(snapshots) + 1))
    assert all(a.published_at < b.published_at for a, b in pairwise(snapshots))
    versions = proof(machines[0])[-1]["local.areas"]["versions"]
    published = sum(b.rows_put + b.rows_retracted for s in snapshots for b in s.batches if b.register == "local.areas")
    assert versions == published


@pytest.mark.usefixtures("address")
def test_a_bucket_that_is_not_there_is_told(trial: Trial) -> None:
    elsewhere(trial, "s3://nowhere-at-all/state")
    with pytest.raises(AltynError) as caught:
        trial.run()
    assert caught.value.code == "place.unreachable"
