"""Discovery: how a file nobody has described is to be read. Gives the settings of a source, each told to a person.

What a person has set is kept; only what is missing is looked for. A setting is proposed only where the reader's own way, with no
setting at all, would read something else.
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.sources import apart, files
from altyn.sources.encodings import as_utf8
from altyn.sources.excel import sheets
from altyn.sources.json_files import document_of
from altyn.sources.kinds import suffixes
from altyn.sources.layouts import Layout, find_layout
from altyn.sources.read import kind_of
from altyn.sources.spec import SourceSpec

_DELIMITERS = (",", ";", "\t", "|")
_HEAD_LINES, _TAIL_BYTES = 200, 64 * 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# Kinds whose names other programs give to files of another kind; what is called anything else is what it is called.
_MISTAKEN = frozenset({"csv", "xlsx", "json", "ndjson", "geojson", "parquet"})
_DEEPEST = 6
_NAMES = 8
_ABOUT = 0.9


@dataclass(frozen=True)
class Discovered:
    """Settings to add to a source's table, what was found, as a person reads it, and what only a person can tell."""

    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    notes: tuple[Message, ...] = ()
    look_at: tuple[Message, ...] = ()


def discover(
    spec: SourceSpec, scratch: Path, closing: Iterable[str] = (), worker: apart.Worker | None = None
) -> Discovered:
    """Look at a source's first file.

    Args:
        spec: the source, with what is known of it.
        scratch: folder for unpacked copies.
        closing: words that begin a row of totals or notes, in lower case.
        worker: does what is looked at apart.

    Raises:
        AltynError: `source.*` as reading would.
    """
    settings: dict[str, object] = {}
    notes: list[Message] = []
    look_at: list[Message] = []
    path = files.find(spec)[0]
    if path.suffix.lower() == ".zip" and "member" not in spec.options:
        spec = _choose_member(spec, path, settings, notes)
    file = files.prepare(spec, path, scratch, 0)
    try:
        kind = spec.kind or _kind_by_content(file.path, suffixes().get(file.suffix))
        if kind != (spec.kind or suffixes().get(file.suffix)):
            settings["kind"] = kind
            notes.append(say("By its content it is {kind}; its name says otherwise.", kind=kind))
        if kind is None:
            kind_of(spec, file.suffix, file.display)
        spec = replace(spec, kind=kind)
        if kind == "csv":
            _look_at_text(spec, file, scratch, tuple(closing), settings, (notes, look_at))
        elif kind in {"xlsx", "json"}:
            inside = (kind, file, spec.options, scratch, tuple(closing))
            seen = apart.look(*inside, worker) if apart.is_needed(kind, file) else look_inside(*inside)
            settings |= seen.settings
            notes += seen.notes
            look_at += seen.look_at
    finally:
        file.discard()
    return Discovered(settings, tuple(notes), tuple(look_at))


def look_inside(
    kind: str, file: files.SourceFile, options: Mapping[str, object], scratch: Path, closing: Sequence[str]
) -> Discovered:
    """Look at a workbook or a JSON document, which must be held whole: see `apart.is_needed`."""
    settings: dict[str, object] = {}
    notes: list[Message] = []
    look_at: list[Message] = []
    if kind == "xlsx":
        _look_at_workbook(options, file, closing, settings, (notes, look_at))
    else:
        _look_at_json(options, file, scratch, settings, notes)
    return Discovered(settings, tuple(notes), tuple(look_at))


def _choose_member(spec: SourceSpec, path: Path, settings: dict[str, object], notes: list[Message]) -> SourceSpec:
    """The largest data file of an archive with several."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    except (zipfile.BadZipFile, OSError, ValueError):
        return spec  # the reader says it better
    data = [m for m in members if Path(m.filename).suffix.lower() in suffixes()]
    if len(members) == 1 or not data:
        return spec
    chosen = max(data, key=lambda m: m.file_size).filename
    settings["member"] = chosen
    names = ", ".join(m.filename for m in members[:_NAMES])
    notes.append(say("The archive holds {names}; {chosen} is read (--member).", names=names, chosen=chosen))
    return replace(spec, options={**spec.options, "member": chosen})


def _kind_by_content(path: Path, by_name: str | None) -> str | None:
    """The kind a file's first bytes tell, where its name tells another or none."""
    with path.open("rb") as file:
        head = file.read(4096)
    if by_name is not None and by_name not in _MISTAKEN:
        return by_name
    is_book = head.startswith((_ZIP, _OLE))
    if by_name == "parquet" or head.startswith(b"PAR1"):
        return "parquet"
    if is_book:
        return "xlsx"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if by_name in {"csv", "xlsx", "geojson", "ndjson"}:
        # A workbook by its name alone: many programs write text and call it .xls.
        return "csv" if by_name == "xlsx" and not head.lstrip().startswith(b"<") else by_name
    if start in {b"{", b"["}:
        return _kind_of_json(path, head)
    return "csv" if by_name is None and b"\0" not in head else by_name


