"""Health: whether the portal can answer, and whether what it shows is kept up to date. Numbers and codes, nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from altyn.errors import AltynError
from altyn.serve.operation.last_run import LastRun, problem_of, read_last_run
from altyn.serve.workspace import Workspace
from altyn.store import Folders, Snapshot


@dataclass(frozen=True, slots=True)
class Health:
    """What was found. `problems` are codes of errors, gravest first; none is good. `run` is the last one's outcome."""

    at: datetime
    snapshot: Snapshot | None
    last: LastRun | None
    problems: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether nobody needs to be called."""
        return not self.problems

    @property
    def snapshot_age_s(self) -> float | None:
        """Seconds since the newest snapshot was published."""
        return max(0.0, (self.at - self.snapshot.published_at).total_seconds()) if self.snapshot else None

    @property
    def run(self) -> str:
        """The last run's outcome: published, unchanged, failed, running, killed or none."""
        if self.last is None:
            return "none"
        return "killed" if self.last.outcome == "running" and not self.last.is_at_work else self.last.outcome


def examine_health(workspace: Workspace) -> Health:
    """Look at the newest snapshot, at what it names, at the access log and at the last run.

    A run that failed or was killed is a problem. One is late only where altyn.toml says from when: `late_after` under
    [operate]. A project without a note of a run, restored or loaded by an older version, is judged by its snapshot's age.
    """
    folders, now, problems = workspace.store.folders, workspace.clock(), []
    snapshot: Snapshot | None = None
    try:
        snapshot = workspace.store.snapshots.latest()
        problems += [_fault(folders, snapshot)]
    except AltynError as error:
        problems.append(error.code)
    except OSError:
        problems.append("environment.permission")
    last, late_after = read_last_run(folders.root), workspace.project.late_after
    if last is not None:
        problem = problem_of(last, now, late_after)
        problems.append(problem.code if problem else "")
    elif snapshot and late_after is not None and now - snapshot.published_at > late_after:
        problems.append("run.late")
    return Health(now, snapshot, last, tuple(code for code in problems if code))


def _fault(folders: Folders, snapshot: Snapshot | None) -> str:
    """What keeps the portal from answering; empty where nothing does."""
    if snapshot is None:
        return "snapshot.none"
    # Journals in a bucket are not asked for at every look: the snapshot just came from there.
    journals = () if folders.place else (folders.root / state.path for state in snapshot.registers.values())
    if not all(os.access(journal / "_delta_log", os.R_OK | os.X_OK) for journal in journals):
        return "journal.broken"
    # Without its record no question is answered.
    return "" if os.access(folders.log, os.W_OK | os.X_OK) else "gate.log"
