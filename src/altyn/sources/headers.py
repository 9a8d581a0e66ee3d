"""Headers: the names a file gives its columns, and which of them its register asks for."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import Column


def header_names(found: Sequence[str]) -> list[str]:
    """Headers as contracts write them: without spaces or a mark around; `#7` for the seventh where there is none."""
    return [h.strip("\ufeff \t\r\n\xa0") or f"#{n}" for n, h in enumerate(found, start=1)]


@lru_cache(maxsize=10_000)
def looks(header: str) -> str:
    r"""A header as the eye reads it: composed letters, no mark that cannot be seen, any run of blanks as one.

    >>> looks("\ufeffИ\u0306ош\u200bкар-\xa0Ола ") == "Йошкар- Ола"
    True
    """
    composed = unicodedata.normalize("NFC", header)
    return " ".join("".join(s for s in composed if unicodedata.category(s) != "Cf").split())


def _place(names: Sequence[str], wanted: str) -> list[int]:
    """Where a wanted header stands: exactly so, or else as the eye reads it."""
    return [i for i, n in enumerate(names) if n == wanted] or [
        i for i, n in enumerate(names) if looks(n) == looks(wanted)
    ]


def _mend_missing(names: Sequence[str], missing: Sequence[str], *, found: int) -> Message:
    """What to do about missing columns. Only names near to a declared one are shown: any other may be a value of a lost header line."""
    near = [n for m in missing for n in difflib.get_close_matches(m, names, n=2, cutoff=0.6)]
    if near:
        return say(
            "Is it here under another name: {names}? Then correct physicalName in the contract.",
            names=", ".join(near)[:300],
        )
    if not found:
        return say(
            "None of the {count} cells of the header line is a declared column: is the header lost, or in another line (header_line)?",
            count=len(names),
        )
    return say(
        "Add the missing ones to the extract, or correct physicalName in the contract; the file has {count} columns.",
        count=len(names),
    )


def match_headers(
    found: Sequence[str], columns: Sequence[Column], display: str, *, line: int = 1
) -> tuple[list[int], tuple[str, ...]]:
    """Where each column stands among a file's headers, and the headers nobody asked for.

    Composed and decomposed letters, and marks or blanks that cannot be told apart by eye, are one.

    Raises:
        AltynError: `source.column-duplicate`, `source.column-missing`.
    """
    names = header_names(found)
    wanted = [c.source_header.strip() for c in columns]
    places = {w: _place(names, w) for w in wanted}
    twice = sorted(w for w, at in places.items() if len(at) > 1)
    if twice:
        raise AltynError(
            "source.column-duplicate",
            what=say("A column stands twice in the file: {names}.", names=", ".join(twice)[:200]),
            where=f"{display}, line {line}",
            mend=say("Give each column its own header."),
        )
    missing = [w for w, at in places.items() if not at]
    if missing:
        raise AltynError(
            "source.column-missing",
            what=say("The file lacks columns its register declares: {names}.", names=", ".join(missing)[:200]),
            where=f"{display}, line {line}",
            mend=_mend_missing(names, missing, found=len(wanted) - len(missing)),
        )
    taken = {at[0] for at in places.values()}
    return [places[w][0] for w in wanted], tuple(n for i, n in enumerate(names) if i not in taken)
