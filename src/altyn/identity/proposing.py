"""Proposing: a specification from headers and values, for data nobody described. It errs on the side of leaving a column out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from altyn.errors import AltynError
from altyn.identity.kinds import Field
from altyn.identity.specification import Specification
from altyn.language import say

SAMPLE = 5_000
_WORD = re.compile(r"[^\W_]+")
# Headers in English; packs add their own languages under [headers] of a script's table.
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "answer": ("entity", "cluster", "cluster id", "true id", "truth", "label", "gold", "match", "is match", "duplicate of", "person id true", "entity id", "ground truth"),
    "id": ("id", "rec id", "record id", "unique id", "row id", "recid", "uid", "key", "index", "rowid", "record number", "line", "idabt", "idbuy"),
    "family": ("surname", "last name", "family name", "lastname", "lname", "sname", "name last", "last"),
    "given": ("given name", "first name", "firstname", "forename", "fname", "given names", "name first", "first"),
    "patronymic": ("patronymic", "fathers name", "father name"),
    "person name": ("middle name", "middlename", "mname", "maiden name", "midl name"),
    "full name": ("full name", "fullname", "person", "person name", "authors", "author", "artist", "director", "applicant", "holder", "client"),
    "organisation name": ("company", "organisation", "organization", "firm", "employer", "company name", "organisation name", "legal name", "business name", "brand", "manufacturer", "vendor"),
    "date": ("date", "dob", "birth date", "date of birth", "birthdate", "birthday", "year", "released", "issued"),
    "phone": ("phone", "telephone", "mobile", "tel", "phone number", "cell"),
    "e-mail": ("email", "e mail", "mail"),
    "place": ("city", "town", "locality", "suburb", "address", "street", "region", "district", "birth place", "place", "settlement", "street name", "county"),
    "category": ("sex", "gender", "state", "postcode", "postal code", "zip", "zip code", "zipcode", "street number", "house", "house number", "nationality", "citizenship", "country", "venue", "type", "category", "race", "language", "class"),
    "identifier": ("ssn", "soc sec id", "social security number", "national id", "passport", "tax id", "isbn", "issn", "doi", "vat", "iban", "account", "licence number", "ean", "upc", "modelno", "sku"),
    "number": ("price", "amount", "weight", "height", "age", "length", "size", "abv", "pages", "year of birth"),
    "text": ("title", "description", "note", "abstract", "comment", "remarks", "song", "album", "name of product"),
}  # fmt: skip
_DATE = re.compile(r"^\s*(\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|(?:1[89]|20)\d{2}[01]\d[0-3]\d)(?:[T ].*)?\s*$")
_PHONE = re.compile(r"^\s*\+?[\d\s().-]{7,20}\s*$")
_NUMBER = re.compile(r"^\s*[-+$€£₸]?\s*\d+(?:[ ,]\d{3})*(?:[.,]\d+)?\s*(?:[$€£₸]|kzt|usd)?\s*$", re.IGNORECASE)
_MOST, _MANY, _FEW, _UNIQUE = 0.8, 0.5, 0.02, 0.98
_LONG_NUMBER, _SHORT_TEXT, _MANY_WORDS = 6, 4, 3.2
_MOSTLY_MISSING = 0.97


@dataclass(frozen=True)
class Sample:
    """The first values of a source: header -> texts, None where there is none."""

    source: str
    values: Mapping[str, Sequence[str | None]] = field(default_factory=dict[str, "Sequence[str | None]"])


def propose(samples: Sequence[Sample], scripts: Iterable[Mapping[str, Any]] = (), entity: str = "") -> Specification:
    """A specification for sources, from their headers and first values.

    Columns with the same header are one field; a header one source alone has is met by one of the same meaning elsewhere.

    Args:
        samples: one for each source.
        scripts: the packs' `scripts/*.toml`, for headers in other languages.
        entity: what a cluster is; guessed where it is empty.

    Raises:
        AltynError: `identity.nothing-to-compare` where no column is left.
    """
    meanings = _meanings(scripts)
    fields: dict[str, Field] = {}
    columns: dict[str, list[str]] = {}
    ids: list[str] = []
    left_out: dict[str, str] = {}
    seen = list(dict.fromkeys(_plain(h) for sample in samples for h in sample.values))
    for header in seen:
        spelled = [(s, h) for s in samples for h in s.values if _plain(h) == header]
        values = [v for s, h in spelled for v in s.values[h] if v is not None and v.strip()]
        rows = sum(len(s.values[h]) for s, h in spelled)
        each = [[v for v in s.values[h] if v] for s, h in spelled]
        kind, part, why = _kind(header, values, each, meanings)
        headers = list(dict.fromkeys(h for _, h in spelled))
        if kind == "id":
            ids += headers
        elif kind == "" or (rows and len(values) < rows * (1 - _MOSTLY_MISSING)):
            left_out[headers[0]] = why or "nearly always missing"
        else:
            name = _name(header, kind, part, fields, spelled, columns)
            fields.setdefault(name, Field(name, kind, part))
            columns.setdefault(name, []).extend(h for h in headers if h not in columns.get(name, []))
    # What only one of several sources has, compares with nothing.
    if len(samples) > 1:
        for name in list(fields):
            if sum(any(h in s.values for h in columns[name]) for s in samples) < 2:  # noqa: PLR2004  # a pair needs two
                left_out[columns[name][0]] = "only one source has it"
                del fields[name], columns[name]
    if not fields:
        raise AltynError(
            "identity.nothing-to-compare",
            what=say("No column was found that rows can be compared by."),
            where=", ".join(s.source for s in samples)[:300],
            mend=say("Write a specification that names the columns and their kinds: --spec."),
        )
    kinds = {f.part or f.kind for f in fields.values()}
    guessed = "person" if kinds & {"family", "given", "patronymic"} else "organisation" if "organisation name" in kinds else "record"
    return Specification(
        entity or guessed,
        tuple(fields.values()),
        {name: tuple(headers) for name, headers in columns.items()},
        tuple(dict.fromkeys(ids)),
        left_out=left_out,
    )


def _meanings(scripts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    found = {word: meaning for meaning, words in _HEADERS.items() for word in words}
    for script in scripts:
        for meaning, words in script.get("headers", {}).items():
            for word in words:
                found.setdefault(_plain(word), meaning)
    return found


def _plain(header: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return " ".join(_WORD.findall(apart.lower()))


def _name(
    header: str, kind: str, part: str, fields: Mapping[str, Field], spelled: Sequence[tuple[Sample, str]], columns: Mapping[str, Sequence[str]]
) -> str:
    here = {s.source for s, _ in spelled}
    for name, one in fields.items():
        same = one.part == part and part if part else one.kind == kind and kind in ("e-mail", "phone")
        # Two columns of one source are two things, whatever they are called.
        taken = any(h in s.values for s, _ in spelled for h in columns[name] if s.source in here)
        if same and not taken:
            return name
    base = part or re.sub(r"\W+", "_", header).strip("_") or "column"
    name, number = base, 2
    while name in fields:
        name, number = f"{base}_{number}", number + 1
    return name


def _kind(header: str, values: Sequence[str], each: Sequence[Sequence[str]], meanings: Mapping[str, str]) -> tuple[str, str, str]:
    """(kind, part of a name, why it is left out)."""
    meaning = meanings.get(header) or _by_last_words(header, meanings)
    if meaning == "answer":
        return "", "", "it looks like the answer"
    if not values:
        return "", "", "no value"
    distinct = len(set(values)) / len(values)
    if len(set(values)) == 1:
        return "", "", "one value only"
    unique = all(len(set(part)) >= _UNIQUE * len(part) for part in each) and len(values) > 2  # noqa: PLR2004
    words = sum(len(_WORD.findall(v)) for v in values[:SAMPLE]) / min(len(values), SAMPLE)
    if meaning == "id" or (meaning is None and unique and words < 2 and _is_key(header, each)):  # noqa: PLR2004
        return "id", "", ""
    if meaning in ("family", "given", "patronymic"):
        return "person name", meaning, ""
    by_content = _by_content(values, distinct, words)
    if meaning == "date" and by_content not in ("date", "number", "identifier", "category"):
        meaning = None
    if meaning == "number" and by_content not in ("number", "category", "identifier", "date"):
        meaning = "text"
    if meaning == "place" and words > _MANY_WORDS:
        return "text", "", ""
    if meaning == "text" or (meaning is None and by_content == "text"):
        return "text", "", ""
    return (meaning or by_content), "", ""


def _by_last_words(header: str, meanings: Mapping[str, str]) -> str | None:
    words = header.split()
    for size in (2, 1):
        for at in range(len(words) - size, -1, -1):
            meaning = meanings.get(" ".join(words[at : at + size]))
            if meaning and meaning not in ("answer", "id"):
                return meaning
    return None


def _is_key(header: str, each: Sequence[Sequence[str]]) -> bool:
    """A unique value is a record's own number if sources do not share it and its header or form says so."""
    if len(each) > 1:
        first = set(each[0])
        shared = max(len(first & set(other)) / max(1, min(len(first), len(other))) for other in each[1:])
        return shared < _FEW
    return bool({"id", "key", "no", "number", "index"} & set(header.split())) or all(re.search(r"\d", v) for v in each[0][:SAMPLE])


