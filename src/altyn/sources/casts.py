"""Casts: the declared type of a text, or NULL where the text is not exactly that type. Nothing is rounded or guessed.

DuckDB's own casts are too kind: 2.7 becomes the whole number 3, 1.005 the decimal 1.01, `1_000` a thousand, `0x10` sixteen,
and blanks around a number are dropped. So a cast counts only if the text has the plain form below.

| type | form |
|---|---|
| integer | `12`, `-3`, `12.0` as spreadsheets write it; `012` is refused, for a code would lose its zero: what must keep zeros is a text |
| decimal | `12.50`: plain digits, no more decimals than declared (zeros beyond do no harm), no exponent; `012` is refused as above |
| double | digits with optional exponent, finite, under 1e28, which is what the row hash can carry; `012` is refused as above |
| date | `2026-03-01`, or with an exact midnight; from 1800 to 2200 unless the contract's bounds reach further |
| timestamp | `2026-03-01T14:30:00Z`, microseconds at the finest (zeros beyond do no harm), with Z or an offset (+05, +05:00) |
| boolean | true, false, 1, 0, also `True` and `TRUE` |
| json | any valid JSON |

A column whose contract declares another form is read by `forms` instead, and by nothing else.

An empty text is a missing value for every type but text and json.
"""

from __future__ import annotations

from datetime import date

from altyn.model import Column
from altyn.model.sql import literal
from altyn.sources import forms

FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2200, 12, 31)
# A whole number that begins with zeros is most likely a code.
_WHOLE = "(0|[1-9][0-9]*)"
_INTEGER = rf"[+-]?{_WHOLE}(\.0+)?"
_DOUBLE = rf"[+-]?({_WHOLE}|[0-9]+\.[0-9]+)([eE][+-]?[0-9]+)?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00:00(\.0+)?)?"
_QUOTED, _LOOSE = r'"(\\.|[^"\\])*"', r"(?i)inf|nan|,\s*[\]}]"
_ZONE = r"(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)"
_TIMESTAMP = (
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{{1,6}}0*)?)?{_ZONE}"
)


def is_kept_as_text(column: Column) -> bool:
    """Whether the typed value is the text itself."""
    return column.type.kind in {"text", "json"} and not forms.reads_text(column)


def cast(column: Column, text: str) -> str:
    """The value of the SQL expression `text` by its form, or DuckDB's own cast: the candidate that `typed` then judges."""
    return forms.candidate(column, text) or f"TRY_CAST({text} AS {column.type.sql})"


def is_same(text: str, candidate: str) -> str:
    """SQL that is true where DuckDB writes the candidate back as the text stood."""
    return f"CAST({candidate} AS VARCHAR) = {text}"


def typed(column: Column, text: str, candidate: str, same: str) -> str:
    """SQL of the typed value, NULL where `text` has not the form of the column's type.

    Args:
        column: declares the type.
        text: SQL of the text.
        candidate: SQL of `cast(column, text)`, computed before, for it is needed twice.
        same: SQL of `is_same(text, candidate)`, computed before.
    """
    # A value that DuckDB writes back as it stood has the plain form; the slow pattern looks only at the others.
    kind, has_form = column.type.kind, forms.candidate(column, text) is not None
    match kind:
        case "text" | "json":
            return candidate if has_form else text
        case "integer" | "decimal" | "boolean" if has_form:
            return candidate
        case "integer":
            right = f"{same} OR {_has_form(text, _INTEGER)}"
        case "decimal":
            scale = column.type.scale
            fraction = rf"(\.[0-9]{{1,{scale}}}0*)?" if scale else r"(\.0+)?"
            # 12.5 is how 12.50 begins, and what remains can only be zeros.
            begins = f"(starts_with(CAST({candidate} AS VARCHAR), {text}) AND NOT ends_with({text}, '.'))"
            # With decimals, zeros in front are those of a table of fixed width.
            wide = rf"|[0-9]+\.[0-9]{{1,{scale}}}0*" if scale else ""
            form = _has_form(text, f"[+-]?({_WHOLE}{fraction}{wide})")
            # DuckDB writes a decimal without whole digits as .5, which is not the plain form.
            right = form if scale == column.type.precision else f"{same} OR {begins} OR {form}"
        case "double":
            right = f"abs({candidate}) < 1e28" + ("" if has_form else f" AND {_has_form(text, _DOUBLE)}")
        case "date":
            first, last = _days(column)
            right = f"{candidate} BETWEEN DATE '{first}' AND DATE '{last}'"
            right += "" if has_form else f" AND ({same} OR {_has_form(text, _DATE)})"
        case "timestamp":
            first, last = _days(column)
            bounds = f"TIMESTAMPTZ '{first} 00:00:00+00' AND TIMESTAMPTZ '{last} 23:59:59.999999+00'"
            right = f"{candidate} BETWEEN {bounds}" + ("" if has_form else f" AND {_has_form(text, _TIMESTAMP)}")
        case "boolean":
            right = f"{text} IN ('true', 'false', 'True', 'False', 'TRUE', 'FALSE', '1', '0')"
    return f"CASE WHEN {right} THEN {candidate} END"


def is_right(column: Column, text: str, value: str) -> str:
    """SQL that is true where the text is missing or could be typed."""
    if column.type.kind == "json":
        # DuckDB also takes NaN, Infinity and a comma before a closing bracket; outside of quotes, no JSON has them.
        unquoted = f"regexp_replace({text}, {literal(_QUOTED)}, '0', 'g')"
        return f"json_valid({text}) AND NOT (regexp_matches({text}, {literal(_LOOSE)}) AND regexp_matches({unquoted}, {literal(_LOOSE)}))"
    missing = f" OR {forms.is_missing(column, text)}" if column.form and column.form.missing else ""
    return f"({value} IS NOT NULL OR {text} IS NULL OR {text} = ''{missing})"


def _has_form(text: str, form: str) -> str:
    return f"regexp_full_match({text}, {literal(form)})"


def _days(column: Column) -> tuple[date, date]:
    """First and last day that can be meant: far years are typing errors unless the contract's own bounds reach there."""
    first, last = FIRST_DAY, LAST_DAY
    for check in column.checks:
        try:
            day = date.fromisoformat(str(check.argument)[:10])
        except ValueError:
            continue
        if check.kind == "minimum":
            first = min(first, day)
        elif check.kind == "maximum":
            last = max(last, day)
    return first, last
