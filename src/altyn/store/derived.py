"""Derived: what a restored project lacks and can build again: the lists of batches and the tables of measures.

Governed slices need nothing here: a scene builds a missing one when it is first read. A measure's table can be built again
only while its definition is what it was; otherwise the table itself is the last witness, and a backup keeps it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.engines.tables import EMBEDDED
from altyn.model.registers import Register
from altyn.model.relations import Relation
from altyn.store import views
from altyn.store.declared import Declared
from altyn.store.folders import Folders, name_durably
from altyn.store.journal import journal_at, journal_columns
from altyn.store.proof import Proof, prove
from altyn.store.run import batch_table, measure_fingerprint
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
    with Session(spill=folders.scratch) as session:
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
                tables = ", ".join(
                    f'"{alias}" AS (SELECT * FROM {_current(folders, snapshot, registers.at(i.name, snapshot.registers[i.name]), batches)})'
                    for alias, i in relation.inputs.items()
                )
                _write(session, f"WITH {tables} SELECT * FROM ({relation.sql})", path)
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


def _write(session: Session, query: str, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    try:
        session.write_parquet(query, temporary)
        name_durably(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
