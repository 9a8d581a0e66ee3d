"""Exports: an answer of the gate as CSV, JSON, Parquet or xlsx. Every format says snapshot and purpose where it can.

A CSV is opened by a double click, and a spreadsheet takes a text that begins like a formula for one: such a text gets an
apostrophe in front. JSON and Parquet, which programs read, hold every value as it is.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from altyn.errors import AltynError
from altyn.language import say
from altyn.policy.gate import Answer

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_XLSX_ROWS = 1_048_575
_XLSX_CELL = 32_767
# Excel's days begin here.
_XLSX_YEAR = 1900
_XLSX_DIGITS = 15
# Widths of a column, in signs.
_NARROW, _WIDE = 11, 32
# A text answer is made whole before it is sent.
_MOST_BYTES = 1024 * 1024 * 1024
# What a spreadsheet would carry out. A sign before digits alone is a number or a telephone, and computes nothing.
_FORMULA = re.compile(r"[\s\x00]*[=@]|[\t\r]|[\s\x00]*[+-](?![\d\s().,-]*\Z)")


@dataclass(frozen=True, slots=True)
class Style:
    """For whom a file is written.

    `language` names the columns of a workbook, by their own names where it is empty; `zone` is the one of its moments, which
    Excel keeps without a zone; `bom` begins a CSV with the mark by which Excel knows its letters.
    """

    language: str = ""
    zone: tzinfo = UTC
    bom: bool = False


def write(answer: Answer, form: str, style: Style | None = None) -> bytes:
    """The answer's rows in one format.

    Raises:
        AltynError: `export.format` for a format we do not write, or more rows, or longer texts, than it can hold.
    """
    if form not in MEDIA_TYPES:
        raise AltynError(
            "export.format",
            what=say("{form} is not a format Altyn writes.", form=form[:20]),
            mend=say("Choose csv, json, parquet or xlsx."),
        )
    style = style or Style()
    if form == "xlsx":
        return _xlsx(answer, style)
    content = {"csv": _csv, "json": _json, "parquet": _parquet}[form](answer)
    return codecs.BOM_UTF8 + content if form == "csv" and style.bom else content


def provenance(answer: Answer) -> dict[str, str]:
    """Where the numbers come from: carried inside Parquet and JSON, and in HTTP headers."""
    return {
        "altyn.snapshot": str(answer.snapshot),
        "altyn.published_at": answer.published_at.isoformat(),
        "altyn.purpose": answer.purpose,
        "altyn.record": answer.record,
        "altyn.truncated": str(answer.truncated).lower(),
        "altyn.data": ", ".join(answer.kinds),
    }


def file_name(name: str, answer: Answer, form: str) -> str:
    """The name of a file of these rows; where people in it are made up, the name says so, for a CSV has no other place."""
    made_up = "-synthetic" if "synthetic" in answer.kinds else ""
    return f"{name}{made_up}-{answer.snapshot}.{form}"


def plain(value: object) -> object:
    """A value as JSON holds it without loss: decimals, days, times and what is no finite number as text."""
    if isinstance(value, list) and value and all(isinstance(v, tuple) for v in value):
        # Arrow gives a map as its pairs.
        return {str(plain(k)): plain(v) for k, v in value}
    if isinstance(value, dict):
        return {str(plain(k)): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, (Decimal, timedelta)):
        return str(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else value


def unique_names(answer: Answer) -> list[str]:
    """The columns' names, each once: the second `code` is `code_2`."""
    found: list[str] = []
    taken = {c.name for c in answer.columns}
    for column in answer.columns:
        name, number = column.name, 2
        while name in found or (name != column.name and name in taken):
            name, number = f"{column.name}_{number}", number + 1
        found.append(name)
    return found


def _chunks(answer: Answer) -> Iterator[list[tuple[object, ...]]]:
    """The rows, some thousands at a time: as Python values they take ten times the room they have in Arrow."""
    for batch in answer.table.rechunk(max_chunksize=8192).to_batches():
        yield list(zip(*(batch.column(i).to_pylist() for i in range(batch.num_columns)), strict=True))


def _joined(parts: Iterable[bytes]) -> bytes:
    whole = bytearray()
    for part in parts:
        whole += part
        if len(whole) > _MOST_BYTES:
            raise AltynError(
                "export.format",
                what=say("The answer takes more than {mb} MB as text.", mb=_MOST_BYTES >> 20),
                mend=say("Take parquet, or ask for fewer rows."),
            )
    return bytes(whole)


def _csv(answer: Answer) -> bytes:
    def lines() -> Iterator[bytes]:
        yield _lines([[_harmless(c.name) for c in answer.columns]])
        for rows in _chunks(answer):
            yield _lines([_harmless(_cell(v)) for v in row] for row in rows)

    return _joined(lines())


