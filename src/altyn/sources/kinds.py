"""Kinds of sources: which reader reads each. Its endings and its options come with the reader's class, and are said nowhere else.

A kind is a class with `kind`, and where they apply `suffixes` (endings of file names) and `options` (name -> `Option`): from
these follow what altyn.toml may say, what `altyn add` takes for a file, and what is forgotten where mended rows come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from typing import Any, Literal

from altyn.errors import AltynError
from altyn.language import say

# A kind from outside registers its class under the entry point altyn.sources instead.
BUILT_IN = {
    "csv": "altyn.sources.csv:CsvReader",
    "xlsx": "altyn.sources.excel:ExcelReader",
    "json": "altyn.sources.json_files:JsonReader",
    "ndjson": "altyn.sources.json_files:NdjsonReader",
    "geojson": "altyn.sources.json_files:GeoJsonReader",
    "parquet": "altyn.sources.parquet:ParquetReader",
    "postgres": "altyn.sources.postgres:PostgresReader",
}


@dataclass(frozen=True, slots=True)
class Option:
    """What an option's value must be, and whether it says where in one file the records stand.

    Such a one is true of that file, and of none that was written by Altyn.
    """

    form: Literal["text", "whole number", "yes or no", "sign", "sign or none", "encoding"] = "text"
    is_layout: bool = True


TEXT, COUNT, FLAG = Option(), Option("whole number"), Option("yes or no")
SIGN, QUOTE, ENCODING = Option("sign"), Option("sign or none"), Option("encoding")
# Where a table begins and ends, in whatever holds rows and cells.
OF_TABLES = {"header_line": COUNT, "header_rows": COUNT, "no_header": FLAG, "skip_footer": COUNT}
LONGEST_LINE = {"max_line_mb": Option("whole number", is_layout=False)}
# Of every kind: which file of an archive, and whether an extract may have no rows.
_COMMON = {"member": TEXT, "allow_empty": Option("yes or no", is_layout=False)}


def reader(kind: str) -> object:
    """The reader of a kind.

    Raises:
        AltynError: `source.kind-unknown`.
    """
    known = addresses()
    if kind not in known:
        raise AltynError(
            "source.kind-unknown",
            what=say("{kind} is not a kind of source.", kind=kind[:40]),
            mend=say(
                "Kinds: {kinds}. A new one registers under the entry point altyn.sources.", kinds=", ".join(known)
            ),
        )
    return _class_at(known[kind])()


@cache
def addresses() -> Mapping[str, str]:
    """Where each kind's reader is: `module:Class`."""
    return BUILT_IN | {p.name: p.value for p in metadata.entry_points(group="altyn.sources")}


@cache
def suffixes() -> Mapping[str, str]:
    """The kind that the end of a file's name tells: `.csv` -> csv."""
    found: dict[str, str] = {}
    for kind, one in _classes().items():
        for suffix in getattr(one, "suffixes", ()):
            # Ours come first: a kind from outside takes no file away from a kind that reads it already.
            found.setdefault(suffix, kind)
    return found


@cache
def options() -> Mapping[str, Option]:
    """All options that some kind takes, those of the layout first."""
    found: dict[str, Option] = {}
    for one in (*_classes().values(), _Any):
        for name, option in getattr(one, "options", {}).items():
            found.setdefault(name, option)
    return dict(sorted(found.items(), key=lambda item: not item[1].is_layout))


class _Any:
    options = _COMMON


def _classes() -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for kind, address in addresses().items():
        try:
            found[kind] = _class_at(address)
        except (ImportError, AttributeError):
            # A kind from outside that cannot be loaded is told where it is asked for; it may not stop all others.
            if kind in BUILT_IN:
                raise
    return found


def _class_at(address: str) -> Any:
    module, _, name = address.partition(":")
    return getattr(import_module(module), name)
