"""PostgreSQL by ADBC: a table or a query, whole or from a cursor column on, in one read-only transaction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import duckdb

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.read import Part, Reading, match_headers
from altyn.sources.spec import SourceSpec, resolve_secret

_TABLE = re.compile(r"^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$")


class PostgresReader:
    """A table or query of a PostgreSQL server."""

    kind = "postgres"

    def read(self, session: Session, spec: SourceSpec, columns: Sequence[Column], after: str | None) -> Reading:
        """Read into the session; nothing is staged unless the whole answer came.

        Raises:
            AltynError: `source.connection` when the server cannot be reached or goes away, `source.query`, `extra.missing`.
        """
        try:
            from adbc_driver_manager import Error as AdbcError
            from adbc_driver_postgresql import dbapi
        except ImportError:
            raise AltynError(
                "extra.missing",
                what=say("The driver for PostgreSQL is not installed."),
                where=spec.where,
                mend=say("Install it: pip install 'altyn[postgres]'."),
            ) from None
        text, display = _statement(spec, after)
        dsn = resolve_secret(spec.dsn or "", spec.where)
        try:
            with dbapi.connect(dsn) as connection, connection.cursor() as cursor:
                # The server's own numbers must not change between two fetches, and we never write.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                cursor.execute(text)
                session.connection.register("_postgres", cursor.fetch_arrow())
                session.run("CREATE OR REPLACE TEMP TABLE _database AS SELECT * FROM _postgres")
                session.connection.unregister("_postgres")
        except (AdbcError, duckdb.Error, OSError, RuntimeError) as error:
            raise _failure(error, spec) from None
        types = {str(n): str(t) for n, t, *_ in session.run("DESCRIBE _database")}
        places, extra = match_headers(list(types), columns, display)
        names = list(types)
        found = {c.name: names[p] for c, p in zip(columns, places, strict=True)}
        wrong = [
            c for c in columns if c.type.kind == "text" and types[found[c.name]] not in {"VARCHAR", "UUID", "BLOB"}
        ]
        case = " ".join(f"WHEN {identifier(found[c.name])} IS NOT NULL THEN {literal(c.name)}" for c in wrong)
        column = f"CASE {case} END" if wrong else "NULL::VARCHAR"
        cells = "".join(f", {_text(found[c.name], types[found[c.name]])} AS {identifier(c.name)}" for c in columns)
        session.run(
            f"CREATE OR REPLACE TEMP TABLE _part_0 AS SELECT row_number() OVER () AS line_no, "
            f"CASE WHEN {column} IS NOT NULL THEN 'row.text-expected' END AS problem, {column} AS problem_column, "
            f"NULL::VARCHAR AS raw{cells} FROM _database"
        )
        count, content = session.one(
            "SELECT count(*), md5(string_agg(r, '' ORDER BY r)) FROM (SELECT md5(CAST(t AS VARCHAR)) AS r FROM _database AS t)"
        )
        if not count and spec.mode == "whole" and not spec.options.get("allow_empty"):
            raise AltynError(
                "source.empty",
                what=say("The table or query gave no row."),
                where=f"{spec.where}, {display}",
                mend=say("If the register is truly empty, set allow_empty = true in its source."),
            )
        digest = hashlib.sha256(f"{display} {count} {content}".encode()).hexdigest()
        cursor_value = after
        if spec.cursor and count:
            cursor_value = str(session.one(f"SELECT CAST(max({identifier(spec.cursor)}) AS VARCHAR) FROM _database")[0])
        size = int(session.one(f"SELECT coalesce(sum(strlen(CAST(t AS VARCHAR))), 0) FROM _database AS t")[0])  # noqa: F541
        part = Part(0, display, size, digest, "SELECT * FROM _part_0", extra)
        return Reading("postgres", (part,), digest, cursor_value)


def _statement(spec: SourceSpec, after: str | None) -> tuple[str, str]:
    """The SELECT to send, and how the source is called in lineage."""
    if bool(spec.table) == bool(spec.query):
        raise _query(spec, say("A database source names either a table or a query."))
    if spec.table:
        if not _TABLE.match(spec.table):
            raise _query(spec, say("The table's name must be table or schema.table."))
        body, display = ".".join(identifier(p) for p in spec.table.split(".")), spec.table
    else:
        text = (spec.query or "").strip().rstrip(";")
        if ";" in text or not re.match(r"(?is)^\s*(select|with)\b", text):
            raise _query(spec, say("The query must be one SELECT."))
        body, display = f"({text}) AS source", f"query {hashlib.sha256(text.encode()).hexdigest()[:8]}"
    condition = f" WHERE {identifier(spec.cursor)} > {literal(after)}" if spec.cursor and after is not None else ""
    return f"SELECT * FROM {body}{condition}", display


def _query(spec: SourceSpec, what: Any) -> AltynError:
    return AltynError("source.query", what=what, where=spec.where, mend=say("Correct the source in altyn.toml."))


def _failure(error: Exception, spec: SourceSpec) -> AltynError:
    """A server's error in our words: its own may hold the address, the user or a value."""
    state = str(getattr(error, "sqlstate", "") or "")
    if state[:2] in {"42", "22", "25", "0A", "3F"}:
        return AltynError(
            "source.query",
            what=say("The server refuses the query (SQLSTATE {state}).", state=state),
            where=spec.where,
            mend=say("Try the query with psql; check names and rights."),
        )
    return AltynError(
        "source.connection",
        what=say("The server cannot be reached, refused the login, or went away; nothing was kept."),
        where=spec.where,
        mend=say("Check the server, the network and the secret behind dsn; then run again."),
        retry=True,
    )


def _text(name: str, kind: str) -> str:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({identifier(name)} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    if kind.startswith("TIMESTAMP"):
        return f"strftime({identifier(name)}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S')"
    return f"nullif(CAST({identifier(name)} AS VARCHAR), '')"
