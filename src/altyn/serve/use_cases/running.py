"""Running: the order of a run. Parents before children, then measures, then governed copies, then publication."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from altyn.errors import AltynError
from altyn.language import say
from altyn.measures.measure import Measure
from altyn.model.columns import TEXT, Column
from altyn.model.instants import system_clock
from altyn.model.registers import Register
from altyn.packs.contracts import Contract
from altyn.packs.project import find_project
from altyn.policy.principals import user_name
from altyn.serve.operation.events import Tell, say_nothing
from altyn.serve.operation.last_run import RunNote, noted
from altyn.serve.operation.unexpected import as_error
from altyn.serve.use_cases.erasing import finish_interrupted
from altyn.serve.use_cases.evolving import begin_generation, undone_on_failure
from altyn.serve.use_cases.planning import source_spec
from altyn.serve.use_cases.refusals import own_header
from altyn.serve.workspace import Workspace
from altyn.sources import kinds, quarantine
from altyn.sources.carried import NotCarriedError
from altyn.sources.findings import Finding
from altyn.sources.read import Reading, content_hash, read
from altyn.sources.spec import SourceSpec, spec_from_table
from altyn.sources.validate import Context
from altyn.store import Batch, RegisterState, Run, Snapshot, extract_of, load, memories, retry_extract
from altyn.store.durable import write_durably
from altyn.store.folders import writing

Progress = Callable[[str, str], None]
T = TypeVar("T")


@dataclass
class RunReport:
    """What a run did: one line per register, one per measure, and the snapshot if one was published.

    `copies_cpu_seconds` are those of `cpu_seconds` that went into governed copies.
    """

    lines: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    measures: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    findings: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    errors: list[AltynError] = field(default_factory=list[AltynError])
    snapshot: Snapshot | None = None
    cpu_seconds: float = 0.0
    copies_cpu_seconds: float = 0.0

    @property
    def exit_status(self) -> int:
        """0, or the gravest status among what was refused."""
        return max((e.exit_status for e in self.errors), default=0)


def run_folder(
    folder: Path,
    *,
    wait_s: float = 10.0,
    accept: Iterable[str] = (),
    progress: Progress = lambda *_: None,
    tell: Tell = say_nothing,
) -> RunReport:
    """`run_project` for the project in a folder or above it; one that cannot be opened is noted as a failed run too."""
    root = find_project(folder)
    note = RunNote(root / ".altyn", system_clock, tell)
    try:
        workspace = Workspace.open(root)
    except (AltynError, PermissionError) as error:
        note.end(error.code if isinstance(error, AltynError) else "environment.permission", error)
        raise
    return run_project(workspace, wait_s=wait_s, accept=accept, progress=progress, tell=tell)


def run_project(
    workspace: Workspace,
    *,
    wait_s: float = 10.0,
    accept: Iterable[str] = (),
    progress: Progress = lambda *_: None,
    tell: Tell = say_nothing,
) -> RunReport:
    """Load what is new, build what follows from it, publish one snapshot, and leave a note of it for `altyn status`.

    A register or measure that is refused does not stop the others; it keeps its last good state and the report says why.
    `accept` names registers whose waiting extract is let in although it retracts more than their contract allows.
    """
    accepted = frozenset(workspace.register(name).name for name in accept)
    with noted(workspace.store.folders.root, workspace.clock, tell) as note:
        return _run(workspace, note, wait_s, accepted, progress)


def _run(workspace: Workspace, note: RunNote, wait_s: float, accepted: frozenset[str], progress: Progress) -> RunReport:
    report, began = RunReport(), time.process_time()
    with writing(workspace.store.folders, wait_s):
        note.begin()
        finish_interrupted(workspace)
    with workspace.store.run(user_name(), wait_s, accepted) as run:
        order = workspace.catalogue.order()
        for name in order:
            progress("register", name)
            with note.register(name, report.lines):
                _load(report, workspace, run, name, partial(_load_register, workspace, run, name))
        loaded = time.process_time()
        for name in order:
            if name in run.states:
                progress("copies", name)
                _copy(report, workspace, run, name)
        report.copies_cpu_seconds = time.process_time() - loaded
        for name, measure in workspace.catalogue.measures.items():
            if _can_build(run, measure):
                progress("measure", name)
                _build(workspace, run, report, measure)
        run.report = [_plain(line) for line in report.lines]
        report.findings = list(run.findings)
        if run.changed():
            progress("publish", "")
            report.snapshot = run.publish()
        note.result(report.snapshot or run.last, report.errors, is_published=report.snapshot is not None)
    report.cpu_seconds = time.process_time() - began
    return report


def resubmit(workspace: Workspace, register: Register, path: Path, *, wait_s: float = 10.0) -> RunReport:
    """Send mended rows again: those that are right now enter the register and leave quarantine.

    The file has the source's own columns; a column `altyn_entry`, as `quarantine --export` writes it, says which entry a row
    mends where its key cannot.
    """
    report, began = RunReport(), time.process_time()
    register = workspace.catalogue.registers[register.name]
    given = path.resolve()
    table = {**workspace.project.sources.get(register.name, {}), "path": str(given), "mode": "append"}
    layout = [name for name, option in kinds.options().items() if option.is_layout]
    for key in ("kind", "options", "dsn", "table", "query", "cursor", *layout):
        table.pop(key, None)
    spec = spec_from_table(
        register.name, table, workspace.project.folder, [*workspace.project.allowed_folders, str(given.parent)]
    )
    with workspace.store.run(user_name(), wait_s) as run:
        _load(report, workspace, run, register.name, partial(_load_mended, workspace, run, register, spec))
        if register.name in run.states:
            _copy(report, workspace, run, register.name)
        for measure in workspace.catalogue.measures.values():
            if register.name in measure.inputs and _can_build(run, measure):
                _build(workspace, run, report, measure)
        report.findings = list(run.findings)
        run.report = [_plain(line) for line in report.lines]
        if run.changed():
            report.snapshot = run.publish()
    report.cpu_seconds = time.process_time() - began
    return report


def _load(
    report: RunReport, workspace: Workspace, run: Run, name: str, work: Callable[[], Iterable[dict[str, Any]]]
) -> None:
    """Load a register; one that is refused is as it was before, and leaves a line that says so."""

    def whole() -> list[dict[str, Any]]:
        with undone_on_failure(run, name):
            return list(work())

    lines = _guarded(report, workspace, name, whole)
    if lines is None:
        lines = [{"register": name, "status": "refused", "error": report.errors[-1]}]
    report.lines += lines


def _guarded(report: RunReport, workspace: Workspace, where: str, work: Callable[[], T]) -> T | None:
    """What a piece of work gives; None where it is refused or fails, which is its own trouble and nobody else's."""
    try:
        return work()
    except AltynError as error:
        if error.code.startswith("environment."):
            raise
        report.errors.append(error)
    except (OSError, MemoryError):
        # The disk or the machine: the next register would meet it too.
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, the other registers are loaded and published
        root = workspace.store.folders.root
        report.errors.append(as_error(error, root, workspace.clock(), where=where))
    return None


