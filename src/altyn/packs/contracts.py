"""Contracts: one register in one file of the Open Data Contract Standard, read to a `Register` and written back whole.

The document stays as it was read: what Altyn does not use is kept for the tools that do.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altyn.errors import AltynError
from altyn.language import Label, say
from altyn.model import Column, Hierarchy, Register, Relationship, RowRule, SeriesBreak, TableCheck
from altyn.model.columns import NAME, TEXT, Derivation
from altyn.model.registers import CONTENT_KEY
from altyn.packs.documents import dump_yaml, load_yaml, near, odcs_faults
from altyn.packs.forms import PROPERTY, register_faults
from altyn.packs.profile import label_of, profile_faults, properties_of, texts_of
from altyn.packs.properties import column_of, invalid, option_rules, table_checks
from altyn.packs.secrets import secret_error, secret_places

SUFFIX = ".odcs.yaml"


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract: the document as plain data, what Altyn understands of it, and its hash over canonical JSON."""

    document: Mapping[str, Any]
    register: Register
    sha256: str
    path: Path | None = None

    def text(self) -> str:
        """The contract as YAML; nothing of its document is lost."""
        return dump_yaml(self.document)


def document_hash(document: object) -> str:
    """sha256 over the document's canonical JSON: layout and comments of the YAML do not count."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_contract(path: Path) -> Contract:
    """The contract in a file.

    Raises:
        AltynError: `contract.missing`, and all of `parse_contract`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise AltynError(
            "contract.missing",
            what=say("There is no contract file here."),
            where=path.name,
            mend=say("Check the path."),
        ) from None
    except UnicodeDecodeError:
        raise AltynError(
            "contract.yaml", what=say("The file is not UTF-8."), where=path.name, mend=say("Save it as UTF-8.")
        ) from None
    except OSError as error:
        raise AltynError(
            "environment.permission",
            what=say("The contract cannot be read: {reason}.", reason=error.strerror or ""),
            where=path.name,
            mend=say("Give the user that runs Altyn the right to read it."),
        ) from None
    contract = parse_contract(text, path.name)
    return Contract(contract.document, contract.register, contract.sha256, path)


def parse_contract(text: str, where: str) -> Contract:
    """The contract in a text; `where` names it in messages.

    Raises:
        AltynError: `contract.yaml`, `contract.version`, `contract.field-unknown`, `contract.invalid`,
            `contract.profile`, `contract.name-reserved`, `project.secret`.
    """
    document = load_yaml(text, where)
    if not isinstance(document, dict):
        raise AltynError(
            "contract.yaml",
            what=say("The file holds no contract."),
            where=where,
            mend=say("Write a contract of ODCS v3.1 into it."),
        )
    return contract_of(document, where)


def contract_of(document: Mapping[str, Any], where: str) -> Contract:
    """The contract of a document that is already plain data; errors as in `parse_contract`."""
    faults = document_faults(document, where)
    if faults:
        raise faults[0]
    sha256 = document_hash(document)
    return Contract(document, register_of(document, sha256, where), sha256)


def write_contract(contract: Contract) -> str:
    """The contract as YAML; nothing of its document is lost."""
    return contract.text()


def write_document(document: Mapping[str, Any]) -> str:
    """A contract's document as YAML: `parse_contract` gives the same document back."""
    return dump_yaml(document)


def document_faults(document: Mapping[str, Any], where: str) -> list[AltynError]:
    """Everything that keeps a document from being a contract of Altyn; empty when nothing does."""
    # Secrets first: no other message may come from a document that holds one.
    places = list(secret_places(document.get("servers"), "servers"))
    places += secret_places({k: v for k, v in document.items() if k != "servers"}, keys=False)
    if places:
        return [secret_error(f"{where}, {place}") for place in places]
    faults = odcs_faults(document, where)
    if faults:
        return faults
    objects = document.get("schema") or []
    if len(objects) != 1:
        return [
            invalid(
                say("A contract declares one register, this one {count}.", count=len(objects)),
                f"{where}, schema",
                say("Write one file for each register."),
            )
        ]
    faults = profile_faults(document, "register", f"{where}, contract") + profile_faults(
        objects[0], "register", f"{where}, schema[0]"
    )
    for number, item in enumerate(objects[0].get("properties") or []):
        faults += profile_faults(item, "column", f"{where}, schema[0].properties[{number}]")
    return faults


def register_of(document: Mapping[str, Any], sha256: str, where: str) -> Register:
    """The register a checked document declares, by the table of docs/decisions/0001-the-spine.md.

    Raises:
        AltynError: `contract.invalid`, `contract.profile`, `contract.name-reserved`.
    """
    schema = document["schema"][0]
    profile = properties_of(document) | properties_of(schema)
    name, table = _names(document, schema, where)
    valid = _valid(profile)
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
    key = _key(items)
    if profile.get("altyn.key") == "none":
        if key:
            raise invalid(
                say("The register has a key, {names}, and says that it has none.", names=", ".join(key)),
                f"{where}, schema[0]",
                say("Leave altyn.key out, or primaryKey."),
            )
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
        valid_is_inclusive=_is_inclusive(profile, valid, where),
        relationships=_relationships(schema, name, where),
        row_rules=tuple(rules),
        table_checks=tuple(checks),
        hierarchy=hierarchy
        and Hierarchy(hierarchy["code"], hierarchy["parent"], tuple(hierarchy["positions"]), hierarchy["width"]),
        series_breaks=tuple(
            SeriesBreak(b["column"], str(b["value"]), b["from"], label_of(b.get("note")))
            for b in profile.get("altyn.seriesBreaks", [])
        ),
        is_open=bool(disclosure.get("open", False)),
        minimum_cell=disclosure.get("minimumCell"),
        data_kind=disclosure.get("kind", "real"),
        purposes=tuple(profile.get("altyn.purposes", ())),
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
    _require_columns(register, where)
    return register


