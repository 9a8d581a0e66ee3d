"""Tables: how an engine is told to read Parquet files. Views are written once, over whatever text an engine gives for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from altyn.engines.duckdb import parquet_list
from altyn.model.columns import Column
from altyn.model.sql import literal


class Tables(Protocol):
    """Gives the text that stands for files after FROM."""

    def evolving(self, files: Sequence[Path], columns: Sequence[Column]) -> str:
        """Files of one journal, of which older ones may lack columns: these read as NULL."""
        ...

    def fixed(self, file: Path, columns: Sequence[Column]) -> str:
        """One file with exactly these columns."""
        ...


class EmbeddedTables:
    """DuckDB reads files where it stands."""

    def evolving(self, files: Sequence[Path], columns: Sequence[Column]) -> str:  # noqa: D102
        return parquet_list(files, columns)

    def fixed(self, file: Path, columns: Sequence[Column]) -> str:  # noqa: D102
        del columns
        return f"read_parquet({literal(str(file))})"


EMBEDDED = EmbeddedTables()