def _copy(report: RunReport, workspace: Workspace, run: Run, name: str) -> None:
    """Write a register's governed copies; where they fail, it keeps the state that was published last."""

    def copied() -> bool:
        run.write_slices(run.seen(name))
        return True

    if _guarded(report, workspace, name, copied) is None:
        last = run.last.registers.get(name) if run.last else None
        run.batches = [b for b in run.batches if b.register != name]
        if last:
            run.states[name] = last
        else:
            del run.states[name]


def _can_build(run: Run, measure: Measure) -> bool:
    """Whether everything the measure reads is there; a table it reads may be of an earlier run."""
    return all(name in (run.tables if name in measure.made_of else run.states) for name in measure.tables.values())


def _build(workspace: Workspace, run: Run, report: RunReport, measure: Measure) -> None:
    """Build a measure's table; one that fails keeps its last state."""
    name = measure.name
    made = _guarded(
        report,
        workspace,
        f"measure {name}",
        lambda: run.materialise("measure", name, measure.relation(workspace.catalogue.registers)),
    )
    if made is None:
        code = report.errors[-1].code
        last = run.tables.get(name)
        report.measures.append({"measure": name, "built": False, "rows": last.rows if last else 0, "code": code})
        run.findings.append(
            Finding(
                name,
                "measure-failed",
                0,
                say("The measure could not be built ({code}); it keeps its last state.", code=code),
            ).document()
        )
        return
    report.measures.append({"measure": name, "built": made[1], "rows": made[0].rows})


