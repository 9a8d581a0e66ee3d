"""Exports: an answer of the gate as CSV, JSON, Parquet or xlsx. Every format says snapshot and purpose where it can."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

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


def write(answer: Answer, form: str) -> bytes:
    """The answer's rows in one format.

    Raises:
        AltynError: `export.format` for a format we do not write, or more rows than it can hold.
    """
    if form not in MEDIA_TYPES:
        raise AltynError(
            "export.format",
            what=say("{form} is not a format Altyn writes.", form=form[:20]),
            mend=say("Choose csv, json, parquet or xlsx."),
        )
    return {"csv": _csv, "json": _json, "parquet": _parquet, "xlsx": _xlsx}[form](answer)


def provenance(answer: Answer) -> dict[str, str]:
    """Where the numbers come from: carried inside Parquet and JSON, and in HTTP headers."""
    return {
        "altyn.snapshot": str(answer.snapshot),
        "altyn.published_at": answer.published_at.isoformat(),
        "altyn.purpose": answer.purpose,
        "altyn.record": answer.record,
        "altyn.truncated": str(answer.truncated).lower(),
    }


def plain(value: object) -> object:
    """A value as JSON holds it without loss: decimals and dates as text."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def _csv(answer: Answer) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([c.name for c in answer.columns])
    writer.writerows([_cell(v) for v in row] for row in answer.rows())
    return text.getvalue().encode()


def _cell(value: object) -> object:
    flat = plain(value)
    if isinstance(flat, bool):
        return str(flat).lower()
    return json.dumps(flat, ensure_ascii=False) if isinstance(flat, (dict, list)) else flat


def _json(answer: Answer) -> bytes:
    document = {
        "provenance": provenance(answer),
        "columns": [
            {"name": c.name, "type": c.type.name, "unit": c.unit, "label": dict(c.label)} for c in answer.columns
        ],
        "rows": list(records(answer)),
    }
    return json.dumps(document, ensure_ascii=False).encode()


def records(answer: Answer) -> Iterator[dict[str, Any]]:
    """Rows as objects, values as JSON holds them."""
    names = [c.name for c in answer.columns]
    for row in answer.rows():
        yield dict(zip(names, map(plain, row), strict=True))


def _parquet(answer: Answer) -> bytes:
    from arro3.io import write_parquet

    file = io.BytesIO()
    write_parquet(answer.table, file, compression="zstd(3)", key_value_metadata=provenance(answer))
    return file.getvalue()


def _xlsx(answer: Answer) -> bytes:
    # An .xlsx file is written by few commands; the library need not be loaded by the others.
    import xlsxwriter

    rows = answer.rows()
    if len(rows) > _XLSX_ROWS:
        raise AltynError(
            "export.format",
            what=say("An Excel sheet holds {rows} rows; the answer has more.", rows=_XLSX_ROWS),
            mend=say("Take parquet or csv, or ask for fewer rows."),
        )
    file = io.BytesIO()
    # A cell that begins with = must stay text: whoever opens the file did not write it.
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet("data"), book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, [c.name for c in answer.columns], bold)
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, date) and not isinstance(value, datetime):
                sheet.write_datetime(number, place, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
            elif isinstance(value, bool):
                sheet.write_boolean(number, place, value)
            elif isinstance(value, Decimal) or (isinstance(value, int) and abs(value) >= 10**15):
                # Excel keeps 15 digits: money and long codes stay text rather than lose the last ones.
                sheet.write_string(number, place, str(value))
            elif isinstance(value, (int, float)):
                sheet.write_number(number, place, value)
            elif value is not None:
                sheet.write_string(number, place, str(_cell(value)))
    notes = book.add_worksheet("altyn")
    for number, (name, value) in enumerate(provenance(answer).items()):
        notes.write_row(number, 0, [name, value])
    book.close()
    return file.getvalue()
