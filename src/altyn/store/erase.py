"""Erase: the one exception to a history that is only ever appended to, by order.

The register's journal is written anew without the records (a new generation), proved equal in everything else, and every
snapshot is pointed at it; then the old generation, and whatever else held the values, is removed. Each step can be done
again: an erasure that was interrupted is finished by the next command that writes.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.registers import Register
from altyn.model.relations import Relation
from altyn.model.sql import identifier, literal
from altyn.sources import quarantine
from altyn.store import faults, held, views
from altyn.store.derived import fingerprint_at, rebuild
from altyn.store.folders import Folders, make_last
from altyn.store.journal import Journal, journal_at, journal_columns
from altyn.store.orders import Order, Orders, listed
from altyn.store.proof import VERSIONS, digest_of
from altyn.store.snapshots import MeasureState, RegisterState, Snapshot, Snapshots

_GENERATION = re.compile(r"~(\d+)$")


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would take away: numbers only."""

    records: int
    versions: int
    refused: int
    snapshots: int
    measures: tuple[str, ...]


class Eraser:
    """Carries out erasure orders in one project, under its lock."""

    def __init__(
        self,
        folders: Folders,
        snapshots: Snapshots,
        registers: Mapping[str, Register],
        relations: Mapping[str, Relation],
    ) -> None:
        self.folders = folders
        self.snapshots = snapshots
        self.registers = registers
        self.relations = relations
        self.orders = Orders(folders)

    def tokens(self, register: Register, keys: Sequence[Sequence[str]]) -> tuple[str, ...]:
        """Tokens of records from the parts of their keys, as a person writes them: 007 for a number is 7.

        Raises:
            AltynError: `register.key` where a part is no value of its column's type.
        """
        made: list[str] = []
        with Session() as session:
            for parts in keys:
                typed = [
                    f"CAST(TRY_CAST({literal(part)} AS {register.column(k).type.sql}) AS VARCHAR)"
                    for k, part in zip(register.key, parts, strict=True)
                ]
                text = f"concat_ws(chr(31), {', '.join(typed)})"
                if not session.one(f"SELECT {' AND '.join(f'{t} IS NOT NULL' for t in typed)}")[0]:
                    raise AltynError(
                        "register.key",
                        what=say("The key of this register is {columns}.", columns="/".join(register.key)),
                        where=register.name,
                        mend=say("Give its values in this order, separated by /; the last ones may be left out."),
                    )
                made.append(str(session.one(f"SELECT {self.orders.token_of(register.name, text)}")[0]))
        return tuple(made)

    def preview(self, register: Register, tokens: Sequence[str]) -> Preview:
        """Count what an order on these records would take away."""
        latest = self.snapshots.known_at(None)
        state = latest.registers.get(register.name)
        if state is None:
            return Preview(0, 0, 0, 0, ())
        rows = self._journal(register, state).sql(state.version)
        meant = f"{self.orders.token_sql(register)} IN {listed(tokens)}"
        key = views.names(register.key)
        with Session(spill=self.folders.scratch) as session:
            records, versions = session.one(f"SELECT count(DISTINCT ({key})), count(*) FROM {rows} WHERE {meant}")
            refused = 0
            for path in self._quarantines(register.name):
                lines = quarantine.entries(self.folders.local(path))
                about = self._refused_meant(register, tokens, session, rows)
                refused += int(session.one(f"SELECT count(DISTINCT entry) FROM {lines} WHERE {about}")[0])
            batches = {int(b) for (b,) in session.run(f"SELECT DISTINCT batch FROM {rows} WHERE {meant}")}
        first = min(
            (s.number for s in self.snapshots.all() for b in s.batches if b.number in batches),
            default=latest.number + 1,
        )
        return Preview(int(records), int(versions), refused, latest.number - first + 1, self._measures_of(register))

    def ended_before(self, register: Register, limit: date, recorded: Sequence[tuple[int, date]]) -> tuple[str, ...]:
        """Tokens of records whose last version ceased to hold, or was retracted, before a day.

        Args:
            register: whose records.
            limit: the day.
            recorded: the day each batch of the register was published.
        """
        state = self.snapshots.known_at(None).registers[register.name]
        rows = self._journal(register, state).sql(state.version)
        newest = f"row_number() OVER (PARTITION BY {views.names(register.key)} ORDER BY batch DESC)"
        ended = "CASE WHEN op = 'retract' THEN CAST(day AS DATE) ELSE valid_to END"
        with Session(spill=self.folders.scratch) as session:
            session.insert("_batches", [("batch", "BIGINT"), ("day", "VARCHAR")], [(n, str(d)) for n, d in recorded])
            found = session.run(
                f"SELECT {self.orders.token_sql(register)} FROM (SELECT j.*, b.day, {newest} AS _n FROM {rows} AS j "
                f"JOIN _batches AS b USING (batch)) WHERE _n = 1 AND {ended} < DATE '{limit}' ORDER BY 1"
            )
        return tuple(str(token) for (token,) in found)

    def _measures_of(self, register: Register) -> tuple[str, ...]:
        return tuple(
            sorted(n for n, r in self.relations.items() if register.name in {i.name for i in r.inputs.values()})
        )

    def require_free(self, order: Order) -> None:
        """Refuse an order on a record that must be kept.

        Raises:
            AltynError: `order.held`.
        """
        held = self.orders.held(order.register) & set(order.tokens)
        if held:
            numbers = sorted(o.number for o in self.orders.all() if o.status == "held" and held & set(o.tokens))
            raise AltynError(
                "order.held",
                what=say("{count} of the records are under a legal hold; nothing was erased.", count=len(held)),
                where=f"order {', '.join(map(str, numbers))}",
                mend=say("Ask who ordered the hold; `altyn orders release` ends one."),
            )

    def execute(self, order: Order) -> Order:
        """Carry out an approved order, or finish one that was interrupted.

        Raises:
            AltynError: `order.held`; `order.unproven` when the new generation does not say the same of all other records.
        """
        self.require_free(order)
        register = self.registers[order.register]
        with Session(spill=self.folders.scratch) as session:
            order = self._write_generations(session, register, order)
            faults.reach("erase.written")
            self._repoint(session, register, order)
            faults.reach("erase.repointed")
            self._clean_quarantine(session, register, order)
            faults.reach("erase.quarantine")
        self._remove(register, order)
        faults.reach("erase.removed")
        # Lists of batches and measures of every snapshot, without the records.
        rebuild(self.folders, self.snapshots, self.registers, self.relations)
        return self.orders.change(order, status="executed")

    def finish_interrupted(self) -> list[int]:
        """Finish every order that was begun; their numbers."""
        begun = [o for o in self.orders.all() if o.status == "executing" and o.register in self.registers]
        return [self.execute(order).number for order in begun]

    def _journal(self, register: Register, state: RegisterState) -> Journal:
        return journal_at(self.folders, state.path, journal_columns(register))

    def _quarantines(self, register: str) -> list[str]:
        found = {s.registers[register].quarantine for s in self.snapshots.all() if register in s.registers}
        return sorted(p for p in found if p)

    def _write_generations(self, session: Session, register: Register, order: Order) -> Order:
        """Write each journal of the register anew without the records; every snapshot may still read the old one."""
        if order.generations:
            return order
        latest = self.snapshots.known_at(None)
        state = latest.registers[register.name]
        old = self._journal(register, state)
        new_path = _next_generation(state.path)
        shutil.rmtree(self.folders.root / new_path, ignore_errors=True)
        # Columns that the contract has dropped since stay in the history.
        kept_columns = old.stored_columns()
        new = journal_at(self.folders, new_path, kept_columns)
        known = [b.number for s in self.snapshots.all() for b in s.batches if b.register == register.name]
        whole = journal_at(self.folders, state.path, kept_columns).sql(state.version)
        rows = f"(SELECT * FROM {whole} WHERE batch IN (SELECT unnest({known}::BIGINT[])))"
        kept = f"SELECT * FROM {rows} WHERE {self.orders.token_sql(register)} NOT IN {listed(order.tokens)}"
        columns = views.names(kept_columns)
        new.append(
            session, f"SELECT {columns} FROM ({kept}) ORDER BY batch", max([*known, 1]), f"generation {new_path}"
        )
        wanted = digest_of(session, f"({kept})", VERSIONS)
        found = digest_of(session, new.sql(new.version()), VERSIONS)
        if wanted != found:
            raise AltynError(
                "order.unproven",
                what=say("The register without the records does not say the same of all others; nothing was changed."),
                where=register.name,
                mend=say("Report this: it is a fault of Altyn. The order stays as it was."),
            )
        every = int(session.one(f"SELECT count(*) FROM {rows}")[0])
        counts = {**order.counts, "versions": every - found[0]}
        # From here on the erasure is finished by whoever writes next.
        return self.orders.change(order, status="executing", generations={state.path: new_path}, counts=counts)

    def _repoint(self, session: Session, register: Register, order: Order) -> None:
        """Point every snapshot at the new generation; which rows it shows is told by its batches."""
        for number in self.snapshots.numbers():
            snapshot = self.snapshots.get(number)
            state = snapshot.registers.get(register.name)
            if state is None or state.path not in order.generations:
                continue
            new = journal_at(self.folders, order.generations[state.path], journal_columns(register))
            version = new.version()
            known = [
                b.number
                for n in self.snapshots.numbers()
                if n <= number
                for b in self.snapshots.get(n).batches
                if b.register == register.name
            ]
            batches = f"SELECT unnest({known}::BIGINT[])"
            rows = session.one(f"SELECT count(*) FROM {views.current(register, new.sql(version), batches)}")[0]
            versions = session.one(f"SELECT count(*) FROM {new.sql(version)} WHERE batch IN ({batches})")[0]
            states = dict(snapshot.registers)
            states[register.name] = replace(
                state,
                path=order.generations[state.path],
                version=version,
                rows=int(rows),
                versions=int(versions),
                slices={},
                slice_bases={},
            )
            # A measure that was built from the old generation is built again from the new one.
            measures = {
                name: self._measure(name, old, snapshot, states, register.name)
                for name, old in snapshot.measures.items()
            }
            self.snapshots.replace(replace(snapshot, registers=states, measures=measures))

    def _measure(
        self, name: str, old: MeasureState, snapshot: Snapshot, states: Mapping[str, RegisterState], register: str
    ) -> MeasureState:
        relation = self.relations.get(name)
        if relation is None or register not in {i.name for i in relation.inputs.values()}:
            return old
        if fingerprint_at(relation, snapshot.registers) != old.fingerprint:
            return old  # another definition than today's: its table is removed and cannot be built again
        fingerprint = fingerprint_at(relation, states)
        assert fingerprint is not None
        return MeasureState(fingerprint, f"derived/measures/{name}/{fingerprint[:24]}.parquet", old.rows)

    def _refused_meant(self, register: Register, tokens: Sequence[str], session: Session, rows: str) -> str:
        """SQL that is true for a line of quarantine about one of the records: by its key, or by the key among its values."""
        by_key = f"coalesce({self.orders.token_of(register.name, 'key_text')} IN {listed(tokens)}, false)"
        values = "json_extract_string(raw, '$.*')" if len(register.key) == 1 else "[]::VARCHAR[]"
        token = self.orders.token_of(register.name, "v")
        among = f"len(list_filter(CASE WHEN json_valid(raw) THEN {values} ELSE [raw] END, lambda v: {token} IN {listed(tokens)})) > 0"
        # Where the key is still known, a line that could not be divided into cells is looked through for it.
        meant = f"{self.orders.token_sql(register)} IN {listed(tokens)}"
        keys = [
            str(k)
            for (k,) in session.run(
                f"SELECT DISTINCT CAST({identifier(register.key[0])} AS VARCHAR) FROM {rows} WHERE {meant}"
            )
        ]
        inside = "".join(f" OR contains(raw, {literal(k)})" for k in keys if k)
        return f"({by_key} OR {among}{inside})"

    def _clean_quarantine(self, session: Session, register: Register, order: Order) -> None:
        """Write every quarantine file of the register anew, under its name, without lines about the records."""
        held.forget(self.folders, register.name)
        for name in self._quarantines(register.name):
            path = self.folders.local(name)
            old = next(iter(order.generations), "")
            rows = f"(SELECT * FROM {self._old_rows(register, old)})"
            meant = self._refused_meant(register, order.tokens, session, rows)
            lines = quarantine.entries(path)
            if not session.one(f"SELECT count(*) FROM {lines} WHERE {meant}")[0]:
                continue
            temporary = path.with_suffix(".part")
            session.write_parquet(
                f"SELECT * FROM {lines} WHERE entry NOT IN (SELECT entry FROM {lines} WHERE {meant}) ORDER BY entry, rule, column_name",
                temporary,
            )
            make_last(temporary)
            temporary.rename(path)
            self.folders.keep(name)
            tally = quarantine.tally(session, path)
            for number in self.snapshots.numbers():
                snapshot = self.snapshots.get(number)
                state = snapshot.registers.get(register.name)
                if state and state.quarantine == name:
                    changed = replace(
                        state, quarantined=tally.by_rule, quarantined_rows=tally.rows, waiting_rows=tally.waiting
                    )
                    self.snapshots.replace(replace(snapshot, registers={**snapshot.registers, register.name: changed}))

    def _old_rows(self, register: Register, old: str) -> str:
        journal = journal_at(self.folders, old, journal_columns(register))
        return journal.sql(journal.version() if old and (self.folders.root / old).exists() else -1)

    def _remove(self, register: Register, order: Order) -> None:
        """Remove the old generation and every derived file that was made of it."""
        for old in order.generations:
            shutil.rmtree(self.folders.root / old, ignore_errors=True)
            if self.folders.place:
                for name in self.folders.place.names(old):
                    self.folders.place.remove(name)
        shutil.rmtree(self.folders.root / "derived" / "current" / register.name, ignore_errors=True)
        wanted = {m.path for s in self.snapshots.all() for m in s.measures.values()}
        touched = self._measures_of(register)
        for folder in (self.folders.root / "derived" / "measures").glob("*"):
            # A measure nobody defines any more may have been made of this register: its tables go too.
            if folder.name in touched or folder.name not in self.relations:
                for path in folder.glob("*"):
                    if folder.name not in self.relations or str(path.relative_to(self.folders.root)) not in wanted:
                        path.unlink()
        for name in ("aside", "scratch", "cache", "backup", "spark"):
            shutil.rmtree(self.folders.root / name, ignore_errors=True)


def _next_generation(path: str) -> str:
    """`store/pack/table`, then `store/pack/table~2`, and so on."""
    found = _GENERATION.search(path)
    number = int(found[1]) + 1 if found else 2
    return f"{_GENERATION.sub('', path)}~{number}"


def remove_unnamed_generations(folders: Folders, snapshots: Snapshots, orders: Orders) -> None:
    """Remove new generations that an interrupted erasure wrote and no order or snapshot names."""
    named = {s.path for snapshot in snapshots.all() for s in snapshot.registers.values()}
    named |= {new for order in orders.all() for new in order.generations.values()}
    for path in folders.store.glob("*/*~*"):
        if str(path.relative_to(folders.root)) not in named:
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(path)


def tell_erased(orders: Orders, register: Register, key: str) -> Order | None:
    """The order that erased the record with this key (parts joined as `views.key_text` does), if one did."""
    if not orders.erased(register.name):
        return None
    with Session() as session:
        token = session.one(f"SELECT {orders.token_of(register.name, literal(key))}")[0]
    return next((o for o in orders.all() if o.status in {"executing", "executed"} and token in o.tokens), None)
