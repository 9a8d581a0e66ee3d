"""Reading: a source becomes parts, each a query that gives rows as text with their line. Nothing is typed or dropped here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import Column
from altyn.sources import apart, files
from altyn.sources.carried import LineMemory, NotCarriedError
from altyn.sources.kinds import Option, addresses, reader, suffixes
from altyn.sources.lines import Stream
from altyn.sources.spec import SourceSpec

# What the cells of a typed source's column are: texts, anything else (numbers, days, yes/no), or both.
Held = Literal["text", "no-text", "both"]


def held_by(are_no_texts: Iterable[bool]) -> Held:
    """What a column holds, from whether each of its cells is no text."""
    kinds = set(are_no_texts)
    return "both" if len(kinds) > 1 else "no-text" if True in kinds else "text"


@dataclass(frozen=True, slots=True)
class ReadingNote:
    """What a person should know of a file that was read: a finding of the run, never a value of a row."""

    rule: str
    message: Message


@dataclass(frozen=True, slots=True)
class Part:
    """One file, table or query of a source.

    `query` gives line_no BIGINT (1-based: the physical line of a text file's record, the row of a sheet, the number of a
    record elsewhere), _problem, _problem_column, _raw (texts; NULL for a row that could be read), then one VARCHAR per column.
    Where `stream` is given, nothing is staged yet and `query` is empty.
    """

    no: int
    display: str
    size_bytes: int
    sha256: str
    query: str
    extra_columns: tuple[str, ...] = ()
    stream: Stream | None = None
    notes: tuple[ReadingNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a source at once.

    `content_hash` is over the bytes of all parts and the options they were read with, not over names. `cursor_value` is the
    last value of a database's cursor column. `confirm_unchanged` must be called when the last query has run.
    """

    kind: str
    parts: tuple[Part, ...]
    content_hash: str
    cursor_value: str | None = None
    confirm: tuple[Callable[[], None], ...] = ()

    def confirm_unchanged(self) -> None:
        """Refuse when a file changed while it was read.

        Raises:
            AltynError: `source.changed-while-read`.
        """
        for check in self.confirm:
            check()


class FileReader(Protocol):
    """A kind of file. One that has something to say of the file it staged has `notes`, a list of `ReadingNote`.

    `suffixes` are the endings of its files, `options` what altyn.toml may say of one beside the options of every kind.
    """

    kind: str
    suffixes: ClassVar[tuple[str, ...]]
    options: ClassVar[Mapping[str, Option]]

    def stage(  # noqa: PLR0917  # the shape all kinds share
        self,
        session: Session,
        file: files.SourceFile,
        columns: Sequence[Column],
        options: Mapping[str, object],
        scratch: Path,
        table: str,
    ) -> tuple[str, tuple[str, ...]]:
        """Stage a file; return the query and the headers the contract does not declare."""
        ...

    def sample(
        self, file: files.SourceFile, options: Mapping[str, object], scratch: Path, rows: int
    ) -> list[tuple[str, list[str | None]]]:
        """The first rows by header, as text."""
        ...


class DatabaseReader(Protocol):
    """A kind of database."""

    kind: str

    def read(self, session: Session, spec: SourceSpec, columns: Sequence[Column], after: str | None) -> Reading:
        """Read a table or query."""
        ...


