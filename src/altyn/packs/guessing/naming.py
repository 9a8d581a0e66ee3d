"""Names of registers and columns for headers and files in any of the scripts we know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from altyn.model.registers import RESERVED

MAX_NAME = 60
# A table of a script, not of a country: Cyrillic letters that Unicode cannot take apart, in their commonest Latin
# spelling. Whatever is not here loses its marks by NFKD (ў -> у) and is looked up again.
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k", "л": "l", "м": "m",
    "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "ё": "yo", "і": "i", "ї": "yi", "є": "ye", "ґ": "g",
    "ә": "a", "ғ": "g", "қ": "q", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "җ": "j", "ҳ": "h", "ҷ": "j", "ђ": "d", "ј": "j",
    "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ѕ": "dz", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ə": "a",
}  # fmt: skip


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
        latin += [_LATIN.get(p, p) for p in unicodedata.normalize("NFKD", sign).lower() if not unicodedata.combining(p)]
    name = re.sub(r"[^a-z0-9]+", "_", "".join(latin)).strip("_")
    if not name:
        name = "column"
    if not name[0].isalpha():
        name = f"c_{name}"
    return name[:MAX_NAME].strip("_")


def column_names(headers: Sequence[str]) -> list[str]:
    """Names for columns: each once, none reserved.

    >>> column_names(["Код", "код", "batch"])
    ['kod', 'kod_2', 'batch_value']
    """
    names: list[str] = []
    for header in headers:
        base = register_name(header)
        base = f"{base}_value" if base in RESERVED else base
        name, number = base, 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names
