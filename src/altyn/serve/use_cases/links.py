"""Links: which columns of a new file hold the codes of a register that is there already. Only a parent with rows is proposed."""

from __future__ import annotations

from collections.abc import Sequence

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.registers import Register
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.packs.guessing.types import ColumnGuess
from altyn.packs.project import Project
from altyn.policy.principals import local
from altyn.serve.workspace import Workspace
from altyn.sources.trial import Trial

_MOST_PARENT_ROWS, _MOST_VALUES = 200_000, 50_000
# Fewer or shorter codes are found in any list of numbers.
_LEAST_VALUES, _LEAST_WIDTH = 3, 4
_ALMOST = 0.9


def _reference(parent: Register, own_pack: str) -> str:
    """How a contract of `own_pack` points to the key of a parent, as ODCS 3.1 writes it."""
    if parent.pack == own_pack:
        return f"{parent.table}.{parent.key[0]}"
    path = f"../../{parent.pack}/registers/{parent.table}.odcs.yaml"
    return f"{path}#/schema/{parent.table}/properties/{parent.key[0]}"


def links_of(
    project: Project, own_pack: str, decisions: Sequence[ColumnGuess], trial: Trial
) -> tuple[dict[str, str], list[Message]]:
    """Column -> reference to the key of the parent that holds all of its values; and columns that miss it by little."""
    columns = [
        d
        for d in decisions
        if d.is_text and d.role in {"code", "number", "category"} and d.evidence.shortest >= _LEAST_WIDTH
    ]
    # A project that does not stand yet has no parents.
    try:
        workspace = Workspace.open(project.folder) if columns else None
        snapshot = workspace.store.snapshots.latest() if workspace else None
    except AltynError:
        return {}, []
    if workspace is None or snapshot is None:
        return {}, []
    links: dict[str, str] = {}
    notes: list[Message] = []
    values = {d.name: v for d in columns if len(v := trial.values(d.name, _MOST_VALUES + 1)) <= _MOST_VALUES}
    for name, state in snapshot.registers.items():
        register = workspace.catalogue.registers.get(name)
        if register is None or not _may_be_parent(register, state.rows):
            continue
        codes = _codes(workspace, register)
        for column, held in values.items():
            known = sum(value in codes for value in held)
            if column in links or len(held) < _LEAST_VALUES:
                continue
            if known == len(held):
                links[column] = _reference(register, own_pack)
            elif known >= len(held) * _ALMOST:
                notes.append(
                    say(
                        "{column}: {known} of {count} values are in {register}; no relationship is proposed.",
                        column=column,
                        known=known,
                        count=len(held),
                        register=register.name,
                    )
                )
    return links, notes


def _may_be_parent(register: Register, rows: int) -> bool:
    if len(register.key) != 1 or not 0 < rows <= _MOST_PARENT_ROWS or not register.is_open:
        return False
    key = register.column(register.key[0])
    return key.type.kind == "text" and key.sensitivity == "public"


def _codes(workspace: Workspace, register: Register) -> set[str]:
    relation = Relation(
        f"SELECT {identifier(register.key[0])} FROM parent",
        {"parent": Input(register.name)},
        grain="one row per record",
    )
    answer = workspace.gate.read(local(), "open", [relation], reason="guess of a relationship")[0]
    return {str(row[0]) for row in answer.rows()}