def _names(document: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> tuple[str, str]:
    name, table = str(document["id"]), str(schema["name"])
    parts = name.split(".")
    if len(parts) != 2 or not all(map(NAME.match, parts)):  # noqa: PLR2004  # pack and register
        raise invalid(
            say("The id of a contract is pack.register."),
            f"{where}, id",
            say("Write for example id: civil.births, in Latin lower case."),
        )
    if table != parts[1]:
        raise invalid(
            say("The schema is called {table}, the contract's id ends in {name}.", table=table[:80], name=parts[1]),
            f"{where}, schema[0].name",
            say("Give both the same name."),
        )
    return name, table


def _valid(profile: Mapping[str, Any]) -> tuple[str, str | None] | None:
    listed = (profile.get("altyn.time") or {}).get("valid")
    if not listed or listed[0] is None:
        return None
    return str(listed[0]), listed[1] if len(listed) > 1 else None


def _is_inclusive(profile: Mapping[str, Any], valid: tuple[str, str | None] | None, where: str) -> bool:
    inclusive = bool((profile.get("altyn.time") or {}).get("inclusive", False))
    if inclusive and valid and valid[1] == "valid_to":
        raise invalid(
            say(
                "A last day that still counts cannot be called valid_to: that name means the first day that no longer does."
            ),
            f"{where}, altyn.time",
            say("Call the column last_day and give its header as physicalName."),
        )
    return inclusive


def _key(items: list[Mapping[str, Any]]) -> tuple[str, ...]:
    keys = [
        (item.get("primaryKeyPosition", -1), number, str(item["name"]))
        for number, item in enumerate(items)
        if item.get("primaryKey")
    ]
    return tuple(name for _, _, name in sorted(keys))


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
    found: list[Relationship] = []
    for number, item in enumerate(schema.get("properties") or []):
        for link_no, link in enumerate(item.get("relationships") or []):
            place = f"{where}, schema[0].properties[{number}].relationships[{link_no}]"
            found.append(_relationship([str(item["name"])], link["to"], pack, place))
    for number, link in enumerate(schema.get("relationships") or []):
        place = f"{where}, schema[0].relationships[{number}]"
        own = link["from"] if isinstance(link["from"], list) else [link["from"]]
        found.append(_relationship([reference(text, pack, place)[1] for text in own], link["to"], pack, place))
    return tuple(dict.fromkeys(found))


def _relationship(columns: list[str], to: str | list[str], pack: str, where: str) -> Relationship:
    targets = [reference(text, pack, where) for text in (to if isinstance(to, list) else [to])]
    parents = {register for register, _ in targets}
    if len(parents) != 1 or len(targets) != len(columns):
        raise invalid(
            say("A relationship joins as many columns as it has, to one register."),
            where,
            say("List the columns of `from` and `to` in the same order."),
        )
    return Relationship(tuple(columns), parents.pop(), tuple(column for _, column in targets))


def _require_columns(register: Register, where: str) -> None:
    """Refuse a register that names columns it lacks, names one twice, or has no key."""
    names = [c.name for c in register.columns]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise invalid(
            say("The column {name} stands twice.", name=twice[0]),
            f"{where}, schema[0].properties",
            say("Keep one of them."),
        )
    if not register.key:
        raise invalid(
            say("The register has no key."),
            f"{where}, schema[0].properties",
            say("Mark the columns that tell one row from another with primaryKey: true."),
        )
    named: list[tuple[str, str]] = [(name, "altyn.time") for name in register.valid or () if name]
    named += [(column, f"relationship to {r.parent}") for r in register.relationships for column in r.columns]
    if register.entity:
        named.append((register.entity[1], "altyn.entity"))
    if register.hierarchy:
        named += [(register.hierarchy.code, "altyn.hierarchy"), (register.hierarchy.parent, "altyn.hierarchy")]
    named += [(b.column, "altyn.seriesBreaks") for b in register.series_breaks]
    for column, place in named:
        if column not in names:
            raise AltynError(
                "contract.profile" if place.startswith("altyn.") else "contract.invalid",
                what=say(
                    "{place} names the column {column}, which the register lacks.", place=place, column=column[:80]
                ),
                where=f"{where}, register {register.name}",
                mend=say("Columns here: {names}.", names=near(column, names)),
            )
    dated = [register.column(name) for name in register.valid or () if name]
    for column in dated:
        if column.type.kind != "date":
            raise AltynError(
                "contract.profile",
                what=say("{column} carries valid time and is not a date.", column=column.name),
                where=f"{where}, altyn.time",
                mend=say("Declare it with logicalType: date."),
            )
