"""Carry: the current rows of a register, taken over into a new generation under a changed contract.

A row keeps its batch, file and line: it was learned then, and is only written in another way now. It passes the new contract
like any other row. What does not fit leaves the current rows and goes to quarantine with its first place; the old generation
keeps it for the snapshots that showed it, so nothing that was ever said is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.registers import WRITTEN, Register, written_columns
from altyn.model.sql import identifier, literal
from altyn.sources import quarantine
from altyn.sources.context import Context
from altyn.sources.findings import Finding
from altyn.sources.staging import TempTable
from altyn.sources.validate import Validated, validate
from altyn.store import faults, views
from altyn.store.durable import make_last
from altyn.store.folders import Folders
from altyn.store.generations import is_same_key, named_paths, next_path, origins, remove_journal
from altyn.store.journal import journal_at, journal_columns
from altyn.store.load import valid_column
from altyn.store.run import Run
from altyn.store.snapshots import Batch, RegisterState, Snapshots

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Fit:
    """How many current rows fit a changed contract, and which rules the others break: (rule, column, rows)."""

    rows: int
    fitting: int
    rules: tuple[tuple[str, str | None, int], ...] = ()


def fit(session: Session, rows: str, old: Register, new: Register, context: Context) -> Fit:
    """Count the current rows that fit a changed contract.

    Args:
        session: where it is worked out.
        rows: SQL of the current rows, with every journal column.
        old: the contract they were loaded under.
        new: the one that is to be used.
        context: code lists, kinds, parents.
    """
    # Parents come and go; what is asked here is whether the rows fit the contract.
    checked = _checked(session, _numbered(session, rows), old, replace(new, relationships=()), context)
    return Fit(checked.rows_read, checked.rows_accepted, checked.rules)


def fit_now(folders: Folders, snapshots: Snapshots, old: Register, new: Register, context: Context) -> Fit:
    """`fit` of the rows that the newest snapshot shows."""
    state = snapshots.known_at(None).registers[new.name]
    numbers = [b.number for s in snapshots.all() for b in s.batches if b.register == new.name]
    journal = journal_at(folders, state.path, journal_columns(old)).sql(state.version)
    rows = views.current(old, journal, f"SELECT unnest({numbers}::BIGINT[])", is_single=state.versions == state.rows)
    with Session(spill=folders.scratch) as session:
        return fit(session, rows, old, new, context)


def begin_empty(run: Run, register: Register, contract: str) -> None:
    """Begin a new generation that holds nothing yet: the whole extract that follows says all."""
    state = run.states[register.name]
    run.emptied[register.name] = state.rows
    run.states[register.name] = _begun(run, state, register, contract)


def carry(run: Run, old: Register, new: Register, context: Context, contract: str, *, is_last_word: bool) -> Batch:
    """Begin a new generation with the current rows of the old one; the batch that says so.

    Args:
        run: the run it belongs to; its state of the register is that of the old generation.
        old: the contract of the old generation.
        new: the contract of the new one.
        context: code lists, kinds, parents.
        contract: sha256 of the new contract.
        is_last_word: no whole extract follows, in which rows that do not fit may stand as they shall be.

    Raises:
        AltynError: `contract.misfit` when more rows do not fit than the contract's error budget allows; nothing is changed then.
    """
    session, state = run.session, run.states[new.name]
    started_at = run.clock().isoformat(timespec="seconds")
    carried = _numbered(session, run.current_sql(old))
    checked = _checked(session, carried, old, new, context)
    refused = checked.rows_read - checked.rows_accepted
    if (
        is_last_word
        and checked.rows_read
        and (refused / checked.rows_read > new.error_budget or refused == checked.rows_read)
    ):
        raise _misfit(new, checked, refused)
    digest = hashlib.sha256(f"carried {state.at} {state.contract} {contract}".encode()).hexdigest()
    begun = _begun(run, state, new, contract)
    journal = journal_at(run.folders, begun.path, journal_columns(new))
    number = journal.free_batch(run.next_batch, digest)
    taken = TempTable.make(session, "_taken", _taken(old, new, checked, carried, number))
    put, retracted = session.one(f"SELECT count(*) FILTER (op = 'put'), count(*) FILTER (op = 'retract') FROM {taken}")
    columns = views.names(journal_columns(new))
    version, rows = journal.append(session, f"SELECT {columns} FROM {taken} ORDER BY batch", number, digest)
    path = _write_quarantine(run, old, new, checked, carried, number)
    numbers = quarantine.tally(session, path)
    batch = Batch(
        number=number,
        register=new.name,
        mode="carried",
        kind="generation",
        files=(),
        content_hash=digest,
        who=run.who,
        started_at=started_at,
        rows_read=checked.rows_read,
        rows_put=0,
        rows_same=int(put),
        rows_retracted=int(retracted),
        rows_refused=refused,
    )
    run.batches.append(batch)
    message = say(
        "The contract changed what is kept: {rows} current rows were taken over into a new generation, {refused} do not fit it.",
        rows=int(put),
        refused=refused,
    )
    run.findings.append(Finding(new.name, "generation", int(put), message).document())
    run.next_batch = number + 1
    run.states[new.name] = replace(
        begun,
        version=version,
        versions=rows,
        rows=int(put),
        quarantine=str(path.relative_to(run.folders.root)) if path and numbers.rows else None,
        quarantined=numbers.by_rule,
        quarantined_rows=numbers.rows,
        waiting_rows=numbers.waiting,
    )
    faults.reach("generation.begun")
    return batch


def _begun(run: Run, state: RegisterState, register: Register, contract: str) -> RegisterState:
    path = next_path(state.path, named_paths(run.snapshots, run.orders))
    # What a run that failed or was killed has left there was named by nobody.
    remove_journal(run.folders, path)
    return replace(
        state,
        path=path,
        version=-1,
        contract=contract,
        contract_version=register.version,
        rows=0,
        versions=0,
        source_hash="",
        cursor=None,
        slices={},
        slice_bases={},
    )


def _numbered(session: Session, rows: str) -> TempTable:
    """The current rows in the order they came, `_n` in place of a line."""
    query = f"SELECT row_number() OVER (ORDER BY batch, file_no, line_no) AS _n, * FROM {rows}"
    return TempTable.make(session, "_carried", query)


def _checked(session: Session, carried: TempTable, old: Register, new: Register, context: Context) -> Validated:
    """Hold the current rows, numbered, against the new contract as texts."""
    before = origins(old, new)
    texts = "".join(
        f", {_text(old.column(before[c.name])) if c.name in before else 'NULL::VARCHAR'} AS {identifier(c.name)}"
        for c in new.source_columns
    )
    staged = f"SELECT _n AS line_no, NULL::VARCHAR AS _problem, NULL::VARCHAR AS _problem_column, NULL::VARCHAR AS _raw{texts} FROM {carried}"
    columns = tuple(
        _plain(c) if c.name in before and old.column(before[c.name]).type.kind != "text" else c for c in new.columns
    )
    return validate(session, replace(new, columns=columns, table_checks=()), [(0, staged)], context)


def _text(column: Column) -> str:
    """SQL of a typed value as the text a source would bring, in the plain form of its type."""
    name = identifier(column.name)
    text = f"CAST({name} AS VARCHAR)"
    match column.type.kind:
        case "timestamp":
            return f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
        case "decimal" | "double":
            # 12.500 and 12.0 say 12.5 and 12; what has an exponent is left as it is.
            return f"CASE WHEN contains({text}, '.') AND NOT contains({text}, 'e') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END"
        case _:
            return text


def _plain(column: Column) -> Column:
    """A column without what its contract says of how sources write it: a value that is typed already has the plain form."""
    return Column(
        column.name,
        column.type,
        required=column.required,
        unique=column.unique,
        code_list=column.code_list,
        checks=column.checks,
        derivation=column.derivation,
    )


def _taken(old: Register, new: Register, checked: Validated, carried: TempTable, number: int) -> str:
    """SQL of the new generation's first rows: those that fit, and a retraction of each record that does not."""
    own = {c.name for c in new.columns}
    columns = views.names(new.columns, "a.")
    valid = "".join(valid_column(new, end, own) for end in (0, 1))
    there = {c.name for c in written_columns(old.columns)}
    before = origins(old, new)
    for column in written_columns(new.columns):
        # What was written under the old contract was written so; what changed its type says it in the plain form.
        earlier = f"{WRITTEN}{before.get(column.name.removeprefix(WRITTEN), '')}"
        valid += f", {'c.' + identifier(earlier) if earlier in there else 'NULL::VARCHAR'} AS {identifier(column.name)}"
    taken = (
        f"SELECT {columns}{valid}, 'put' AS op, a.row_hash, c.file_no, c.line_no, c.batch "
        f"FROM {checked.accepted} AS a JOIN {carried} AS c ON c._n = a.line_no"
    )
    if not is_same_key(old, new):
        return taken  # which record a row was about cannot be said in the new key
    key = ", ".join(f"c.{identifier(before[k])} AS {identifier(k)}" for k in new.key)
    same = " AND ".join(f"a.{identifier(k)} = c.{identifier(before[k])}" for k in new.key)
    return (
        f"{taken} UNION ALL BY NAME SELECT {key}, 'retract' AS op, {number}::BIGINT AS batch FROM {carried} AS c "
        f"WHERE NOT EXISTS (SELECT 1 FROM {checked.accepted} AS a WHERE {same})"
    )


