"""Derived: what a restored project lacks and can build again: the lists of batches and derived tables.

Governed slices need nothing here: a scene builds a missing one when it is first read. A derived table can be built again
only while its definition is what it was; otherwise the table itself is the last witness, and a backup keeps it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from altyn.engines.builds import BuildFailedError, Builds
from altyn.engines.duckdb import Session
from altyn.engines.tables import EMBEDDED
from altyn.errors import AltynError
from altyn.model.registers import Register
from altyn.model.relations import Relation
from altyn.store import views
from altyn.store.declared import Declared
from altyn.store.durable import name_durably
from altyn.store.folders import Folders
from altyn.store.journal import journal_at, journal_columns
from altyn.store.proof import Proof, prove
from altyn.store.run import BUILD_LIMITS, batch_table, require_declared, table_fingerprint
from altyn.store.snapshots import RegisterState, Snapshot, Snapshots, TableState


def fingerprint_at(
    relation: Relation, states: Mapping[str, RegisterState], tables: Mapping[str, TableState]
) -> str | None:
    """The fingerprint of a derived table; None where an input is missing."""
    if any(i.name not in (tables if i.face == "table" else states) for i in relation.inputs.values()):
        return None
    return table_fingerprint(relation, states, tables)


def _is_of(relation: Relation | None, snapshot: Snapshot, state: TableState) -> bool:
    """Whether this definition gives the table that a snapshot names."""
    return relation is not None and fingerprint_at(relation, snapshot.registers, snapshot.tables) == state.fingerprint


def lasting_tables(snapshots: Snapshots, relations: Mapping[str, Relation]) -> set[str]:
    """Derived tables that these definitions cannot build again: paths below `.altyn`.

    Args:
        snapshots: all published ones.
        relations: table -> its definition of today; a table that is not there counts as lost.
    """
    return {
        state.path
        for snapshot in snapshots.all()
        for name, state in snapshot.tables.items()
        if not _is_of(relations.get(name), snapshot, state)
    }


def rebuild(
    folders: Folders, snapshots: Snapshots, registers: Declared, relations: Mapping[str, Relation]
) -> list[str]:
    """Build what is missing of every snapshot; the names of tables that stay missing.

    Args:
        folders: the project's `.altyn`.
        snapshots: all published ones.
        registers: as declared, today and then.
        relations: table -> its definition of today, each after those it reads.
    """
    lost: set[str] = set()
    with Session(spill=folders.scratch) as session, Builds(folders.scratch / "builds", BUILD_LIMITS) as made:
        for snapshot in snapshots.all():
            batches = batch_table(folders, snapshots, snapshot, session)
            known = {name: place for place, name in enumerate(relations)}
            for name in sorted(snapshot.tables, key=lambda n: known.get(n, -1)):
                state, relation = snapshot.tables[name], relations.get(name)
                path = folders.local(state.path)
                if path.exists():
                    continue
                if relation is None or not _is_of(relation, snapshot, state):
                    lost.add(name)
                    continue
                read = [
                    folders.local(snapshot.tables[i.name].path) for i in relation.inputs.values() if i.face == "table"
                ]
                if not all(file.exists() for file in read):
                    lost.add(name)
                    continue
                files = [*read, *_files(folders, snapshot, registers, relation), batches]
                try:
                    require_declared(session, relation, name)
                    _write(made, relation, _bound(folders, snapshot, registers, relation, batches), files, path)
                except (AltynError, BuildFailedError) as error:
                    if isinstance(error, AltynError) and error.code.startswith("environment."):
                        raise
                    lost.add(name)
    return sorted(lost)


def _bound(
    folders: Folders, snapshot: Snapshot, registers: Declared, relation: Relation, batches: Path
) -> dict[str, str]:
    """What a relation's inputs were at a snapshot: SQL by name."""
    bound: dict[str, str] = {}
    for alias, given in relation.inputs.items():
        if given.face == "table":
            bound[alias] = EMBEDDED.fixed(folders.local(snapshot.tables[given.name].path), ())
        else:
            register = registers.at(given.name, snapshot.registers[given.name])
            bound[alias] = _current(folders, snapshot, register, batches)
    return bound


def newest_proof(folders: Folders, snapshots: Snapshots) -> Proof:
    """The proof of the newest snapshot."""
    with Session(spill=folders.scratch) as session:
        return prove(session, folders, snapshots, snapshots.known_at(None))


def _current(folders: Folders, snapshot: Snapshot, register: Register, batches: Path) -> str:
    state = snapshot.registers[register.name]
    journal = journal_at(folders, state.path, journal_columns(register)).sql(state.version)
    return views.current(
        register, journal, views.known_batches(register.name, EMBEDDED.fixed(batches, views.BATCH_COLUMNS))
    )


def _files(folders: Folders, snapshot: Snapshot, registers: Declared, relation: Relation) -> list[Path]:
    """Files of the registers that a relation reads, as they were at a snapshot."""
    found: list[Path] = []
    for given in relation.inputs.values():
        if given.face == "current":
            state = snapshot.registers[given.name]
            columns = journal_columns(registers.at(given.name, state))
            found += journal_at(folders, state.path, columns).files(state.version)
    return found


def _write(made: Builds, relation: Relation, bound: Mapping[str, str], files: Sequence[Path], path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    try:
        made.write(relation.sql, bound, files, temporary, relation.parameters)
        name_durably(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
