"""Planning: what a run would do now, and why, without doing it."""

from __future__ import annotations

from typing import Any

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.serve.use_cases.evolving import planned_changes, way_of_change
from altyn.serve.workspace import Workspace
from altyn.sources.read import content_hash
from altyn.sources.spec import SourceSpec, spec_from_table
from altyn.store import Snapshot


def source_spec(workspace: Workspace, register: str) -> SourceSpec | None:
    """Where a register's rows come from, as altyn.toml says; None where it says nothing."""
    table = workspace.project.sources.get(register)
    if table is None:
        return None
    return spec_from_table(register, table, workspace.project.folder, workspace.project.allowed_folders)


def plan_project(workspace: Workspace) -> list[dict[str, Any]]:
    """What a run would do now, and why, without doing it. Each line: register or measure, action, reason.

    Where a contract has changed, `changes` says what becomes of columns, key and current values.
    """
    snapshot = workspace.store.snapshots.latest()
    lines: list[dict[str, Any]] = []
    moving: set[str] = set()
    for name in workspace.catalogue.order():
        action, reason = _planned(workspace, snapshot, name, moving)
        if action not in {"keep", "none"}:
            moving.add(name)
        line: dict[str, Any] = {"register": name, "action": action, "reason": reason}
        state = snapshot.registers.get(name) if snapshot else None
        if state and state.contract != workspace.catalogue.contracts[name].sha256:
            line["changes"] = planned_changes(workspace, name, state)
        lines.append(line)
    for name, measure in workspace.catalogue.measures.items():
        inputs = [i for i in measure.inputs if i in moving]
        built = snapshot is not None and name in snapshot.tables
        if inputs:
            action, reason = "build", say("{names} will change.", names=", ".join(inputs))
        elif not built and not all(snapshot and i in snapshot.registers for i in measure.inputs):
            action, reason = "none", say("Nothing it depends on was ever loaded.")
        elif not built:
            action, reason = "build", say("It was never built.")
        else:
            action, reason = "keep", say("Nothing it depends on has changed.")
        lines.append({"measure": name, "action": action, "reason": reason})
    return lines


def _planned(workspace: Workspace, snapshot: Snapshot | None, name: str, moving: set[str]) -> tuple[str, Message]:
    state = snapshot.registers.get(name) if snapshot else None
    spec = source_spec(workspace, name)
    try:
        way = way_of_change(workspace, name, state) if state else "same"
        digest = content_hash(spec) if spec else None
    except AltynError as error:
        return "refuse", error.what
    if spec is None:
        if way == "generation":
            return "carry", say("Its contract has changed, and no source is named: its current rows are taken over.")
        return "none", say("altyn.toml names no source for it.")
    if snapshot is None or state is None:
        return "load", say("It was never loaded.")
    parents = [p for p in workspace.catalogue.registers[name].parents() if p in moving]
    reasons: list[tuple[bool, str, Message]] = [
        (way == "generation", "load", say("Its contract has changed: a new generation of its journal begins.")),
        (state.contract != workspace.catalogue.contracts[name].sha256, "load", say("Its contract has changed.")),
        (digest is None, "load", say("A database is asked anew at every run.")),
        (digest != state.source_hash, "load", say("Its source has changed.")),
        (
            bool(state.waiting_rows and parents),
            "retry",
            say("{count} rows wait for {names}.", count=state.waiting_rows, names=", ".join(parents)),
        ),
    ]
    for holds, action, reason in reasons:
        if holds:
            return action, reason
    return "keep", say("Its source and contract are those of snapshot {number}.", number=snapshot.number)
