"""Row hash: md5 over an encoding that says name, type and length, so that every engine gives the same.

Each column that is not NULL contributes `<name>:<tag><bytes>:<text>;` in the order of names; NULL contributes nothing, so a
column that is added later does not change the hash of rows that do not carry it, and NULL is not the empty text.

Tags: s text and json, i whole number, n decimal (as written with its declared scale), f double (as DECIMAL(38,10)),
d date (ISO), t instant (UTC, microseconds since 1970), b boolean (true, false).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from altyn.model.columns import MAX_PRECISION, Column
from altyn.model.sql import identifier

_TAGS = {
    "text": "s", "json": "s", "integer": "i", "decimal": "n", "double": "f", "date": "d", "timestamp": "t", "boolean": "b",
}  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sql_expression(columns: Iterable[Column], never_missing: Collection[str] = ()) -> str:
    """The hash as DuckDB SQL over typed columns; cheaper for columns known to hold no NULL."""
    parts: list[str] = []
    constant = ""

    def close() -> None:
        nonlocal constant
        if constant:
            parts.append(f"'{constant}'")
        constant = ""

    for column in sorted(columns, key=lambda c: c.name):
        text, tag = _sql_text(column), f"{column.name}:{_TAGS[column.type.kind]}"
        if column.name not in never_missing:
            # concat leaves NULL out, so a missing value contributes nothing; a third cheaper than CASE for each column.
            close()
            parts.append(f"'{tag}' || strlen({text}), ':' || {text} || ';'")
            continue
        # Neighbouring constants are one, and the length of a date within four-digit years is known.
        constant += tag
        if column.type.kind != "date":
            close()
            parts.append(f"strlen({text})")
            constant = ":"
        else:
            constant += "10:"
        close()
        parts.append(text)
        constant = ";"
    close()
    return f"md5(concat({', '.join(parts)}))"


def _sql_text(column: Column) -> str:
    name, kind = identifier(column.name), column.type
    if kind.kind in {"text", "json"}:
        return name
    if kind.kind == "timestamp":
        return f"CAST(epoch_us({name}) AS VARCHAR)"
    if kind.kind == "double":
        return f"CAST(CAST({name} AS DECIMAL(38,10)) AS VARCHAR)"
    if kind.kind == "decimal" and kind.precision == kind.scale < MAX_PRECISION:
        # DuckDB writes a DECIMAL(2,2) as .50; with room for a whole digit it writes 0.50, as every other engine.
        return f"CAST(CAST({name} AS DECIMAL({kind.precision + 1},{kind.scale})) AS VARCHAR)"
    return f"CAST({name} AS VARCHAR)"


def spark_expression(columns: Iterable[Column]) -> str:
    """The hash as Spark SQL, for whoever reads a journal there and wants to see that no row was changed."""
    parts = [
        f"'{c.name}:{_TAGS[c.type.kind]}' || octet_length({text}) || ':' || {text} || ';'"
        for c in sorted(columns, key=lambda c: c.name)
        for text in (_spark_text(c),)
    ]
    return f"md5(concat_ws('', {', '.join(parts)}))"


def _spark_text(column: Column) -> str:
    name = f"`{column.name}`"
    if column.type.kind == "timestamp":
        return f"CAST(unix_micros({name}) AS STRING)"
    if column.type.kind == "double":
        return f"CAST(CAST({name} AS DECIMAL(38,10)) AS STRING)"
    return f"CAST({name} AS STRING)"


def row_hash(columns: Iterable[Column], row: Mapping[str, object]) -> str:
    """The hash of one row in Python: the reference the engines are tested against.

    >>> from altyn.model.columns import TEXT
    >>> row_hash([Column("a", TEXT)], {"a": ""}) == row_hash([Column("a", TEXT)], {"a": None})
    False
    """
    encoded = b""
    for column in sorted(columns, key=lambda c: c.name):
        value = row.get(column.name)
        if value is None:
            continue
        text = _text(column, value).encode()
        encoded += f"{column.name}:{_TAGS[column.type.kind]}{len(text)}:".encode() + text + b";"
    return hashlib.md5(encoded, usedforsecurity=False).hexdigest()


def _text(column: Column, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str((value.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and column.type.kind == "decimal":
        return format(value.quantize(Decimal(1).scaleb(-column.type.scale)), "f")
    if column.type.kind == "double":
        return format(Decimal(repr(value)).quantize(Decimal("1e-10")), "f")
    return str(value)
