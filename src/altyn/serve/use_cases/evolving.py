"""Evolving: what a run does when a register's contract has changed, and what `plan` and `check` say of it beforehand.

One judgement serves all three: a change is refused, goes into the journal there is, or begins a new generation of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from typing import Literal

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.packs.compare import changes, require_compatible, retyped
from altyn.serve.workspace import Workspace
from altyn.sources.context import Context
from altyn.sources.spec import SourceSpec
from altyn.store import Batch, RegisterState, Run
from altyn.store.carry import begin_empty, carry, fit_now
from altyn.store.generations import begins_generation, is_same_key
from altyn.store.journal import journal_at, journal_columns

WayOfChange = Literal["same", "added", "generation"]


def way_of_change(workspace: Workspace, name: str, state: RegisterState) -> WayOfChange:
    """How a register's rows go on under today's contract: nothing changed, the same journal, or a new generation.

    Raises:
        AltynError: `contract.breaks-readers` when the change is refused.
    """
    contract = workspace.catalogue.contracts[name]
    if state.contract == contract.sha256:
        return "same"
    folders = workspace.store.folders
    path = folders.local(f"contracts/{state.contract}.yaml")
    if path.exists():
        require_compatible(path.read_text(encoding="utf-8"), contract, workspace.catalogue)
    old, new = workspace.store.registers.at(name, state), contract.register
    if begins_generation(old, new):
        return "generation"
    # A column that went under an older contract may still stand in the journal, with another type.
    stored = {c.name: c.type.delta for c in journal_at(folders, state.path).stored_columns()}
    clashes = any(stored.get(c.name, c.type.delta) != c.type.delta for c in journal_columns(new))
    return "generation" if clashes else "added"


def begin_generation(
    workspace: Workspace, run: Run, name: str, spec: SourceSpec | None, context: Callable[[], Context]
) -> Batch | None:
    """Begin the next generation of a register where its changed contract needs one; the batch that carried its rows over, if any.

    Args:
        workspace: the project.
        run: the run at work.
        name: the register.
        spec: the source whose extract follows at once; None where none does.
        context: makes what the current rows are checked against.

    Raises:
        AltynError: `contract.breaks-readers`, `contract.misfit`; nothing is changed then.
    """
    state = run.states.get(name)
    if state is None or way_of_change(workspace, name, state) != "generation":
        return None
    old, new = run.register(name), workspace.catalogue.registers[name]
    is_whole = spec is not None and spec.mode == "whole"
    contract = workspace.catalogue.contracts[name].sha256
    # Under another key no row of the extract can be told from one carried over: the whole extract says all.
    if is_whole and not is_same_key(old, new):
        begin_empty(run, new, contract)
        return None
    return carry(run, old, new, context(), contract, is_last_word=not is_whole)


@contextlib.contextmanager
def undone_on_failure(run: Run, name: str) -> Generator[None]:
    """Give a register its state back when its work in a run fails: nothing of a generation that was begun is published."""
    before = run.states.get(name), list(run.batches), list(run.findings)
    try:
        yield
    except BaseException:
        state, run.batches, run.findings = before
        if state is None:
            run.states.pop(name, None)
        else:
            run.states[name] = state
        raise


def planned_changes(workspace: Workspace, name: str, state: RegisterState) -> list[Message]:
    """What a changed contract will do to a register, sentence by sentence, and how many of its current values fit."""
    old, new = workspace.store.registers.at(name, state), workspace.catalogue.registers[name]
    found = [message for _, message in changes(old, new)]
    others = retyped(old, new)
    if not others and not begins_generation(old, new):
        return found
    catalogue = workspace.catalogue
    context = Context(
        code_lists=catalogue.code_lists_of(new.pack), kinds=catalogue.kinds, synthetic=workspace.project.synthetic
    )
    store = workspace.store
    fitting = fit_now(store.folders, store.snapshots, old, new, context)
    for was, now in others:
        refused = max((rows for _, column, rows in fitting.rules if column == now.name), default=0)
        found.append(
            say(
                "{column} was {old}, it is {new}: {fitting} of {rows} current values fit.",
                column=now.name,
                old=was.type.name,
                new=now.type.name,
                fitting=fitting.rows - refused,
                rows=fitting.rows,
            )
        )
    text = say("{fitting} of {rows} current rows fit the contract.", fitting=fitting.fitting, rows=fitting.rows)
    return [*found, text]


def contract_faults(workspace: Workspace) -> list[AltynError]:
    """Changed contracts that a run would refuse, for `check`."""
    latest = workspace.store.snapshots.latest()
    found: list[AltynError] = []
    for name in workspace.catalogue.order():
        state = latest.registers.get(name) if latest else None
        if state is None:
            continue
        try:
            way_of_change(workspace, name, state)
        except AltynError as error:
            found.append(error)
    return found