def _write_quarantine(  # noqa: PLR0917
    run: Run, old: Register, new: Register, checked: Validated, carried: TempTable, number: int
) -> Path | None:
    """Write the register's next quarantine: what waited, under the new names, and the rows that do not fit, with their first place."""
    session, state = run.session, run.states[new.name]
    earlier = run.folders.local(state.quarantine) if state.quarantine else None
    if earlier is None and checked.rows_accepted == checked.rows_read:
        return None
    kept = _renamed(session, run, old, new, earlier) if earlier else None
    files = [(b.number, no, str(f["display"])) for b in _batches(run, new.name) for no, f in enumerate(b.files)]
    session.insert("_first_places", [("batch", "BIGINT"), ("file_no", "BIGINT"), ("file", "VARCHAR")], files)
    key_text = "f.key_text" if is_same_key(old, new) else "NULL::VARCHAR"
    failures = TempTable.make(
        session,
        "_misfits",
        "SELECT p.file, dense_rank() OVER (ORDER BY c.batch, c.file_no) AS file_no, "
        f"coalesce(c.line_no, c._n) AS line_no, f.column_name, f.rule, f.raw, {key_text} AS key_text, c.batch AS origin "
        f"FROM {checked.failures} AS f JOIN {carried} AS c ON c._n = f.line_no "
        "LEFT JOIN _first_places AS p ON p.batch = c.batch AND p.file_no = c.file_no",
    )
    path = run.folders.quarantine / new.pack / new.table / f"{number:08d}-{run.name}.parquet"
    quarantine.write_next(session, old=kept, keep="true", failures=failures, batch=number, path=path)
    make_last(path)
    run.folders.keep(str(path.relative_to(run.folders.root)))
    faults.reach("quarantine.written")
    return path