def _load_register(workspace: Workspace, run: Run, name: str) -> Iterable[dict[str, Any]]:
    register = workspace.catalogue.registers[name]
    contract = workspace.catalogue.contracts[name]
    spec = source_spec(workspace, name)
    state = run.states.get(name)
    done = False
    carried = begin_generation(workspace, run, name, spec, lambda: _context(workspace, run, register))
    if carried is not None:
        _keep_contract(run, contract)
        if spec is None:
            yield _line(run, name, "carried", carried)
            done = True
    if spec is not None:
        digest = content_hash(spec)
        same = state is not None and state.contract == contract.sha256 and digest is not None
        if not same or state is None or state.source_hash != digest:
            batch = _load_extract(workspace, run, register, contract, spec)
            _keep_contract(run, contract)
            yield _line(run, name, "loaded", batch)
            done = True
    waiting = retry_extract(run, register) if not done else None
    if waiting is not None and _parents_moved(run, register):
        batch = load(run, register, waiting, _context(workspace, run, register, is_partial=True), contract.sha256)
        _keep_contract(run, contract)
        yield _line(run, name, "retried", batch)
        done = True
    if not done:
        status = "unchanged" if spec else "no-source"
        rows = state.rows if state else 0
        yield {"register": name, "status": status, "rows": rows, "refused": state.quarantined_rows if state else 0}


def _load_extract(workspace: Workspace, run: Run, register: Register, contract: Contract, spec: SourceSpec) -> Batch:
    """Load what a source has, by its differences from the last time where that gives the same."""
    state = run.states.get(register.name)
    after = state.cursor if state and state.contract == contract.sha256 else None
    context = _context(workspace, run, register, adds=spec.mode == "append")
    options = [f"{k}={v}" for k, v in {**spec.options, "kind": spec.kind or ""}.items()]
    marked = memories.mark(run, register, context, contract.sha256, options) if spec.mode == "whole" else None
    remembered = memories.remembered(run, register, marked)
    for memory in (remembered, None) if remembered else (None,):
        try:
            reading = read(
                run.session, spec, register.source_columns, run.scratch, after,
                may_stream=True, remembered=memory, worker=run.worker,
            )  # fmt: skip
            if register.is_keyless and spec.mode == "append":
                # Read again, a file's rows would be counted again: nothing else tells them from new ones.
                taken = {str(f["sha256"]) for b, _, _ in workspace.store.batches(register.name) for f in b.files}
                reading = replace(reading, parts=tuple(p for p in reading.parts if p.sha256 not in taken))
            batch = load(run, register, extract_of(reading, spec.mode, options), context, contract.sha256)
        except NotCarriedError:
            continue
        for part in reading.parts:
            _note_extra(run, register.name, part.display, part.extra_columns)
            run.findings += [Finding(register.name, n.rule, 0, n.message).document() for n in part.notes]
        return batch
    raise AssertionError("a reading without a memory carries nothing")


def _load_mended(workspace: Workspace, run: Run, register: Register, spec: SourceSpec) -> Iterable[dict[str, Any]]:
    contract = workspace.catalogue.contracts[register.name]
    begin_generation(workspace, run, register.name, None, lambda: _context(workspace, run, register))
    _keep_contract(run, contract)
    entry = Column(
        "altyn_entry", TEXT, header=own_header("altyn_entry", (c.source_header for c in register.source_columns))
    )
    try:
        reading = read(run.session, spec, (*register.source_columns, entry), run.scratch, worker=run.worker)
        numbered = True
    except AltynError as error:
        if error.code != "source.column-missing":
            raise
        reading = read(run.session, spec, register.source_columns, run.scratch, worker=run.worker)
        numbered = False
    state = run.states.get(register.name)
    if register.is_keyless:
        reading = _still_waiting(run, register, reading, state, numbered=numbered)
    extract = replace(extract_of(reading, "mended"), cursor=None, names_entries=numbered)
    if numbered:
        ids = " UNION ".join(f"SELECT TRY_CAST(altyn_entry AS BIGINT) FROM ({p.query})" for p in reading.parts)
        known = {int(i) for (i,) in run.session.run(ids) if i is not None}
        extract = replace(
            extract, retried=f"entry IN ({', '.join(map(str, sorted(known))) or 'NULL'})" if known else "false"
        )
    batch = load(run, register, extract, _context(workspace, run, register, is_partial=True), contract.sha256)
    yield _line(run, register.name, "mended", batch)