def _by_content(values: Sequence[str], distinct: float, words: float) -> str:
    seen = values[:SAMPLE]

    def share(pattern: re.Pattern[str]) -> float:
        return sum(bool(pattern.match(v)) for v in seen) / len(seen)

    length = sum(len(v) for v in seen) / len(seen)
    if sum("@" in v[1:] for v in seen) / len(seen) >= _MANY:
        return "e-mail"
    if share(_DATE) >= _MOST:
        return "date"
    digits = sum(sum(c.isdigit() for c in v) for v in seen) / max(1, sum(len(v) for v in seen))
    if digits >= _MANY and share(_PHONE) >= _MOST and length > _LONG_NUMBER + 3 and share(re.compile(r".*[+()\s-]")) >= _MANY:
        return "phone"
    if share(_NUMBER) >= _MOST:
        if length >= _LONG_NUMBER and distinct > _MANY and not any("." in v or "," in v for v in seen[:200]):
            return "identifier"
        return "number" if any("." in v for v in seen) else "category"
    if digits >= _MANY and distinct > _MANY:
        return "identifier"
    if distinct < _FEW or length <= _SHORT_TEXT:
        return "category"
    if words > _MANY_WORDS:
        return "text"
    return "full name" if words > 1.5 else "person name"  # noqa: PLR2004
