"""Adding: declare a register from a file. The contract is a guess, tried on the whole file, that a person looks at before it is kept."""

from __future__ import annotations

import fcntl
import glob
import os
import shlex
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.date_patterns import PatternError, date_pattern
from altyn.packs.catalogue import Catalogue
from altyn.packs.contracts import SUFFIX, parse_contract
from altyn.packs.finding import find_packs
from altyn.packs.guessing.document import contract_document, contract_text
from altyn.packs.guessing.forms import Said
from altyn.packs.guessing.guess import Guess, guess, odd_rows, things_to_look_at
from altyn.packs.guessing.naming import column_names, register_name
from altyn.packs.guessing.words import HeaderWords, words_of
from altyn.packs.manifest import builtin_folder, read_toml
from altyn.packs.project import FILE, Project, load_project
from altyn.packs.source_tables import drop_source, put_source
from altyn.serve.use_cases.links import links_of
from altyn.sources import apart, files
from altyn.sources.discovery import discover, require_one_shape
from altyn.sources.kinds import suffixes
from altyn.sources.spec import SourceSpec, spec_from_table
from altyn.sources.trial import Trial, TrialOutcome, columns_of
from altyn.store import Folders
from altyn.store.places import place_of
from altyn.store.snapshots import Snapshots

LOCAL_PACK = "local"
ROWS_SHOWN = 10
NOTHING_SAID = Said()


@dataclass(frozen=True)
class Proposal:
    """A guessed contract, and what a person needs to judge it.

    `settings` is the source's table for altyn.toml. `layout` says how the file is read, `odd` which rows no contract takes,
    `look_at` what to check; `first` are the first rows as they will be read, in the order of `found.decisions`.
    """

    register: str
    path: Path
    text: str
    settings: Mapping[str, Any]
    found: Guess
    layout: tuple[Message, ...]
    odd: tuple[Message, ...]
    look_at: tuple[Message, ...]
    first: tuple[tuple[str | None, ...], ...]
    is_again: bool = False


def propose(
    project: Project,
    file: Path,
    name: str | None = None,
    given: Mapping[str, Any] | None = None,
    said: Said = NOTHING_SAID,
) -> Proposal:
    """Guess the contract of a file, of the files in a folder, or of those a pattern catches.

    Args:
        project: where the register would belong.
        file: path, folder or pattern, from the current folder.
        name: the register's name; else that of the file, or the one whose source altyn.toml names already.
        given: settings of the source that a person chose.
        said: forms that a person named.

    Raises:
        AltynError: `add.contract-exists` when the name is taken; `add.shapes-differ`; the errors of reading the file.
    """
    source = _source_path(project, file)
    declared = _declared(project, source, name)
    register = declared or f"{LOCAL_PACK}.{register_name(name or _stem(source))}"
    path = _contract_path(project, register)
    if path.exists() or (register in project.sources and not declared):
        raise _exists(project, register, path)
    if declared and not _reads(project, declared, source):
        raise _other_path(project, declared)
    settings = {**project.sources.get(register, {"path": source}), **(given or {})}
    return _proposal(project, register, settings, said)


def propose_again(
    project: Project, name: str, given: Mapping[str, Any] | None = None, said: Said = NOTHING_SAID
) -> Proposal:
    """Guess anew the contract of a register that was added and never published; its own settings are looked for anew too.

    Raises:
        AltynError: `add.unknown`, `add.published`, and the errors of reading the file.
    """
    register = _added(project, name)
    _require_unpublished(project, register)
    written = project.sources.get(register, {})
    kept = {k: v for k, v in written.items() if k in {"path", "mode", "max_mb", "kind"}} if given else dict(written)
    return replace(_proposal(project, register, {**kept, **(given or {})}, said), is_again=True)


