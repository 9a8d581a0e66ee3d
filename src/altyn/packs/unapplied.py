"""Unapplied fields: what a contract says, the standard knows, a reader expects to act, and Altyn does not carry out.

They are kept for the tools that do. `altyn check` names them, so that nobody trusts a rule that nobody applies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altyn.language import Message, say
from altyn.packs.catalogue import Catalogue
from altyn.packs.finding import find_packs
from altyn.packs.forms import zone_of
from altyn.packs.project import Project
from altyn.packs.properties import column_type

_OPTIONS = frozenset(
    {
        "pattern", "minimum", "maximum", "minLength", "maxLength", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    }
)  # fmt: skip
# Of these a test of the reference knows too.
OF_A_PROPERTY = ("encryptedName", "transformLogic", "partitioned", "items", "properties", "map")


@dataclass(frozen=True, slots=True)
class Unapplied:
    """One field that is kept and not carried out: its name, and where it stands."""

    field: str
    where: str

    @property
    def message(self) -> Message:
        """What a person reads."""
        return say("Altyn keeps {field} for other tools and does not carry it out.", field=self.field)


def unapplied_fields(document: Mapping[str, Any], where: str) -> list[Unapplied]:
    """Fields of a contract without faults that Altyn does not carry out, in the order they stand.

    >>> column = {"name": "code", "logicalType": "integer", "logicalTypeOptions": {"format": "i32"}}
    >>> [found.field for found in unapplied_fields({"schema": [{"name": "codes", "properties": [column]}]}, "codes")]
    ['logicalTypeOptions.format']
    """
    found = [Unapplied(name, where) for name in ("servers", "roles") if document.get(name)]
    for table in document.get("schema") or []:
        found += _quality(table, f"{where}, schema[0]")
        for number, item in enumerate(table.get("properties") or []):
            place = f"{where}, schema[0].properties[{number}] ({item['name']})"
            found += [Unapplied(name, place) for name in OF_A_PROPERTY if item.get(name)]
            found += [Unapplied(f"logicalTypeOptions.{name}", place) for name in _options(item, place)]
            found += _quality(item, place)
    return found


def _options(item: Mapping[str, Any], where: str) -> Iterator[str]:
    options, kind = item.get("logicalTypeOptions") or {}, column_type(item, where)
    is_dated = kind.kind in {"date", "timestamp"} or item.get("logicalType") == "time"
    for name, value in options.items():
        acts = {
            "format": is_dated,
            "timezone": kind.kind == "timestamp",
            # It says which clock is meant, where moments are those of a clock.
            "defaultTimezone": zone_of(kind, options, where) is not None,
        }.get(name, name in _OPTIONS)
        if value is not None and not acts:
            yield name


def _quality(element: Mapping[str, Any], where: str) -> Iterator[Unapplied]:
    for number, item in enumerate(element.get("quality") or []):
        kind = item.get("type", "library")
        if kind == "custom" or (kind == "library" and not (item.get("metric") or item.get("rule"))):
            yield Unapplied(f"quality[{number}] ({kind})", where)
        for name in ("schedule", "scheduler"):
            if item.get(name):
                yield Unapplied(f"quality[{number}].{name}", where)


def unapplied_in_project(project: Project, pack: str | None = None) -> list[Unapplied]:
    """What the contracts of a project, or of one pack by name or folder, say and Altyn does not carry out."""
    catalogue = Catalogue.of_packs(find_packs(project)[0], languages=project.languages)
    return unapplied_in(catalogue, Path(pack).name if pack else None)


def unapplied_in(catalogue: Catalogue, pack: str | None = None) -> list[Unapplied]:
    """What the contracts of a catalogue, or of one pack of it, say and Altyn does not carry out."""
    contracts = sorted(catalogue.contracts.items())
    wanted = [(name, c) for name, c in contracts if pack is None or name.startswith(f"{pack}.")]
    return [found for name, contract in wanted for found in unapplied_fields(contract.document, f"register {name}")]
