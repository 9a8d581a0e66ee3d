"""Load: one batch of one register, from staged text to the journal.

Read, validate, compare with what is known, append only what changed. What is refused goes to quarantine with its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.registers import Register
from altyn.model.sql import identifier, literal
from altyn.sources import quarantine
from altyn.sources.carried import Carried, NotCarriedError, write_memory
from altyn.sources.findings import Finding
from altyn.sources.lines import Stream
from altyn.sources.read import Part, Reading
from altyn.sources.staging import TempTable
from altyn.sources.validate import Context, Validated, validate
from altyn.store import faults, held, memories, refused, views
from altyn.store.durable import make_last
from altyn.store.journal import journal_columns
from altyn.store.orders import listed
from altyn.store.run import Run
from altyn.store.snapshots import Batch, RegisterState

_PLACES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Extract:
    """What one batch brings: staged parts, how to read their absence, and where they came from.

    `names_entries`: the rows were mended, and their column `altyn_entry` says which row in quarantine each of them was.
    """

    mode: str
    kind: str
    parts: tuple[Part, ...]
    content_hash: str
    cursor: str | None = None
    retried: str = "false"
    origins: Mapping[int, int] | None = None
    confirm: Callable[[], None] = lambda: None
    options: tuple[str, ...] = ()
    names_entries: bool = False

    @property
    def stream(self) -> Stream | None:
        """The one stream it consists of, if it does."""
        return self.parts[0].stream if len(self.parts) == 1 else None

    @property
    def carried(self) -> Carried | None:
        """What it has in common with the last one, line for line, where that was looked for."""
        return self.stream.carried if self.stream else None


@dataclass(frozen=True, slots=True)
class Changes:
    """What an extract changes of its register.

    `rows`: the columns of the journal, rows to put and keys to retract, with `_is_new`. `existing`: key and row_hash of the current
    records that were compared; None where the register had none. They live until the next extract is compared.
    """

    rows: TempTable
    existing: TempTable | None = None


def extract_of(reading: Reading, mode: str, options: Sequence[str] = ()) -> Extract:
    """The extract of a source that was read, with the options it was read with."""
    return Extract(
        mode,
        reading.kind,
        reading.parts,
        reading.content_hash,
        cursor=reading.cursor_value,
        confirm=reading.confirm_unchanged,
        options=tuple(options),
    )


def load(run: Run, register: Register, extract: Extract, context: Context, contract: str) -> Batch:
    """Load one extract into a register's journal and quarantine, within a run.

    Args:
        run: the run it belongs to.
        register: what the rows must be.
        extract: the rows as text, and how to read their absence.
        context: code lists, identifier kinds, parents.
        contract: sha256 of the contract document in force.

    Raises:
        AltynError: `source.budget` when too many rows are refused; `source.shrunken` when too many records would be retracted;
            `source.check-failed` and the errors of reading. Nothing
            of the batch is kept then.
        NotCarriedError: when lines of the last extract were carried over, and a new row shares its key with one of them.
    """
    session = run.session
    started_at = run.clock().isoformat(timespec="seconds")
    checked = validate(session, register, [(p.no, p.stream or p.query) for p in extract.parts], context)
    # The text is staged whole by now: what the source does from here on is the next batch's affair.
    extract.confirm()
    if extract.carried:
        checked = _with_carried(run, register, extract.carried, checked)
    _require_budget(run, register, extract, checked)
    checked = _without_erased(run, register, checked)
    changes = _compare(run, register, extract, checked)
    _require_few_retractions(run, register, extract, checked, changes)
    put, retracted, new = session.one(
        f"SELECT count(*) FILTER (op = 'put'), count(*) FILTER (op = 'retract'), count(*) FILTER (_is_new) FROM {changes.rows}"
    )
    state = run.states.get(register.name) or RegisterState(
        path=f"store/{register.pack}/{register.table}", version=-1, contract=contract, contract_version=register.version
    )
    base = f"{extract.content_hash} {contract} {extract.mode} {state.version} {run.last.number if run.last else 0}"
    digest = hashlib.sha256(base.encode()).hexdigest()
    journal = run.journal(register)
    number = journal.free_batch(run.next_batch, digest)
    version, versions = state.version, state.versions
    if put or retracted or version < 0:
        columns = views.names(journal_columns(register))
        version, rows = journal.append(
            session, f"SELECT {columns} FROM (SELECT *, {number}::BIGINT AS batch FROM {changes.rows})", number, digest
        )
        versions += rows
    path = _write_quarantine(run, register, extract, checked, number=number)
    if path:
        make_last(path)
        run.folders.keep(str(path.relative_to(run.folders.root)))
    faults.reach("quarantine.written")
    numbers = quarantine.tally(session, path)
    batch = Batch(
        number=number,
        register=register.name,
        mode=extract.mode,
        kind=extract.kind,
        files=tuple({"display": p.display, "size_bytes": p.size_bytes, "sha256": p.sha256} for p in extract.parts),
        content_hash=extract.content_hash,
        who=run.who,
        started_at=started_at,
        rows_read=checked.rows_read,
        rows_put=int(put),
        rows_same=checked.rows_accepted - int(put),
        rows_retracted=int(retracted),
        rows_refused=checked.rows_refused,
        cursor=extract.cursor,
    )
    run.batches.append(batch)
    run.findings.extend(finding.document() for finding in checked.findings)
    run.next_batch = number + 1
    is_source = extract.mode in {"whole", "append"}
    run.states[register.name] = replace(
        state,
        version=version,
        versions=versions,
        contract=contract,
        contract_version=register.version,
        source_hash=extract.content_hash if is_source else state.source_hash,
        cursor=extract.cursor if is_source and extract.cursor is not None else state.cursor,
        quarantine=str(path.relative_to(run.folders.root)) if path and numbers.rows else None,
        rows=state.rows + int(new) - int(retracted),
        quarantined=numbers.by_rule,
        quarantined_rows=numbers.rows,
        waiting_rows=numbers.waiting,
    )
    if is_source:
        held.forget(run.folders, register.name)
    faults.reach("batch.done")
    _remember(run, register, extract, context, contract, checked, changes)
    if extract.names_entries:
        refused.with_entries(run, register, extract.parts, state.quarantine, changes.rows)
    if changes.existing:
        changes.existing.drop(session)
    return batch


def _with_carried(run: Run, register: Register, carried: Carried, checked: Validated) -> Validated:
    """Count the rows of carried lines among those that were read and are right.

    Raises:
        NotCarriedError: when a new row shares its key with one of them: then both must be refused, and the whole extract be read.
    """
    key = views.key_text(register.key)
    new = f"SELECT {key} FROM {checked.accepted} UNION ALL SELECT key_text FROM {checked.failures} WHERE key_text IS NOT NULL"
    shared = run.session.one(
        f"SELECT count(*) FROM (SELECT {key} AS _k FROM read_parquet({literal(str(carried.memory))}) WHERE _h IS NOT NULL) "
        f"WHERE _k IN ({new}) AND _k NOT IN (SELECT {key} FROM {carried.gone})"
    )[0]
    if shared:
        raise NotCarriedError
    return replace(
        checked, rows_read=checked.rows_read + carried.count, rows_accepted=checked.rows_accepted + carried.count
    )


def _remember(  # noqa: PLR0917
    run: Run, register: Register, extract: Extract, context: Context, contract: str, checked: Validated, changes: Changes
) -> None:  # fmt: skip
    """Keep the memory of a whole extract, and no other of the register.

    Rows that come in another way change the state of the register, and with it the mark: an older memory is not used then.
    """
    if extract.mode != "whole":
        return
    path = None
    marked = memories.mark(run, register, context, contract, extract.options)
    if extract.stream and marked and memories.is_worth(extract.parts[0].size_bytes):
        path = memories.path_of(run, register, marked)
        same = " AND ".join(f"a.{identifier(k)} = e.{identifier(k)}" for k in register.key)
        names = views.names(register.key, "e.")
        held = checked.other
        if changes.existing:
            held += (
                f" UNION ALL SELECT {names} FROM {changes.existing} AS e WHERE NOT EXISTS (SELECT 1 FROM {checked.accepted} AS a WHERE {same}) "
                f"AND NOT EXISTS (SELECT 1 FROM {changes.rows} AS a WHERE a.op = 'retract' AND {same})"
            )
        key = memories.key_columns(register)
        is_kept = write_memory(
            run.session, extract.stream.lines, extract.carried, key, checked.rows, checked.single, held, path
        )
        path = path if is_kept else None
    memories.keep_only(run, register, path)


def _without_erased(run: Run, register: Register, checked: Validated) -> Validated:
    """Leave out records that an order has erased: an extract that still has them must not bring them back."""
    erased = run.orders.erased(register.name)
    if not erased:
        return checked
    session, meant = run.session, run.is_erased_sql(register, erased)
    accepted, came = session.one(
        f"SELECT count(*) FILTER (NOT {meant}), count(*) FILTER ({meant}) FROM {checked.accepted}"
    )
    kept = TempTable.view(session, "_kept", f"SELECT * FROM {checked.accepted} WHERE NOT {meant}")
    # A refused row of such a record would keep its values in quarantine.
    refused_too = f"coalesce({run.orders.token_of(register.name, 'key_text')} IN {listed(erased)}, false)"
    failures = TempTable.make(session, "_kept_failures", f"SELECT * FROM {checked.failures} WHERE NOT {refused_too}")
    rows = session.one(f"SELECT count(*) FROM (SELECT DISTINCT file_no, line_no FROM {failures})")[0]
    came += checked.rows_refused - int(rows)
    if came:
        message = say(
            "{rows} rows are of records that an order has erased; they were left out. Ask the source to erase them too.",
            rows=int(came),
        )
        run.findings.append(Finding(register.name, "erased", int(came), message).document())
    return replace(checked, accepted=kept, failures=failures, rows_accepted=int(accepted), rows_refused=int(rows))


def _compare(run: Run, register: Register, extract: Extract, checked: Validated) -> Changes:
    """Hold the accepted rows against the current records."""
    session, key = run.session, register.key
    same_key = " AND ".join(f"a.{identifier(k)} = e.{identifier(k)}" for k in key)
    own = {c.name for c in register.columns}
    valid_from, valid_to = (valid_column(register, i, own) for i in (0, 1))
    put = f"SELECT a.*{valid_from}{valid_to}, 'put' AS op"
    source = f" FROM {checked.accepted} AS a"
    if not run.has_rows(register):
        return Changes(TempTable.view(session, "_first_rows", f"SELECT *, true AS _is_new FROM ({put}{source})"))
    touched = ""
    if extract.carried:
        # Rows of carried lines are as they were; only new rows, and those no line stands for any more, are looked up.
        names, of_memory = views.names(key), f"read_parquet({literal(str(extract.carried.memory))}) WHERE _h IS NULL"
        touched = (
            f"SELECT {names} FROM {checked.accepted} UNION ALL SELECT {names} FROM {extract.carried.gone} "
            f"UNION ALL SELECT {names} FROM {of_memory}"
        )
    existing = TempTable.make(
        session,
        "_existing",
        f"SELECT {views.names(key)}, row_hash FROM {run.current_sql(register, touched=touched)}",
    )
    changes = f"{put}, e.row_hash IS NULL AS _is_new{source} LEFT JOIN {existing} AS e ON {same_key} WHERE e.row_hash IS DISTINCT FROM a.row_hash"
    if extract.mode == "whole" and _may_retract(run, register, checked):
        changes += (
            f" UNION ALL BY NAME SELECT {views.names(key, 'e.')}, 'retract' AS op, false AS _is_new FROM {existing} AS e "
            f"WHERE NOT EXISTS (SELECT 1 FROM {checked.accepted} AS a WHERE {same_key}) "
            # The row is in the extract, but refused: its last good version stays.
            f"AND {views.key_text(key)} NOT IN (SELECT key_text FROM {checked.failures} WHERE key_text IS NOT NULL)"
        )
    return Changes(TempTable.make(session, "_changes", changes), existing)


def valid_column(register: Register, end: int, own: set[str]) -> str:
    """SQL that adds valid_from or valid_to where the contract's own columns do not already bear the name."""
    name = ("valid_from", "valid_to")[end]
    if name in own:
        return ""
    column = register.valid[end] if register.valid else None
    value = f"CAST({'a.' + identifier(column) if column else 'NULL'} AS DATE)"
    # Altyn's intervals are open at the end; a source that names the last day is one day ahead of that.
    if end == 1 and column and register.valid_is_inclusive:
        value = f"CAST({value} + INTERVAL 1 DAY AS DATE)"
    return f", {value} AS {name}"


