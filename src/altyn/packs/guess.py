"""Guessing: a first contract for a file nobody has declared yet, made to be read and corrected by a person.

The guess is cautious: codes with leading zeros stay text, nothing is open, no column is public.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from altyn.language import LANGUAGES
from altyn.model.registers import RESERVED

MAX_NAME = 60
MAX_DIGITS = 18
# A table of a script, not of a country: Cyrillic letters that Unicode cannot take apart, in their commonest Latin
# spelling. Whatever is not here loses its marks by NFKD (ў -> у) and is looked up again.
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k", "л": "l", "м": "m",
    "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "ё": "yo", "і": "i", "ї": "yi", "є": "ye", "ґ": "g",
    "ә": "a", "ғ": "g", "қ": "q", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "җ": "j", "ҳ": "h", "ҷ": "j", "ђ": "d", "ј": "j",
    "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ѕ": "dz", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ə": "a",
}  # fmt: skip
_INTEGER = re.compile(r"^-?(?:0|[1-9][0-9]*)$")
_DECIMAL = re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$")
_ZONED = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$")
_DAY_LENGTH = 10


def register_name(text: str) -> str:
    """A snake_case Latin name for a header or a file in any of the scripts we know.

    >>> register_name("Код района (КАТО)")
    'kod_rayona_kato'
    >>> register_name("Халық саны, 2023")
    'khalyq_sany_2023'
    >>> register_name("2023")
    'c_2023'
    """
    latin: list[str] = []
    for sign in unicodedata.normalize("NFC", text).lower():
        if sign in _LATIN:
            latin.append(_LATIN[sign])
            continue
        latin += [_LATIN.get(p, p) for p in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(p)]
    name = re.sub(r"[^a-z0-9]+", "_", "".join(latin)).strip("_")
    if not name:
        name = "column"
    if not name[0].isalpha():
        name = f"c_{name}"
    return name[:MAX_NAME].strip("_")


def _names(headers: Sequence[str]) -> list[str]:
    """Names for columns: each once, none reserved."""
    names: list[str] = []
    for header in headers:
        base = register_name(header)
        base = f"{base}_value" if base in RESERVED else base
        name, number = base, 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names


def guess_contract(
    headers: Mapping[str, Sequence[object]] | Iterable[tuple[str, Sequence[object]]], name: str
) -> dict[str, Any]:
    """The document of a contract for a file's headers and the first values under each.

    Args:
        headers: header -> values as text, None or empty where there is none; in the order of the file.
        name: the register, `pack.table`.

    Returns:
        A document that `contracts.contract_of` takes. The key is the first column whose values are there and differ;
        where there is none, all columns.
    """
    pairs: list[tuple[str, Sequence[object]]] = []
    pairs.extend(cast("Mapping[str, Sequence[object]]", headers).items() if isinstance(headers, Mapping) else headers)
    samples = [[None if v is None or str(v).strip() == "" else str(v).strip() for v in values] for _, values in pairs]
    names = _names([header for header, _ in pairs])
    key = _key(samples)
    properties: list[dict[str, Any]] = []
    for number, ((header, _), column, values) in enumerate(zip(pairs, names, samples, strict=True)):
        item: dict[str, Any] = {"name": column, "physicalName": header, **_type(values)}
        if number in key:
            item |= {"primaryKey": True, "primaryKeyPosition": key.index(number) + 1, "required": True}
        item |= {"classification": "internal", "customProperties": [_label(header)]}
        properties.append(item)
    table = name.rpartition(".")[2]
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": name,
        "name": table,
        "version": "0.1.0",
        "status": "draft",
        "description": {
            "purpose": f"Guessed from a file; read it, correct it, then set status: active. {len(properties)} columns."
        },
        "schema": [
            {
                "name": table,
                "logicalType": "object",
                "customProperties": [
                    _label(table),
                    {"property": "altyn.disclosure", "value": {"open": False, "kind": "real"}},
                ],
                "properties": properties,
            }
        ],
    }


def _label(text: str) -> dict[str, Any]:
    return {"property": "altyn.label", "value": dict.fromkeys(LANGUAGES, text or "?")}


def _key(samples: Sequence[Sequence[str | None]]) -> list[int]:
    for number, values in enumerate(samples):
        if values and None not in values and len(set(values)) == len(values) and not _is_fraction(values):
            return [number]
    whole = [number for number, values in enumerate(samples) if None not in values and not _is_fraction(values)]
    return whole or list(range(len(samples)))


def _is_fraction(values: Sequence[str | None]) -> bool:
    return any(value and _DECIMAL.match(value) for value in values)


def _type(values: Iterable[str | None]) -> dict[str, Any]:  # noqa: PLR0911 - one return a type reads best
    """The narrowest type that every value has; text where they have none, or where there are no values."""
    there = [value for value in values if value is not None]
    if not there:
        return {"logicalType": "string"}
    if all(value.lower() in {"true", "false"} for value in there):
        return {"logicalType": "boolean"}
    if all(_INTEGER.match(value) and len(value.lstrip("-")) <= MAX_DIGITS and value != "-0" for value in there):
        return {"logicalType": "integer"}
    if _is_fraction(there) and all(_INTEGER.match(value) or _DECIMAL.match(value) for value in there):
        whole = max(len(value.lstrip("-").split(".")[0]) for value in there)
        scale = max(len(value.partition(".")[2]) for value in there)
        if whole + scale <= MAX_DIGITS * 2:
            # Room for one value ten thousand times as large as those seen.
            return {"logicalType": "number", "physicalType": f"DECIMAL({min(38, max(18, whole + scale + 4))},{scale})"}
    if all(len(value) == _DAY_LENGTH and _is_day(value) for value in there):
        return {"logicalType": "date"}
    if all(_ZONED.match(value) and _is_moment(value) for value in there):
        return {"logicalType": "timestamp"}
    return {"logicalType": "string"}


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
