"""Auditing: whether the access log is whole, and how to go on where it is not."""

from __future__ import annotations

from pathlib import Path

from altyn.errors import AltynError
from altyn.language import say
from altyn.policy.log import AccessRecord, Checked, SnapshotHead, verify
from altyn.policy.log.again import begin_again
from altyn.policy.principals import local
from altyn.serve.workspace import Workspace
from altyn.store.folders import writing


def heads_of(workspace: Workspace) -> list[SnapshotHead]:
    """What each published snapshot says of the log."""
    return [SnapshotHead(s.number, s.published_at, s.log) for s in workspace.snapshots()]


def audit(workspace: Workspace) -> Checked:
    """Everything that can be said of the log from inside the project."""
    is_shared = workspace.store.folders.place is not None
    return verify(workspace.gate.log, heads_of(workspace), is_shared=is_shared)


def go_on(workspace: Workspace, because: str) -> Path:
    """Set a broken log aside and begin a new one, under a record that says so; where the old one lies now.

    Raises:
        AltynError: `usage` without a reason; `audit.whole`; `gate.log`.
    """
    if not because.strip():
        raise AltynError(
            "usage",
            what=say("A new log needs a reason, which stands in its first record."),
            mend=say("Say it with --because."),
        )
    with writing(workspace.store.folders):
        record = AccessRecord.of(local(), "begun-again", because=because.strip())
        return begin_again(workspace.gate.log, audit(workspace), record, heads_of(workspace))