def _may_retract(run: Run, register: Register, checked: Validated) -> bool:
    """Whether absence can be told: not while a refused row hides which record it is about."""
    hidden = run.session.one(
        f"SELECT count(*) FROM (SELECT DISTINCT file_no, line_no FROM {checked.failures} WHERE key_text IS NULL)"
    )[0]
    if hidden:
        finding = Finding(
            register.name,
            "retraction-held",
            int(hidden),
            say("Refused rows without a readable key: no record was retracted, for one of them may be meant."),
        )
        run.findings.append(finding.document())
    return not hidden


def _require_budget(run: Run, register: Register, extract: Extract, checked: Validated) -> None:
    if extract.mode in {"retry", "mended"} or not checked.rows_read:
        return
    waiting = run.session.one(
        f"SELECT count(*) FROM (SELECT file_no, line_no FROM {checked.failures} GROUP BY ALL HAVING bool_and(rule = 'relationship'))"
    )[0]
    wrong = checked.rows_refused - int(waiting)
    # A share of a handful of rows says nothing of the extract; where none at all may be wrong, one row is one too many.
    allowed = max(checked.rows_read * register.error_budget, register.error_rows if register.error_budget else 0)
    # Where not one row fits, it is the contract or the whole extract that is wrong, however short it is.
    is_nothing = not checked.rows_accepted and register.error_budget < 1
    if wrong <= allowed and not (is_nothing and wrong):
        return
    failures = _placed_failures(run, extract, checked)
    held.keep_refused(run.session, run.folders, register.name, failures, run.next_batch)
    rules = run.session.run(
        f"SELECT rule, coalesce(column_name, ''), count(*), min(line_no) FROM {checked.failures} GROUP BY 1, 2 ORDER BY 3 DESC LIMIT {_PLACES_SHOWN}"
    )
    shown = "; ".join(
        f"{rule} {column}: {count}, first in line {line}".replace("  ", " ") for rule, column, count, line in rules
    )
    raise AltynError(
        "source.budget",
        what=say("None of the {read} rows fits the contract: nothing was loaded.", read=checked.rows_read)
        if is_nothing
        else say(
            "{refused} of {read} rows break the contract, more than its error budget of {budget} %; the batch was refused whole.",
            refused=wrong,
            read=checked.rows_read,
            budget=f"{register.error_budget * 100:g}",
        ),
        where=f"{', '.join(p.display for p in extract.parts)}, register {register.name}: {shown}",
        mend=say(
            "See the rows with altyn quarantine {register}. Mend the extract, or raise altyn.errorBudget in the contract if so many "
            "refusals are expected.",
            register=register.name,
        ),
    )


