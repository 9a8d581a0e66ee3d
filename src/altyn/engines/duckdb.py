"""DuckDB, embedded: sessions for loading and for reading.

A session belongs to one thread. It never touches a database file: everything durable is Parquet under the project.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import duckdb
from arro3.core import Table

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column, ColumnType, TypeKind
from altyn.model.sql import identifier, literal

Rows = list[tuple[Any, ...]]


class Session:
    """An in-memory DuckDB with UTC instants and spill to `spill`.

    Args:
        spill: folder for temporary files; without one, nothing is written outside memory.
        memory_mb: DuckDB's own limit before it spills, in MB.
        threads: worker threads; DuckDB's choice if None.
    """

    def __init__(self, spill: Path | None = None, memory_mb: int | None = None, threads: int | None = None) -> None:
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false")
        # After two seconds the engine would draw on standard output, in the middle of JSON or of an answer.
        self.connection.execute("SET enable_progress_bar = false")
        # Extensions and replacement scans would let a name in SQL reach a file or a Python variable.
        self.connection.execute("SET autoload_known_extensions = false; SET python_enable_replacements = false")
        self.connection.execute(f"SET temp_directory = {literal(str(spill) if spill else '')}")
        if memory_mb:
            self.connection.execute(f"SET memory_limit = '{memory_mb}MB'")
        if threads:
            self.connection.execute(f"SET threads = {threads}")

    def run(self, sql: str, parameters: Sequence[object] | dict[str, object] | None = None) -> Rows:
        """Run one statement and return its rows.

        Raises:
            AltynError: `environment.full` or `environment.permission`; other DuckDB errors pass, for the caller knows
                whether its text may hold a value.
        """
        with translated():
            return self.connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[object] | dict[str, object] | None = None) -> tuple[Any, ...]:
        """The first row of a statement that always gives one."""
        return self.run(sql, parameters)[0]

    def table(self, sql: str, parameters: dict[str, object] | None = None) -> Table:
        """The rows of a query as an Arrow table."""
        with translated():
            relation = self.connection.sql(sql, params=parameters) if parameters else self.connection.sql(sql)
            return Table.from_arrow(relation)

    def insert(self, name: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]) -> None:
        """Make table `name` of (column, DuckDB type) pairs from Python rows, in chunks."""
        from arro3.core import Array, DataType

        arrow = {"BIGINT": DataType.int64(), "INTEGER": DataType.int32(), "VARCHAR": DataType.utf8()}
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} ({', '.join(f'{identifier(c)} {t}' for c, t in columns)})")
        for chunk in _chunks(rows, 50_000):
            data: dict[str, Any] = {c: Array([row[i] for row in chunk], arrow[t]) for i, (c, t) in enumerate(columns)}
            self.connection.register("_chunk", Table.from_pydict(data))
            self.run(f"INSERT INTO {name} SELECT * FROM _chunk")
            self.connection.unregister("_chunk")

    def write_parquet(
        self, query: str, path: Path, row_group: int = 122_880, parameters: dict[str, object] | None = None
    ) -> int:
        """Write a query's rows to one zstd Parquet file and return how many there were."""
        with translated():
            rows = self.connection.execute(
                f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group})",
                parameters,
            ).fetchall()
        return int(rows[0][0])

    def close(self) -> None:
        """Give the memory back."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def translated() -> Generator[None]:
    """Turn the errors of a full or closed disk into ours."""
    try:
        yield
    except (duckdb.IOException, OSError) as error:
        text = str(error).lower()
        if "no space left" in text or "disk full" in text:
            raise full() from None
        if "permission denied" in text:
            raise not_permitted() from None
        raise


def full() -> AltynError:
    """The error of a disk without room."""
    return AltynError(
        "environment.full", what=say("The disk is full."), mend=say("Free space, then run again."), retry=True
    )


def not_permitted() -> AltynError:
    """The error of a file that this account may not read or write."""
    return AltynError(
        "environment.permission",
        what=say("A file of the project may not be read or written."),
        mend=say("Run as the project's owner; `altyn doctor` lists files with wrong modes."),
    )


def _chunks(rows: Iterable[Sequence[object]], size: int) -> Iterator[list[Sequence[object]]]:
    chunk: list[Sequence[object]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def parquet_list(paths: Sequence[str | Path], columns: Sequence[Column]) -> str:
    """SQL that reads Parquet files as one table with exactly `columns`; a column older files lack is NULL."""
    wanted = ", ".join(f"CAST(NULL AS {c.type.sql}) AS {identifier(c.name)}" for c in columns)
    if not paths:
        return f"(SELECT {wanted} WHERE false)"
    files = ", ".join(literal(str(p)) for p in paths)
    names = ", ".join(identifier(c.name) for c in columns)
    # The empty typed table in front gives every column its type, also where no file carries it.
    return (
        f"(SELECT {names} FROM (SELECT {wanted} WHERE false "
        f"UNION ALL BY NAME SELECT * FROM read_parquet([{files}], union_by_name = true)))"
    )


def file_columns(session: Session, path: Path) -> tuple[Column, ...]:
    """Names and types of a Parquet file, in our types."""
    described = session.run(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})")
    return tuple(Column(str(name), _type(str(kind))) for name, kind, *_ in described)


_KINDS: dict[str, TypeKind] = {
    "BIGINT": "integer", "INTEGER": "integer", "SMALLINT": "integer", "TINYINT": "integer", "HUGEINT": "integer",
    "UBIGINT": "integer", "UINTEGER": "integer", "DOUBLE": "double", "FLOAT": "double", "DATE": "date",
    "BOOLEAN": "boolean",
}  # fmt: skip


def _type(duckdb_type: str) -> ColumnType:
    if duckdb_type.startswith("DECIMAL"):
        precision, scale = duckdb_type[8:-1].split(",")
        return ColumnType("decimal", int(precision), int(scale))
    if duckdb_type.startswith("TIMESTAMP"):
        return ColumnType("timestamp")
    return ColumnType(_KINDS.get(duckdb_type, "text"))


_ARROW_KINDS: tuple[tuple[str, TypeKind], ...] = (
    ("Int", "integer"),
    ("UInt", "integer"),
    ("Float", "double"),
    ("Date32", "date"),
    ("Date64", "date"),
    ("Timestamp", "timestamp"),
    ("Boolean", "boolean"),
)


def table_columns(table: Table) -> tuple[Column, ...]:
    """Names and types of an Arrow table, in our types."""
    return tuple(Column(field.name, _arrow_type(str(field.type))) for field in table.schema)


def _arrow_type(shown: str) -> ColumnType:
    name = shown.split("<", 1)[-1].rsplit(">", 1)[0]
    if name.startswith("Decimal"):
        precision, scale = name[name.index("(") + 1 : name.index(")")].split(",")
        return ColumnType("decimal", int(precision), int(scale))
    for prefix, kind in _ARROW_KINDS:
        if name.startswith(prefix):
            return ColumnType(kind)
    return ColumnType("text")


def arrow_rows(table: Table) -> Rows:
    """The rows of an Arrow table as Python values."""
    if not table.num_columns:
        return []
    columns = [table.column(i).to_pylist() for i in range(table.num_columns)]
    return list(zip(*columns, strict=True))
