"""Proposing: a specification from headers and values, for data nobody described. It errs on the side of leaving a column out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.identity.comparing import comparison
from altyn.identity.full_names import part_of, parts
from altyn.identity.kinds import KINDS, Field
from altyn.identity.letters import Letters
from altyn.identity.specification import MOST_FIELDS, MOST_VECTORS, Specification
from altyn.language import say

SAMPLE = 5_000
_WORD = re.compile(r"[^\W_]+")
# Headers in English; packs add their own languages under [headers] of a script's table.
_HEADERS = Path(__file__).with_name("headers.toml")
_DATE = re.compile(
    r"(\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|(?:1[89]|20)\d{2}[01]\d[0-3]\d)(?:[T ].*)?$"
)
_PHONE = re.compile(r"\+?[\d\s().-]{7,20}$")
# Before or after a number: the sign of a currency or its code of three letters, whichever country's.
_NUMBER = re.compile(r"[-+]?[^\w\s]?\s?\d+(?:[ ,]\d{3})*(?:[.,]\d+)?\s?(?:[^\w\s]|[^\W\d_]{3})?$")
_MOST, _MANY, _FEW, _UNIQUE = 0.8, 0.5, 0.02, 0.98
_LONG_NUMBER, _SHORT_TEXT, _MANY_WORDS = 6, 4, 3.2
_MOSTLY_MISSING = 0.97
_PHONE_SIGNS = re.compile(r"[+()\s-]")
_FEWEST_KEYS, _ONE_WORD, _ONE_NAME = 2, 2, 1.5
# What the values may be where the header says a kind.
_CONTENTS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "number", "identifier", "category"),
    "number": ("number", "category", "identifier", "date"),
    "e-mail": ("e-mail",),
}


@dataclass
class _Proposed:
    """Fields found so far."""

    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    columns: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


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
    scripts = tuple(scripts)
    meanings = _meanings(scripts)
    found = _Proposed()
    ids: list[str] = []
    left_out: dict[str, str] = {}
    for header in dict.fromkeys(_plain(h) for sample in samples for h in sample.values):
        spelled = [(s, h) for s in samples for h in s.values if _plain(h) == header]
        each = [[v for v in s.values[h] if v is not None and v.strip()] for s, h in spelled]
        values = [v for part in each for v in part]
        rows = sum(len(s.values[h]) for s, h in spelled)
        headers = list(dict.fromkeys(h for _, h in spelled))
        kind, part, why = _kind(header, values, each, meanings)
        if kind == "id":
            ids += headers
        elif not kind or len(values) < rows * (1 - _MOSTLY_MISSING):
            left_out |= dict.fromkeys(headers, why or "nearly always missing")
        else:
            name = _name(header, kind, part, found, spelled)
            found.fields.setdefault(name, Field(name, kind, part))
            known = found.columns.setdefault(name, [])
            known += [h for h in headers if h not in known]
    if len(samples) > 1:
        _take_apart(found, samples, Letters.of(scripts))
        _drop_lonely(found, samples, left_out)
    _keep_best(found, left_out)
    if not found.fields:
        raise AltynError(
            "identity.nothing-to-compare",
            what=say("No column was found that rows can be compared by."),
            where=", ".join(s.source for s in samples)[:300],
            mend=say("Write a specification that names the columns and their kinds: --spec."),
        )
    fields = tuple(found.fields.values())
    columns = {name: tuple(headers) for name, headers in found.columns.items()}
    return Specification(entity or _entity(fields), fields, columns, tuple(dict.fromkeys(ids)), left_out=left_out)


def _take_apart(found: _Proposed, samples: Sequence[Sample], letters: Letters) -> None:
    """Where some sources keep the parts of names apart and others write them in one cell, read the cell's words as parts."""
    fields = {f.part: n for n, f in found.fields.items() if f.part}
    if "family" not in fields or "given" not in fields:
        return
    stocks = [
        [v for s in samples for h in found.columns[fields[part]] for v in s.values.get(h, ()) if v]
        for part in ("family", "given")
    ]
    for name in [n for n, f in found.fields.items() if f.kind == "full name"]:
        for header in list(found.columns[name]):
            having = [s for s in samples if header in s.values]
            apart = [h for part in ("family", "given") for h in found.columns[fields[part]]]
            if any(h in s.values for s in having for h in apart):
                continue
            forms = parts([v for s in having for v in s.values[header] if v], stocks[0], stocks[1], letters)
            if forms is None:
                continue
            for part, form in forms.items():
                if part in fields:
                    found.columns[fields[part]].append(f"{header}: {form}")
            found.columns[name].remove(header)
        if not found.columns[name]:
            del found.fields[name], found.columns[name]


def _keep_best(found: _Proposed, left_out: dict[str, str]) -> None:
    """Leave out what tells least where there are more fields than can be compared at once."""
    order = sorted(found.fields, key=lambda n: list(KINDS).index(found.fields[n].kind))
    levels = 1
    for place, name in enumerate(order):
        levels *= comparison(found.fields[name]).size
        if place >= MOST_FIELDS or levels >= MOST_VECTORS:
            left_out |= dict.fromkeys(found.columns[name], "too many columns")
            del found.fields[name], found.columns[name]


