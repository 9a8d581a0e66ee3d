"""Registers: what the document of a contract declares, as a frozen `Register`.

The document has passed the schemas of the standard and of the profile; what they cannot say is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from altyn.errors import AltynError
from altyn.language import Label, say
from altyn.model import Column, Hierarchy, Register, Relationship, RowRule, SeriesBreak, TableCheck
from altyn.model.columns import NAME, TEXT, Derivation
from altyn.model.registers import CONTENT_KEY
from altyn.packs.collecting import Collecting
from altyn.packs.documents import near
from altyn.packs.forms import PROPERTY, register_faults
from altyn.packs.profile import label_of, properties_of, texts_of
from altyn.packs.properties import column_of, invalid, option_rules, table_checks


def register_of(document: Mapping[str, Any], sha256: str, where: str) -> Register:
    """The register a checked document declares, by the table of docs/decisions/0001-the-spine.md.

    Raises:
        AltynError: `contract.invalid`, `contract.profile`, `contract.name-reserved`.
    """
    schema = document["schema"][0]
    profile = properties_of(document) | properties_of(schema)
    _refuse(name_faults(document, schema, where))
    _refuse(valid_time_faults(profile, where))
    name, table = str(document["id"]), str(schema["name"])
    valid = valid_of(profile)
    hierarchy = profile.get("altyn.hierarchy")
    form: Mapping[str, Any] = profile.get(PROPERTY) or {}
    register_faults(form, f"{where}, schema[0]")
    items: list[Mapping[str, Any]] = schema.get("properties") or []
    columns: list[Column] = []
    rules: list[RowRule] = []
    checks: list[TableCheck] = table_checks(schema.get("quality") or [], table, None, f"{where}, schema[0]")
    for number, item in enumerate(items):
        place = f"{where}, schema[0].properties[{number}]"
        column = column_of(
            item, place, hierarchy_parent=hierarchy and hierarchy["parent"], valid=valid or (), form=form
        )
        columns.append(column)
        rules += option_rules(item, column.type.kind)
        checks += table_checks(item.get("quality") or [], table, column.name, place)
    rules += [
        RowRule(r["name"], r["sql"], r.get("severity", "refuse"), label_of(r.get("message")))
        for r in profile.get("altyn.rowRules", [])
    ]
    _refuse(key_faults(items, profile, f"{where}, schema[0]"))
    key = _key(items)
    if not key:
        columns.append(_content_key(columns))
        key = (CONTENT_KEY,)
    disclosure = profile.get("altyn.disclosure", {})
    entity = profile.get("altyn.entity")
    register = Register(
        name=name,
        version=str(document["version"]),
        columns=tuple(columns),
        key=key,
        contract_hash=sha256,
        label=label_of(profile.get("altyn.label") or schema.get("businessName") or document.get("name")),
        summary=label_of(profile.get("altyn.summary")),
        description=str((document.get("description") or {}).get("purpose") or schema.get("description") or ""),
        entity=next(iter(entity.items())) if entity else None,
        valid=valid,
        valid_is_inclusive=_is_inclusive(profile),
        relationships=_relationships(schema, name, where),
        row_rules=tuple(rules),
        table_checks=tuple(checks),
        hierarchy=hierarchy
        and Hierarchy(hierarchy["code"], hierarchy["parent"], tuple(hierarchy["positions"]), hierarchy["width"]),
        series_breaks=tuple(
            SeriesBreak(b["column"], str(b["value"]), b["from"], label_of(b.get("note")))
            for b in profile.get("altyn.seriesBreaks", [])
        ),
        # Nothing else opens a register: "no" is a text, and a text is true.
        is_open=disclosure.get("open") is True,
        data_kind=disclosure.get("kind", "real"),
        purposes=tuple(profile["altyn.purposes"]) if "altyn.purposes" in profile else None,
        owner=label_of(profile.get("altyn.owner")).text("en"),
        lawful_basis=_lawful_basis(document, schema, profile),
        source=texts_of(profile.get("altyn.source", {})),
        service_levels=_service_levels(document, profile),
        error_budget=_share(profile, "altyn.errorBudget", 0.05),
        error_rows=_rows(profile, "altyn.errorBudget"),
        retraction_limit=_share(profile, "altyn.retractionLimit", 0.1),
        retraction_rows=_rows(profile, "altyn.retractionLimit"),
        status=str(document.get("status", "active")),
    )
    _refuse(named_column_faults(schema, {c.name: c for c in register.columns}, profile, where))
    return register


def _refuse(faults: list[AltynError]) -> None:
    if faults:
        raise faults[0]


def name_faults(document: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> list[AltynError]:
    """What is wrong with the names of a contract and of its register."""
    name, table, faults = str(document["id"]), str(schema["name"]), list[AltynError]()
    parts = name.split(".")
    if len(parts) != 2 or not all(map(NAME.match, parts)):  # noqa: PLR2004  # pack and register
        faults.append(
            invalid(
                say("The id of a contract is pack.register."),
                f"{where}, id",
                say("Write for example id: civil.births, in Latin lower case."),
            )
        )
    elif table != parts[1]:
        faults.append(
            invalid(
                say("The schema is called {table}, the contract's id ends in {name}.", table=table[:80], name=parts[1]),
                f"{where}, schema[0].name",
                say("Give both the same name."),
            )
        )
    return faults


def valid_of(profile: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """The columns of valid time that a profile names: from, and to where there is one."""
    listed = (profile.get("altyn.time") or {}).get("valid")
    if not listed or listed[0] is None:
        return None
    return str(listed[0]), listed[1] if len(listed) > 1 else None


def _is_inclusive(profile: Mapping[str, Any]) -> bool:
    return bool((profile.get("altyn.time") or {}).get("inclusive", False))


def valid_time_faults(profile: Mapping[str, Any], where: str) -> list[AltynError]:
    """A last day that still counts, under the name of the first that no longer does."""
    valid = valid_of(profile)
    if not (_is_inclusive(profile) and valid and valid[1] == "valid_to"):
        return []
    return [
        invalid(
            say(
                "A last day that still counts cannot be called valid_to: that name means the first day that no longer does."
            ),
            f"{where}, altyn.time",
            say("Call the column last_day and give its header as physicalName."),
        )
    ]


def _key(items: list[Mapping[str, Any]]) -> tuple[str, ...]:
    keys = [
        (item.get("primaryKeyPosition", -1), number, str(item["name"]))
        for number, item in enumerate(items)
        if item.get("primaryKey")
    ]
    return tuple(name for _, _, name in sorted(keys))


def key_faults(items: list[Mapping[str, Any]], profile: Mapping[str, Any], where: str) -> list[AltynError]:
    """A register without a key, or one that has a key and says that it has none."""
    key = [str(item.get("name")) for item in items if item.get("primaryKey")]
    is_keyless = profile.get("altyn.key") == "none"
    if key and is_keyless:
        return [
            invalid(
                say("The register has a key, {names}, and says that it has none.", names=", ".join(key)),
                f"{where}, altyn.key",
                say("Leave altyn.key out, or primaryKey."),
            )
        ]
    if not key and not is_keyless:
        return [
            invalid(
                say("The register has no key."),
                f"{where}.properties",
                say(
                    "Mark the columns that tell one row from another with primaryKey: true; if none do, write altyn.key: none."
                ),
            )
        ]
    return []


def _content_key(columns: list[Column]) -> Column:
    """The column that stands for the key of a register without one.

    It is a hash over all columns: whoever sees it can try out what a hidden column may hold, so it is as secret as they are.
    """
    is_public = all(c.sensitivity == "public" for c in columns)
    return Column(
        CONTENT_KEY,
        TEXT,
        Label({"kk": "Жазба (мазмұны бойынша)", "ru": "Запись (по содержанию)", "en": "Record (by its content)"}),
        required=True,
        sensitivity="public" if is_public else "internal",
        derivation=Derivation("content"),
    )


def _lawful_basis(
    document: Mapping[str, Any], schema: Mapping[str, Any], profile: Mapping[str, Any]
) -> tuple[Mapping[str, str], ...]:
    stated = profile.get("altyn.lawfulBasis", [])
    acts = [texts_of(act) for act in (stated if isinstance(stated, list) else [stated])]
    links = [*(document.get("authoritativeDefinitions") or []), *(schema.get("authoritativeDefinitions") or [])]
    known = {act.get("url") for act in acts}
    return (*acts, *({"url": str(link["url"])} for link in links if link["type"] == "law" and link["url"] not in known))


def _service_levels(document: Mapping[str, Any], profile: Mapping[str, Any]) -> dict[str, str]:
    levels = {
        str(item["property"]): f"{item['value']} {item.get('unit') or ''}".strip()
        for item in document.get("slaProperties") or []
        if item["value"] is not None
    }
    for name in ("accessDelay", "retention"):
        if profile.get(f"altyn.{name}"):
            levels[name] = str(profile[f"altyn.{name}"])
    return levels


# So few rows say nothing about a whole extract, whatever their share.
_FEW_ROWS = 20


def _share(profile: Mapping[str, Any], name: str, default: float) -> float:
    """The share a limit names: alone, or beside a number of rows."""
    given = profile.get(name, default)
    return float(given.get("share", default) if isinstance(given, Mapping) else given)


def _rows(profile: Mapping[str, Any], name: str) -> int:
    given = profile.get(name)
    return int(given.get("rows", _FEW_ROWS)) if isinstance(given, Mapping) else _FEW_ROWS


_WHOLE_REFERENCE = re.compile(r"(?:(?P<file>[^#]*)#)?/?schema/(?P<table>[^/]+)/properties/(?P<column>[^/]+)")


def reference(text: str, pack: str, where: str) -> tuple[str, str]:
    """What a relationship points to: (register, column).

    Three spellings are read. `births.code` is a register of the same pack. `civil.births.code` names the pack (ODCS
    3.2). `../../civil/registers/births.odcs.yaml#/schema/births/properties/code` names the file (3.1 and 3.2).

    >>> reference("births.code", "civil", "")
    ('civil.births', 'code')
    >>> reference("../../civil/registers/births.odcs.yaml#/schema/births/properties/code", "tax", "")
    ('civil.births', 'code')
    """
    whole = _WHOLE_REFERENCE.fullmatch(text)
    if whole:
        folders = [part for part in (whole["file"] or "").split("/")[:-1] if part not in {".", ""}]
        if len(folders) > 1 and folders[-1] == "registers" and folders[-2] != "..":
            pack = folders[-2]
        return f"{pack}.{whole['table']}", whole["column"]
    parts = text.split(".")
    if len(parts) == 3:  # noqa: PLR2004  # pack, register, column
        return f"{parts[0]}.{parts[1]}", parts[2]
    if len(parts) == 2:  # noqa: PLR2004  # register, column
        return f"{pack}.{parts[0]}", parts[1]
    raise invalid(
        say("A relationship points to a column of a register."),
        where,
        say("Write register.column, or ../../pack/registers/register.odcs.yaml#/schema/register/properties/column."),
    )


def _relationships(schema: Mapping[str, Any], name: str, where: str) -> tuple[Relationship, ...]:
    pack = name.split(".", maxsplit=1)[0]
    return tuple(dict.fromkeys(_relationship(*link, pack) for link in _links(schema, where)))


def relationship_faults(schema: Mapping[str, Any], pack: str, where: str) -> list[AltynError]:
    """What is wrong in how the relationships of a register are written."""
    faults = list[AltynError]()
    for link in _links(schema, where):
        with Collecting(faults):
            _relationship(*link, pack)
    return faults


def _links(schema: Mapping[str, Any], where: str) -> Iterator[tuple[list[str], list[str], str]]:
    """Relationships as written, each as its own columns (bare, or as a reference), those of the parent, and its place."""
    for number, item in enumerate(schema.get("properties") or []):
        for link_no, link in enumerate(item.get("relationships") or []):
            place = f"{where}, schema[0].properties[{number}].relationships[{link_no}]"
            yield [str(item["name"])], _list(link["to"]), place
    for number, link in enumerate(schema.get("relationships") or []):
        yield _list(link["from"]), _list(link["to"]), f"{where}, schema[0].relationships[{number}]"


def _list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _relationship(own: list[str], to: list[str], where: str, pack: str) -> Relationship:
    columns = [reference(text, pack, where)[1] if "." in text else text for text in own]
    targets = [reference(text, pack, where) for text in to]
    parents = {register for register, _ in targets}
    if len(parents) != 1 or len(targets) != len(columns):
        raise invalid(
            say("A relationship joins as many columns as it has, to one register."),
            where,
            say("List the columns of `from` and `to` in the same order."),
        )
    return Relationship(tuple(columns), parents.pop(), tuple(column for _, column in targets))


def named_column_faults(
    schema: Mapping[str, Any], columns: Mapping[str, Column | None], profile: Mapping[str, Any], where: str
) -> list[AltynError]:
    """Columns that stand twice, that something names and the register lacks, or that cannot be what they are named for.

    Args:
        schema: the schema object of the register.
        columns: its columns by name, None where one is at fault itself.
        profile: its `altyn.*` properties.
        where: the file.
    """
    faults = list[AltynError]()
    seen = set[str]()
    for number, item in enumerate(schema.get("properties") or []):
        name = str(item.get("name"))
        if "name" in item and name in seen:
            faults.append(
                invalid(
                    say("The column {name} stands twice.", name=name[:80]),
                    f"{where}, schema[0].properties[{number}]",
                    say("Keep one of them."),
                )
            )
        seen.add(name)
    for column, what, place in _named_columns(schema, profile):
        if column not in columns:
            faults.append(
                AltynError(
                    "contract.profile" if what.startswith("altyn.") else "contract.invalid",
                    what=say(
                        "{place} names the column {column}, which the register lacks.", place=what, column=column[:80]
                    ),
                    where=f"{where}, {place}",
                    mend=say("Columns here: {names}.", names=near(column, columns)),
                )
            )
    for name in valid_of(profile) or ():
        column = columns.get(name or "")
        if column and column.type.kind != "date":
            faults.append(
                AltynError(
                    "contract.profile",
                    what=say("{column} carries valid time and is not a date.", column=column.name),
                    where=f"{where}, altyn.time",
                    mend=say("Declare it with logicalType: date."),
                )
            )
    return faults


def _named_columns(schema: Mapping[str, Any], profile: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Columns that something names: the column, who names it, and where."""
    named: list[tuple[str, str]] = [(name, "altyn.time") for name in valid_of(profile) or () if name]
    named += [(str(column), "altyn.entity") for column in (profile.get("altyn.entity") or {}).values()]
    hierarchy = profile.get("altyn.hierarchy") or {}
    named += [(str(hierarchy[key]), "altyn.hierarchy") for key in ("code", "parent") if key in hierarchy]
    named += [(str(item["column"]), "altyn.seriesBreaks") for item in profile.get("altyn.seriesBreaks") or []]
    yield from ((column, place, place) for column, place in named)
    for own, to, place in _links(schema, ""):
        is_of_the_table = place.startswith(", schema[0].relationships")
        for text in own if is_of_the_table else []:
            yield text.rsplit(".", maxsplit=1)[-1].rsplit("/", maxsplit=1)[-1], f"relationship to {to[0]}", place[2:]
