"""Relationships: rows whose parent is not known yet. They wait in quarantine and are tried again when parents arrive."""

from __future__ import annotations

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model import Register, Relationship
from altyn.model.sql import identifier
from altyn.sources.context import Context
from altyn.sources.staging import TempTable


def orphans(session: Session, register: Register, relationship: Relationship, context: Context, rows: TempTable) -> str:
    """SQL of the row ids, among the rows that are right so far, whose parent does not exist.

    A reference with a NULL in any column is no reference. A register that refers to itself finds its parents among the
    extract's rows that are right so far and its current rows: ask again until no row falls.

    Raises:
        AltynError: `contract.parent-missing` where nobody said what the parent's rows are; `contract.invalid` where the
            parent lacks a column.
    """
    own = relationship.parent == register.name
    where = f"register {register.name}, relationship to {relationship.parent}"
    if not own and relationship.parent not in context.parents:
        raise AltynError(
            "contract.parent-missing",
            what=say("The register {name} is not declared here.", name=relationship.parent),
            where=where,
            mend=say("Add the pack that declares it to the project."),
        )
    names = ", ".join(map(identifier, relationship.parent_columns))
    sources = [f"SELECT {names} FROM {rows} WHERE _ok"] if own else []
    known = context.parents.get(relationship.parent)
    if known:
        _require_columns(session, known, relationship, where)
        sources.append(f"SELECT {names} FROM ({known}) AS k")
    parents = " UNION ALL ".join(sources)
    types = {str(n): str(t) for n, t, *_ in session.run(f"DESCRIBE {parents}")}
    matches: list[str] = []
    for child, parent in zip(relationship.columns, relationship.parent_columns, strict=True):
        left, right = f"c.{identifier(child)}", f"p.{identifier(parent)}"
        # A number against a text would be cast to a number, and fail on the first text that is none.
        if (register.column(child).type.sql == "VARCHAR") != (types[parent] == "VARCHAR"):
            left, right = f"CAST({left} AS VARCHAR)", f"CAST({right} AS VARCHAR)"
        matches.append(f"{left} = {right}")
    given = " AND ".join(f"c.{identifier(n)} IS NOT NULL" for n in relationship.columns)
    return (
        f"SELECT c._row_id FROM (SELECT rowid AS _row_id, * FROM {rows} WHERE _ok) AS c WHERE {given} "
        f"AND NOT EXISTS (SELECT 1 FROM ({parents}) AS p WHERE {' AND '.join(matches)})"
    )


def _require_columns(session: Session, known: str, relationship: Relationship, where: str) -> None:
    columns = [str(row[0]) for row in session.run(f"DESCRIBE SELECT * FROM ({known}) AS k")]
    missing = [c for c in relationship.parent_columns if c not in columns]
    if missing:
        raise AltynError(
            "contract.invalid",
            what=say("The parent has no column {names}.", names=", ".join(missing)),
            where=where,
            mend=say("Columns there: {names}.", names=", ".join(columns)),
        )
