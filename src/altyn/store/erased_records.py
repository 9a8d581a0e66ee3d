"""Erased records: which records an order means, in every generation of a register, whatever their key was called then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.registers import Register
from altyn.model.sql import identifier, literal
from altyn.store import views
from altyn.store.declared import Declared
from altyn.store.folders import Folders
from altyn.store.generations import generations_of, key_in, origins, typed_key_text
from altyn.store.journal import journal_at, journal_columns
from altyn.store.orders import Orders, listed
from altyn.store.snapshots import RegisterState, Snapshots


@dataclass(frozen=True, slots=True)
class KeptGeneration:
    """One generation of a register: its newest state, the contract it stands under, SQL of its versions."""

    state: RegisterState
    contract: Register
    rows: str


class ErasedRecords:
    """Finds the records of orders in one project, as tokens that name nobody."""

    def __init__(self, folders: Folders, snapshots: Snapshots, registers: Declared, orders: Orders) -> None:
        self.folders = folders
        self.snapshots = snapshots
        self.registers = registers
        self.orders = orders

    def tokens(self, register: Register, keys: Sequence[Sequence[str]]) -> tuple[str, ...]:
        """Tokens of records from the parts of their keys, as a person writes them: 007 for a number is 7.

        Raises:
            AltynError: `register.key` where a part is no value of its column's type.
        """
        found = self.generations(register.name)
        contracts = [k.contract for k in found] or [register]
        direct: set[str] = set()
        made: set[str] = set()
        with Session(spill=self.folders.scratch) as session:
            for parts in keys:
                texts = [literal(part) for part in parts]
                token = self._token(session, register, typed_key_text(register, texts))
                if token is None:
                    raise AltynError(
                        "register.key",
                        what=say("The key of this register is {columns}.", columns="/".join(register.key)),
                        where=register.name,
                        mend=say("Give its values in this order, separated by /; the last ones may be left out."),
                    )
                direct.add(token)
                for number, older in enumerate(found[:-1]):
                    names = key_in(contracts, number)
                    if names is not None:
                        made |= self._tokens_at(session, older, names, texts)
            linked = self._linked(session, found, direct | made)
            self._require_unambiguous(session, found, direct, linked)
        return tuple(sorted(linked))

    def _token(self, session: Session, register: Register, key_text: str) -> str | None:
        token = session.one(
            f"SELECT {self.orders.token_of(register.name, 't')} FROM (SELECT {key_text} AS t) WHERE t IS NOT NULL "
            "UNION ALL SELECT NULL LIMIT 1"
        )[0]
        return None if token is None else str(token)

    def _tokens_at(
        self, session: Session, kept: KeptGeneration, names: Sequence[str], texts: Sequence[str]
    ) -> set[str]:
        """Tokens of an older generation's records whose columns say this, whether they are its key or not."""
        same = " AND ".join(
            f"{identifier(n)} = TRY_CAST({t} AS {kept.contract.column(n).type.sql})"
            for n, t in zip(names, texts, strict=True)
        )
        found = session.run(f"SELECT DISTINCT {self.orders.token_sql(kept.contract)} FROM {kept.rows} WHERE {same}")
        tokens = {str(t) for (t,) in found}
        if set(names) == set(kept.contract.key):
            ordered = [texts[list(names).index(k)] for k in kept.contract.key]
            # A refused row of the record may be all that is kept of it.
            token = self._token(session, kept.contract, typed_key_text(kept.contract, ordered))
            tokens |= {token} if token else set()
        return tokens

    def _linked(self, session: Session, found: Sequence[KeptGeneration], tokens: set[str]) -> set[str]:
        """Add the tokens of the same records in older generations, where a key was written otherwise or was another."""
        every = set(tokens)
        for older, newer in reversed(list(pairwise(found))):
            meant = f"{newer.rows} WHERE {self.orders.token_sql(newer.contract)} IN {listed(every)}"
            before = origins(older.contract, newer.contract)
            now = {earlier: name for name, earlier in before.items()}
            if set(older.contract.key) <= set(now):
                text = typed_key_text(
                    older.contract, [f"CAST({identifier(now[k])} AS VARCHAR)" for k in older.contract.key]
                )
                token = self.orders.token_of(older.contract.name, "t")
                rows = session.run(
                    f"SELECT DISTINCT {token} FROM (SELECT {text} AS t FROM {meant}) WHERE t IS NOT NULL"
                )
                every |= {str(t) for (t,) in rows}
            if set(newer.contract.key) <= set(before):
                own = self.orders.token_sql(older.contract)
                names = ", ".join(f"CAST({identifier(before[k])} AS VARCHAR)" for k in newer.contract.key)
                keys = ", ".join(
                    f"CAST(TRY_CAST(CAST({identifier(k)} AS VARCHAR) AS {older.contract.column(before[k]).type.sql}) AS VARCHAR)"
                    for k in newer.contract.key
                )
                rows = session.run(
                    f"SELECT DISTINCT {own} FROM {older.rows} WHERE ({names}) IN (SELECT ({keys}) FROM {meant})"
                )
                every |= {str(t) for (t,) in rows}
        return every

    def _require_unambiguous(
        self, session: Session, found: Sequence[KeptGeneration], direct: set[str], linked: set[str]
    ) -> None:
        """Refuse where the record's older key is another record's key of today: an order must not take that one too.

        Raises:
            AltynError: `order.ambiguous`.
        """
        others = linked - direct
        if not found or not others:
            return
        newest = found[-1]
        token = self.orders.token_sql(newest.contract)
        if session.one(f"SELECT count(*) FROM {newest.rows} WHERE {token} IN {listed(others)}")[0]:
            raise AltynError(
                "order.ambiguous",
                what=say(
                    "Under an older contract the record had a key that is another record's key now; nothing was ordered."
                ),
                where=newest.contract.name,
                mend=say(
                    "Name both records in the order if both are meant; otherwise give the records keys of their own first."
                ),
            )

    def ended_before(self, register: Register, limit: date, recorded: Sequence[tuple[int, date]]) -> tuple[str, ...]:
        """Tokens of records whose last version ceased to hold, or was retracted, before a day.

        Args:
            register: whose records.
            limit: the day.
            recorded: the day each batch of the register was published.
        """
        found = self.generations(register.name)
        ended = "CASE WHEN op = 'retract' THEN CAST(day AS DATE) ELSE valid_to END"
        over: set[str] = set()
        with Session(spill=self.folders.scratch) as session:
            session.insert("_batches", [("batch", "BIGINT"), ("day", "VARCHAR")], [(n, str(d)) for n, d in recorded])
            newer: list[str] = []
            for kept in reversed(found):
                token = self.orders.token_sql(kept.contract)
                newest = f"row_number() OVER (PARTITION BY {views.names(kept.contract.key)} ORDER BY batch DESC)"
                # Of a record that a newer generation knows, the newer one tells whether it still holds.
                known = "".join(f" AND {token} NOT IN ({tokens})" for tokens in newer)
                rows = session.run(
                    f"SELECT {token} FROM (SELECT j.*, b.day, {newest} AS _n FROM {kept.rows} AS j "
                    f"JOIN _batches AS b USING (batch)) WHERE _n = 1 AND {ended} < DATE '{limit}'{known} ORDER BY 1"
                )
                over |= {str(t) for (t,) in rows}
                newer.append(f"SELECT {token} FROM {kept.rows}")
            return tuple(sorted(self._linked(session, found, over)))

    def generations(self, register: str) -> list[KeptGeneration]:
        """A register's generations, oldest first, each with its contract and SQL of its versions."""
        kept: list[KeptGeneration] = []
        for generation in generations_of(self.snapshots, register):
            contract = self.registers.at(register, generation.state)
            journal = journal_at(self.folders, generation.state.path, journal_columns(contract))
            kept.append(KeptGeneration(generation.state, contract, journal.sql(generation.state.version)))
        return kept
