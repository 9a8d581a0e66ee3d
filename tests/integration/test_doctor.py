"""`altyn doctor` finds what an operator must know, and calls only that bad which is."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from altyn.serve.use_cases import diagnosis, erasing
from altyn.serve.use_cases.diagnosis import examine
from altyn.store.orders import Orders
from tests.integration.conftest import Trial


@pytest.fixture(autouse=True)
def private() -> Generator[None]:
    """What the command sets before it does anything."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def found(trial: Trial) -> dict[str, tuple[str, Any]]:
    """What was looked at -> what was found in English, and whether it is good."""
    return {str(line["what"]): (str(line["found"]), line["good"]) for line in examine(trial.open())}


def age(path: Path) -> None:
    long_ago = time.time() - 90_000
    os.utime(path, (long_ago, long_ago))


def test_a_project_in_order_has_nothing_bad(trial: Trial) -> None:
    trial.run()
    lines = found(trial)

    assert [what for what, (_, good) in lines.items() if good is False] == []
    assert lines["last run"] == ("published, 2026-03-02 06:00 UTC", True)
    assert lines["left over from work that was broken off"] == ("nothing", True)
    assert lines["orders on records"] == ("none waits", True)
    assert lines["duckdb"][1] is True
    assert lines["Python"][1] is True
    assert lines["encrypted volume"][0] in {"yes", "no", "unknown"}
    assert lines["encrypted volume"][1] is not False
    assert lines["time service"][1] is not False


def test_a_project_that_never_ran_is_not_sick(trial: Trial) -> None:
    lines = found(trial)

    assert lines["last run"] == ("none", None)
    assert lines["last snapshot"] == ("none", None)
    assert [what for what, (_, good) in lines.items() if good is False] == []


def test_files_open_to_others_are_counted_whatever_their_name(trial: Trial) -> None:
    trial.run()
    root = trial.folder / ".altyn"
    (root / "lock").chmod(0o644)
    (root / "log").chmod(0o750)

    assert found(trial)["modes of .altyn"] == ("2 open to others", False)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_files_of_others_are_counted(trial: Trial) -> None:
    trial.run()
    os.chown(trial.folder / ".altyn" / "status.json", 65534, 65534)

    assert found(trial)["owner of .altyn"] == ("1 belong to others", False)


def test_a_disk_with_less_room_than_the_store_takes_is_bad(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        total: int
        used: int
        free: int

    trial.run()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 3 * 1024**3))
    assert found(trial)["free disk space"][1] is True
    with (trial.folder / ".altyn" / "store" / "large").open("wb") as file:
        file.truncate(4 * 1024**3)
    (trial.folder / ".altyn" / "store" / "large").chmod(0o600)

    assert found(trial)["free disk space"] == ("3.0 GB; the store takes 4.0 GB", False)


def test_what_a_broken_off_run_left_is_named_once_it_is_old(trial: Trial) -> None:
    trial.run()
    scratch = trial.folder / ".altyn" / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    part = scratch / "spill"
    part.write_bytes(b"x" * 3 * 1024**2)
    part.chmod(0o600)
    assert found(trial)["left over from work that was broken off"] == ("nothing", True)
    age(part)

    assert found(trial)["left over from work that was broken off"] == ("scratch 3 MB", None)


def test_a_clock_behind_and_a_late_run(trial: Trial) -> None:
    toml = trial.folder / "altyn.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '\n[operate]\nlate_after = "26h"\n', encoding="utf-8")
    trial.run()
    trial.now += timedelta(hours=50)
    assert found(trial)["last run"] == ("The last good run is 50 hours old.", False)
    trial.now -= timedelta(hours=60)
    assert found(trial)["clock"] == ("The machine's clock is behind the last snapshot.", False)


def test_a_failed_run_and_a_changed_log_are_bad(trial: Trial) -> None:
    trial.run()
    (trial.folder / "data" / "areas.csv").unlink()
    trial.run()
    log = trial.folder / ".altyn" / "log" / "access-000001.jsonl"
    log.write_text('{"previous": "x"}\n', encoding="utf-8")
    log.chmod(0o600)
    lines = found(trial)

    assert lines["last run"] == ("The last run failed: source.missing.", False)
    assert lines["access log"][1] is False


def test_orders_that_wait_or_were_broken_off(trial: Trial) -> None:
    trial.run()
    workspace = trial.open()
    order = erasing.request(workspace, workspace.register("areas"), ["2000"], "Act 1, art. 2").order
    assert found(trial)["orders on records"] == ("1 wait for a second person: altyn orders", None)

    Orders(workspace.store.folders).change(order, status="executing")
    assert found(trial)["orders on records"] == ("1 erasures were broken off: altyn run finishes them", False)


def test_orders_whose_key_is_lost_are_bad(trial: Trial) -> None:
    trial.run()
    workspace = trial.open()
    erasing.request(workspace, workspace.register("areas"), ["2000"], "Act 1, art. 2")
    (trial.folder / ".altyn" / "orders" / "key").unlink()

    assert found(trial)["orders on records"][0].startswith("order.broken")
    assert found(trial)["orders on records"][1] is False


def test_what_cannot_be_known_is_called_unknown_not_bad(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "is_encrypted", lambda _: None)
    monkeypatch.setattr(diagnosis, "is_clock_kept", lambda: None)
    lines = found(trial)

    assert (lines["encrypted volume"], lines["time service"]) == (("unknown", None), ("unknown", None))
