"""PostgreSQL by ADBC: a table or a query, whole or from a cursor column on, in one read-only transaction.

The server writes each column as text, for it alone knows all its types exactly; the driver would give a numeric as text, money
in cents and an address as bytes. What the server says in an error is not passed on: it may hold the address, a user or a value.

Read by cursor, a row is new if its cursor value is greater than the greatest read before; a row without one is read only the
first time, and a row changed without moving its cursor is not seen again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb
from arro3.core import RecordBatchReader

from altyn.engines.duckdb import Session, translated
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.headers import match_headers
from altyn.sources.read import Part, Reading
from altyn.sources.spec import SourceSpec, resolve_secret
from altyn.sources.typed import problem_columns
from altyn.sources.written import as_written

_TABLE = re.compile(r"^[^\W\d][\w$]*(\.[^\W\d][\w$]*)?$")
# Every other type holds text, or can be told apart as text: enums go by their own names, bytes are written in hex.
_NO_TEXTS = frozenset(
    {
        "", "int2", "int4", "int8", "float4", "float8", "numeric", "money", "oid", "bool", "date", "time", "timetz", "timestamp",
        "timestamptz", "interval", "json", "jsonb", "record",
    }
)  # fmt: skip
# Classes of SQLSTATE that speak of the query; all others of the connection or the server.
_QUERY_STATES = ("0A", "22", "25", "3F", "42")
# What a server that is still there answers after a query of the same transaction has failed.
_FAILED_TRANSACTION = "25P02"
# Without them a server set up in the manner of 2005 would read a backslash in a constant as the start of an escape.
_SETTINGS = (
    "SET LOCAL standard_conforming_strings = on",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'iso_8601'",
    "SET LOCAL bytea_output = 'hex'",
)


class _Cursor(Protocol):
    """What we use of a DB-API cursor."""

    def execute(self, operation: str) -> object:
        """Run a statement."""
        ...

    def fetch_arrow(self) -> Any:
        """The answer as an Arrow stream."""
        ...


@dataclass(frozen=True, slots=True)
class _Source:
    """What to select from: SQL of a table or of a query in brackets, and how lineage calls it."""

    body: str
    display: str


class PostgresReader:
    """A table or query of a PostgreSQL server."""

    kind = "postgres"

    def read(self, session: Session, spec: SourceSpec, columns: Sequence[Column], after: str | None) -> Reading:
        """Read into the session; nothing is staged unless the whole answer came.

        Args:
            session: where the table is made.
            spec: the source; its dsn is a reference.
            columns: those to find in it.
            after: the last cursor value read before.

        Raises:
            AltynError: `source.connection` when the server cannot be reached or goes away, `source.query`, `source.empty`,
                `source.column-missing`, `extra.missing`.
        """
        source = _source(spec)
        with _cursor(spec) as cursor:
            types = _types(cursor, source)
            places, extra = match_headers(list(types), columns, source.display)
            names = list(types)
            # By place, not by name: here "Name" and name are two columns, to the engine they are one.
            held = {c.name: (f"c{p}", types[names[p]]) for c, p in zip(columns, places, strict=True)}
            found = {c.name: (held[c.name][0], _is_text(held[c.name][1], c)) for c in columns}
            if spec.cursor is not None and spec.cursor not in types:
                raise _refused(spec, say("The cursor {name} is not among the columns.", name=spec.cursor[:60]))
            condition = ""
            if spec.cursor and after is not None:
                condition = f" WHERE {identifier(spec.cursor)} > {literal(after)}"
            cells = ", ".join(f"{_text(names[p], types[names[p]])} AS c{p}" for p in dict.fromkeys(places))
            _stage(session, cursor, f"SELECT {cells or '1'} FROM {source.body}{condition}")
            value = after
            if spec.cursor:
                # The server compares as it did above: "9" comes before "10" in a number and after it in a text.
                last = f"SELECT CAST(max({identifier(spec.cursor)}) AS text) FROM {source.body}{condition}"
                value = _rows(cursor, last)[0] or after
        copied = "".join(f", {_copied(c, *held[c.name])} AS {identifier(c.name)}" for c in columns)
        session.run(
            f"CREATE OR REPLACE TEMP TABLE _part_0 AS SELECT rowid + 1 AS line_no, {problem_columns(columns, found)}{copied} "
            "FROM _database"
        )
        count, size, content = session.one(
            "SELECT count(*), coalesce(sum(strlen(r)), 0), concat_ws(' ', sum(md5_number_lower(r)::HUGEINT), "
            "sum(md5_number_upper(r)::HUGEINT)) FROM (SELECT CAST(_row AS VARCHAR) AS r FROM _database AS _row)"
        )
        session.run("DROP TABLE _database")
        if not count and spec.mode == "whole" and after is None and not spec.options.get("allow_empty"):
            raise AltynError(
                "source.empty",
                what=say("The table or query gave no row."),
                where=f"{spec.where}, {source.display}",
                mend=say("If the register is truly empty, set allow_empty = true in its source."),
            )
        digest = hashlib.sha256(f"{source.display} {count} {content}".encode()).hexdigest()
        part = Part(0, source.display, int(size), digest, "SELECT * FROM _part_0", extra)
        return Reading(self.kind, (part,), digest, value)


def _source(spec: SourceSpec) -> _Source:
    if bool(spec.table) == bool(spec.query):
        raise _refused(spec, say("A database source names either a table or a query."))
    if spec.table:
        if not _TABLE.match(spec.table):
            raise _refused(spec, say("The table's name must be table or schema.table."))
        return _Source(".".join(identifier(p) for p in spec.table.split(".")), spec.table)
    text = (spec.query or "").strip().rstrip(";").rstrip()
    if ";" in text or not re.match(r"(?i)(select|with)\b", text):
        raise _refused(spec, say("The query must be one SELECT."))
    # The line end closes a comment the query may end with.
    return _Source(f"({text}\n) AS source", f"query {hashlib.sha256(text.encode()).hexdigest()[:8]}")


@contextmanager
def _cursor(spec: SourceSpec) -> Generator[_Cursor]:
    """A cursor in a read-only transaction that sees one state of the database."""
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
    dsn = resolve_secret(spec.dsn or "", spec.where)
    try:
        with translated(), dbapi.connect(dsn) as connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for setting in _SETTINGS:
                cursor.execute(setting)
            try:
                yield cursor
            except (duckdb.Error, OSError, RuntimeError):  # the answer broke off, and the stream cannot say why
                try:
                    cursor.execute("SELECT 1")
                except AdbcError as error:
                    if not _is_failed_transaction(error):
                        raise
                raise _broken_off(spec) from None
    except (AdbcError, OSError, RuntimeError) as error:
        raise _failure(error, spec) from None


def _types(cursor: _Cursor, source: _Source) -> dict[str, str]:
    """The server's names of the columns' types."""
    cursor.execute(f"SELECT * FROM {source.body} LIMIT 0")
    types: dict[str, str] = {}
    for field in RecordBatchReader.from_arrow(cursor.fetch_arrow()).schema:
        known: Mapping[bytes, bytes] = field.metadata
        types[field.name] = known.get(b"POSTGRESQL:type", b"").decode()
    return types


def _stage(session: Session, cursor: _Cursor, query: str) -> None:
    """Stream an answer into table _database; there is no such table if the answer breaks off."""
    session.run("DROP TABLE IF EXISTS _database")
    cursor.execute(query)
    session.connection.register("_postgres", cursor.fetch_arrow())
    try:
        session.run("CREATE TEMP TABLE _database AS SELECT * FROM _postgres")
    finally:
        session.connection.unregister("_postgres")


def _rows(cursor: _Cursor, query: str) -> list[str | None]:
    cursor.execute(query)
    return list(RecordBatchReader.from_arrow(cursor.fetch_arrow()).read_all().column(0).to_pylist())


def _is_text(kind: str, column: Column) -> bool:
    """Whether a type holds what the column means by text."""
    form = column.form
    if form is not None and ((form.time and kind == "time") or (form.duration and kind == "interval")):
        return True
    return kind not in _NO_TEXTS and not kind.startswith("_")


def _copied(column: Column, name: str, kind: str) -> str:
    text = f"nullif({name}, '')"
    return text if _is_text(kind, column) and kind not in {"time", "interval"} else as_written(column, text)


def _text(name: str, kind: str) -> str:
    """The server's SQL of a column as text: instants in UTC, what is nested as JSON."""
    column = identifier(name)
    if kind in {"timestamptz", "timestamp"}:
        zone, mark = (" AT TIME ZONE 'UTC'", '"Z"') if kind == "timestamptz" else ("", "")
        moment = f"to_char({column}{zone}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US{mark}')"
        # A date before our era, or none: the contract refuses it in its own form.
        return (
            f"CASE WHEN isfinite({column}) AND {column} >= '0001-01-01' THEN {moment} ELSE CAST({column} AS text) END"
        )
    if kind.startswith("_") or kind == "record":
        return f"CAST(to_json({column}) AS text)"
    return f"CAST({column} AS text)"


def _refused(spec: SourceSpec, what: Message) -> AltynError:
    return AltynError("source.query", what=what, where=spec.where, mend=say("Correct the source in altyn.toml."))


def _is_failed_transaction(error: Exception) -> bool:
    """Whether the server is still there and only the transaction failed, as the server or the driver says it."""
    status = getattr(getattr(error, "status_code", None), "name", "")
    return getattr(error, "sqlstate", None) == _FAILED_TRANSACTION or status == "INVALID_STATE"


def _broken_off(spec: SourceSpec) -> AltynError:
    return AltynError(
        "source.query",
        what=say("The server broke the query off: a value cannot be computed, or it took too long; nothing was kept."),
        where=spec.where,
        mend=say("Try the query with psql; check names and rights."),
    )


def _failure(error: Exception, spec: SourceSpec) -> AltynError:
    """A server's error in our words."""
    state = str(getattr(error, "sqlstate", "") or "")
    if state.startswith(_QUERY_STATES):
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
