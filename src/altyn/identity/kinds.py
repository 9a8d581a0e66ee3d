"""Kinds: what a column holds, which decides how its values are written alike, compared and blocked.

Each kind turns distinct raw texts into canonical ones ("" where the text says nothing) and reads forms from those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from altyn.identity.columns import Codes, EncodedColumn, EncodedForm, Texts, Tokens, among, distinct, joined, through
from altyn.identity.letters import Letters, plain

LONGEST = 400
_DATES = (
    (re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})"), (0, 1, 2)),
    (re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})"), (2, 1, 0)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)"), (0, 1, 2)),
    (re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{2})(?!\d)"), (2, 1, 0)),
    (re.compile(r"(\d{4})(?!\d)"), (0, None, None)),
)
_CENTURY, _PIVOT, _LAST_MONTH = 1900, 30, 12
_DIGITS_ONLY = re.compile(r"\D+")
_NOT_SIGN = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[-+]?\d+(?:[ \u00a0]\d{3})*(?:[.,]\d+)?")
_GAPS = re.compile(r"[ \u00a0]")
# What programs write where there is nothing; words that people type stand in the packs' scripts.
_NOTHING = frozenset(("null", "none", "nan", "n/a", "na", "unknown", "unk", "-", "--", "?"))
_PHONE_DIGITS, _FEWEST_PHONE_DIGITS = 10, 5
_SAME_LENGTH = 0.6
_COUNTING = "0123456789012"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is compared: its name, kind and, for a name, which part of one.

    `part` is family, given, patronymic or full; empty for a name of no known part and for other kinds.
    """

    name: str
    kind: str
    part: str = ""


def encode(
    field: Field, raw: Texts, raw_codes: Codes, letters: Letters, given: EncodedColumn | None = None
) -> EncodedColumn:
    """A column of distinct raw texts and each row's code into them.

    Args:
        field: what the column holds.
        raw: distinct raw texts, shape (R,).
        raw_codes: per row the code of its text, -1 where it is missing, shape (N,).
        letters: the scripts' tables.
        given: a column whose codes are kept for values it has; new values come after.
    """
    nothing = _NOTHING | letters.missing
    texts = ["" if text.strip().lower() in nothing else text[:LONGEST] for text in raw]
    settings = given.settings if given is not None else _settings(field, texts)
    canonical = KINDS[field.kind].canonical(texts, FieldReading(field, letters, settings))
    if given is not None:
        places, values = among(given.values, canonical)
        rows = through(places, raw_codes)
        added = values[len(given.values) :]
        fresh = EncodedColumn(np.zeros(0, np.int32), added, np.zeros(len(added), np.int64), settings=settings)
        return joined(given, read_forms(field, fresh, letters), values, rows)
    codes, values = distinct(canonical)
    rows = through(codes, raw_codes)
    counts = np.bincount(rows[rows >= 0], minlength=len(values)).astype(np.int64)
    return read_forms(field, EncodedColumn(rows.astype(np.int32), values, counts, settings=settings), letters)


@dataclass(frozen=True, slots=True)
class FieldReading:
    """How raw texts of a column are read."""

    field: Field
    letters: Letters
    settings: Mapping[str, int]


def read_forms(field: Field, column: EncodedColumn, letters: Letters) -> EncodedColumn:
    """The column with the forms of its kind."""
    return KINDS[field.kind].forms(column, field, letters)


@dataclass(frozen=True, slots=True)
class FieldKind:
    """How a kind writes values alike and what it reads from them.

    `keys` names the forms it can be blocked by, with what share of matches is guessed to agree on each before anything was
    learned; what is guessed of none is only blocked by where a person says so. `has_words`: also by one word in common.
    """

    canonical: Callable[[Sequence[str], FieldReading], list[str]]
    forms: Callable[[EncodedColumn, Field, Letters], EncodedColumn]
    keys: Mapping[str, float | None]
    has_words: bool = False


def _form(texts: list[str]) -> EncodedForm:
    codes, values = distinct(texts)
    return EncodedForm(codes, len(values), values)