def _kind_of_json(path: Path, head: bytes) -> str:
    first, _, rest = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    try:
        record = json.loads(first)
        if isinstance(record, dict) and rest.strip().startswith(b"{"):
            return "ndjson"
    # Whatever is nested without end is no record.
    except (ValueError, RecursionError):
        pass
    if b'"FeatureCollection"' in head and b'"features"' in head + _tail(path):
        return "geojson"
    return "json"


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
        return file.read()


def _look_at_text(  # noqa: PLR0917
    spec: SourceSpec,
    file: files.SourceFile,
    scratch: Path,
    closing: tuple[str, ...],
    settings: dict[str, object],
    said: tuple[list[Message], list[Message]],
) -> None:
    notes, look_at = said
    text = as_utf8(file.path, file.display, scratch, declared=str(spec.options.get("encoding", "")))
    with text.path.open(encoding="utf-8", newline="\n") as lines:
        head = [line.rstrip("\r\n") for line in islice(lines, _HEAD_LINES)]
    is_whole = text.lines <= len(head)
    tail = [] if is_whole else _tail(text.path).decode("utf-8", "replace").split("\n")[1:]
    given = dict(spec.options)
    start = head[0].strip().strip('"').lower() if head else ""
    if start.startswith("sep=") and "header_line" not in given:
        sign = start.removeprefix("sep=") or ","
        settings |= {"header_line": 2} if "delimiter" in given else {"header_line": 2, "delimiter": sign}
        given |= settings
        notes.append(say("Line 1 only names the delimiter; the header stands in line {line}.", line=2))
    sign = str(given.get("delimiter", "")).replace("\\t", "\t") or _delimiter(head)
    # A record may fill several lines; what counts here is the line it begins in.
    grid = _cells(head, sign)
    # Of a long text the last lines are looked at apart: what is in between changes neither header nor footer.
    if tail:
        grid = [*grid, *_cells([line.rstrip("\r") for line in tail], sign)]
    found = find_layout(grid, closing, given)
    options = {k: v for k, v in found.options().items() if k not in given}
    if "header_line" in options and "delimiter" not in given:
        options["delimiter"] = sign
    _tell_footer(options, found, notes, look_at)
    _tell_header(options, found.header_line, found.header_rows, notes)
    settings |= options


def _cells(lines: Sequence[str], sign: str) -> list[list[str]]:
    """A row of cells for each line; the lines in which a record goes on are empty rows."""
    rows: list[list[str]] = []
    reader = csv.reader(iter([f"{line}\n" for line in lines]), delimiter=sign, strict=False)
    try:
        for row in reader:
            rows.append([cell.strip("\ufeff \t\r\n\xa0") for cell in row])
            rows.extend([[]] * (reader.line_num - len(rows)))
    except csv.Error:
        pass
    return rows


def _delimiter(head: Sequence[str]) -> str:
    """The sign that divides most lines into the same number of cells."""

    def evenness(sign: str) -> tuple[int, int]:
        widths = [len(row) for row in _cells(head, sign) if len(row) > 1]
        if not widths:
            return 0, 0
        common = max(set(widths), key=lambda w: (widths.count(w), w))
        return widths.count(common), common

    return max(_DELIMITERS, key=evenness)


