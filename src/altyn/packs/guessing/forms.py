"""Forms: how values are written where they are not written as a contract reads them anyway, found in a column's values.

A form is proposed only where every value looked at has it; the trial of the whole file decides. One column has one form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from altyn.packs.guessing.words import HeaderWords

_BLANKS = " \xa0\u202f\u2009\u2007"
_MONTH = r"[^\W\d_]{3,}\.?"
# Format in the letters of ODCS, and what it looks like. Day before month, unless the values say otherwise.
_DATES = (
    ("dd.MM.yyyy", r"\d\d\.\d\d\.\d{4}"), ("d.M.yyyy", r"\d\d?\.\d\d?\.\d{4}"), ("dd/MM/yyyy", r"\d\d/\d\d/\d{4}"),
    ("d/M/yyyy", r"\d\d?/\d\d?/\d{4}"), ("dd-MM-yyyy", r"\d\d-\d\d-\d{4}"), ("yyyy/MM/dd", r"\d{4}/\d\d/\d\d"),
    ("yyyy.MM.dd", r"\d{4}\.\d\d\.\d\d"), ("d MMMM yyyy", rf"\d\d? {_MONTH} \d{{4}}"),
    ("d-MMM-yyyy", rf"\d\d?-{_MONTH}-\d{{4}}"), ("MMM d yyyy", rf"{_MONTH} \d\d? \d{{4}}"),
    ("MMM d, yyyy", rf"{_MONTH} \d\d?, \d{{4}}"),
)  # fmt: skip
_TIMES = (("HH:mm:ss", r"\d\d:\d\d:\d\d"), ("HH:mm", r"\d\d:\d\d"))
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?")
_MOST_DAYS, _MOST_MONTHS, _LONGEST_SHORT = 31, 12, 4
# Short, and yet the full names of Russian months as a date has them.
_BENT = frozenset({"мая", "июня", "июля"})
_MOST_WHOLE, _MOST_PLACES, _ROOM = 28, 12, 4


@dataclass(frozen=True, slots=True)
class GuessedForm:
    """What a property declares for a form: its type and options, `altyn.form`, and whether a person must look at it."""

    properties: dict[str, Any]
    form: dict[str, Any]
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of a whole source: the sign before decimals, and how days are written. Empty: look for it."""

    decimal: str = ""
    date_format: str = ""


def find_form(values: Sequence[str], words: HeaderWords, timezone: str, said: Said = Said()) -> GuessedForm | None:
    """The form of a column's values, None where they have none that is known.

    Args:
        values: those there are, without the missing ones.
        words: for yes and no, missing and money.
        timezone: in which moments without a zone are read.
        said: what a person said of the source.
    """
    missing = sorted({v for v in values if v.strip().lower() in words.missing})
    there = [v for v in values if v not in missing]
    if not there:
        return None
    found = _moment(there, timezone, said) or _number(there, words, said) or _flag(there, words)
    if found and missing:
        return GuessedForm(found.properties, {**found.form, "missing": missing}, found.is_doubtful)
    return found


def _moment(values: Sequence[str], timezone: str, said: Said) -> GuessedForm | None:
    if all(map(_LOCAL.fullmatch, values)):
        return GuessedForm(_local(timezone), {})
    # Where a person said how days are written, a value that is not is the row's fault, as long as most are.
    if said.date_format and sum(bool(re.fullmatch(_pattern(said.date_format), v)) for v in values) * 2 > len(values):
        if "H" in said.date_format:
            return GuessedForm(_local(timezone, said.date_format), {})
        return GuessedForm({"logicalType": "date", "logicalTypeOptions": {"format": said.date_format}}, {})
    for listed, pattern in _DATES:
        format_ = _named(listed, values)
        if all(re.fullmatch(pattern, v) for v in values):
            chosen, doubtful = _order(format_, values)
            return GuessedForm({"logicalType": "date", "logicalTypeOptions": {"format": chosen}}, {}, doubtful)
        for clock, shown in _TIMES:
            if all(re.fullmatch(f"{pattern} {shown}", v) for v in values):
                chosen, doubtful = _order(format_, values)
                return GuessedForm(_local(timezone, f"{chosen} {clock}"), {}, doubtful)
    return None


def _named(format_: str, values: Sequence[str]) -> str:
    """A format whose months have short names where the values have: MMM takes Dec and дек, MMMM December and декабря."""
    short = format_.replace("MMMM", "MMM")
    if short == format_ and "MMM" not in format_:
        return format_
    months = {word.lower() for v in values for word in re.findall(_MONTH, v)}
    # May is as long in both; a bent month (мая, июня) is a full name.
    is_short = all(len(word.rstrip(".")) <= _LONGEST_SHORT for word in months) and not months & _BENT
    return short if is_short else short.replace("MMM", "MMMM")