def _name(texts: Sequence[str], how: FieldReading) -> list[str]:
    return how.letters.fold(plain(texts))


def _name_forms(column: EncodedColumn, field: Field, letters: Letters) -> EncodedColumn:
    values = column.values.tolist()
    stems = letters.stem(values, field.part)
    whole = [stem or value for stem, value in zip(stems, values, strict=True)]
    forms = {
        "stem": _form(whole),
        "skeleton": _form([s or w for s, w in zip(letters.skeleton(whole), whole, strict=True)]),
        "initial": _form([value[:1] for value in values]),
    }
    return replace(column, forms=forms)


def _words(texts: Sequence[str], how: FieldReading) -> list[str]:
    plains = plain(texts)
    if how.field.kind == "organisation name":
        plains = how.letters.organisation(plains)
    return how.letters.fold(plains)


def _word_forms(column: EncodedColumn, _field: Field, _letters: Letters) -> EncodedColumn:
    values: list[str] = column.values.tolist()
    forms = {"words": _form([" ".join(sorted(set(value.split()))) for value in values])}
    words: dict[str, int] = {}
    starts, ids = [0], list[int]()
    for value in values:
        ids += sorted({words.setdefault(word, len(words)) for word in value.split()})
        starts.append(len(ids))
    names = np.empty(len(words), object)
    names[:] = list(words)
    at, flat = np.asarray(starts, np.int64), np.asarray(ids, np.int32)
    per = np.repeat(column.counts, np.diff(at))
    counts = np.bincount(flat, per, len(words)).astype(np.int64) if len(flat) else np.zeros(len(words), np.int64)
    return replace(column, forms=forms, tokens=Tokens(at, flat, names, counts))


def _signs(texts: Sequence[str]) -> list[str]:
    signs = [_NOT_SIGN.sub("", text.casefold()).replace("о", "0") for text in texts]
    return [sign.replace("o", "0") if sum(c.isdigit() for c in sign) * 2 > len(sign) else sign for sign in signs]


def _identifier(texts: Sequence[str], how: FieldReading) -> list[str]:
    signs, common = _signs(texts), how.settings.get("length", 0)
    # A spreadsheet drops zeros in front; where nearly all numbers have one length, the short ones get them back.
    signs = [sign.zfill(common) if sign.isdigit() and common - 3 <= len(sign) < common else sign for sign in signs]
    # One sign repeated, or counting up, is what people type to get past a form.
    return ["" if len(set(sign)) <= 1 or sign in _COUNTING else sign for sign in signs]


def _settings(field: Field, texts: Sequence[str]) -> dict[str, int]:
    if field.kind == "date":
        return {"month_first": int(_month_first(texts))}
    if field.kind != "identifier":
        return {}
    lengths = np.asarray([len(sign) for sign in _signs(texts) if sign.isdigit()], np.int64)
    common = int(np.bincount(lengths).argmax()) if len(lengths) else 0
    return {"length": common if len(lengths) and (lengths == common).mean() >= _SAME_LENGTH else 0}


def _no_forms(column: EncodedColumn, _field: Field, _letters: Letters) -> EncodedColumn:
    return column


def _phone(texts: Sequence[str], _how: FieldReading) -> list[str]:
    digits = [_DIGITS_ONLY.sub("", text)[-_PHONE_DIGITS:] for text in texts]
    return [d if len(d) >= _FEWEST_PHONE_DIGITS and len(set(d)) > 1 else "" for d in digits]


def _email(texts: Sequence[str], _how: FieldReading) -> list[str]:
    return [text.strip().casefold() if "@" in text[1:] else "" for text in texts]


def _email_forms(column: EncodedColumn, _field: Field, _letters: Letters) -> EncodedColumn:
    return replace(column, forms={"local": _form([v.split("@", 1)[0] for v in column.values])})


def _category(texts: Sequence[str], how: FieldReading) -> list[str]:
    return how.letters.fold(plain(texts))


