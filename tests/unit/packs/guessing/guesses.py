"""Small files, and what is guessed of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from altyn.model import Kind
from altyn.packs.guessing.forms import Said
from altyn.packs.guessing.guess import Guess, guess
from altyn.packs.guessing.naming import column_names
from altyn.packs.guessing.words import HeaderWords
from altyn.sources.spec import spec_from_table
from altyn.sources.trial import Trial, columns_of

WORDS = HeaderWords().more({"code": ["oked"], "kinds": {"even": "even"}})
EVEN = Kind("even", lambda v: v.isdigit() and int(v) % 2 == 0, "coalesce(TRY_CAST({value} AS BIGINT) % 2 = 0, false)")


def guessed(folder: Path, name: str, text: str | bytes, *, date_format: str = "", **settings_of: Any) -> Guess:
    """The guess for a file of this content."""
    content = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(content)
    spec = spec_from_table("local.x", {"path": name, **settings_of}, folder)
    headers = columns_of(spec, folder)
    with Trial(spec, folder, list(zip(headers, column_names(headers), strict=True))) as trial:
        said = Said(date_format=date_format)
        return guess(trial, "local.x", WORDS, {"even": EVEN}, timezone="Asia/Almaty", synthetic=False, said=said)


def types(found: Guess) -> Mapping[str, str]:
    return {c.name: c.type.name for c in found.register.columns}


def all_pass(found: Guess) -> bool:
    return found.outcome.passed == found.outcome.rows > 0


def table(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"
