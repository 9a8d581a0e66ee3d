"""Derived: what a restored project lacks and can build again: the lists of batches and the tables of measures.

Governed slices need nothing here: a scene builds a missing one when it is first read. A measure's table can be built again
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
from altyn.store.folders import Folders, name_durably
from altyn.store.journal import journal_at, journal_columns
from altyn.store.proof import Proof, prove
from altyn.store.run import BUILD_LIMITS, batch_table, measure_fingerprint, require_declared
from altyn.store.snapshots import RegisterState, Snapshot, Snapshots


def fingerprint_at(relation: Relation, states: Mapping[str, RegisterState]) -> str | None:
    """The fingerprint of a measure's table; None where an input is missing."""
    if any(i.name not in states for i in relation.inputs.values()):
        return None
    return measure_fingerprint(relation, states)


def lasting_tables(snapshots: Snapshots, relations: Mapping[str, Relation]) -> set[str]:
    """Tables of measures that these definitions cannot build again: paths below `.altyn`.

    Args:
        snapshots: all published ones.
        relations: measure -> its definition of today; a measure that is not there counts as lost.
    """
    lasting: set[str] = set()
    for snapshot in snapshots.all():
        for name, state in snapshot.measures.items():
            relation = relations.get(name)
            if relation is None or fingerprint_at(relation, snapshot.registers) != state.fingerprint:
                lasting.add(state.path)
    return lasting


def rebuild(
    folders: Folders, snapshots: Snapshots, registers: Declared, relations: Mapping[str, Relation]
) -> list[str]:
    """Build what is missing of every snapshot; the names of measures whose tables stay missing."""
    lost: set[str] = set()
    with Session(spill=folders.scratch) as session, Builds(folders.scratch / "builds", BUILD_LIMITS) as made:
        for snapshot in snapshots.all():
            batches = batch_table(folders, snapshots, snapshot, session)
            for name, state in snapshot.measures.items():
                path = folders.local(state.path)
                if path.exists():
                    continue
                relation = relations.get(name)
                if relation is None or fingerprint_at(relation, snapshot.registers) != state.fingerprint:
                    lost.add(name)
                    continue
                contracts = {
                    alias: registers.at(i.name, snapshot.registers[i.name]) for alias, i in relation.inputs.items()
                }
                inputs = {
                    alias: f"SELECT * FROM {_current(folders, snapshot, c, batches)}" for alias, c in contracts.items()
                }
                files = [f for c in contracts.values() for f in _files(folders, snapshot, c)]
                try:
                    require_declared(session, relation, name)
                    _write(made, relation.sql, inputs, [*files, batches], path)
                except (AltynError, BuildFailedError) as error:
                    if isinstance(error, AltynError) and error.code.startswith("environment."):
                        raise
                    lost.add(name)
    return sorted(lost)


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


def _files(folders: Folders, snapshot: Snapshot, register: Register) -> Sequence[Path]:
    state = snapshot.registers[register.name]
    return journal_at(folders, state.path, journal_columns(register)).files(state.version)


def _write(made: Builds, sql: str, tables: Mapping[str, str], files: Sequence[Path], path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    try:
        made.write(sql, tables, files, temporary)
        name_durably(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