def require_forms(decimal: str | None, date_format: str | None) -> Said:
    """The forms a person named.

    Raises:
        AltynError: `usage` for a format that is none.
    """
    if date_format:
        try:
            date_pattern(date_format, "moment" if "H" in date_format else "date")
        except PatternError as error:
            raise AltynError(
                "usage",
                what=say("{text} is no way to write days.", text=date_format[:40]),
                mend=say("yyyy, MM and dd stand for year, month and day: dd.MM.yyyy, d MMMM yyyy, dd.MM.yyyy HH:mm"),
            ) from error
    return Said(decimal or "", date_format or "")


def remove(project: Project, name: str) -> tuple[str, Path]:
    """Forget a register that was added and never published: its contract, and its source in altyn.toml. The data file stays.

    Raises:
        AltynError: `add.unknown`, `add.published`.
    """
    with _alone(project.folder):
        project = load_project(project.folder)
        register = _added(project, name)
        _require_unpublished(project, register)
        path = _contract_path(project, register)
        drop_source(project, register)
        path.unlink()
    return register, path


def keep(project: Project, proposal: Proposal) -> None:
    """Write a proposed contract into the project's own pack, and name its source in altyn.toml: both, or neither.

    Raises:
        AltynError: `add.contract-exists` when another took the name meanwhile; `project.*` where altyn.toml would not be right.
    """
    with _alone(project.folder):
        _keep(load_project(project.folder), proposal)


def _keep(project: Project, proposal: Proposal) -> None:
    pack = proposal.register.partition(".")[0]
    path = _contract_path(project, proposal.register)
    before = path.read_bytes() if path.exists() else None
    if before is not None and not proposal.is_again:
        raise _exists(project, proposal.register, path)
    manifest = project.pack_folder / pack / "pack.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not manifest.exists():
        title = (
            '{ kk = "Жергілікті тізілімдер", ru = "Местные регистры", en = "Local registers" }'
            if pack == LOCAL_PACK
            else f'{{ kk = "{pack}", ru = "{pack}", en = "{pack}" }}'
        )
        _write_whole(
            manifest,
            f'pack = "{pack}"\nversion = "0.1.0"\naltyn = ">=0.1,<1"\ntitle = {title}\n'
            'owners = []\nlegal_basis = ""\ndepends = []\nquality = "bronze"\n'.encode(),
        )
    toml = project.folder / FILE
    settings_before = toml.read_bytes()
    # The contract first: where the machine stops in between, a contract without a source holds up nothing.
    _write_whole(path, proposal.text.encode())
    try:
        if proposal.register in project.sources and dict(project.sources[proposal.register]) != dict(proposal.settings):
            gone = [k for k in project.sources[proposal.register] if k not in proposal.settings]
            project = drop_source(project, proposal.register) if gone else project
        put_source(project, proposal.register, proposal.settings, pack)
    except BaseException:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            _write_whole(path, before)
        _write_whole(toml, settings_before)
        raise


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader, and no end of the machine, finds half of it."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Let one writer of altyn.toml in at a time; the folder itself is the lock, for the file is replaced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _exists(project: Project, register: str, path: Path) -> AltynError:
    return AltynError(
        "add.contract-exists",
        what=say("The register {name} is declared already.", name=register),
        where=str(path.relative_to(project.folder)),
        mend=say(
            "Choose another name with --name, or edit the contract. A first try: altyn add --redo {name}.",
            name=register,
        ),
    )


