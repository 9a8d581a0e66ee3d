"""Full names: which word of a cell that holds a whole name is which part, told by the sources that keep the parts apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from altyn.identity.letters import Letters, plain

# A column of a specification may name words of a cell: "full_name: word 2", "full_name: words from 3".
_WORDS = re.compile(r"^(?P<header>.+): (?P<form>word|words from) (?P<number>[1-9])$")
_GAP = re.compile(r"[\s,]+")
_ENOUGH, _CLEARLY = 0.3, 1.5
_THREE = 3


def part_of(column: str, headers: Iterable[str]) -> tuple[str, str]:
    """(header, SQL with {text} for the cell) of a column as a specification names it; the header is "" where there is none."""
    known = set(headers)
    if column in known:
        return column, "{text}"
    match = _WORDS.match(column)
    if match is None or match["header"] not in known:
        return "", ""
    words = "string_split(trim(regexp_replace({text}, '[\\s,]+', ' ', 'g')), ' ')"
    number = int(match["number"])
    if match["form"] == "word":
        return match["header"], f"nullif({words}[{number}], '')"
    return match["header"], f"nullif(array_to_string({words}[{number}:], ' '), '')"


def parts(
    values: Sequence[str], family: Sequence[str], given: Sequence[str], letters: Letters
) -> Mapping[str, str] | None:
    """Which words of whole names are family, given and patronymic name, as forms behind a header; None where it cannot be told.

    Args:
        values: whole names.
        family: family names of other sources.
        given: given names of other sources.
        letters: the scripts' tables: sources need not share a script.
    """
    words = [_GAP.sub(" ", v).strip().split(" ") for v in values]
    words = [w for w in words if len(w) > 1]
    if not words:
        return None
    shares: list[tuple[float, float]] = []
    stocks = [_skeletons(names, letters) for names in (family, given)]
    for place in (0, 1):
        found = letters.skeleton(letters.fold(plain([w[place] for w in words])))
        shares.append((_share(found, stocks[0]), _share(found, stocks[1])))
    (family_first, given_first), (family_second, given_second) = shares
    long = sum(len(w) >= _THREE for w in words) * 2 > len(words)
    if given_second > _ENOUGH and given_second > given_first * _CLEARLY and family_first > family_second:
        return {"family": "word 1", "given": "word 2", "patronymic": "words from 3"}
    if given_first > _ENOUGH and given_first > given_second * _CLEARLY:
        if long:
            return {"given": "word 1", "patronymic": "word 2", "family": "words from 3"}
        return {"given": "word 1", "family": "words from 2"}
    return None


def _skeletons(names: Sequence[str], letters: Letters) -> set[str]:
    return set(letters.skeleton(letters.fold(plain(names))))


def _share(found: Sequence[str], stock: set[str]) -> float:
    return sum(name in stock for name in found) / len(found)