def _lines(rows: Iterable[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _cell(value: object) -> object:
    flat = plain(value)
    if isinstance(flat, bool):
        return str(flat).lower()
    return json.dumps(flat, ensure_ascii=False) if isinstance(flat, (dict, list)) else flat


def _json(answer: Answer) -> bytes:
    names = unique_names(answer)
    head = {
        "provenance": provenance(answer),
        "columns": [
            {"name": name, "type": c.type.name, "unit": c.unit, "label": dict(c.label)}
            for name, c in zip(names, answer.columns, strict=True)
        ],
    }

    def parts() -> Iterator[bytes]:
        yield json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "rows": ['
        between = b""
        for rows in _chunks(answer):
            objects = (dict(zip(names, map(plain, row), strict=True)) for row in rows)
            text = ", ".join(json.dumps(o, ensure_ascii=False, allow_nan=False) for o in objects)
            if text:
                yield between + text.encode()
                between = b", "
        yield b"]}"

    return _joined(parts())


def _parquet(answer: Answer) -> bytes:
    from arro3.io import write_parquet

    file = io.BytesIO()
    # Readers refuse two columns of one name.
    table = answer.table.rename_columns(unique_names(answer))
    write_parquet(table, file, compression="zstd(3)", key_value_metadata=provenance(answer))
    return file.getvalue()


def _xlsx(answer: Answer, style: Style) -> bytes:
    # An .xlsx file is written by few commands; the library need not be loaded by the others.
    import xlsxwriter

    rows = answer.rows()
    if len(rows) > _XLSX_ROWS:
        raise AltynError(
            "export.format",
            what=say("An Excel sheet holds {rows} rows; the answer has more.", rows=_XLSX_ROWS),
            mend=say("Take parquet or csv, or ask for fewer rows."),
        )
    _require_short(answer, rows)
    file = io.BytesIO()
    # A cell that begins with = must stay text: whoever opens the file did not write it.
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet("data"), book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    titles = _titles(answer, style)
    for place, (column, title) in enumerate(zip(answer.columns, titles, strict=True)):
        sheet.write_string(0, place, title, bold)
        places = column.type.scale if column.type.kind == "decimal" else 0
        written = book.add_format({"num_format": "0." + "0" * places}) if places else None
        sheet.set_column(place, place, min(max(_NARROW, len(title)), _WIDE), written)
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(titles) - 1)
    day, moment = (book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            found = _excel(value, style.zone)
            # A text is written as one: by `write` it might become a link or a number.
            if isinstance(found, str):
                sheet.write_string(number, place, found)
            elif isinstance(found, datetime):
                sheet.write_datetime(number, place, found, moment if isinstance(value, datetime) else day)
            elif found is not None:
                sheet.write(number, place, found)
    notes = book.add_worksheet("altyn")
    for number, (name, value) in enumerate([*provenance(answer).items(), *_described(answer, titles)]):
        notes.write_string(number, 0, name)
        notes.write_string(number, 1, value)
    book.close()
    return file.getvalue()


def _titles(answer: Answer, style: Style) -> list[str]:
    return [c.label.text(style.language, c.name) if style.language else c.name for c in answer.columns]


def _described(answer: Answer, titles: Iterable[str]) -> list[tuple[str, str]]:
    """Name of each column, and its title and unit."""
    return [(c.name, f"{t} ({c.unit})" if c.unit else t) for c, t in zip(answer.columns, titles, strict=True)]


def _excel(value: object, zone: tzinfo) -> datetime | bool | float | str | None:
    """A value as a cell holds it without changing it; as a text where none does.

    Excel has 15 digits, and days from 1900 on: money or a long code stays text rather than lose its last digits.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, datetime) and value.year > _XLSX_YEAR:
        return (value.astimezone(zone) if value.tzinfo else value).replace(tzinfo=None)
    if isinstance(value, date) and not isinstance(value, datetime) and value.year >= _XLSX_YEAR:
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, (int, Decimal)) and Decimal(value).is_finite() and _digits(Decimal(value)) <= _XLSX_DIGITS:
        return float(value) if isinstance(value, Decimal) else value
    return str(_cell(value))


def _digits(number: Decimal) -> int:
    """How many digits say a number, without the zeros around them."""
    return len(number.normalize().as_tuple().digits)


def _require_short(answer: Answer, rows: Iterable[tuple[object, ...]]) -> None:
    """Refuse texts that a cell cannot hold: cut, they would pass for whole ones."""
    found: dict[str, int] = {}
    for row in rows:
        for column, value in zip(answer.columns, row, strict=True):
            # What is neither text nor nested is short.
            if isinstance(value, (str, bytes, list, dict)) and _signs(str(_cell(value))) > _XLSX_CELL:
                found[column.name] = found.get(column.name, 0) + 1
    if found:
        raise AltynError(
            "export.format",
            what=say(
                "An Excel cell holds {most} signs; {count} cells of the answer have more, and cut they would pass for whole.",
                most=_XLSX_CELL,
                count=sum(found.values()),
            ),
            where=", ".join(f"{name}: {count}" for name, count in found.items())[:300],
            mend=say(
                "Take parquet, json or csv, or shorten them in the question: left(column, {most}).", most=_XLSX_CELL
            ),
        )


def _signs(text: str) -> int:
    """The length of a text as Excel counts it: a sign beyond the first 65,536 is two."""
    return len(text) + sum(sign > "\uffff" for sign in text)