def read(
    session: Session,
    spec: SourceSpec,
    columns: Sequence[Column],
    scratch: Path,
    cursor_after: str | None = None,
    *,
    may_stream: bool = False,
    remembered: LineMemory | None = None,
    worker: apart.Worker | None = None,
) -> Reading:
    """Stage a source in a session.

    Args:
        session: where the rows go.
        spec: the source.
        columns: those to find in it, by their headers.
        scratch: folder for unpacked files.
        cursor_after: for a database read by cursor: the last value read before.
        may_stream: whether a part may be left for `validate` to read, where its kind can.
        remembered: the lines of the last whole extract, to be carried over where they come again.
        worker: does what is read apart; without one, each such file has a process of its own.

    Raises:
        AltynError: `source.*`.
        NotCarriedError: when they cannot be: read without.
    """
    if spec.dsn is not None:
        database: DatabaseReader = reader(spec.kind or "postgres")  # pyright: ignore[reportAssignmentType]
        return database.read(session, spec, columns, cursor_after)
    parts: list[Part] = []
    kinds: list[str] = []
    confirm: list[Callable[[], None]] = []
    for number, path in enumerate(files.find(spec)):
        # One after the other: only one unpacked copy lies on the disk at a time.
        file = files.prepare(spec, path, scratch, number)
        confirm.append(file.confirm_unchanged)
        kind = kind_of(spec, file.suffix, file.display)
        kinds.append(kind)
        one: FileReader = reader(kind)  # pyright: ignore[reportAssignmentType]
        arguments = (session, file, columns, spec.options, scratch, f"_part_{number}")
        stream: Callable[..., tuple[Stream, tuple[str, ...]] | None] | None = getattr(one, "stream", None)
        streamed = None
        if stream and may_stream and file.path == file.original:
            streamed = stream(*arguments, remembered) if remembered else stream(*arguments)
        if remembered and not (streamed and number == 0):
            raise NotCarriedError
        if streamed:
            parts.append(Part(number, file.display, file.size_bytes, file.sha256, "", streamed[1], streamed[0]))
            continue
        if apart.is_needed(kind, file):
            staged = apart.stage(kind, *arguments[1:], worker)
            query, extra = staged.query, staged.extra
            notes = tuple(ReadingNote(rule, message) for rule, message in staged.notes)
        else:
            query, extra = one.stage(*arguments)
            notes = tuple(getattr(one, "notes", ()))
        file.discard()
        parts.append(Part(number, file.display, file.size_bytes, file.sha256, query, extra, notes=notes))
    return Reading(kinds[0], tuple(parts), _together(spec, [p.sha256 for p in parts]), confirm=tuple(confirm))


def content_hash(spec: SourceSpec) -> str | None:
    """The content hash `read` would give, without reading rows; None for a database."""
    if spec.dsn is not None:
        return None
    return _together(spec, [files.content_hash(path) for path in files.find(spec)])


def _together(spec: SourceSpec, hashes: Sequence[str]) -> str:
    # The same bytes read another way give other rows: a corrected encoding must load the file again.
    options = [f"{k}={v}" for k, v in sorted({**spec.options, "kind": spec.kind or ""}.items()) if v != ""]
    return hashlib.sha256(" ".join([*sorted(hashes), *options]).encode()).hexdigest()


def headers(
    spec: SourceSpec, scratch: Path, rows: int = 1000, shown: int | None = None, worker: apart.Worker | None = None
) -> list[tuple[str, list[str | None]]]:
    """Headers of a source's first file, as so many rows have them, with the first values under each (all, without `shown`)."""
    file = files.prepare(spec, files.find(spec)[0], scratch, 0)
    kind = kind_of(spec, file.suffix, file.display)
    one: FileReader = reader(kind)  # pyright: ignore[reportAssignmentType]
    shown = rows if shown is None else shown
    if apart.is_needed(kind, file):
        return apart.sample(kind, file, spec.options, scratch, (rows, shown), worker)
    return [(name, values[:shown]) for name, values in one.sample(file, spec.options, scratch, rows)]


def held(spec: SourceSpec, scratch: Path, worker: apart.Worker | None = None) -> dict[str, Held]:
    """What the columns of a typed file hold, by header; empty for text files, where everything is text."""
    found: dict[str, Held] = {}
    for number, path in enumerate(files.find(spec)):
        file = files.prepare(spec, path, scratch, number)
        kind = kind_of(spec, file.suffix, file.display)
        look: Callable[..., dict[str, Held]] | None = getattr(reader(kind), "held", None)
        if look and apart.is_needed(kind, file):
            seen: dict[str, Held] = apart.held(kind, file, spec.options, scratch, worker)
        else:
            seen = look(file, spec.options, scratch) if look else {}
        for name, cells in seen.items():
            found[name] = cells if found.get(name, cells) == cells else "both"
        file.discard()
    return found


def kind_of(spec: SourceSpec, suffix: str, display: str) -> str:
    """The declared kind of a source, or the one its file name tells."""
    kind = spec.kind or suffixes().get(suffix)
    if kind is None:
        raise AltynError(
            "source.kind-unknown",
            what=say("The kind of the file cannot be told from its name."),
            where=display,
            mend=say('Say it in the source: kind = "csv". Kinds: {kinds}.', kinds=", ".join(addresses())),
        )
    return kind