def _still_waiting(
    run: Run, register: Register, reading: Reading, state: RegisterState | None, *, numbered: bool
) -> Reading:
    """Of mended rows of a register without a key, those whose entry is in quarantine: sent twice, others would be counted twice."""
    path = run.folders.local(state.quarantine) if state and state.quarantine else None
    waits = (
        f"TRY_CAST(altyn_entry AS BIGINT) IN (SELECT entry FROM {quarantine.entries(path)})" if numbered else "false"
    )
    asked = " UNION ALL ".join(f"SELECT ({waits}) IS TRUE AS _waits FROM ({p.query})" for p in reading.parts)
    gone = int(run.session.one(f"SELECT count(*) FILTER (NOT _waits) FROM ({asked})")[0])
    if gone:
        message = say(
            "{rows} mended rows name no entry that is in quarantine; they were not taken, for a row without a key would be counted twice.",
            rows=gone,
        )
        run.findings.append(Finding(register.name, "mended-unknown", gone, message).document())
    parts = tuple(replace(p, query=f"SELECT * FROM ({p.query}) WHERE ({waits}) IS TRUE") for p in reading.parts)
    return replace(reading, parts=parts)


def _parents_moved(run: Run, register: Register) -> bool:
    """Whether a parent has changed since the register's rows began to wait: in this run or an earlier one."""
    last = run.last.registers if run.last else {}
    return any(
        run.states.get(p) != last.get(p) or any(b.register == p for b in run.batches)
        for p in (*register.parents(), register.name)
    )


def _copies(run: Run, register: Register) -> str | None:
    """SQL of the current rows of a register without a key, where it has any."""
    is_known = register.is_keyless and run.has_rows(register) and run.register(register.name).is_keyless
    return run.current_sql(run.register(register.name)) if is_known else None


def _context(
    workspace: Workspace, run: Run, register: Register, *, is_partial: bool = False, adds: bool = False
) -> Context:
    catalogue = workspace.catalogue
    parents = {r.parent for r in register.relationships} | ({register.name} if is_partial else set())
    return Context(
        code_lists=catalogue.code_lists_of(register.pack),
        kinds=catalogue.kinds,
        parents={p: run.current_sql(run.register(p)) for p in parents},
        synthetic=workspace.project.synthetic,
        is_partial=is_partial,
        known_copies=_copies(run, register) if is_partial or adds else None,
        time_zone=workspace.project.timezone,
    )


def _keep_contract(run: Run, contract: Contract) -> None:
    folder = run.folders.root / "contracts"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{contract.sha256}.yaml"
    if not path.exists():
        write_durably(path, contract.text().encode())
        run.folders.keep(f"contracts/{contract.sha256}.yaml")


def _note_extra(run: Run, register: str, display: str, extra: tuple[str, ...]) -> None:
    # How many, not which: where a header line is lost its first record stands there, and what a snapshot says outlives an erasure.
    if extra:
        message = say(
            "{file} has {count} columns that the contract does not declare; they were not read.",
            file=display,
            count=len(extra),
        )
        run.findings.append(Finding(register, "columns-undeclared", len(extra), message).document())


def _line(run: Run, name: str, status: str, batch: Batch) -> dict[str, Any]:
    state = run.states[name]
    return {
        "register": name,
        "status": status,
        "batch": batch.number,
        "read": batch.rows_read,
        "put": batch.rows_put,
        "same": batch.rows_same,
        "retracted": batch.rows_retracted,
        "refused": batch.rows_refused,
        "waiting": state.waiting_rows,
        "rows": state.rows,
    }


def _plain(line: dict[str, Any]) -> dict[str, Any]:
    """A report line as a snapshot keeps it: codes and counts. A text may quote a line of a file, and outlive an erasure."""
    error = line.get("error")
    return {**line, "error": {"code": error.code}} if isinstance(error, AltynError) else line