def _renamed(session: Session, run: Run, old: Register, new: Register, path: Path) -> Path:
    """A copy of a quarantine in which refused rows name their values as the new contract does, so that they can be tried again."""
    before: Mapping[str, str] = {n: o for n, o in origins(old, new).items() if n != o}
    if not before:
        return path
    taken = set(before.values())
    names = {c.name: before.get(c.name, c.name) for c in new.source_columns}
    gone = {c.name: c.name for c in old.source_columns if c.name not in taken and c.name not in names}
    pairs = ", ".join(
        f"{literal(n)}, json_extract_string(raw, {literal('$.' + chr(34) + o + chr(34))})"
        for n, o in {**names, **gone}.items()
    )
    copy = run.scratch / f"renamed-{new.name}.parquet"
    session.write_parquet(
        f"SELECT * REPLACE (CASE WHEN json_valid(raw) THEN CAST(json_object({pairs}) AS VARCHAR) ELSE raw END AS raw) "
        f"FROM {quarantine.entries(path)}",
        copy,
    )
    return copy


def _batches(run: Run, register: str) -> Sequence[Batch]:
    return [b for s in run.snapshots.all() for b in s.batches if b.register == register]


def _misfit(register: Register, checked: Validated, refused: int) -> AltynError:
    shown = "; ".join(f"{rule} {column or ''}: {rows}" for rule, column, rows in checked.rules[:_SHOWN])
    return AltynError(
        "contract.misfit",
        what=say(
            "{refused} of {read} current rows do not fit the changed contract, more than its error budget of {budget} %; nothing was changed.",
            refused=refused,
            read=checked.rows_read,
            budget=f"{register.error_budget * 100:g}",
        ),
        where=f"register {register.name}: {shown}",
        mend=say(
            "Take the change back, name the source that has these values in altyn.toml, or raise altyn.errorBudget in the contract."
        ),
    )