def _placed_failures(run: Run, extract: Extract, checked: Validated) -> TempTable:
    """The failures as a quarantine takes them: with the file's name, and the batch a row first came with."""
    displays = " ".join(f"WHEN {p.no} THEN {literal(p.display)}" for p in extract.parts)
    origins = "".join(f" WHEN {no} THEN {origin}" for no, origin in (extract.origins or {}).items())
    origin = f"CASE file_no{origins} END" if origins else "NULL::BIGINT"
    placed = (
        f"CASE file_no {displays} END AS file, file_no, line_no, column_name, rule, raw, key_text, {origin} AS origin"
    )
    return TempTable.make(run.session, "_placed_failures", f"SELECT {placed} FROM {checked.failures}")


def _require_few_retractions(
    run: Run, register: Register, extract: Extract, checked: Validated, changes: Changes
) -> None:
    """Let a whole extract wait that would take away more of the register than its contract allows: mostly it was cut off.

    Raises:
        AltynError: `source.shrunken`, unless somebody has accepted the retractions of this very extract.
    """
    rows = run.emptied.get(register.name, 0)
    if extract.mode != "whole" or not (run.has_rows(register) or rows):
        return
    if rows:
        # Under another key nobody can say which records are gone, only how many fewer there are.
        retracted = max(0, rows - checked.rows_accepted)
    else:
        retracted = int(run.session.one(f"SELECT count(*) FROM {changes.rows} WHERE op = 'retract'")[0])
        rows = run.states[register.name].rows
    if retracted <= max(rows * register.retraction_limit, register.retraction_rows):
        return
    waits = held.shrunken(run.folders, register.name)
    is_same = waits is not None and waits.content_hash == extract.content_hash
    if register.name in run.accepted and is_same:
        message = say(
            "{who} accepted that {retracted} of {rows} records were retracted, for the extract {digest}.",
            who=run.who, retracted=retracted, rows=rows, digest=extract.content_hash[:12],
        )  # fmt: skip
        run.findings.append(Finding(register.name, "retractions-accepted", retracted, message).document())
        return
    held.keep_shrunken(run.folders, register.name, held.Shrunken(extract.content_hash, rows, retracted))
    raise AltynError(
        "source.shrunken",
        what=say(
            "The extract has {read} rows and would retract {retracted} of {rows} records; it waits, and the last state stays.",
            read=checked.rows_read, retracted=retracted, rows=rows,
        ),
        where=f"{', '.join(p.display for p in extract.parts)}, register {register.name}",
        mend=say(
            "See whether the extract was cut off. If the records are truly gone: altyn run --accept-retractions {register}; "
            "altyn.retractionLimit in the contract says how many may go without a word.",
            register=register.name,
        ),
    )  # fmt: skip


