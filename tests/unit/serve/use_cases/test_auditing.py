"""Auditing: what snapshots say of the log is held against it; a new log needs a reason, and a whole one no new log."""

from __future__ import annotations

import pytest

from altyn.errors import AltynError
from altyn.policy.log.chain import NAME
from altyn.policy.principals import local
from altyn.serve.use_cases.auditing import audit, go_on, heads_of
from tests.integration.conftest import Trial


def test_each_snapshot_bears_witness(loaded: Trial) -> None:
    workspace = loaded.open()
    found = audit(workspace)

    assert [h.number for h in heads_of(workspace)] == [1, 2]
    assert (found.faults, found.snapshots) == ([], 2)


@pytest.mark.parametrize("because", ["", "  \n"])
def test_a_new_log_needs_a_reason(loaded: Trial, because: str) -> None:
    with pytest.raises(AltynError, match="usage"):
        go_on(loaded.open(), because)


def test_a_whole_log_is_not_set_aside(loaded: Trial) -> None:
    with pytest.raises(AltynError, match=r"audit\.whole"):
        go_on(loaded.open(), "a whim")


def test_a_broken_log_is_set_aside_and_the_next_one_says_why(fresh: Trial) -> None:
    fresh.run()
    workspace = fresh.open()
    workspace.gate.told(local(), workspace.catalogue.registers["local.areas"])
    path = workspace.gate.log.folder / NAME
    path.write_bytes(b"x" * path.stat().st_size)
    assert audit(workspace).faults

    aside = go_on(workspace, " a disk ")
    assert (aside / NAME).read_bytes().startswith(b"xxx")
    after = fresh.open()
    assert audit(after).faults == []
    assert after.gate.log.records()[0]["because"] == "a disk"
