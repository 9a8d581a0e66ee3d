"""JSON, NDJSON, GeoJSON: numbers keep the digits they were written with; what is nested stays JSON text.

A dotted header reaches into a record: `loc.coordinates.0`. A number or a yes/no where the contract says text is a problem row
(`row.text-expected`), a record that is no object another (`row.not-object`), and one with a name twice, half a character or a
zero in a text a third (`row.damaged`): parsers disagree on them.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar, NoReturn

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import Column
from altyn.sources.encodings import as_utf8
from altyn.sources.files import SourceFile
from altyn.sources.headers import looks, match_headers
from altyn.sources.kinds import ENCODING, LONGEST_LINE, TEXT, Option
from altyn.sources.read import Held, held_by
from altyn.sources.staging import require_rows, staged_columns, staged_query
from altyn.sources.written import cell_as_written

WHOLE_MB = 512
_MB = 1024 * 1024
_ABSENT = object()
# Where documents keep their records. Any other name may be a value: a document by person is keyed by their numbers.
_USUAL = frozenset(
    {
        "content",
        "data",
        "entries",
        "features",
        "items",
        "list",
        "objects",
        "records",
        "result",
        "results",
        "rows",
        "values",
    }
)

# Number, value, raw text where the record is a line of its own.
Records = Iterator[tuple[int, object, str | None]]


class _Digits(str):
    """A number as it was written."""

    __slots__ = ()


class _Damaged(dict[str, object]):
    """An object with a name twice."""


class JsonReader:
    """One JSON document with an array of records; option `records` is the dotted path to it."""

    kind = "json"
    suffixes: ClassVar = (".json",)
    options: ClassVar[Mapping[str, Option]] = {"encoding": ENCODING, "records": TEXT}

    def stage(  # noqa: PLR0917  # the shape all kinds share
        self,
        session: Session,
        file: SourceFile,
        columns: Sequence[Column],
        options: Mapping[str, object],
        scratch: Path,
        table: str,
    ) -> tuple[str, tuple[str, ...]]:
        """Stage the records with their numbers (lines, for NDJSON)."""
        names: dict[str, None] = {}
        reached: set[str] = set()
        rows = _staged(self.records(file, options, scratch), columns, names, reached)
        session.insert(table, staged_columns(columns), rows)
        require_rows(session.one(f"SELECT count(*) FROM {table}")[0], options, file.display)
        if names:
            match_headers([*reached, *(n for n in names if n not in reached)], columns, file.display)
        used = {h.split(".")[0] for h in reached} | reached
        return staged_query(table, columns), tuple(n for n in names if n not in used)

    def sample(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path, rows: int
    ) -> list[tuple[str, list[str | None]]]:
        """The first records by name."""
        taken = [r for _, r, _ in islice(self.records(file, options, scratch), rows) if isinstance(r, dict)]
        require_rows(len(taken), options, file.display)
        names = dict.fromkeys(name for record in taken for name in record)
        return [(name, [_text(r.get(name)) for r in taken]) for name in names]

    def held(self, file: SourceFile, options: Mapping[str, object], scratch: Path) -> dict[str, Held]:
        """What each name's values are."""
        found: dict[str, set[bool]] = {}
        for _, record, _ in self.records(file, options, scratch):
            for name, value in record.items() if isinstance(record, dict) else ():
                if _text(value) is not None:
                    found.setdefault(name, set()).add(_is_no_text(value))
        return {name: held_by(kinds) for name, kinds in found.items()}

    def records(self, file: SourceFile, options: Mapping[str, object], scratch: Path) -> Records:
        """The records of the document's array."""
        document = _document(file, options, scratch)
        within, missed = document, ""
        for step in filter(None, str(options.get("records", "")).split(".")):
            within, missed = document if isinstance(document, dict) else within, step
            document = document.get(step) if isinstance(document, dict) else None
        if not isinstance(document, list):
            within = document if isinstance(document, dict) else within
            arrays = [k for k, v in within.items() if isinstance(v, list)] if isinstance(within, dict) else []
            told = [k for k in arrays if k.lower() in _USUAL or difflib.get_close_matches(missed, [k], cutoff=0.6)]
            raise _malformed(
                file.display,
                say("There is no array of records at the place the source names."),
                say(
                    'Name it: records = "result.rows". Arrays here: {names}.',
                    names=", ".join(told)[:200] or len(arrays),
                ),
            )
        for number, record in enumerate(document, start=1):
            yield number, record, None