def _write_quarantine(
    run: Run, register: Register, extract: Extract, checked: Validated, *, number: int
) -> Path | None:
    """Write the register's next quarantine file; None where it is and was empty."""
    session, state = run.session, run.states.get(register.name)
    old = run.folders.local(state.quarantine) if state and state.quarantine else None
    if old is None and not checked.rows_refused:
        return None
    failures = _placed_failures(run, extract, checked)
    met = (
        f"SELECT {views.key_text(register.key)} AS k FROM {checked.accepted} "
        f"UNION SELECT key_text FROM {checked.failures} WHERE key_text IS NOT NULL"
    )
    keep = (
        "false"
        if extract.mode == "whole"
        else f"NOT ({extract.retried}) AND (key_text IS NULL OR key_text NOT IN ({met}))"
    )
    path = run.folders.quarantine / register.pack / register.table / f"{number:08d}-{run.name}.parquet"
    quarantine.write_next(session, old=old, keep=keep, failures=failures, batch=number, path=path)
    return path


def retry_extract(run: Run, register: Register) -> Extract | None:
    """The rows of a register's quarantine that wait for a parent, staged again with their first place; None if none."""
    state = run.states.get(register.name)
    if state is None or not state.waiting_rows or not state.quarantine:
        return None
    path = run.folders.local(state.quarantine)
    lines = quarantine.entries(path)
    waits = f"entry IN (SELECT entry FROM {quarantine.waiting(path)})"
    origins: Sequence[tuple[Any, ...]] = run.session.run(
        f"SELECT DISTINCT batch, file FROM {lines} WHERE {waits} ORDER BY 1, 2"
    )
    columns = ", ".join(
        f"json_extract_string(raw, {literal('$.' + chr(34) + c.name + chr(34))}) AS {identifier(c.name)}"
        for c in register.source_columns
    )
    parts = tuple(
        Part(
            no=no,
            display=str(file),
            size_bytes=0,
            sha256="",
            query=(
                f"SELECT DISTINCT line_no, NULL::VARCHAR AS _problem, NULL::VARCHAR AS _problem_column, NULL::VARCHAR AS _raw, {columns} "
                f"FROM {lines} WHERE {waits} AND batch = {batch} AND file = {literal(str(file))}"
            ),
            extra_columns=(),
        )
        for no, (batch, file) in enumerate(origins)
    )
    mark = hashlib.sha256(f"retry {state.quarantine}".encode()).hexdigest()
    return Extract(
        "retry", "quarantine", parts, mark, retried=waits, origins={no: int(b) for no, (b, _) in enumerate(origins)}
    )
