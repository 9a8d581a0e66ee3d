"""Journals: the append-only history of one register, a Delta table whose files DuckDB writes.

DuckDB writes the Parquet file and delta-rs commits it, so a load streams and neither engine copies the rows of the other.
The table has no deletion vectors, no column mapping and no partitions: any engine reads the same list of files.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from altyn import settings
from altyn.engines.duckdb import Session, translated
from altyn.engines.tables import EMBEDDED, Tables
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column, type_of_delta
from altyn.model.registers import LINEAGE_COLUMNS, Register, system_columns, written_columns
from altyn.store import faults
from altyn.store.durable import make_last, sync_folder, write_durably
from altyn.store.folders import Folders
from altyn.store.places import ObjectStore

_CONFIGURATION = {
    "delta.appendOnly": "true",
    # Delta would forget commits after 30 days; a register's history is kept by law.
    "delta.enableExpiredLogCleanup": "false",
}
# How many of the newest commits a crash may have touched, with room: one run writes one or two a register.
_LOOKED_AT = 50
# What the file of a compaction is called.
COMPACTED = "compact-"
# Beyond this a reader asks whether the journal was compacted since.
_MANY_FILES = 16


def journal_columns(register: Register) -> tuple[Column, ...]:
    """Columns of a register's journal: the contract's, valid time, op, batch, hash, file and line, values as they were written."""
    system = [c for c in system_columns(register) if c.name != "recorded_at"]
    return (*register.columns, *system, *LINEAGE_COLUMNS, *written_columns(register.columns))


def journal_at(folders: Folders, name: str, columns: tuple[Column, ...] = ()) -> Journal:
    """The journal called `name` below a project's `.altyn`, on this machine or in the project's place."""
    return Journal(folders.root / name, columns, folders.place, name)


class Journal:
    """One register's Delta table.

    Args:
        path: the table's folder.
        columns: the columns it shall have; new ones are added at the next append.
        place: where the table lies if not on this machine; `path` then keeps copies of its files, which never change.
        name: the table's name in that place.
    """

    def __init__(
        self, path: Path, columns: tuple[Column, ...], place: ObjectStore | None = None, name: str = ""
    ) -> None:
        self.path = path
        self.columns = columns
        self._place = place
        self._name = name
        self._address = f"{place.address}/{name}" if place else str(path)

    def version(self) -> int:
        """The newest committed version, published or not; -1 where nothing was ever written."""
        table = self._open()
        return -1 if table is None else int(table.version())

    def stored_columns(self) -> tuple[Column, ...]:
        """The columns the table has, whether the contract still names them or not."""
        table = self._open()
        fields = json.loads(table.schema().to_json())["fields"] if table else []
        known = {c.name: c for c in self.columns}
        return tuple(known.get(f["name"]) or Column(f["name"], type_of_delta(f["type"])) for f in fields)

    def sizes(self, version: int) -> dict[str, int]:
        """Parquet files of a version, with their bytes."""
        from deltalake import DeltaTable

        if version < 0:
            return {}
        table = DeltaTable(self._address, version=version, storage_options=self._options())
        # file_uris() gives absolute addresses; the relative paths survive a moved project.
        found = table.get_add_actions(flatten=True)
        return dict(sorted(zip(found["path"].to_pylist(), found["size_bytes"].to_pylist(), strict=True)))

    def files(self, version: int) -> tuple[Path, ...]:
        """Parquet files that hold the rows of a version; perhaps later rows too, which batches tell apart."""
        names = list(self.sizes(version))
        # A backup leaves out files whose rows stand in a compacted one too.
        is_whole = self._place is not None or all((self.path / name).exists() for name in names)
        if len(names) > _MANY_FILES or not is_whole:
            names = self._newest(names, is_whole=is_whole)
        return tuple(self._here(name) for name in names)

    def exact_files(self, version: int) -> tuple[Path, ...]:
        """Parquet files that the log names for a version: what a copy of that version needs."""
        return tuple(self._here(name) for name in self.sizes(version))

    def _newest(self, names: list[str], *, is_whole: bool) -> list[str]:
        """The files of the newest version where it was compacted since: it holds every row of the older ones."""
        from deltalake.exceptions import DeltaError

        try:
            newest = list(self.sizes(self.version()))
        except (DeltaError, OSError, ValueError):
            return names  # a crash tore the newest commit, and no run has mended it yet
        was_compacted = any(name.startswith(COMPACTED) for name in newest)
        return newest if was_compacted and (len(newest) < len(names) or not is_whole) else names

    def _here(self, name: str) -> Path:
        """A file of the journal on this machine."""
        if self._place and not (self.path / name).exists():
            self._place.fetch(f"{self._name}/{name}", self.path / name)
        return self.path / name

    def sql(self, version: int, tables: Tables = EMBEDDED) -> str:
        """SQL that reads a version with exactly the journal's columns, as `tables` reads files."""
        return tables.evolving(self.files(version), self.columns)

    def sql_of(self, names: Sequence[str]) -> str:
        """SQL that reads some of the journal's files, with every column any of them has."""
        return EMBEDDED.evolving([self._here(name) for name in names], self.stored_columns())

    def commit_files(self, version: int, new: str, actions: Sequence[Mapping[str, object]]) -> None:
        """Commit a list of Delta's actions as this very version, with a new file of this machine.

        Raises:
            AltynError: `journal.raced` when the version is taken.
        """
        make_last(self.path / new)
        content = "".join(json.dumps(action, separators=(",", ":")) + "\n" for action in actions).encode()
        commit = f"_delta_log/{version:020d}.json"
        try:
            if self._place:
                self._place.put(self.path / new, f"{self._name}/{new}")
                self._place.write(f"{self._name}/{commit}", content, exclusive=True)
            else:
                write_durably(self.path / commit, content, exclusive=True)
        except FileExistsError:
            raise self._raced() from None
        faults.reach("journal.committed")

    def append(self, session: Session, query: str, batch: int, digest: str) -> tuple[int, int]:
        """Append a query's rows as batch number `batch`; return (version, rows).

        A batch that was committed before with the same digest is not written again; this is how a run that died
        between commit and publication goes on.

        Raises:
            AltynError: `contract.breaks-readers` when a column changed its type under the same name; `journal.raced`
                when another machine wrote to the same journal in the meantime.
        """
        from deltalake import CommitProperties, Transaction
        from deltalake.transaction import AddAction

        table = self._prepared()
        earlier = self._committed(batch, digest)
        if earlier is not None:
            return earlier
        if (table.transaction_version("altyn.batch") or 0) >= batch:
            raise self._raced()
        name = f"batch-{batch:08d}-{secrets.token_hex(4)}.parquet"
        rows = session.write_parquet(query, self.path / name)
        faults.reach("journal.written")
        make_last(self.path / name)
        faults.reach("journal.synced")
        if self._place:
            self._place.put(self.path / name, f"{self._name}/{name}")
        # delta-rs refuses a commit of the same application made since the table was opened: of two writers one goes on.
        with self._delta_errors():
            table.create_write_transaction(
                [AddAction(name, (self.path / name).stat().st_size, {}, 0, True, json.dumps({"numRecords": rows}))],  # noqa: FBT003
                "append",
                table.schema(),
                commit_properties=CommitProperties(
                    custom_metadata={"altyn.batch": str(batch), "altyn.digest": digest, "altyn.rows": str(rows)},
                    app_transactions=[Transaction("altyn.batch", batch)],
                ),
            )
        if not self._place:
            sync_folder(self.path / "_delta_log")
        faults.reach("journal.committed")
        return self.version(), rows

    def mend(self, published: int, aside: Path) -> None:
        """Before a run: put aside what a crash left half written, and make sure that no published version is missing.

        A commit nobody published may be torn: it is moved to `aside`, for it was never acknowledged. Checkpoints only
        repeat what the commits say; broken ones are moved too.

        Raises:
            AltynError: `journal.broken` when a commit up to version `published` is missing or torn.
        """
        if self._place:
            return  # an object is there whole or not at all
        log = self.path / "_delta_log"
        commits = {int(p.stem): p for p in log.glob("*.json") if p.stem.isdecimal()}
        missing = next((v for v in range(published + 1) if v not in commits), None)
        # A whole commit ends its last line; older ones were read by every run since, so only the newest are looked at.
        newest = sorted(commits)[-_LOOKED_AT:]
        torn = [v for v in newest if not _is_whole(commits[v])]
        lost = min([v for v in torn if v <= published] + ([] if missing is None else [missing]), default=None)
        if lost is not None:
            raise AltynError(
                "journal.broken",
                what=say("The journal's log is cut short: commit {version} is missing or torn.", version=lost),
                where=f"{self.path.parent.name}.{self.path.name}, _delta_log",
                mend=say("Restore the project from a backup: altyn restore. Do not edit or delete journals."),
            )
        for version in (v for v in commits if torn and v >= min(torn)):
            _move(commits[version], aside)
        if not self._opens():
            for path in (*log.glob("*.checkpoint*.parquet"), *log.glob("_last_checkpoint")):
                _move(path, aside)

    def _opens(self) -> bool:
        from deltalake.exceptions import DeltaError

        try:
            self._open()
        except (DeltaError, OSError, ValueError):
            return False
        return True

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
        for entry in table.history(_LOOKED_AT):
            if entry.get("altyn.batch") == str(batch) and entry.get("altyn.digest") == digest:
                return int(entry["version"]), int(entry["altyn.rows"])
        return None

    def _open(self):  # noqa: ANN202  # deltalake is imported late: 40 ms a command that reads nothing need not pay
        from deltalake import DeltaTable

        options = self._options()
        if not DeltaTable.is_deltatable(self._address, storage_options=options):
            return None
        return DeltaTable(self._address, storage_options=options)

    def _options(self) -> dict[str, str] | None:
        if self._place is None:
            return None
        # The commit is a put that the server refuses when the name is taken; http only where the endpoint says so.
        plain = settings.endpoint().lower().startswith("http://")
        return {"AWS_CONDITIONAL_PUT": "etag", "AWS_ALLOW_HTTP": str(plain).lower()}

    def _raced(self) -> AltynError:
        return AltynError(
            "journal.raced",
            what=say("Another machine wrote to this register at the same time; nothing of this run was published."),
            where=f"{self.path.parent.name}.{self.path.name}",
            mend=say("Run again: what is there by then is taken into account."),
            retry=True,
        )

    @contextlib.contextmanager
    def _delta_errors(self) -> Generator[None]:
        """Turn delta-rs's words for a full or closed disk, and for a race that was lost, into ours."""
        from deltalake.exceptions import CommitFailedError, DeltaError

        with translated():
            try:
                yield
            except CommitFailedError:
                raise self._raced() from None
            except DeltaError as error:
                raise OSError(str(error)) from None

    def _prepared(self):  # noqa: ANN202
        from deltalake import DeltaTable, Field, Schema
        from deltalake.schema import PrimitiveType

        def field(column: Column) -> Field:
            return Field(column.name, PrimitiveType(column.type.delta))

        table = self._open()
        if table is None:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            schema = Schema([field(c) for c in self.columns])
            with self._delta_errors():
                return DeltaTable.create(
                    self._address, schema=schema, configuration=_CONFIGURATION, storage_options=self._options()
                )
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
            return DeltaTable(self._address, storage_options=self._options())
        return table


def _is_whole(commit: Path) -> bool:
    try:
        return (
            all(isinstance(json.loads(line), dict) for line in commit.read_bytes().splitlines())
            and commit.stat().st_size > 0
        )
    except ValueError:
        return False


def _move(path: Path, aside: Path) -> None:
    aside.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.rename(aside / f"{path.name}.{secrets.token_hex(4)}")
