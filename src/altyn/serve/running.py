"""Running: the order of a run. Parents before children, then measures, then governed copies, then publication."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.model.columns import TEXT, Column
from altyn.model.instants import system_clock
from altyn.model.registers import Register
from altyn.packs.compare import require_compatible
from altyn.packs.contracts import Contract
from altyn.packs.project import find_project
from altyn.serve.erasing import finish_interrupted
from altyn.serve.events import Tell, say_nothing
from altyn.serve.last_run import Note, noted
from altyn.serve.planning import source_spec
from altyn.serve.workspace import Workspace, user_name
from altyn.sources.carried import NotCarriedError
from altyn.sources.read import content_hash, read
from altyn.sources.spec import LAYOUT, SourceSpec, spec_from_table
from altyn.sources.validate import Context
from altyn.store import Batch, Run, Snapshot, extract_of, load, memories, retry_extract
from altyn.store.folders import write_durably, writing

Progress = Callable[[str, str], None]


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
    folder: Path, *, wait_s: float = 10.0, progress: Progress = lambda *_: None, tell: Tell = say_nothing
) -> RunReport:
    """`run_project` for the project in a folder or above it; one that cannot be opened is noted as a failed run too."""
    root = find_project(folder)
    note = Note(root / ".altyn", system_clock, tell)
    try:
        workspace = Workspace.open(root)
    except (AltynError, PermissionError) as error:
        note.end(error.code if isinstance(error, AltynError) else "environment.permission", error)
        raise
    return run_project(workspace, wait_s=wait_s, progress=progress, tell=tell)


def run_project(
    workspace: Workspace,
    *,
    wait_s: float = 10.0,
    progress: Progress = lambda *_: None,
    tell: Tell = say_nothing,
) -> RunReport:
    """Load what is new, build what follows from it, publish one snapshot, and leave a note of it for `altyn status`.

    A register that is refused does not stop the others; it keeps its last good state and the report says why.
    """
    with noted(workspace.store.folders.root, workspace.clock, tell) as note:
        return _run(workspace, note, wait_s, progress)


def _run(workspace: Workspace, note: Note, wait_s: float, progress: Progress) -> RunReport:
    report, began = RunReport(), time.process_time()
    with writing(workspace.store.folders, wait_s):
        note.begin()
        finish_interrupted(workspace)
    with workspace.store.run(user_name(), wait_s) as run:
        order = workspace.catalogue.order()
        for name in order:
            progress("register", name)
            with note.register(name, report.lines):
                _guarded(report, name, _load_register, workspace, run, name)
        loaded = time.process_time()
        for name in order:
            if name in run.states:
                progress("copies", name)
                run.write_slices(workspace.catalogue.registers[name])
        report.copies_cpu_seconds = time.process_time() - loaded
        for name, measure in workspace.catalogue.measures.items():
            if all(i in run.states for i in measure.inputs):
                progress("measure", name)
                state, built = run.materialise(name, measure.relation(workspace.catalogue.registers))
                report.measures.append({"measure": name, "built": built, "rows": state.rows})
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
    given = path.resolve()
    table = {**workspace.project.sources.get(register.name, {}), "path": str(given), "mode": "append"}
    for key in ("kind", "options", "dsn", "table", "query", "cursor", *LAYOUT):
        table.pop(key, None)
    spec = spec_from_table(
        register.name, table, workspace.project.folder, [*workspace.project.allowed_folders, str(given.parent)]
    )
    with workspace.store.run(user_name(), wait_s) as run:
        _guarded(report, register.name, _load_mended, workspace, run, register, spec)
        if register.name in run.states:
            run.write_slices(register)
        for name, measure in workspace.catalogue.measures.items():
            if register.name in measure.inputs and all(i in run.states for i in measure.inputs):
                run.materialise(name, measure.relation(workspace.catalogue.registers))
        run.report = [_plain(line) for line in report.lines]
        if run.changed():
            report.snapshot = run.publish()
    report.cpu_seconds = time.process_time() - began
    return report


def _guarded(report: RunReport, name: str, work: Callable[..., Iterable[dict[str, Any]]], *arguments: Any) -> None:
    try:
        report.lines.extend(work(*arguments))
    except AltynError as error:
        if error.code.startswith("environment."):
            raise
        report.errors.append(error)
        report.lines.append({"register": name, "status": "refused", "error": error})


def _load_register(workspace: Workspace, run: Run, name: str) -> Iterable[dict[str, Any]]:
    register = workspace.catalogue.registers[name]
    contract = workspace.catalogue.contracts[name]
    spec = source_spec(workspace, name)
    state = run.states.get(name)
    if state is not None and state.contract != contract.sha256:
        _require_compatible(workspace, run, name, state.contract)
    done = False
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
    context = _context(workspace, run, register)
    options = [f"{k}={v}" for k, v in {**spec.options, "kind": spec.kind or ""}.items()]
    marked = memories.mark(run, register, context, contract.sha256, options) if spec.mode == "whole" else None
    remembered = memories.remembered(run, register, marked)
    for memory in (remembered, None) if remembered else (None,):
        try:
            reading = read(
                run.session, spec, register.source_columns, run.scratch, after, may_stream=True, remembered=memory
            )
            batch = load(run, register, extract_of(reading, spec.mode, options), context, contract.sha256)
        except NotCarriedError:
            continue
        for part in reading.parts:
            _note_extra(run, register.name, part.display, part.extra_columns)
        return batch
    raise AssertionError("a reading without a memory carries nothing")


def _load_mended(workspace: Workspace, run: Run, register: Register, spec: SourceSpec) -> Iterable[dict[str, Any]]:
    entry = Column("altyn_entry", TEXT)
    try:
        reading = read(run.session, spec, (*register.source_columns, entry), run.scratch)
        numbered = True
    except AltynError as error:
        if error.code != "source.column-missing":
            raise
        reading = read(run.session, spec, register.source_columns, run.scratch)
        numbered = False
    extract = replace(extract_of(reading, "mended"), cursor=None)
    if numbered:
        ids = " UNION ".join(f"SELECT TRY_CAST(altyn_entry AS BIGINT) FROM ({p.query})" for p in reading.parts)
        known = {int(i) for (i,) in run.session.run(ids) if i is not None}
        extract = replace(
            extract, retried=f"entry IN ({', '.join(map(str, sorted(known))) or 'NULL'})" if known else "false"
        )
    contract = workspace.catalogue.contracts[register.name]
    batch = load(run, register, extract, _context(workspace, run, register, is_partial=True), contract.sha256)
    yield _line(run, register.name, "mended", batch)


def _parents_moved(run: Run, register: Register) -> bool:
    """Whether a parent has changed since the register's rows began to wait: in this run or an earlier one."""
    last = run.last.registers if run.last else {}
    return any(
        run.states.get(p) != last.get(p) or any(b.register == p for b in run.batches)
        for p in (*register.parents(), register.name)
    )


