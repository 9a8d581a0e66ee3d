"""Journals: the append-only history of one register, a Delta table whose files DuckDB writes.

DuckDB writes the Parquet file and delta-rs commits it, so a load streams and neither engine copies the rows of the other.
The table has no deletion vectors, no column mapping and no partitions: any engine reads the same list of files.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from altyn.engines.duckdb import Session, parquet_list
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.registers import LINEAGE_COLUMNS, Register, system_columns
from altyn.store.folders import sync_folder

_CONFIGURATION = {
    "delta.appendOnly": "true",
    # Delta would forget commits after 30 days; a register's history is kept by law.
    "delta.enableExpiredLogCleanup": "false",
}


def journal_columns(register: Register) -> tuple[Column, ...]:
    """Columns of a register's journal: the contract's, valid time, op, batch, hash, file and line."""
    system = [c for c in system_columns(register) if c.name != "recorded_at"]
    return (*register.columns, *system, *LINEAGE_COLUMNS)


class Journal:
    """One register's Delta table.

    Args:
        path: the table's folder.
        columns: the columns it shall have; new ones are added at the next append.
    """

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        self.path = path
        self.columns = columns

    def version(self) -> int:
        """The newest committed version, published or not; -1 where nothing was ever written."""
        table = self._open()
        return -1 if table is None else int(table.version())

    def files(self, version: int) -> tuple[Path, ...]:
        """Parquet files of a version."""
        from deltalake import DeltaTable

        if version < 0:
            return ()
        table = DeltaTable(str(self.path), version=version)
        # file_uris() gives absolute addresses; the relative paths survive a moved project.
        return tuple(self.path / name for name in sorted(table.get_add_actions(flatten=True)["path"].to_pylist()))

    def sql(self, version: int) -> str:
        """DuckDB SQL that reads a version with exactly the journal's columns."""
        return parquet_list(self.files(version), self.columns)

    def append(self, session: Session, query: str, batch: int, digest: str) -> tuple[int, int]:
        """Append a query's rows as batch number `batch`; return (version, rows).

        A batch that was committed before with the same digest is not written again; this is how a run that died
        between commit and publication goes on.

        Raises:
            AltynError: `contract.breaks-readers` when a column changed its type under the same name.
        """
        from deltalake import CommitProperties, Transaction
        from deltalake.transaction import AddAction

        table = self._prepared()
        earlier = self._committed(batch, digest)
        if earlier is not None:
            return earlier
        name = f"batch-{batch:08d}-{secrets.token_hex(4)}.parquet"
        rows = session.write_parquet(query, self.path / name)
        _sync_file(self.path / name)
        table.create_write_transaction(
            [AddAction(name, (self.path / name).stat().st_size, {}, 0, True, json.dumps({"numRecords": rows}))],  # noqa: FBT003
            "append",
            table.schema(),
            commit_properties=CommitProperties(
                custom_metadata={"altyn.batch": str(batch), "altyn.digest": digest, "altyn.rows": str(rows)},
                app_transactions=[Transaction("altyn.batch", batch)],
            ),
        )
        sync_folder(self.path / "_delta_log")
        return self.version(), rows

    def free_batch(self, wanted: int, digest: str) -> int:
        """`wanted`, or the next number no other content of an unfinished run has taken in this journal."""
        table = self._open()
        last = None if table is None else table.transaction_version("altyn.batch")
        if last is None or wanted > last or self._committed(wanted, digest) is not None:
            return wanted
        return int(last) + 1

    def _committed(self, batch: int, digest: str) -> tuple[int, int] | None:
        table = self._open()
        # delta-rs accepts the same transaction twice, so we look before we write.
        if table is None or (table.transaction_version("altyn.batch") or -1) < batch:
            return None
        for entry in table.history():
            if entry.get("altyn.batch") == str(batch) and entry.get("altyn.digest") == digest:
                return int(entry["version"]), int(entry["altyn.rows"])
        return None

    def _open(self):  # noqa: ANN202  # deltalake is imported late: 40 ms a command that reads nothing need not pay
        from deltalake import DeltaTable

        return DeltaTable(str(self.path)) if DeltaTable.is_deltatable(str(self.path)) else None

    def _prepared(self):  # noqa: ANN202
        from deltalake import DeltaTable, Field, Schema
        from deltalake.schema import PrimitiveType

        def field(column: Column) -> Field:
            return Field(column.name, PrimitiveType(column.type.delta))

        table = self._open()
        if table is None:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            schema = Schema([field(c) for c in self.columns])
            return DeltaTable.create(str(self.path), schema=schema, configuration=_CONFIGURATION)
        have: Mapping[str, str] = {f["name"]: f["type"] for f in json.loads(table.schema().to_json())["fields"]}
        changed = [c.name for c in self.columns if c.name in have and have[c.name] != c.type.delta]
        if changed:
            raise AltynError(
                "contract.breaks-readers",
                what=say("A column changed its type: {names}.", names=", ".join(changed)),
                where=self.path.name,
                mend=say("Give the column with the new type a new name; the old one keeps its history."),
            )
        new = [field(c) for c in self.columns if c.name not in have]
        if new:
            table.alter.add_columns(new)
            table = DeltaTable(str(self.path))
        return table


def _sync_file(path: Path) -> None:
    path.chmod(0o600)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)