def _pattern(format_: str) -> str:
    """What a format in the letters of ODCS looks like: digits where its letters stand, names for MMM and MMMM."""

    def one(letters: re.Match[str]) -> str:
        text = letters[0]
        if text[0] not in "yMdHms":
            return re.escape(text)
        if text.startswith("MMM"):
            return _MONTH
        return r"\d\d?" if len(text) == 1 else rf"\d{{{len(text)}}}"

    return re.sub(r"(.)\1*", one, format_)


def _local(timezone: str, format_: str = "") -> dict[str, Any]:
    options: dict[str, Any] = {"format": format_} if format_ else {}
    return {
        "logicalType": "timestamp",
        "logicalTypeOptions": {**options, "timezone": False, "defaultTimezone": timezone},
    }


def _order(format_: str, values: Sequence[str]) -> tuple[str, bool]:
    """Day before month or month before day; doubtful where slashes leave it open."""
    if "/" not in format_ or format_.startswith("yyyy"):
        return format_, False
    pairs = [tuple(map(int, v.split("/")[:2])) for v in values]
    months_first = any(second > _MOST_MONTHS for _, second in pairs)
    days_first = any(first > _MOST_MONTHS for first, _ in pairs)
    if months_first and not days_first:
        day, month, year = format_.split("/")
        return f"{month}/{day}/{year}", False
    return format_, not days_first


def _number(values: Sequence[str], words: HeaderWords, said: Said) -> GuessedForm | None:  # noqa: C901 - one form after the other
    """A number with a decimal comma, groups, a percent sign or money around it."""
    money = sorted({w for w in words.money for v in values if v.endswith(w) or v.startswith(w)}, key=len, reverse=True)
    form: dict[str, Any] = {}
    texts = list(values)
    used = [w for w in money if any(v.startswith(w) or v.endswith(w) for v in values)]
    if used and all(any(v.startswith(w) or v.endswith(w) for w in used) for v in values):
        form["currency"] = used
        texts = [_bare(v, used) for v in texts]
    elif all(v.endswith("%") for v in values):
        form["percent"] = True
        texts = [v[:-1].rstrip(_BLANKS) for v in texts]
    # A table of fixed width fills its cells with blanks.
    is_padded = any(t != t.strip(_BLANKS) for t in texts)
    texts = [t.strip(_BLANKS) for t in texts]
    for point, groups in ((".", ""), (",", ""), (",", " "), (".", " "), (".", ","), (",", "."), (".", "'")):
        group = f"[{_BLANKS}]" if groups == " " else re.escape(groups)
        whole = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})*" if groups else "(?:0|[1-9][0-9]*)"
        if said.decimal and point != said.decimal:
            continue
        if point == "," and not said.decimal and any("," in t for t in texts) and _may_be_thousands(texts):
            continue
        if all(re.fullmatch(rf"[-+]?{whole}(?:{re.escape(point)}[0-9]+)?", t) for t in texts):
            break
    else:
        return None
    if groups:
        form["thousands"] = groups
    scale = max((len(t.rpartition(point)[2]) for t in texts if point in t), default=0)
    if point == "," and scale:
        form["decimal"] = ","
    if not form:
        # Plain numbers between words for missing, or between blanks.
        form = {"decimal": "."} if scale or is_padded else {}
    if scale > _MOST_PLACES:
        # Only what a computer wrote has so many; there the nearest number is the number.
        return (
            GuessedForm({"logicalType": "number", "physicalType": "DOUBLE"}, form) if set(form) <= {"decimal"} else None
        )
    if not scale and "percent" not in form:
        is_doubtful = groups == "," and not said.decimal and _may_be_thousands(texts)
        return GuessedForm({"logicalType": "integer"}, form, is_doubtful)
    precision = min(_MOST_WHOLE + scale, max(18, max(map(len, texts)) + _ROOM))
    return GuessedForm({"logicalType": "number", "physicalType": f"DECIMAL({precision},{scale})"}, form)


def _may_be_thousands(texts: Sequence[str]) -> bool:
    """Whether every comma stands before three digits and after one to three, so that it more likely marks thousands."""
    return all(re.fullmatch(r"[-+]?(?:0|[1-9][0-9]{0,2}(?:,[0-9]{3})?)", t) for t in texts)


def _bare(text: str, around: Sequence[str]) -> str:
    for word in around:
        text = text.removeprefix(word).removesuffix(word)
    return text.strip(_BLANKS)


def _flag(values: Sequence[str], words: HeaderWords) -> GuessedForm | None:
    written = {v.strip().lower() for v in values}
    yes, no = written & words.true, written & words.false
    # Both must be seen: a column that only says "no" may say anything tomorrow.
    if not yes or not no or written - yes - no:
        return None
    spelled = sorted(set(values))
    return GuessedForm(
        {"logicalType": "boolean"},
        {
            "trueWords": [v for v in spelled if v.strip().lower() in yes],
            "falseWords": [v for v in spelled if v.strip().lower() in no],
        },
    )