class GeoJsonReader(JsonReader):
    """A FeatureCollection in degrees: properties by name, `geometry` as JSON text, and `id` where the feature has one of its own.

    Where a property is called id too, the feature's own goes by `feature_id`. Another reference system than WGS 84 is refused.
    """

    kind = "geojson"
    suffixes: ClassVar = (".geojson",)
    options: ClassVar[Mapping[str, Option]] = {"encoding": ENCODING}

    def records(self, file: SourceFile, options: Mapping[str, object], scratch: Path) -> Records:
        """The features as flat records."""
        document = _document(file, options, scratch)
        features = document.get("features") if isinstance(document, dict) else None
        if not isinstance(features, list):
            raise _malformed(file.display, say("It is not a FeatureCollection."))
        assert isinstance(document, dict)
        _require_degrees(document.get("crs"), file.display)
        for number, feature in enumerate(features, start=1):
            properties = feature.get("properties") if isinstance(feature, dict) else None
            if not isinstance(feature, dict) or not isinstance(properties, dict | None):
                yield number, None, None
                continue
            held = properties or {}
            # A property called id is another thing than the id of the feature: both are kept.
            own = {"feature_id" if "id" in held else "id": feature["id"]} if "id" in feature else {}
            made = {**own, **held, "geometry": feature.get("geometry")}
            is_damaged = isinstance(properties, _Damaged) or bool({*own, "geometry"} & set(held))
            yield number, _Damaged(made) if is_damaged else made, None


# What GeoJSON's own standard means, in the spellings that its older edition knew.
_DEGREES = re.compile(
    r"(?i)(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?(?:ogc[:/][0-9.]*[:/]crs84|epsg[:/][0-9.]*[:/]?4326)"
)


def _require_degrees(crs: object, display: str) -> None:
    """Refuse coordinates that are no degrees: read as such, they lie elsewhere."""
    if crs is None:
        return
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = str(named.get("name") or named.get("href") or "") if isinstance(named, dict) else ""
    if not _DEGREES.fullmatch(name):
        raise _malformed(
            display,
            say("Its coordinates are in another reference system: {name}.", name=name[:80] or "?"),
            say("Write it in WGS 84, longitude and latitude in degrees (EPSG:4326), as GeoJSON asks."),
        )