def _proposal(project: Project, register: str, settings: Mapping[str, Any], said: Said) -> Proposal:
    packs, _ = find_packs(project)
    catalogue = Catalogue.of_packs(packs, languages=project.languages)
    words = known_words(project)
    scratch = Path(tempfile.mkdtemp(prefix="altyn-"))
    # A stranger's file that is looked at apart is looked at several times, by one process.
    worker = apart.Worker()
    try:
        spec = _spec(project, register, settings)
        discovered = discover(spec, scratch, sorted(words.closing), worker)
        settings = {**settings, **discovered.settings}
        spec = _spec(project, register, settings)
        headers = columns_of(spec, scratch, worker)
        _require_one_shape(project, register, settings, spec, headers, scratch, worker)
        with Trial(spec, scratch, list(zip(headers, column_names(headers), strict=True)), worker) as trial:
            found = guess(
                trial, register, words, catalogue.kinds,
                timezone=project.timezone, synthetic=project.synthetic, said=said,
            )  # fmt: skip
            _require_table(found.outcome, str(settings["path"]))
            first = trial.accepted(found.register, ROWS_SHOWN)
            links, almost = links_of(project, register.partition(".")[0], found.decisions, trial)
    finally:
        worker.close()
        shutil.rmtree(scratch, ignore_errors=True)
    if links:
        document = contract_document(register, found.decisions, found.key, links)
        found = replace(found, document=document)
    outcome = found.outcome
    rows = say("{passed} of {rows} rows pass.", passed=outcome.passed, rows=outcome.rows)
    odd = tuple(odd_rows(outcome))
    # In the contract no lines are named: they are those of one delivery.
    text = contract_text(found.document, found.decisions, found.key, [rows, *discovered.notes])
    path = _contract_path(project, register)
    parse_contract(text, path.name)
    look_at = [*discovered.look_at, *things_to_look_at(found.decisions), *almost]
    look_at += _unmet(said, found)
    return Proposal(register, path, text, settings, found, discovered.notes, odd, tuple(look_at), tuple(first))


def _unmet(said: Said, found: Guess) -> list[Message]:
    """What a person said of the forms and no column shows: it was not forgotten, it fits nothing."""
    options = [d.properties.get("logicalTypeOptions", {}) for d in found.decisions]
    if said.date_format and not any(o.get("format") == said.date_format for o in options):
        return [say("No column is written as {form} in all of its rows.", form=said.date_format)]
    return []


def _require_table(outcome: TrialOutcome, path: str) -> None:
    """Refuse a text most of whose lines have another number of cells than its header: it is no table, or read wrongly."""
    ragged = sum(fault.rows for fault in outcome.faults if fault.rule == "row.ragged")
    if ragged * 2 > outcome.rows:
        raise AltynError(
            "add.no-table",
            what=say(
                "{count} of {rows} lines have another number of cells than the header: this is no table, or it is read wrongly.",
                count=ragged, rows=outcome.rows,
            ),
            where=path,
            mend=say("Say how it is read: --delimiter, --header-line, --no-header, --kind. Nothing was written."),
        )  # fmt: skip


def known_words(project: Project) -> HeaderWords:
    """Words of all installed packs and of the project's own: what a header means does not depend on a setting."""
    tables: list[Mapping[str, Any]] = []
    for root in (builtin_folder(), project.pack_folder):
        paths = sorted(root.glob("*/scripts/words.toml"))
        tables += [read_toml(path, f"{path.parent.parent.name}/scripts/{path.name}") for path in paths]
    return words_of(tables)


def _spec(project: Project, register: str, settings: Mapping[str, Any]) -> SourceSpec:
    return spec_from_table(register, settings, project.folder, project.allowed_folders)


def _require_one_shape(  # noqa: PLR0917
    project: Project,
    register: str,
    settings: Mapping[str, Any],
    spec: SourceSpec,
    headers: list[str],
    scratch: Path,
    worker: apart.Worker,
) -> None:
    found = files.find(spec)
    if len(found) == 1:
        return
    shapes = {found[0].name: headers}
    for path in found[1:]:
        one = _spec(project, register, {**settings, "path": glob.escape(os.path.relpath(path, project.folder))})
        shapes[path.name] = columns_of(one, scratch, worker)
    require_one_shape(shapes)