def _look_at_workbook(
    given: Mapping[str, object],
    file: files.SourceFile,
    closing: Sequence[str],
    settings: dict[str, object],
    said: tuple[list[Message], list[Message]],
) -> None:
    notes, look_at = said
    book = sheets(file)
    wanted = str(given.get("sheet", ""))
    if not wanted and len(book) > 1:
        seen = {name: sheet for name, (sheet, is_visible) in book.items() if is_visible} or {
            name: sheet for name, (sheet, _) in book.items()
        }
        most = max(_held(sheet) for sheet in seen.values())
        # Sheets of one shape hold about the same; the first of them is the one people mean.
        wanted = next(name for name, sheet in seen.items() if _held(sheet) >= most * _ABOUT)
        hidden = [name for name, (_, is_visible) in book.items() if not is_visible]
        settings["sheet"] = wanted
        others = ", ".join(n for n in book if n != wanted)
        notes.append(say("The sheet {name} is read; others: {others} (--sheet).", name=wanted, others=others[:200]))
        if hidden:
            notes.append(say("Hidden sheets: {names}.", names=", ".join(hidden)[:200]))
    if wanted and wanted not in book:
        return  # the reader says which there are
    sheet = book[wanted or next(iter(book))][0]
    found = find_layout(sheet, closing, given)
    options = {k: v for k, v in found.options().items() if k not in given}
    _tell_footer(options, found, notes, look_at)
    _tell_header(options, found.header_line, found.header_rows, notes)
    settings |= options


def _held(sheet: Sequence[Sequence[str]]) -> int:
    """How much of a table a sheet holds: cells in rows that fill at least two."""
    filled = (sum(bool(cell) for cell in row) for row in sheet)
    return sum(n for n in filled if n > 1)


def _tell_header(options: Mapping[str, object], line: int, rows: int, notes: list[Message]) -> None:
    if "no_header" in options:
        notes.append(
            say("Line {line} looks like a record, not like a header: columns are numbered (--no-header).", line=line)
        )
    elif "header_rows" in options:
        notes.append(say("The header fills lines {first} to {last}.", first=line, last=line + rows - 1))
    elif "header_line" in options and line > 1:
        notes.append(say("The header was found in line {line} (--header-line).", line=line))


def _tell_footer(options: Mapping[str, object], found: Layout, notes: list[Message], look_at: list[Message]) -> None:
    """Say which rows are left out; their words are named, the names of those who signed are not."""
    count, words = found.skip_footer, ", ".join(found.closed_by)
    if "skip_footer" in options and words:
        notes.append(
            say(
                "The last {count} filled lines are totals or notes ({words}) and are left out (--skip-footer).",
                count=count, words=words,
            )
        )  # fmt: skip
    elif "skip_footer" in options:
        notes.append(
            say("The last {count} filled lines are totals or notes and are left out (--skip-footer).", count=count)
        )
    if found.doubtful:
        look_at.append(
            say(
                "{count} of the last lines fill fewer cells than the rest. If they are no records: --skip-footer {all}",
                count=found.doubtful, all=count + found.doubtful,
            )
        )  # fmt: skip


def _look_at_json(
    given: Mapping[str, object],
    file: files.SourceFile,
    scratch: Path,
    settings: dict[str, object],
    notes: list[Message],
) -> None:
    if "records" in given:
        return
    document = document_of(file, given, scratch)
    if not isinstance(document, dict):
        return
    arrays = _arrays(document, "", 0)
    if not arrays:
        return
    path = max(arrays, key=lambda name: arrays[name])
    settings["records"] = path
    others = ", ".join(name for name in arrays if name != path)
    notes.append(
        say("The records lie at {path}; other lists: {others} (--records).", path=path, others=others[:200])
        if others
        else say("The records lie at {path}.", path=path)
    )


def _arrays(document: Mapping[str, object], prefix: str, depth: int) -> dict[str, int]:
    """Lists of records in a document: dotted path -> how many records."""
    found: dict[str, int] = {}
    for name, value in document.items():
        # A dot in a name cannot be told from a step.
        if "." in name:
            continue
        if isinstance(value, dict) and depth < _DEEPEST:
            found |= _arrays(value, f"{prefix}{name}.", depth + 1)
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            found[f"{prefix}{name}"] = len(value)
    return found


def require_one_shape(headers: Mapping[str, Sequence[str]]) -> None:
    """Refuse files that do not have the same columns: file -> its headers.

    Raises:
        AltynError: `add.shapes-differ` naming the first that differs.
    """
    first = next(iter(headers))
    for name, found in headers.items():
        missing = [h for h in headers[first] if h not in found]
        more = [h for h in found if h not in headers[first]]
        if missing or more:
            raise AltynError(
                "add.shapes-differ",
                what=say("The files do not have the same columns."),
                where=f"{name}: {', '.join([*(f'-{h}' for h in missing), *(f'+{h}' for h in more)])[:300]}",
                mend=say("Add files with the same columns together, the others one by one: {first}.", first=first),
            )