def _date(texts: Sequence[str], how: FieldReading) -> list[str]:
    month_first = bool(how.settings.get("month_first"))
    return [_one_date(text, month_first=month_first) for text in texts]


def _month_first(texts: Sequence[str]) -> bool:
    """Whether dates with the year last begin with the month: some second part is over twelve, and no first part is."""
    pattern = _DATES[1][0]
    parts = [match.groups() for text in texts[:20_000] if (match := pattern.match(text.strip()))]
    first, second = (max((int(p[i]) for p in parts), default=0) for i in (0, 1))
    return second > _LAST_MONTH >= first


def _one_date(text: str, *, month_first: bool) -> str:
    text = text.strip()
    for pattern, (y, m, d) in _DATES:
        match = pattern.match(text)
        if match:
            part = match.groups()
            year = int(part[y])
            if len(part[y]) == 2:  # noqa: PLR2004  # digits of a year
                year += _CENTURY if year > _PIVOT else _CENTURY + 100
            month, day = (int(part[m]), int(part[d])) if m is not None and d is not None else (0, 0)
            if month_first and y == 2:  # noqa: PLR2004  # the year stood last
                month, day = day, month
            return f"{year:04d}-{month:02d}-{day:02d}"
    return ""


def _date_forms(column: EncodedColumn, _field: Field, _letters: Letters) -> EncodedColumn:
    values = column.values.tolist()
    year = np.asarray([int(v[:4]) for v in values], np.int16)
    month = np.asarray([int(v[5:7]) for v in values], np.int8)
    day = np.asarray([int(v[8:10]) for v in values], np.int8)
    forms = {
        "year": _numbered(year.astype(np.int64), 10_000),
        "month and day": _numbered(np.where(month > 0, month.astype(np.int64) * 100 + day, -1), 10_000),
        # Day and month in order of size: a date whose two were swapped stays where it was.
        "unordered": _numbered(
            year.astype(np.int64) * 10_000 + np.minimum(month, day).astype(np.int64) * 100 + np.maximum(month, day),
            100_000_000,
        ),
    }
    return replace(column, forms=forms, numbers={"year": year, "month": month, "day": day})


def _numbered(keys: NDArray[np.int64], size: int) -> EncodedForm:
    # The number itself is the code, so that a day nobody had seen changes no code of the others.
    return EncodedForm(keys.astype(np.int32), size)


def _number(texts: Sequence[str], _how: FieldReading) -> list[str]:
    found = [_NUMBER.search(text) for text in texts]
    parts = [_GAPS.sub("", match.group()).replace(",", ".") if match else "" for match in found]
    return [f"{float(part):.6g}" if part else "" for part in parts]


def _number_forms(column: EncodedColumn, _field: Field, _letters: Letters) -> EncodedColumn:
    number = np.asarray([float(v) for v in column.values], np.float64)
    return replace(column, numbers={"number": number})


# The first tell most of two rows; a kind of its own joins here, with its comparison in comparing.py.
KINDS: Mapping[str, FieldKind] = {
    "person name": FieldKind(_name, _name_forms, {"value": None, "stem": None, "skeleton": 0.88}),
    "organisation name": FieldKind(_words, _word_forms, {"words": 0.6}, has_words=True),
    "identifier": FieldKind(_identifier, _no_forms, {"value": 0.9}),
    "date": FieldKind(_date, _date_forms, {"value": 0.9, "month and day": 0.93, "year": 0.94, "unordered": 0.92}),
    "phone": FieldKind(_phone, _no_forms, {"value": 0.7}),
    "e-mail": FieldKind(_email, _email_forms, {"value": 0.7, "local": 0.75}),
    "full name": FieldKind(_words, _word_forms, {"words": 0.6}, has_words=True),
    "place": FieldKind(_words, _word_forms, {"value": 0.7}, has_words=True),
    "text": FieldKind(_words, _word_forms, {"words": 0.4}, has_words=True),
    "category": FieldKind(_category, _no_forms, {"value": 0.75}),
    "number": FieldKind(_number, _number_forms, {"value": 0.6}),
}
