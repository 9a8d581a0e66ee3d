"""The profile: what Altyn adds to the Open Data Contract Standard, as customProperties named `altyn.<x>`.

The published schema is `schemas/altyn-odcs-profile.schema.json`; a property it does not know is refused with the
names that look like it, for a misspelt `altyn.disclosure` would otherwise leave in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from altyn.errors import AltynError
from altyn.language import Label, say
from altyn.packs.documents import schema_faults

SCHEMA = "altyn-odcs-profile.schema.json"
PREFIX = "altyn."


def properties_of(element: Mapping[str, Any]) -> dict[str, Any]:
    """The `altyn.*` customProperties of a contract, a schema object or a property: name -> value."""
    # ODCS 3.0 lets a custom property stand without a name or a value.
    listed = [
        item for item in element.get("customProperties") or [] if str(item.get("property", "")).startswith(PREFIX)
    ]
    return {item["property"]: item.get("value") for item in listed}


def profile_faults(element: Mapping[str, Any], level: Literal["register", "column"], where: str) -> list[AltynError]:
    """What the profile's schema says against the customProperties of one element: `contract.profile`."""
    listed = [str(item.get("property", "")) for item in element.get("customProperties") or []]
    place = f"{where}.customProperties"
    return schema_faults(
        properties_of(element), SCHEMA, place, definition=level, code="contract.profile", unknown="contract.profile"
    ) + [_twice(name, place) for name in sorted({n for n in listed if n.startswith(PREFIX) and listed.count(n) > 1})]


def _twice(name: str, where: str) -> AltynError:
    return AltynError(
        "contract.profile",
        what=say("{name} stands twice.", name=name),
        where=where,
        mend=say("Keep one."),
    )


def label_of(value: object) -> Label:
    """A label from what the profile allows: one text, or one text for each language."""
    return Label(value if isinstance(value, (str, Mapping)) else None)


def texts_of(value: Mapping[str, Any]) -> dict[str, str]:
    """A table of the profile as flat texts: `{act: {kk: .., ru: ..}}` becomes `act.kk`, `act.ru`; true becomes `true`."""
    flat: dict[str, str] = {}
    for name, item in value.items():
        if isinstance(item, Mapping):
            flat |= {f"{name}.{language}": str(text) for language, text in item.items()}
        elif item is not None:
            flat[name] = str(item).lower() if isinstance(item, bool) else str(item)
    return flat
