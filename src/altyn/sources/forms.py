"""Forms: values written as people write them, read as their contract declares. A column has one form; what does not fit is refused.

Nothing is guessed from a value: `01.02.2024` is the first of February only where the contract says `dd.MM.yyyy`, and there
`2024-02-01` is refused. Around a number or a word blanks do not count.
"""

from __future__ import annotations

import re
from dataclasses import replace

from altyn.model import Column, Register
from altyn.model.columns import Form
from altyn.model.date_patterns import BLANK, BLANKS, date_pattern
from altyn.model.sql import literal

# ISO 8601, by its longest form: at least one part, none after a bare T.
_DURATION = (
    r"[+-]?P([0-9]+W|([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+([.,][0-9]+)?S)?)?)",
    r".*[0-9][YMWDHS]",
)
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?"
_MINUS = "\u2212"


def in_zone(register: Register, zone: str) -> Register:
    """The register with the project's zone where its moments have none of their own."""
    columns = [
        replace(c, form=replace(c.form, zone=zone)) if c.form is not None and c.form.zone == "" else c
        for c in register.columns
    ]
    return replace(register, columns=tuple(columns))


def reads_text(column: Column) -> bool:
    """Whether a column of text has a form by which its value may differ from what was written."""
    form = column.form
    return form is not None and bool(form.missing or form.duration or (form.time and form.pattern))


def candidate(column: Column, text: str) -> str | None:  # noqa: PLR0911 - one return a type reads best
    """SQL of the value that the SQL `text` says in the column's form, NULL where it has not the form; None for a plain form."""
    form, kind = column.form, column.type.kind
    if form is None:
        return None
    match kind:
        case "integer" | "decimal" | "double":
            return _number(column, form, text) if form.is_number else None
        case "boolean":
            return _truth(form, text) if form.true_words else None
        case "date" if form.pattern:
            moment = _patterned(form, text, "date", "TIMESTAMP")
            return f"CASE WHEN CAST({moment} AS TIME) = TIME '00:00:00' THEN CAST({moment} AS DATE) END"
        case "timestamp" if form.pattern or form.zone is not None:
            return _instant(form, text)
        case "text" | "json":
            return _text(form, text)
        case _:
            return None


def given(column: Column, text: str) -> str:
    """SQL of the text, NULL where it is a word for a missing value."""
    return f"CASE WHEN NOT {is_missing(column, text)} THEN {text} END" if _missing(column) else text


def is_missing(column: Column, text: str) -> str:
    """SQL that is true where the text is a word for a missing value."""
    return _is_word(text, _missing(column))


def _missing(column: Column) -> tuple[str, ...]:
    return column.form.missing if column.form else ()


def _is_word(text: str, words: tuple[str, ...]) -> str:
    if not words:
        return "false"
    listed = ", ".join(literal(w) for w in dict.fromkeys(w.strip(BLANKS).lower() for w in words))
    return f"(lower(trim({text}, {literal(BLANKS)})) IN ({listed}))"


def _text(form: Form, text: str) -> str:
    if form.duration:
        right = " AND ".join(f"regexp_full_match({text}, {literal(r)})" for r in _DURATION)
        return f"CASE WHEN {right} THEN {text} END"
    if form.time and form.pattern:
        pattern = date_pattern(form.pattern, "time")
        return f"CASE WHEN regexp_matches({text}, {literal(pattern.regex)}) THEN {pattern.plain(text, 'time')} END"
    return f"CASE WHEN NOT {_is_word(text, form.missing)} THEN {text} END"


def _truth(form: Form, text: str) -> str:
    yes, no = (_is_word(text, words) for words in (form.true_words, form.false_words))
    return f"CASE WHEN {yes} THEN true WHEN {no} THEN false END"


def _number(column: Column, form: Form, text: str) -> str:
    kind, scale, mark = column.type.kind, column.type.scale, re.escape(form.decimal)
    whole = "[0-9]+" if kind == "decimal" and not scale else "0|[1-9][0-9]*"
    if form.thousands:
        between = BLANK if form.thousands == " " else re.escape(form.thousands)
        whole += f"|[1-9][0-9]{{0,2}}(?:{between}[0-9]{{3}})+"
    fraction = f"(?:{mark}0+)?"
    if kind == "decimal" and scale:
        fraction = f"(?:{mark}[0-9]{{1,{scale}}}0*)?"
    elif kind == "double":
        fraction = f"(?:{mark}[0-9]+)?(?:[eE][+-]?[0-9]+)?"
    sign = f"[+{_MINUS}-]"
    before = after = ""
    if form.currency:
        signs = "|".join(re.escape(c) for c in sorted(form.currency, key=len, reverse=True))
        before, after = f"(?:(?:{signs}){BLANK}*)?", f"(?:{BLANK}*(?:{signs}))?"
    percent = f"{BLANK}*%" if form.percent else ""
    regex = f"^{BLANK}*({sign}?){before}({sign}?(?:{whole}){fraction}){percent}{after}{BLANK}*$"
    # Marks are told apart by their place, so that a full stop of "руб." is none of the number.
    number = f"regexp_replace({text}, {literal(regex)}, {literal(chr(92) + '1' + chr(92) + '2')})"
    dropped = BLANKS if form.thousands == " " else form.thousands
    number = f"translate({number}, {literal(form.decimal + _MINUS + dropped)}, {literal('.-')})"
    return f"CASE WHEN regexp_matches({text}, {literal(regex)}) THEN TRY_CAST({number} AS {column.type.sql}) END"


def _patterned(form: Form, text: str, needs: str, sql_type: str) -> str:
    pattern = date_pattern(form.pattern, "date" if needs == "date" else "moment")
    plain = pattern.plain(text, "moment")
    return f"CASE WHEN regexp_matches({text}, {literal(pattern.regex)}) THEN TRY_CAST({plain} AS {sql_type}) END"


def _instant(form: Form, text: str) -> str:
    if form.zone is None:
        return _patterned(form, text, "moment", "TIMESTAMPTZ")
    if form.pattern:
        local = _patterned(form, text, "moment", "TIMESTAMP")
    else:
        local = f"CASE WHEN regexp_full_match({text}, {literal(_MOMENT)}) THEN TRY_CAST({text} AS TIMESTAMP) END"
    return _first_instant(local, literal(form.zone))


def _first_instant(local: str, zone: str) -> str:
    """SQL of the instant at which clocks in a zone first showed a moment; NULL for an hour that was skipped.

    Where clocks go back, an hour comes twice: the first time is taken, as the JDK does. The engine takes the second, so
    we look whether the offset of the day before gives the same moment earlier.
    """
    later = f"(({local}) AT TIME ZONE {zone})"
    day_before = f"({later} - INTERVAL 24 HOUR)"
    offset = f"(({day_before} AT TIME ZONE {zone}) - ({day_before} AT TIME ZONE 'UTC'))"
    earlier = f"((({local}) - {offset}) AT TIME ZONE 'UTC')"
    return (
        f"CASE WHEN ({earlier} AT TIME ZONE {zone}) = ({local}) THEN least({earlier}, {later}) "
        f"WHEN ({later} AT TIME ZONE {zone}) = ({local}) THEN {later} END"
    )