def _source_path(project: Project, file: Path) -> str:
    """The path as altyn.toml says it: from the project's folder where it lies in there. A folder means its files of one kind."""
    whole = Path(os.path.abspath(file))  # noqa: PTH100  # a pattern is no path that resolve would take
    if file.exists():
        whole = file.resolve()
    if whole.is_dir():
        ends = sorted({p.suffix for p in whole.iterdir() if p.is_file() and p.suffix.lower() in suffixes()})
        if len(ends) != 1:
            raise AltynError(
                "add.shapes-differ",
                what=say("The folder does not hold data files of one kind."),
                where=str(file),
                mend=say(
                    "Name them by a pattern, such as 'data/*.csv'. Kinds here: {names}.", names=", ".join(ends) or "-"
                ),
            )
        whole = whole / f"*{ends[0]}"
    inside = whole.is_relative_to(project.folder.resolve())
    return os.path.relpath(whole, project.folder.resolve()) if inside else str(whole)


def _stem(source: str) -> str:
    """The name of a file, or of the folder where a pattern has none of its own."""
    path = Path(source)
    stem = path.name.split(".")[0].replace("*", "").replace("?", "").strip("-_ ")
    return stem or path.parent.name or "register"


def _declared(project: Project, source: str, name: str | None) -> str | None:
    """The register whose source altyn.toml names already, and that has no contract yet."""
    for register, table in project.sources.items():
        is_same = name in {register, register.partition(".")[2]} if name else table.get("path") == source
        if is_same and not _contract_path(project, register).exists():
            shipped = (
                builtin_folder() / register.partition(".")[0] / "registers" / _contract_path(project, register).name
            )
            if not shipped.exists():
                return register
    return None


def _reads(project: Project, register: str, source: str) -> bool:
    """Whether the source that altyn.toml names reads this path: it is the same, or its pattern catches it."""
    declared = str(project.sources[register].get("path", source))
    return declared == source or (project.folder / source).resolve() in {
        Path(caught).resolve()
        for caught in glob.glob(str(project.folder / declared), recursive=True)  # noqa: PTH207  # a pattern may be absolute
    }


def _other_path(project: Project, register: str) -> AltynError:
    declared = str(project.sources[register].get("path", ""))
    return AltynError(
        "add.contract-exists",
        what=say("altyn.toml names another path for {name}: {path}.", name=register, path=declared),
        where=f'{FILE}, [sources."{register}"]',
        mend=say(
            "Choose another name with --name, or add what altyn.toml names: {command}",
            command=shlex.join(["altyn", "add", declared, "--name", register]),
        ),
    )


def _contract_path(project: Project, register: str) -> Path:
    pack, _, table = register.partition(".")
    return project.pack_folder / pack / "registers" / f"{table}{SUFFIX}"


def _added(project: Project, name: str) -> str:
    """The full name of a register whose contract lies in the project."""
    here = {
        f"{path.parent.parent.name}.{path.name.removesuffix(SUFFIX)}"
        for path in project.pack_folder.glob(f"*/registers/*{SUFFIX}")
    }
    found = [register for register in sorted(here) if name in {register, register.partition(".")[2]}]
    if len(found) != 1:
        raise AltynError(
            "add.unknown",
            what=say("No register {name} was added to this project.", name=name[:80]),
            mend=say("Added here: {names}.", names=", ".join(sorted(here)) or "-"),
        )
    return found[0]


def _require_unpublished(project: Project, register: str) -> None:
    folders = Folders(project.folder / ".altyn", place_of(project.store) if project.store else None)
    latest = Snapshots(folders).latest() if folders.snapshots.exists() or project.store else None
    if latest is not None and register in latest.registers:
        raise AltynError(
            "add.published",
            what=say(
                "The register {name} is published: snapshot {number} holds it.", name=register, number=latest.number
            ),
            where=register,
            mend=say(
                "Edit its contract and raise the version, then altyn plan. To stop loading, take its source out of altyn.toml; "
                "to erase records, altyn erase."
            ),
        )
