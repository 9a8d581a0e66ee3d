"""Written: values that a source keeps typed (a cell of Excel, a column of Parquet or a database) as text in their column's form.

Such a value means one thing, whatever form the contract declares for texts beside it. Put into that form it cannot be misread:
the number 1.234 of a cell is `1,234` where a comma stands before decimals, never one thousand. A value that the form cannot
hold without loss stays in the plain form and is refused.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from altyn.model import Column
from altyn.model.columns import Form
from altyn.model.date_patterns import DatePattern, Needs, date_pattern
from altyn.model.sql import literal

_DAY = timedelta(days=1)
_SIGNS = {
    "yyyy": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B", "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "SSSSSS": "%f", "SSSSSSSSS": "%n",
}  # fmt: skip


def as_written(column: Column, text: str) -> str:
    """SQL of the typed value that `text` says plainly, in the column's form."""
    form, kind = column.form, column.type.kind
    if form is None:
        return text
    if kind in {"integer", "decimal", "double"} and form.is_number:
        return f"replace({text}, '.', {literal(form.decimal)})"
    if kind == "boolean" and form.true_words:
        yes, no = literal(form.true_words[0]), literal(form.false_words[0])
        return f"CASE {text} WHEN 'true' THEN {yes} WHEN 'false' THEN {no} ELSE {text} END"
    needs = _needs(column, form)
    return _moment_as_written(date_pattern(form.pattern, needs), text, needs) if needs else text


def cell_as_written(column: Column, cell: object, plain: str | None) -> str | None:  # noqa: PLR0911  # a return a kind of cell
    """The text of a typed cell in the column's form; `plain` is its plain text, which a text stays."""
    form, kind = column.form, column.type.kind
    if form is None or plain is None or isinstance(cell, str):
        return plain
    if isinstance(cell, bool):
        words = (form.true_words, form.false_words)
        return (words[0] if cell else words[1])[0] if kind == "boolean" and form.true_words else plain
    if isinstance(cell, (int, float)):
        return (
            plain.replace(".", form.decimal) if kind in {"integer", "decimal", "double"} and form.is_number else plain
        )
    if form.duration:
        return iso_duration(_length(cell)) if isinstance(cell, (time, timedelta)) else plain
    if form.time and isinstance(cell, timedelta) and timedelta(0) <= cell < _DAY:
        cell = (datetime(2000, 1, 1) + cell).time()  # noqa: DTZ001  # a time of day has no zone
        plain = cell.isoformat()
    needs = _needs(column, form)
    if needs and isinstance(cell, (date, time)):
        return date_pattern(form.pattern, needs).write(cell) or plain
    if kind == "timestamp" and form.zone is not None and isinstance(cell, date) and "T" not in plain:
        # Excel keeps a midnight as a day.
        return f"{plain}T00:00:00"
    return plain


def is_text_cell(column: Column, cell: object) -> bool:
    """Whether a typed cell may stand in a column of text without having lost anything: a time or a length of time."""
    form = column.form
    if form is None:
        return False
    if form.duration:
        return isinstance(cell, (time, timedelta))
    return form.time and (isinstance(cell, time) or (isinstance(cell, timedelta) and timedelta(0) <= cell < _DAY))


def iso_duration(length: timedelta) -> str:
    """A length of time in ISO 8601, in hours at most: a day is not always 24 of them.

    >>> iso_duration(timedelta(days=1, hours=6, minutes=1, seconds=0.5))
    'PT30H1M0.5S'
    """
    micros = abs(length) // timedelta(microseconds=1)
    hours, rest = divmod(micros, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    seconds = f"{rest // 1_000_000}.{rest % 1_000_000:06d}".rstrip("0").rstrip(".")
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else "", f"{seconds}S" if rest else ""]
    return ("-" if length < timedelta(0) else "") + "PT" + ("".join(parts) or "0S")


def _length(cell: object) -> timedelta:
    if isinstance(cell, time):
        return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond)
    assert isinstance(cell, timedelta)
    return cell


def _needs(column: Column, form: Form) -> Needs | None:
    if not form.pattern:
        return None
    return "time" if form.time else "date" if column.type.kind == "date" else "moment"


def _moment_as_written(pattern: DatePattern, text: str, needs: Needs) -> str:
    signs = [_SIGNS.get(f.text) if f.letter else f.text.replace("%", "%%") for f in pattern.fields if f.letter != "X"]
    if None in signs:
        return text
    form = "".join(s for s in signs if s is not None)
    # An instant comes in UTC, and a moment of a clock without a zone: neither is taken for the other.
    clock = f"(DATE '2000-01-01' + TRY_CAST({text} AS TIME))"
    value = clock if needs == "time" else f"TRY_CAST(rtrim({text}, 'Z') AS TIMESTAMP)"
    written = f"strftime({value}, {literal(form)})" + (" || 'Z'" if pattern.has_zone else "")
    kept = f"TRY_CAST({pattern.plain(written, needs)} AS {'TIME' if needs == 'time' else 'TIMESTAMP'})"
    whole = f"TRY_CAST({text} AS TIME)" if needs == "time" else value
    suits = "true" if needs == "time" else f"ends_with({text}, 'Z') = {str(pattern.has_zone).lower()}"
    return f"CASE WHEN {suits} AND {kept} = {whole} THEN {written} ELSE {text} END"
