"""JSON, NDJSON, GeoJSON: numbers keep the digits they were written with; what is nested stays JSON text.

A dotted header reaches into a record: `loc.coordinates.0`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.sources.encodings import as_utf8
from altyn.sources.files import SourceFile
from altyn.sources.read import match_headers, require_rows, staged_columns, staged_query

_WHOLE_MB = 512
_MB = 1024 * 1024


class _Digits(str):
    """A number as it was written."""

    __slots__ = ()


class JsonReader:
    """One JSON document with an array of records; option `records` is the dotted path to it."""

    kind = "json"

    def stage(  # noqa: PLR0917
        self,
        session: Session,
        file: SourceFile,
        columns: Sequence[Column],
        options: Mapping[str, object],
        scratch: Path,
        table: str,
    ) -> tuple[str, tuple[str, ...]]:
        """Stage the records with their numbers (lines, for NDJSON)."""
        seen: dict[str, None] = {}
        session.insert(table, staged_columns(columns), _staged(self._records(file, options, scratch), columns, seen))
        require_rows(session.one(f"SELECT count(*) FROM {table}")[0], options, file.display)
        found = [*seen, *(c.source_header for c in columns if c.source_header not in seen and "." in c.source_header)]
        _, extra = match_headers(found, columns, file.display)
        used = {c.source_header.split(".")[0] for c in columns}
        return staged_query(table, columns), tuple(e for e in extra if e not in used)

    def sample(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path, rows: int
    ) -> list[tuple[str, list[str | None]]]:
        """The first records by name."""
        taken = [r for _, r, _ in islice(self._records(file, options, scratch), rows) if isinstance(r, dict)]
        require_rows(len(taken), options, file.display)
        names = dict.fromkeys(name for record in taken for name in record)
        return [(name, [_text(r.get(name)) for r in taken]) for name in names]

    def _records(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path
    ) -> Iterator[tuple[int, Any, str]]:
        document = _document(file, options, scratch)
        for step in str(options.get("records", "")).split("."):
            if step:
                document = document.get(step) if isinstance(document, dict) else None
        if not isinstance(document, list):
            raise _malformed(file.display, say("There is no array of records at the place the source names."))
        for number, record in enumerate(document, start=1):
            yield number, record, ""


class GeoJsonReader(JsonReader):
    """A FeatureCollection: properties by name, and `geometry` as JSON text."""

    kind = "geojson"

    def _records(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path
    ) -> Iterator[tuple[int, Any, str]]:
        document = _document(file, options, scratch)
        features = document.get("features") if isinstance(document, dict) else None
        if not isinstance(features, list):
            raise _malformed(file.display, say("It is not a FeatureCollection."))
        for number, feature in enumerate(features, start=1):
            if not isinstance(feature, dict):
                yield number, feature, ""
                continue
            properties = feature.get("properties")
            yield (
                number,
                {**(properties if isinstance(properties, dict) else {}), "geometry": feature.get("geometry")},
                "",
            )


class NdjsonReader(JsonReader):
    """One JSON record a line; a line that is none is a problem row, not the end of the file."""

    kind = "ndjson"

    def _records(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path
    ) -> Iterator[tuple[int, Any, str]]:
        limit = int(str(options.get("max_line_mb", 8)))
        text = as_utf8(file.path, file.display, scratch, declared=str(options.get("encoding", "")), max_line_mb=limit)
        with text.path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    yield number, _loads(line), line.rstrip("\n")
                except (ValueError, RecursionError):
                    yield number, None, line.rstrip("\n")


def _loads(text: str) -> Any:
    return json.loads(text, parse_float=_Digits, parse_int=_Digits, parse_constant=_Digits)


def _document(file: SourceFile, options: Mapping[str, object], scratch: Path) -> Any:
    if file.path.stat().st_size > _WHOLE_MB * _MB:
        raise AltynError(
            "source.too-large",
            what=say("A single JSON document larger than {mb} MB is not read.", mb=_WHOLE_MB),
            where=file.display,
            mend=say("Write one record a line (NDJSON), which is read as a stream."),
        )
    text = as_utf8(file.path, file.display, scratch, declared=str(options.get("encoding", "")), max_line_mb=_WHOLE_MB)
    try:
        return _loads(text.path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise _malformed(f"{file.display}, line {error.lineno}", say("It is not whole JSON.")) from None
    except (ValueError, RecursionError):
        raise _malformed(file.display, say("It is not JSON that can be read.")) from None


def _malformed(where: str, what: Any) -> AltynError:
    return AltynError(
        "source.format", what=what, where=where, mend=say("Export it again, or correct the source's options.")
    )


def _staged(
    records: Iterator[tuple[int, Any, str]], columns: Sequence[Column], seen: dict[str, None]
) -> Iterator[tuple[object, ...]]:
    """Rows of text; a record that is no object, or holds a number where the contract says text, is a problem row."""
    for number, record, raw in records:
        if not isinstance(record, dict):
            yield (number, "row.not-object", None, raw or None, *(None for _ in columns))
            continue
        seen.update(dict.fromkeys(str(k) for k in record))
        values = [_reach(record, c.source_header) for c in columns]
        wrong = next(
            (c.name for c, v in zip(columns, values, strict=True) if c.type.kind == "text" and isinstance(v, _Digits)),
            None,
        )
        yield (number, "row.text-expected" if wrong else None, wrong, None, *(_text(v) for v in values))


def _reach(record: dict[str, Any], header: str) -> Any:
    if header in record:
        return record[header]
    value: Any = record
    for step in header.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str) else _dumps(value)


def _dumps(value: Any) -> str:
    """Nested values as JSON text, numbers with the digits they were written with."""
    if isinstance(value, _Digits):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_dumps(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_dumps(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)
