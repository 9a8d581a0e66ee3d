"""Erase: the one exception to a history that is only ever appended to, by order.

The register's journal is written anew without the records (a new generation), proved equal in everything else, and every
snapshot is pointed at it; then the old generation, and whatever else held the values, is removed. Each step can be done
again: an erasure that was interrupted is finished by the next command that writes.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.registers import Register
from altyn.model.relations import Relation
from altyn.model.sql import literal
from altyn.sources import quarantine
from altyn.store import faults, held, views
from altyn.store.approvals import hash_of, text_of, unapproved
from altyn.store.declared import Declared
from altyn.store.derived import fingerprint_at, rebuild
from altyn.store.durable import make_last
from altyn.store.erased_records import ErasedRecords, KeptGeneration
from altyn.store.erased_texts import ErasedWords, refused_meant, texts_of, without
from altyn.store.folders import Folders
from altyn.store.generations import named_paths, next_path
from altyn.store.journal import journal_at, journal_columns
from altyn.store.orders import Order, Orders, listed
from altyn.store.proof import VERSIONS, digest_of
from altyn.store.run import table_fingerprint, table_path
from altyn.store.snapshots import Snapshots


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
        registers: Declared,
        relations: Mapping[str, Relation],
    ) -> None:
        self.folders = folders
        self.snapshots = snapshots
        self.registers = registers
        self.relations = relations
        self.orders = Orders(folders)
        self.records = ErasedRecords(folders, snapshots, registers, self.orders)

    def preview(self, register: Register, tokens: Sequence[str]) -> Preview:
        """Count what an order on these records would take away, in all generations."""
        found = self.records.generations(register.name)
        if not found:
            return Preview(0, 0, 0, 0, ())
        latest = self.snapshots.known_at(None)
        records, versions, refused, batches = 0, 0, 0, set[int]()
        with Session(spill=self.folders.scratch) as session:
            for kept in found:
                meant = f"{kept.rows} WHERE {self.orders.token_sql(kept.contract)} IN {listed(tokens)}"
                key = views.names(kept.contract.key)
                some, all_of_them = session.one(f"SELECT count(DISTINCT ({key})), count(*) FROM {meant}")
                records, versions = max(records, int(some)), versions + int(all_of_them)
                batches |= {int(b) for (b,) in session.run(f"SELECT DISTINCT batch FROM {meant}")}
            quarantines = self._quarantines(register.name)
            about = refused_meant(register.name, tokens, session, found, self.orders) if quarantines else ""
            for path in quarantines:
                lines = quarantine.entries(self.folders.local(path))
                refused += int(session.one(f"SELECT count(DISTINCT entry) FROM {lines} WHERE {about}")[0])
        first = min(
            (s.number for s in self.snapshots.all() for b in s.batches if b.number in batches),
            default=latest.number + 1,
        )
        return Preview(records, versions, refused, latest.number - first + 1, self._made_of(register))

    def _made_of(self, register: Register) -> tuple[str, ...]:
        """Derived tables that are made of a register, or of a table that is."""
        made = {register.name}
        for name, relation in self.relations.items():  # each after those it reads
            if made & {i.name for i in relation.inputs.values()}:
                made.add(name)
        return tuple(sorted(made - {register.name}))

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
            order = self._clean_texts(session, register, order)
            faults.reach("erase.texts")
        self._remove(register, order)
        faults.reach("erase.removed")
        # Lists of batches and measures of every snapshot, without the records.
        rebuild(self.folders, self.snapshots, self.registers, self.relations)
        return self.orders.change(order, status="executed")

    def finish_interrupted(self) -> list[int]:
        """Finish every order that was begun; their numbers.

        Raises:
            AltynError: `order.unapproved` where nobody approved what the file says is under way.
        """
        begun = [o for o in self.orders.all() if o.status == "executing" and o.register in self.registers]
        for order in begun:
            # Of an older Altyn's, only who decided is known.
            if (order.once and order.approved_hash != hash_of(text_of(order))) or not order.decided_by:
                raise unapproved(order, say("No approval of the order stands."))
        return [self.execute(order).number for order in begun]

    def _quarantines(self, register: str) -> list[str]:
        found = {s.registers[register].quarantine for s in self.snapshots.all() if register in s.registers}
        return sorted(p for p in found if p)

    def _write_generations(self, session: Session, register: Register, order: Order) -> Order:
        """Write each journal of the register anew without the records; every snapshot may still read the old one."""
        if order.generations:
            return order
        known = [b.number for s in self.snapshots.all() for b in s.batches if b.register == register.name]
        named = named_paths(self.snapshots, self.orders)
        generations, gone = dict[str, str](), 0
        for kept in self.records.generations(register.name):
            path = next_path(kept.state.path, [*named, *generations.values()])
            shutil.rmtree(self.folders.root / path, ignore_errors=True)
            gone += self._write_generation(session, kept, path, known, order)
            generations[kept.state.path] = path
        # From here on the erasure is finished by whoever writes next.
        counts = {**order.counts, "versions": gone}
        return self.orders.change(order, status="executing", generations=generations, counts=counts)

    def _write_generation(
        self, session: Session, kept: KeptGeneration, path: str, known: Sequence[int], order: Order
    ) -> int:
        """Write one journal anew without the records; how many versions that leaves out."""
        state = kept.state
        # Columns that the contract has dropped since stay in the history.
        columns = journal_at(self.folders, state.path, journal_columns(kept.contract)).stored_columns()
        new = journal_at(self.folders, path, columns)
        whole = journal_at(self.folders, state.path, columns).sql(state.version)
        rows = f"(SELECT * FROM {whole} WHERE batch IN (SELECT unnest({list(known)}::BIGINT[])))"
        left = f"SELECT * FROM {rows} WHERE {self.orders.token_sql(kept.contract)} NOT IN {listed(order.tokens)}"
        names = views.names(columns)
        new.append(session, f"SELECT {names} FROM ({left}) ORDER BY batch", max([*known, 1]), f"generation {path}")
        wanted = digest_of(session, f"({left})", VERSIONS)
        found = digest_of(session, new.sql(new.version()), VERSIONS)
        if wanted != found:
            raise AltynError(
                "order.unproven",
                what=say("The register without the records does not say the same of all others; nothing was changed."),
                where=kept.contract.name,
                mend=say("Report this: it is a fault of Altyn. The order stays as it was."),
            )
        return int(session.one(f"SELECT count(*) FROM {rows}")[0]) - found[0]

    def _repoint(self, session: Session, register: Register, order: Order) -> None:
        """Point every snapshot at the new generation; which rows it shows is told by its batches."""
        for number in self.snapshots.numbers():
            snapshot = self.snapshots.get(number)
            state = snapshot.registers.get(register.name)
            if state is None or state.path not in order.generations:
                continue
            then = self.registers.at(register.name, state)
            new = journal_at(self.folders, order.generations[state.path], journal_columns(then))
            version = new.version()
            known = [
                b.number
                for n in self.snapshots.numbers()
                if n <= number
                for b in self.snapshots.get(n).batches
                if b.register == register.name
            ]
            batches = f"SELECT unnest({known}::BIGINT[])"
            rows = session.one(f"SELECT count(*) FROM {views.current(then, new.sql(version), batches)}")[0]
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
            # A table that was built from the old generation is built again from the new one.
            tables = dict(snapshot.tables)
            for name, relation in self.relations.items():
                old = snapshot.tables.get(name)
                if old is None or fingerprint_at(relation, snapshot.registers, snapshot.tables) != old.fingerprint:
                    continue  # another definition than today's: its table is removed and cannot be built again
                fingerprint = table_fingerprint(relation, states, tables)
                if fingerprint != old.fingerprint:
                    tables[name] = replace(old, fingerprint=fingerprint, path=table_path(old.kind, name, fingerprint))
            self.snapshots.replace(replace(snapshot, registers=states, tables=tables))

    def _clean_texts(self, session: Session, register: Register, order: Order) -> Order:
        """Take texts that were the records' own out of what snapshots say in words."""
        words, places = ErasedWords(texts_of(session, self._replaced(register, order), order.tokens, self.orders)), 0
        for number in self.snapshots.numbers():
            cleaned, count = without(self.snapshots.get(number), words)
            if count:
                self.snapshots.replace(cleaned)
            places += count
        return self.orders.change(order, counts={**order.counts, "texts": order.counts.get("texts", 0) + places})

    def _replaced(self, register: Register, order: Order) -> list[KeptGeneration]:
        """The register's generations with the rows they had before the order."""
        old = {new: name for name, new in order.generations.items()}
        return [
            replace(k, rows=self._old_rows(k.contract, old[k.state.path]))
            for k in self.records.generations(register.name)
            if k.state.path in old
        ]

    def _clean_quarantine(self, session: Session, register: Register, order: Order) -> None:
        """Write every quarantine file of the register anew, under its name, without lines about the records."""
        held.forget(self.folders, register.name)
        replaced = self._replaced(register, order)
        quarantines = self._quarantines(register.name)
        meant = refused_meant(register.name, order.tokens, session, replaced, self.orders) if quarantines else ""
        for name in quarantines:
            path = self.folders.local(name)
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

    def _old_rows(self, contract: Register, old: str) -> str:
        journal = journal_at(self.folders, old, journal_columns(contract))
        return journal.sql(journal.version() if (self.folders.root / old).exists() else -1)

    def _remove(self, register: Register, order: Order) -> None:
        """Remove the old generation and every derived file that was made of it."""
        for old in order.generations:
            shutil.rmtree(self.folders.root / old, ignore_errors=True)
            if self.folders.place:
                for name in self.folders.place.names(old):
                    self.folders.place.remove(name)
        shutil.rmtree(self.folders.root / "derived" / "current" / register.name, ignore_errors=True)
        wanted = {t.path for s in self.snapshots.all() for t in s.tables.values()}
        touched = self._made_of(register)
        kinds = {t.kind for s in self.snapshots.all() for t in s.tables.values()}
        for folder in [f for kind in kinds for f in (self.folders.root / "derived" / f"{kind}s").glob("*")]:
            # A table nobody defines any more may have been made of this register: its tables go too.
            if folder.name in touched or folder.name not in self.relations:
                for path in folder.glob("*"):
                    if folder.name not in self.relations or str(path.relative_to(self.folders.root)) not in wanted:
                        path.unlink()
        for name in ("aside", "scratch", "cache", "backup", "spark"):
            shutil.rmtree(self.folders.root / name, ignore_errors=True)


def tell_erased(orders: Orders, register: Register, key: str) -> Order | None:
    """The order that erased the record with this key (parts joined as `views.key_text` does), if one did."""
    if not orders.erased(register.name):
        return None
    with Session() as session:
        token = session.one(f"SELECT {orders.token_of(register.name, literal(key))}")[0]
    return next((o for o in orders.all() if o.status in {"executing", "executed"} and token in o.tokens), None)
