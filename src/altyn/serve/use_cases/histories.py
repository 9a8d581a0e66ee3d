"""Histories: every version of a record, through all generations of its register, and where the older part is if not here.

A changed contract begins a new generation. A version is shown as the contract of its time declared it; a record that was
taken over is shown once more, as `carried`, in the words of the contract that took it over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import Column
from altyn.model.registers import WRITTEN, Register
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.policy.gate import Answer
from altyn.serve.workspace import Workspace
from altyn.store import Batch
from altyn.store.generations import generations_of, key_before
from altyn.store.refused import RefusedPlace

KEY_SEPARATOR = "/"


def wrong_key(register: Register) -> AltynError:
    """The error of a key that does not fit its register."""
    return AltynError(
        "register.key",
        what=say("The key of this register is {columns}.", columns=KEY_SEPARATOR.join(register.key)),
        where=register.name,
        mend=say("Give its values in this order, separated by /; the last ones may be left out."),
    )


def history_relation(register: Register, key: str) -> Relation:
    """Every version of the records whose key begins with `key` (parts separated by /), oldest first.

    Raises:
        AltynError: `register.key` when the key has more parts than the register's.
    """
    given = key.split(KEY_SEPARATOR) if len(register.key) > 1 else [key]
    if len(given) > len(register.key) or not key:
        raise wrong_key(register)
    tests = " AND ".join(f"CAST({identifier(k)} AS VARCHAR) = $k{i}" for i, k in enumerate(register.key[: len(given)]))
    order = ", ".join(identifier(k) for k in register.key)
    return Relation(
        f"SELECT * FROM record WHERE {tests} ORDER BY {order}, batch",
        {"record": Input(register.name, "history")},
        {f"k{i}": value for i, value in enumerate(given)},
        grain="one row per version of the record",
    )


@dataclass(frozen=True)
class Version:
    """One version of a record: what the register said, since when we knew, and where it came from.

    `written` has, by column, what the source wrote where that is another text than the value's.
    `first` is where it stood when it was refused, of a row that was mended or waited for its parent.
    """

    values: dict[str, Any]
    op: str
    recorded_at: datetime
    batch: Batch
    file: str | None
    line: int | None
    written: Mapping[str, str] = field(default_factory=dict[str, str])
    first: RefusedPlace | None = None


def versions_of(workspace: Workspace, register: Register, answer: Answer) -> list[Version]:
    """The versions in an answer to `history_relation`."""
    batches = {b.number: b for b, _, _ in workspace.store.batches(register.name)}
    names = [c.name for c in answer.columns]
    versions: list[Version] = []
    for row in answer.rows():
        values = dict(zip(names, row, strict=True))
        batch, file_no = batches[values.pop("batch")], values.pop("file_no", None)
        line, op, recorded_at = values.pop("line_no", None), values.pop("op"), values.pop("recorded_at")
        values.pop("row_hash", None)
        texts = {n: values.pop(n) for n in list(values) if n.startswith(WRITTEN)}
        written = {n.removeprefix(WRITTEN): str(t) for n, t in texts.items() if t is not None}
        file = str(batch.files[file_no]["display"]) if file_no is not None else None
        key_text = chr(31).join(_as_key(values.get(k)) for k in register.key)
        first = workspace.store.first_place(batch, key_text, line) if op == "put" else None
        versions.append(Version(values, op, recorded_at, batch, file, line, written, first))
    return versions


def _as_key(value: object) -> str:
    """A part of a key as the engine casts it to text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class History:
    """A record's versions, oldest first; the columns they have, the newest contract's last; `older` says where earlier ones are."""

    versions: list[Version]
    columns: Mapping[str, Column] = field(default_factory=dict[str, Column])
    older: Message | None = None


def history_through(
    workspace: Workspace,
    register: Register,
    key: str,
    known_at: datetime | None,
    *,
    may_read: Callable[[Register], bool],
    read: Callable[[Relation, datetime | None], Answer],
) -> History:
    """A record's versions in all generations in which its key can be followed.

    Args:
        workspace: the project.
        register: with the contract of the moment asked about.
        key: the record's key, its parts separated by `/`.
        known_at: the moment; None for now.
        may_read: whether who asks may read the history of the register as it was in an older generation.
        read: asks the gate for a relation as it was known at a moment.
    """
    answer = read(history_relation(register, key), known_at)
    versions, columns, older = versions_of(workspace, register, answer), {c.name: c for c in answer.columns}, None
    generations = generations_of(workspace.store.snapshots, register.name, answer.snapshot)
    newer, parts = register, key.split(KEY_SEPARATOR) if len(register.key) > 1 else [key]
    for generation in reversed(generations[:-1]):
        moment = generation.last.published_at
        then = workspace.register(register.name, moment)
        names = key_before(then, newer)
        if names is None or (names != then.key and len(parts) != len(names)):
            older = say(
                "Up to snapshot {number} the key was {columns}: ask with that key and --known-at {moment}.",
                number=generation.last.number,
                columns=KEY_SEPARATOR.join(then.key),
                moment=moment.isoformat(),
            )
            break
        if not may_read(then):
            break
        if names != then.key:
            parts = [parts[names.index(k)] for k in then.key]
        found = read(history_relation(then, KEY_SEPARATOR.join(parts)), moment)
        before = versions_of(workspace, then, found)
        said = {(v.batch.number, tuple(str(v.values.get(n)) for n in names)) for v in before if v.op == "put"}
        versions = [
            replace(v, op="carried")
            if v.op == "put" and (v.batch.number, tuple(str(v.values.get(k)) for k in newer.key)) in said
            else v
            for v in versions
        ]
        versions = [*before, *versions]
        columns = {c.name: c for c in found.columns} | columns
        newer = then
    return History(versions, columns, older)
