"""A run: loads registers one after another, builds what is derived from them, and publishes once, at the end."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from altyn import settings
from altyn.engines import builds
from altyn.engines.builds import BuildFailedError, Builds
from altyn.engines.confined import Worker
from altyn.engines.duckdb import Session, file_columns
from altyn.engines.names import read_names
from altyn.engines.spark import Spark
from altyn.engines.tables import EMBEDDED, Tables
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.governed import Governed
from altyn.model.instants import Clock
from altyn.model.portable import require_portable
from altyn.model.registers import Register
from altyn.model.relations import Relation
from altyn.model.sql import literal
from altyn.store import faults, slices, views
from altyn.store.compaction import compact
from altyn.store.declared import Declared
from altyn.store.durable import name_durably
from altyn.store.folders import Folders
from altyn.store.generations import generations_of, older_key_texts, published_versions
from altyn.store.journal import Journal, journal_at, journal_columns
from altyn.store.orders import Orders, listed
from altyn.store.snapshots import Batch, RegisterState, Snapshot, Snapshots, TableState, publication_time

# Beyond this the engine spills to the run's scratch folder; what it does not count comes to half as much again.
_MEMORY_MB = settings.memory_mb() or 1200
# What the table of one measure may take.
BUILD_LIMITS = builds.BuildLimits(memory_mb=_MEMORY_MB)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What policy lets be copied of a register's current rows. The store only carries it out.
CopyRule = Callable[[Register], Sequence[Governed]]


@dataclass
class Run:
    """One writer's work between two snapshots. Nothing of it exists for readers until `publish`."""

    folders: Folders
    snapshots: Snapshots
    registers: Declared
    clock: Clock
    who: str
    copied: CopyRule
    spark: Spark | None = None
    # Registers whose held extract somebody lets in, however many records it retracts.
    accepted: frozenset[str] = frozenset()
    # What a snapshot says of the access log, which lies in a room above.
    log_head: Callable[[], Mapping[str, Any]] = dict
    name: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        self.last = self.snapshots.latest()
        publication_time(self.clock(), self.last)
        shutil.rmtree(self.folders.scratch, ignore_errors=True)
        self.scratch = self.folders.scratch
        self.session = Session(spill=self.scratch, memory_mb=_MEMORY_MB)
        # One process for all that is confined in a run: files of strangers that are read apart, and tables that are built.
        self.worker = Worker()
        self.builds = Builds(self.scratch / "builds", BUILD_LIMITS, self.worker)
        self.states: dict[str, RegisterState] = dict(self.last.registers) if self.last else {}
        self.tables: dict[str, TableState] = dict(self.last.tables) if self.last else {}
        self.batches: list[Batch] = []
        self.findings: list[dict[str, Any]] = []
        self.report: list[dict[str, Any]] = []
        # Registers whose new generation begins without rows -> how many the old one had.
        self.emptied: dict[str, int] = {}
        self.next_batch = self.last.next_batch if self.last else 1
        for name, state in self.states.items():
            journal_at(self.folders, state.path).mend(state.version, self.folders.root / "aside")
            _require_files(self.folders, name, state)
        self.orders = Orders(self.folders)
        self.orders.all()
        # Journals that only an interrupted run knows.
        known = {self.folders.root / state.path for state in self.states.values()}
        others = [
            str(log.parent.relative_to(self.folders.root))
            for log in self.folders.store.glob("*/*/_delta_log")
            if log.parent not in known
        ]
        # Older generations are read by older snapshots: what those name may not be missing either.
        named = published_versions(self.snapshots) if others else {}
        for path in others:
            journal_at(self.folders, path).mend(named.get(path, -1), self.folders.root / "aside")

    def close(self) -> None:
        """Give memory and temporary files back."""
        self.worker.close()
        self.session.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    @property
    def batch_table(self) -> str | None:
        """The published list of batches."""
        return str(batch_table(self.folders, self.snapshots, self.last, self.session)) if self.last else None

    def journal(self, register: Register) -> Journal:
        """The journal of a register."""
        state = self.states.get(register.name)
        path = state.path if state else f"store/{register.pack}/{register.table}"
        return journal_at(self.folders, path, journal_columns(register))

    def current_sql(self, register: Register, tables: Tables = EMBEDDED, *, touched: str = "") -> str:
        """SQL of a register's current rows, this run's batches included: for the run's own eyes.

        With `touched`, SQL of keys, only of the records that have one of them.
        """
        state = self.states.get(register.name)
        batches = self._known_batches(register, tables)
        journal = self.journal(register).sql(state.version if state else -1, tables)
        if touched:
            names = views.names(register.key)
            journal = f"(SELECT * FROM {journal} WHERE ({names}) IN (SELECT ({names}) FROM ({touched})))"
        # As many versions as rows: no record was ever changed, and none is older than another.
        is_single = state is not None and state.versions == state.rows
        return views.current(register, journal, batches, is_single=is_single)

    def _known_batches(self, register: Register, tables: Tables = EMBEDDED) -> str:
        pending = [b.number for b in self.batches if b.register == register.name]
        listed = tables.fixed(Path(self.batch_table), views.BATCH_COLUMNS) if self.batch_table else None
        return views.known_batches(register.name, listed, pending)

    def register(self, name: str) -> Register:
        """A register with the contract its rows stand under now, which is not today's where a change was held back."""
        state = self.states.get(name)
        return self.registers.at(name, state) if state else self.registers[name]

    def seen(self, name: str) -> Register:
        """`register`, no wider than today's contract lets it be seen."""
        return self.registers.seen(name, self.states[name])

    def _may_stay(self, name: str, state: RegisterState, number: int) -> set[str]:
        """Ids of what may be copied of a register of a snapshot by what is known of it today; of one that is gone, nothing."""
        if name not in self.registers:
            return set()
        return {g.id for g in self.copied(self.registers.seen(name, state, lambda: self.snapshots.later(number, name)))}

    def is_erased_sql(self, register: Register, erased: Iterable[str]) -> str:
        """SQL that is true for a row of a record that an order has erased, under its key of today or of an older generation."""
        states = [g.state for g in generations_of(self.snapshots, register.name, self.last.number)] if self.last else []
        contracts = [*(self.registers.at(register.name, s) for s in states), register]
        keys = [views.key_text(register.key), *older_key_texts(contracts)]
        tokens = [
            f"coalesce({self.orders.token_of(register.name, key)} IN {listed(erased)}, false)"
            for key in dict.fromkeys(keys)
        ]
        return f"({' OR '.join(tokens)})"

    def has_rows(self, register: Register) -> bool:
        """Whether the register's journal holds anything."""
        state = self.states.get(register.name)
        return state is not None and state.version >= 0

    def changed(self) -> bool:
        """Whether there is anything to publish."""
        return (
            self.last is None
            or bool(self.batches)
            or self.states != self.last.registers
            or self.tables != self.last.tables
        )

    def write_slices(self, register: Register) -> None:
        """Write the governed copies of a register's current rows, or what changed since the last."""
        state = self.states[register.name]
        paths, bases = dict[str, str](), dict[str, Mapping[str, Any]]()
        for governed in self.copied(register):
            paths[governed.id], bases[governed.id] = self._write_slice(register, state, governed)
        self.states[register.name] = dataclasses.replace(state, slices=paths, slice_bases=bases)

    def _write_slice(
        self, register: Register, state: RegisterState, governed: Governed
    ) -> tuple[str, Mapping[str, Any]]:
        last = self.last.registers.get(register.name) if self.last else None
        if last and last.contract != state.contract:
            last = None
        if last and last.at == state.at and slices.published(self.folders, last, governed):
            return last.slices[governed.id], last.slice_bases[governed.id]
        whole = slices.slice_name(register.name, state, governed)
        mark = slices.mark_of(state, governed)
        there = slices.published(self.folders, last, governed) if last and last.path == state.path else None
        if last and there:
            how = last.slice_bases[governed.id]
            # Files of older batches are passed over by what Parquet says of their batch numbers.
            newer = f"(SELECT * FROM {self.journal(register).sql(state.version)} WHERE batch > {int(how['batch'])})"
            rows = self.session.one(f"SELECT count(*) FROM {newer}")[0]
            if slices.can_add(register, last, governed, int(rows)):
                since = whole.replace(".parquet", ".since.parquet")
                newest = views.newest(register, newer, self._known_batches(register))
                query = governed.select(newest, ("op",))
                slices.write_whole(self.session, query, register, self.folders.root / since)
                return last.slices[governed.id], {**how, "since": since}
        path = self.folders.root / whole
        if not path.exists():
            query = governed.select(self.current_sql(register))
            slices.write_whole(self.session, query, register, path)
        newest_batch = self.session.one(f"SELECT coalesce(max(batch), 0) FROM ({self._known_batches(register)})")[0]
        return whole, {"batch": int(newest_batch), "mark": mark, "since": ""}

    def materialise(self, kind: str, name: str, relation: Relation) -> tuple[TableState, bool]:
        """Build a derived table unless nothing it depends on has changed; say if it was built.

        Args:
            kind: of the table, as the snapshot will say it: `measure`.
            name: the table's, `pack.table`.
            relation: over registers and other tables, all of which this run or an earlier one has.

        Raises:
            AltynError: `measure.failed` where some value breaks it, `measure.limit` where it takes too much, `measure.invalid` and
                `sql.*` where it reads what it does not declare; its last table stays the one that is published.
        """
        fingerprint = table_fingerprint(relation, self.states, self.tables)
        relative = table_path(kind, name, fingerprint)
        path = self.folders.root / relative
        known = self.tables.get(name)
        if known and (known.kind, known.fingerprint) == (kind, fingerprint) and path.exists():
            return known, False
        require_declared(self.session, relation, name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        try:
            rows = self._write_relation(relation, temporary)
        except BuildFailedError as error:
            temporary.unlink(missing_ok=True)
            raise _build_failed(error, name) from None
        name_durably(temporary, path)
        faults.reach("measure.written")
        self.folders.keep(relative)
        self.tables[name] = TableState(kind, fingerprint, relative, rows)
        return self.tables[name], True

    def _write_relation(self, relation: Relation, path: Path) -> int:
        registers = {a: self.register(i.name) for a, i in relation.inputs.items() if i.face == "current"}
        built = {
            a: self.folders.local(self.tables[i.name].path) for a, i in relation.inputs.items() if i.face == "table"
        }

        def bound(tables: Tables) -> dict[str, str]:
            return {alias: self.current_sql(register, tables) for alias, register in registers.items()} | {
                alias: tables.fixed(file, file_columns(self.session, file)) for alias, file in built.items()
            }

        files = [f for r in registers.values() for f in self.journal(r).files(self.states[r.name].version)]
        files += built.values()
        if self.spark and self.spark.is_worth(files):
            with self.spark.opened() as spark:
                text, parameters = relation.over(bound(spark)), dict(relation.parameters) or None
                return spark.write_parquet(self.session, text, path, parameters)
        listed = [Path(self.batch_table)] if self.batch_table else []
        return self.builds.write(relation.sql, bound(EMBEDDED), [*files, *listed], path, relation.parameters)

    def publish(self) -> Snapshot:
        """Publish what this run has done as the next snapshot."""
        number = self.last.number + 1 if self.last else 1
        relative = f"derived/batches/{number:06d}-{self.name}.parquet"
        published_at = publication_time(self.clock(), self.last)
        micros = (published_at - _EPOCH) // timedelta(microseconds=1)
        rows = [(b.number, b.register, micros, number) for b in self.batches]
        older = Path(self.batch_table) if self.batch_table else None
        _write_batches(self.session, rows, older, self.folders.root / relative)
        faults.reach("batches.written")
        snapshot = Snapshot(
            number=number,
            published_at=published_at,
            run=self.name,
            who=self.who,
            registers=self.states,
            tables=self.tables,
            batches=tuple(self.batches),
            next_batch=self.next_batch,
            batch_table=relative,
            findings=tuple(self.findings),
            report=tuple(self.report),
            log=self.log_head(),
        )
        faults.reach("publish.before")
        self.snapshots.publish(snapshot)
        faults.reach("publish.after")
        slices.remove_old(self.folders, self.snapshots, self._may_stay)
        for name in sorted({b.register for b in self.batches}):
            compact(self.journal(self.register(name)), self.session)
        return snapshot


def batch_table(folders: Folders, snapshots: Snapshots, snapshot: Snapshot, session: Session) -> Path:
    """The list of batches up to a snapshot, with the time each was recorded; made again from the snapshots where it is gone."""
    path = folders.root / snapshot.batch_table
    if path.exists():
        return path
    rows = [
        (b.number, b.register, (s.published_at - _EPOCH) // timedelta(microseconds=1), s.number)
        for s in snapshots.all()
        if s.number <= snapshot.number
        for b in s.batches
    ]
    _write_batches(session, rows, None, path)
    return path


def _write_batches(session: Session, rows: Sequence[tuple[int, str, int, int]], older: Path | None, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    columns = [("batch", "BIGINT"), ("register", "VARCHAR"), ("micros", "BIGINT"), ("snapshot", "BIGINT")]
    session.insert("_new", columns, rows)
    new = "SELECT batch, register, make_timestamptz(micros) AS recorded_at, snapshot FROM _new"
    if older:
        new = f"SELECT * FROM read_parquet({literal(str(older))}) UNION ALL {new}"
    temporary = path.with_suffix(f".{secrets.token_hex(4)}")
    session.write_parquet(f"{new} ORDER BY batch", temporary)
    name_durably(temporary, path)


def table_fingerprint(relation: Relation, states: Mapping[str, RegisterState], tables: Mapping[str, TableState]) -> str:
    """What a derived table depends on: its definition with its parameters, and the state of each input."""
    inputs = sorted({(i.name, i.face) for i in relation.inputs.values()})
    basis = [
        tables[n].fingerprint if face == "table" else f"{n}@{states[n].at}/{states[n].contract}" for n, face in inputs
    ]
    return hashlib.sha256(" ".join([relation.fingerprint, *basis]).encode()).hexdigest()


def table_path(kind: str, name: str, fingerprint: str) -> str:
    """The file of a derived table, below `.altyn`."""
    return f"derived/{kind}s/{name}/{fingerprint[:24]}.parquet"


def require_declared(session: Session, relation: Relation, name: str) -> None:
    """Refuse a query that is not in the portable subset, or reads what it does not declare: nobody says that it was checked before.

    Raises:
        AltynError: `measure.invalid`, `sql.subset`, `sql.syntax`, `sql.forbidden`.
    """
    require_portable(relation.sql, name)
    # The engine's own parser says what is read: another one may see another table, or none.
    foreign = [path for path in read_names(session, relation.sql) if path not in {(i,) for i in relation.inputs}]
    if foreign:
        raise AltynError(
            "measure.invalid",
            what=say("The measure reads {count} tables that it does not declare.", count=len(foreign)),
            where=name,
            mend=say(
                "Name each register it reads in `inputs`, and read no file: {names}.", names=", ".join(relation.inputs)
            ),
        )


def _build_failed(error: BuildFailedError, name: str) -> AltynError:
    if error.is_limit:
        return AltynError(
            "measure.limit",
            what=say("The table takes more memory or time than a build may; it keeps its last state."),
            where=name,
            mend=say("Narrow its joins and ranges, or give the run more memory: ALTYN_MEMORY_MB."),
        )
    return AltynError(
        "measure.failed",
        # The engine's own words may quote a value.
        what=say("The table cannot be computed ({kind}); it keeps its last state.", kind=error.kind or "-"),
        where=name,
        mend=say("It fails on some value: use TRY_CAST and nullif where a value may not fit."),
    )


def _require_files(folders: Folders, name: str, state: RegisterState) -> None:
    if state.quarantine and not folders.local(state.quarantine).exists():
        raise AltynError(
            "snapshot.broken",
            what=say("A file that the last snapshot names is missing."),
            where=f"{name}, .altyn/{state.quarantine}",
            mend=say("Restore the project from a backup: altyn restore. Do not edit or delete journals."),
        )