def _context(workspace: Workspace, run: Run, register: Register, *, is_partial: bool = False) -> Context:
    catalogue = workspace.catalogue
    parents = {r.parent for r in register.relationships} | ({register.name} if is_partial else set())
    return Context(
        code_lists=catalogue.code_lists_of(register.pack),
        kinds=catalogue.kinds,
        parents={p: run.current_sql(catalogue.registers[p]) for p in parents},
        synthetic=workspace.project.synthetic,
        is_partial=is_partial,
    )


def _require_compatible(workspace: Workspace, run: Run, name: str, published: str) -> None:
    path = run.folders.local(f"contracts/{published}.yaml")
    if path.exists():
        require_compatible(path.read_text(encoding="utf-8"), workspace.catalogue.contracts[name], workspace.catalogue)


def _keep_contract(run: Run, contract: Contract) -> None:
    folder = run.folders.root / "contracts"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{contract.sha256}.yaml"
    if not path.exists():
        write_durably(path, contract.text().encode())
        run.folders.keep(f"contracts/{contract.sha256}.yaml")


def _note_extra(run: Run, register: str, display: str, extra: tuple[str, ...]) -> None:
    if extra:
        run.findings.append(
            {
                "register": register,
                "rule": "columns-undeclared",
                "rows": len(extra),
                "where": display,
                "columns": list(extra),
            }
        )


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
    """A report line as JSON can hold it."""
    error = line.get("error")
    return {**line, "error": error.parts("en")} if isinstance(error, AltynError) else line
