"""Contract faults: everything that keeps a document from being a contract, at once.

Whoever mends a contract wants the whole list. A part that breaks a schema is left out when the rest is judged, so that
one wrong field neither hides the faults of others nor makes them look wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from altyn.errors import AltynError
from altyn.language import say
from altyn.model import Column
from altyn.packs.collecting import Collecting
from altyn.packs.documents import odcs_faults
from altyn.packs.forms import PROPERTY, register_faults
from altyn.packs.profile import PREFIX, profile_faults, properties_of
from altyn.packs.properties import column_faults, column_of, invalid, table_checks
from altyn.packs.registers import (
    key_faults,
    name_faults,
    named_column_faults,
    relationship_faults,
    valid_of,
    valid_time_faults,
)
from altyn.packs.secrets import secret_error, secret_places

Item = Mapping[str, Any]
_OF_THE_TYPE = ("logicalType", "physicalType", "logicalTypeOptions")


def secret_faults_of(document: Item, where: str) -> list[AltynError]:
    """The secrets that are written out in a document."""
    places = list(secret_places(document.get("servers"), "servers"))
    places += secret_places({k: v for k, v in document.items() if k != "servers"}, keys=False)
    return [secret_error(f"{where}, {place}") for place in places]


def schema_faults_of(document: Item, where: str) -> list[AltynError]:
    """What the schemas of the standard and of the profile say against a document; secrets before all."""
    # Secrets first: no other message may come from a document that holds one.
    if secrets := secret_faults_of(document, where):
        return secrets
    faults = odcs_faults(document, where)
    objects = _items(document.get("schema"))
    if len(objects) == 1:
        faults += _profile_faults(document, "register", f"{where}, contract")
        faults += _profile_faults(objects[0], "register", f"{where}, schema[0]")
        for number, item in enumerate(_items(objects[0].get("properties"))):
            faults += _profile_faults(item, "column", f"{where}, schema[0].properties[{number}]")
    elif not any(f.code == "contract.version" or "schema" in f.where.removeprefix(where) for f in faults):
        faults.append(
            invalid(
                say("A contract declares one register, this one {count}.", count=len(objects)),
                f"{where}, schema",
                say("Write one file for each register."),
            )
        )
    return _unique(faults)


def all_faults(document: Item, where: str) -> list[AltynError]:
    """Everything wrong with a document as a contract of Altyn; empty when nothing is."""
    faults = schema_faults_of(document, where)
    objects = _items(document.get("schema"))
    if len(objects) != 1 or any(f.code in {"project.secret", "contract.version"} for f in faults):
        return faults
    broken = [f.where for f in faults if f.code != "contract.field-unknown"]
    whole = _sound(document, f"{where}, ", broken, but="schema")
    table = _sound(objects[0], f"{where}, schema[0].", broken, but="properties")
    items = _items(objects[0].get("properties"))
    profile = properties_of(whole) | properties_of(table)
    found = list[AltynError]()
    if "id" in whole and "name" in table:
        found += name_faults(whole, table, where)
    found += valid_time_faults(profile, where)
    form: Mapping[str, Any] = profile.get(PROPERTY) or {}
    with Collecting(found):
        register_faults(form, f"{where}, schema[0]")
    table_checks(table.get("quality") or [], str(table.get("name")), None, f"{where}, schema[0]", found)
    found += key_faults(items, profile, f"{where}, schema[0]")
    columns = dict[str, Column | None]()
    for number, item in enumerate(items):
        place = f"{where}, schema[0].properties[{number}]"
        column = _column_faults(_sound(item, f"{place}.", broken), item, place, profile, found)
        columns.setdefault(str(item.get("name")), column)
    pack = str(whole.get("id", "")).split(".")[0]
    sound_items = [_sound(item, f"{where}, schema[0].properties[{n}].", broken) for n, item in enumerate(items)]
    found += relationship_faults({**table, "properties": sound_items}, pack, where)
    found += named_column_faults({**table, "properties": sound_items}, columns, profile, where)
    return _unique([*faults, *found])


def _profile_faults(element: Item, level: Any, where: str) -> list[AltynError]:
    # Of another shape, the standard's own schema has said it.
    return profile_faults(element, level, where) if _has_properties(element) else []


def _has_properties(element: Item) -> bool:
    listed = element.get("customProperties") or []
    return isinstance(listed, list) and all(isinstance(item, Mapping) for item in cast("list[object]", listed))


def _column_faults(
    sound: Item, item: Item, where: str, profile: Mapping[str, Any], found: list[AltynError]
) -> Column | None:
    """Add the faults of one property; its column, where it can be told."""
    if "name" not in sound:
        return None
    hierarchy: Mapping[str, Any] = profile.get("altyn.hierarchy") or {}
    valid, form = valid_of(profile) or (), profile.get(PROPERTY) or {}
    is_typed = all(key in sound for key in _OF_THE_TYPE if key in item)
    before = len(found)
    found += column_faults(sound, where, valid=valid, is_typed=is_typed)
    table_checks(sound.get("quality") or [], "_", str(sound["name"]), where, found)
    if not is_typed or len(found) > before:
        return None
    with Collecting(found):
        return column_of(sound, where, hierarchy_parent=hierarchy.get("parent"), valid=valid, form=form)
    return None


def _sound(element: Item, where: str, broken: list[str], *, but: str = "") -> dict[str, Any]:
    """The element without the fields, and without the `altyn.*` properties, that a schema refuses."""
    beneath = [place.removeprefix(where) for place in broken if place.startswith(where)]
    sound = {
        key: value
        for key, value in element.items()
        if key in {but, "customProperties"} or not any(_is_in(place, key) for place in beneath)
    }
    if not _has_properties(element):
        sound.pop("customProperties", None)
        return sound
    refused = [place.partition(", ")[2] for place in beneath if place.startswith("customProperties, ")]
    if listed := _items(element.get("customProperties")):
        names = [str(item.get("property", "")) for item in listed]
        sound["customProperties"] = [
            item
            for item, name in zip(listed, names, strict=True)
            if not (name.startswith(PREFIX) and any(_is_in(place, name) for place in refused))
        ]
    return sound


def _is_in(place: str, key: str) -> bool:
    return place == key or place.startswith((f"{key}.", f"{key}[", f"{key},"))


def _items(value: object) -> list[Item]:
    """The items of a list, each in its place, an empty one for what is no mapping; nothing where it is no list."""
    return [i if isinstance(i, Mapping) else {} for i in cast("list[Any]", value)] if isinstance(value, list) else []


def _unique(faults: list[AltynError]) -> list[AltynError]:
    return list({(f.code, f.where, str(f.what)): f for f in faults}.values())