def _drop_lonely(found: _Proposed, samples: Sequence[Sample], left_out: dict[str, str]) -> None:
    """Leave out what only one of several sources has: it compares with nothing."""
    for name in list(found.fields):
        if sum(any(part_of(c, s.values)[0] for c in found.columns[name]) for s in samples) == 1:
            left_out |= dict.fromkeys(found.columns[name], "only one source has it")
            del found.fields[name], found.columns[name]


def unnamed(specification: Specification, samples: Sequence[Sample]) -> dict[str, str]:
    """Columns of the sources that a specification somebody wrote does not name: header -> why nobody compares it."""
    named = set(specification.id_columns)
    for sample in samples:
        named |= {str(part_of(c, sample.values)[0]) for columns in specification.columns.values() for c in columns}
    headers = dict.fromkeys(h for sample in samples for h in sample.values if h not in named)
    return dict.fromkeys(headers, "the specification does not name it")


def _entity(fields: Sequence[Field]) -> str:
    kinds = {f.part or f.kind for f in fields}
    if kinds & {"family", "given", "patronymic"}:
        return "person"
    return "organisation" if "organisation name" in kinds else "record"


def _meanings(scripts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for script in (tomllib.loads(_HEADERS.read_text(encoding="utf-8")), *scripts):
        for meaning, words in script.get("headers", {}).items():
            for word in words:
                found.setdefault(_plain(word), meaning)
    return found


def _plain(header: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return " ".join(_WORD.findall(apart.lower()))


def _name(header: str, kind: str, part: str, proposed: _Proposed, spelled: Sequence[tuple[Sample, str]]) -> str:
    """The name of the field a column belongs to: one of the same meaning that these sources lack, or a new one."""
    here = [s for s, _ in spelled]
    for name, one in proposed.fields.items():
        same = one.part == part if part else one.kind == kind and kind in ("e-mail", "phone")
        # Two columns of one source are two things, whatever they are called.
        if same and not any(h in s.values for s in here for h in proposed.columns[name]):
            return name
    base = part or re.sub(r"\W+", "_", header).strip("_") or "column"
    name, number = base, 2
    while name in proposed.fields:
        name, number = f"{base}_{number}", number + 1
    return name


def _kind(
    header: str, values: Sequence[str], each: Sequence[Sequence[str]], meanings: Mapping[str, str]
) -> tuple[str, str, str]:
    """(kind, part of a name, why it is left out)."""
    meaning = meanings.get(header) or _by_last_words(header, meanings)
    why = "it looks like the answer" if meaning == "answer" else "no value" if not values else ""
    if why or len(set(values)) == 1:
        return "", "", why or "one value only"
    words = sum(len(_WORD.findall(v)) for v in values[:SAMPLE]) / min(len(values), SAMPLE)
    unique = len(values) > _FEWEST_KEYS and all(len(set(part)) >= _UNIQUE * len(part) for part in each)
    if meaning == "id" or (meaning is None and unique and words < _ONE_WORD and _is_key(header, each)):
        return "id", "", ""
    if meaning in ("family", "given", "patronymic"):
        return "person name", meaning, ""
    content = _by_content(values, words)
    if meaning is not None and content not in _CONTENTS.get(meaning, (content,)):
        # The header promises what the values are not.
        meaning = "text" if words > _MANY_WORDS else None
    if meaning == "place" and words > _MANY_WORDS:
        meaning = "text"
    return meaning or content, "", ""


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
    return bool({"id", "key", "no", "number", "index"} & set(header.split())) or all(
        re.search(r"\d", v) for v in each[0][:SAMPLE]
    )


def _by_content(values: Sequence[str], words: float) -> str:
    seen = [v.strip() for v in values[:SAMPLE]]
    count = len(seen)
    distinct = len(set(values)) / len(values)
    length = sum(len(v) for v in seen) / count
    digits = sum(sum(c.isdigit() for c in v) for v in seen) / max(1, sum(len(v) for v in seen))

    def share(pattern: re.Pattern[str]) -> float:
        return sum(bool(pattern.match(v)) for v in seen) / count

    is_number = share(_NUMBER) >= _MOST
    has_point = any("." in v or "," in v for v in seen)
    is_phone = (
        digits >= _MANY and share(_PHONE) >= _MOST and sum(bool(_PHONE_SIGNS.search(v)) for v in seen) >= _MANY * count
    )
    told = (
        ("e-mail", sum("@" in v[1:] for v in seen) / count >= _MANY),
        ("date", share(_DATE) >= _MOST),
        ("phone", is_phone and length > _LONG_NUMBER + 3),
        ("number", is_number and has_point),
        ("identifier", digits >= _MANY and distinct > _MANY and length >= _LONG_NUMBER),
        ("category", is_number or distinct < _FEW or length <= _SHORT_TEXT),
        ("text", words > _MANY_WORDS),
        ("full name", words > _ONE_NAME),
    )
    return next((kind for kind, is_so in told if is_so), "person name")
