"""Faults: a process ends at the moment that was asked for, the time it was asked for, and never otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

REACHES = """
import atexit
from altyn.store.faults import reach
atexit.register(print, "cleaned up")
for _ in range(2):
    reach("journal.written")
    reach("journal.committed")
    print("passed")
"""


def ended(fault: str | None) -> tuple[int, list[str]]:
    environment = {k: v for k, v in os.environ.items() if k != "ALTYN_FAULT"} | (
        {"ALTYN_FAULT": fault} if fault is not None else {}
    )
    done = subprocess.run(
        [sys.executable, "-u", "-c", REACHES], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.split("\n")[:-1]


@pytest.mark.parametrize(
    ("fault", "status", "passed"),
    [
        ("journal.committed", 137, 0), ("journal.committed:2", 137, 1), ("journal.committed:3", 0, 2), ("x.y", 0, 2), ("", 0, 2), (None, 0, 2),
    ],
)  # fmt: skip
def test_a_process_ends_where_it_was_asked_to_and_cleans_nothing_up(
    fault: str | None, status: int, passed: int
) -> None:
    found, said = ended(fault)

    assert found == status
    assert said == ["passed"] * passed + (["cleaned up"] if status == 0 else [])