class NdjsonReader(JsonReader):
    """One JSON record a line; a line that is none is a problem row, not the end of the file."""

    kind = "ndjson"
    suffixes: ClassVar = (".ndjson", ".jsonl")
    options: ClassVar[Mapping[str, Option]] = {"encoding": ENCODING, **LONGEST_LINE}

    def records(self, file: SourceFile, options: Mapping[str, object], scratch: Path) -> Records:
        """The records with the lines they stand in."""
        limit = int(str(options.get("max_line_mb", 8)))
        text = as_utf8(file.path, file.display, scratch, declared=str(options.get("encoding", "")), max_line_mb=limit)
        with text.path.open(encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    record = _loads(line)
                except (ValueError, RecursionError):
                    record = None
                yield number, record, line.rstrip("\r\n")


def _loads(text: str) -> object:
    return json.loads(
        text, parse_float=_Digits, parse_int=_Digits, parse_constant=_refuse_constant, object_pairs_hook=_pairs
    )


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else _Damaged(made)


class _NoNumberError(ValueError):
    """NaN or Infinity, which JSON does not know."""


def _refuse_constant(text: str) -> NoReturn:
    raise _NoNumberError(text)


def _line_of(path: Path, word: str) -> int:
    """The first line with a word outside of texts."""
    outside = re.compile(r'"(?:[^"\\]|\\.)*"')
    with path.open(encoding="utf-8", newline="\n") as lines:
        return next((number for number, line in enumerate(lines, start=1) if word in outside.sub("", line)), 1)


def _document(file: SourceFile, options: Mapping[str, object], scratch: Path) -> object:
    if file.path.stat().st_size > WHOLE_MB * _MB:
        raise AltynError(
            "source.too-large",
            what=say("A single JSON document larger than {mb} MB is not read.", mb=WHOLE_MB),
            where=file.display,
            mend=say("Write one record a line (NDJSON), which is read as a stream."),
        )
    text = as_utf8(file.path, file.display, scratch, declared=str(options.get("encoding", "")), max_line_mb=WHOLE_MB)
    try:
        return _loads(text.path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        where = f"{file.display}, line {error.lineno}"
        if error.msg == "Extra data" and not error.doc[: error.pos].lstrip().startswith("["):
            raise _malformed(
                where,
                say("A second document follows the first: one record a line is another kind of file."),
                say('Name the kind: kind = "ndjson" in its source, or altyn add --kind ndjson.'),
            ) from None
        raise _malformed(where, say("It is not whole JSON.")) from None
    except _NoNumberError as error:
        where = f"{file.display}, line {_line_of(text.path, str(error))}"
        raise _malformed(
            where,
            say("{name} is no number that JSON knows.", name=str(error)),
            say("Write null where the value is unknown."),
        ) from None
    except (ValueError, RecursionError):
        raise _malformed(file.display, say("It is not JSON that can be read.")) from None


def document_of(file: SourceFile, options: Mapping[str, object], scratch: Path) -> object:
    """A whole JSON document, numbers as they are written.

    Raises:
        AltynError: `source.format`, `source.too-large`.
    """
    return _document(file, options, scratch)


def _malformed(where: str, what: Message, mend: Message | None = None) -> AltynError:
    mend = mend or say("Export it again, or correct the source's options.")
    return AltynError("source.format", what=what, where=where, mend=mend)


def _staged(
    records: Records, columns: Sequence[Column], names: dict[str, None], reached: set[str]
) -> Iterator[tuple[object, ...]]:
    """Rows of text. `names` gathers the names seen in records, `reached` the headers found in at least one."""
    alike: dict[str, str] = {}
    for number, record, raw in records:
        if not isinstance(record, dict):
            yield (number, "row.not-object", None, raw, *(None for _ in columns))
            continue
        known = len(names)
        names.update(dict.fromkeys(record))
        if len(names) > known:
            alike = _alike(names, columns)
        values: list[object] = []
        for column in columns:
            value = _reach(record, alike.get(column.source_header, column.source_header))
            if value is not _ABSENT:
                reached.add(column.source_header)
            values.append(None if value is _ABSENT else value)
        # Only that a number is one counts here: its text keeps the digits it was written with.
        cells = [0 if isinstance(v, _Digits) else v for v in values]
        texts = [cell_as_written(c, v, t) for c, v, t in zip(columns, cells, map(_text, values), strict=True)]
        if any(isinstance(v, _Damaged) for v in (record, *values)) or not all(map(_is_whole, texts)):
            yield (number, "row.damaged", None, raw or _ascii(record), *(None for _ in columns))
            continue
        wrong = next((c.name for c, v in zip(columns, values, strict=True) if c.needs_text and _is_no_text(v)), None)
        yield (number, "row.text-expected" if wrong else None, wrong, None, *texts)


def _alike(names: Iterable[str], columns: Sequence[Column]) -> dict[str, str]:
    """Headers that no record has, but for signs the eye does not see -> the name in the records."""
    seen = {looks(name): name for name in names}
    missing = (c.source_header for c in columns if c.source_header not in names)
    return {header: seen[looks(header)] for header in missing if looks(header) in seen}


def _is_no_text(value: object) -> bool:
    return isinstance(value, (_Digits, bool))


def _is_whole(text: str | None) -> bool:
    """Whether a text can be stored anywhere: no zero, no half of a character."""
    if text is None:
        return True
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _ascii(record: object) -> str:
    """A record whose texts cannot be stored as they are, with every such sign escaped."""
    return json.dumps(record, ensure_ascii=True)


def _reach(record: dict[str, object], header: str) -> object:
    if header in record:
        return record[header]
    value: object = record
    for step in header.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _ABSENT
    return value


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return str(value) if isinstance(value, str) else _dumps(value)


def _dumps(value: object) -> str:
    """Nested values as JSON text, numbers with the digits they were written with."""
    if isinstance(value, _Digits):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_dumps(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_dumps(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)
