"""Carried lines: of a whole extract that came before, most lines come again. Such a line needs no second look.

After a load, a memory keeps the md5 of each line that became a row, with the row's key. The next extract is compared with it line
by line: only lines that are new, and keys whose line is gone, go on to validation and comparison. The memory is a shortcut
alone: where anything about it is doubtful it is not used, and the whole extract is read as if there were none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from altyn.engines.duckdb import Session
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.staging import TempTable

# Where more than this share of the lines is new, reading them apart does not pay.
_MOST_NEW = 0.3
# Stands in no text we read; a file that has it is read the whole way.
_NO_SIGN = "\x1f"
_MB = 1024 * 1024


class NotCarriedError(Exception):
    """The memory cannot be used for this extract after all: read it whole."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one file, from line `first` on, `rows` of them."""

    path: Path
    first: int
    rows: int
    max_line_mb: int

    def sql(self) -> str:
        """SQL of (_n, _h, _text): the number of each line from 1 on, its md5, its text. No column of a key can be called so."""
        reading = (
            f"read_csv({literal(str(self.path))}, auto_detect = false, header = false, skip = {self.first - 1}, "
            f"delim = {literal(_NO_SIGN)}, quote = '', escape = '', columns = {{'_text': 'VARCHAR'}}, strict_mode = true, "
            f"encoding = 'utf-8', compression = 'none', hive_partitioning = false, max_line_size = {self.max_line_mb * _MB})"
        )
        # An empty line reads as NULL.
        return (
            "SELECT _n, md5_number(_text) AS _h, _text FROM "
            f"(SELECT row_number() OVER () + {self.first - 1} AS _n, coalesce(_text, '') AS _text FROM {reading})"
        )


@dataclass(frozen=True, slots=True)
class LineMemory:
    """A memory that may be used: its file, and the key's columns in it."""

    path: Path
    key: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """What of an extract is, line for line, a row of the last one.

    `count`: lines carried over. `memory`: the file they were found in. `new_lines`: (_n, _h, _text) of the others. `gone`: the
    key's columns of rows whose line is not there any more. The tables live until the next extract of the session is looked at.
    """

    count: int
    memory: Path
    new_lines: TempTable
    gone: TempTable


def carry(session: Session, lines: Lines, memory: Path, key: Sequence[Column], target: Path) -> Carried | None:
    """Find the lines that a memory knows, and write the others with the file's header to `target`; None if it does not pay."""
    names = ", ".join(identifier(c.name) for c in key)
    old = f"(SELECT _h AS _m, {names} FROM read_parquet({literal(str(memory))}) WHERE _h IS NOT NULL)"
    try:
        session.run(
            "CREATE OR REPLACE TEMP TABLE _lines AS SELECT _n, _h, _text, _m, "
            f"{names} FROM (SELECT _n, _h, CASE WHEN _m IS NULL THEN l._text END AS _text, _m, {names} FROM "
            f"({lines.sql()}) AS l FULL JOIN {old} AS o ON o._m = l._h) WHERE _m IS NULL OR _h IS NULL"
        )
        known = session.one(f"SELECT count(*) FROM {old}")[0]
    except duckdb.Error:
        return None
    new, gone = session.one("SELECT count(*) FILTER (_m IS NULL), count(*) FILTER (_h IS NULL) FROM _lines")
    count = lines.rows - int(new)
    # Fewer known lines than carried ones: a line stands twice, and two rows now share a key.
    if count != int(known) - int(gone) or new > max(lines.rows * _MOST_NEW, 100):
        return None
    new_lines = TempTable.make(session, "_new_lines", "SELECT _n, _h, _text FROM _lines WHERE _m IS NULL ORDER BY _n")
    gone_keys = TempTable.make(session, "_gone_keys", f"SELECT {names} FROM _lines WHERE _h IS NULL")
    session.run("DROP TABLE _lines")
    with lines.path.open("rb") as whole, target.open("wb") as out:
        for _ in range(lines.first - 1):
            out.write(whole.readline())
        for (line,) in session.run(f"SELECT _text FROM {new_lines} ORDER BY _n"):
            out.write(str(line).encode() + b"\n")
    return Carried(count, memory, new_lines, gone_keys)


def write_memory(  # noqa: PLR0917
    session: Session, lines: Lines, carried: Carried | None, key: Sequence[Column], rows: TempTable, accepted: str, held: str,
    path: Path,
) -> bool:  # fmt: skip
    """Write the memory of an extract, for the next one; False where its lines cannot be told apart for sure.

    Args:
        session: the load's.
        lines: the extract's.
        carried: what was carried over from the memory before, if one was used.
        key: of the register.
        rows: those the validation looked at, right and wrong ones, in the order of their lines.
        accepted: where lines were carried, SQL of (_n, key columns) of new rows that came from one plain line each.
        held: SQL of the keys of current rows that no plain line of this extract stands for.
        path: the memory's file.
    """
    names, of_a = (", ".join(prefix + identifier(c.name) for c in key) for prefix in ("", "a."))
    if carried:
        new = f"SELECT l._h, {of_a} FROM {carried.new_lines} AS l JOIN ({accepted}) AS a ON a._n = l._n"
        old = f"SELECT _h, {names} FROM read_parquet({literal(str(carried.memory))}) WHERE _h IS NOT NULL"
        query = f"{old} AND ({names}) NOT IN (SELECT ({names}) FROM {carried.gone}) UNION ALL {new}"
    else:
        # Rows stand in the order of their lines, so the two are laid side by side. Were the engine's idea of a line another than
        # ours, a row would get another row's line: then this fails, and there is no memory.
        query = (
            f"SELECT l._h, {of_a} FROM ({lines.sql()}) AS l POSITIONAL JOIN (SELECT *, rowid AS _place FROM {rows.having('_ok', '_line')}) AS a "
            f"WHERE CASE WHEN (a._place < {lines.rows} AND l._n IS NULL) OR l._n >= {lines.first + lines.rows} "
            "THEN error('other lines') ELSE a._ok AND a._line IS NULL END"
        )
    query += f" UNION ALL SELECT NULL AS _h, {names} FROM ({held})"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    try:
        session.write_parquet(query, temporary)
    except duckdb.Error:
        return False
    temporary.chmod(0o600)
    temporary.rename(path)
    return True
