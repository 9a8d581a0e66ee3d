"""Specifications: which columns say the same thing, of which kind they are, and, only if wanted, how pairs are found."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from altyn.errors import AltynError
from altyn.identity.blocking import Rule
from altyn.identity.comparing import comparison
from altyn.identity.kinds import KINDS, Field
from altyn.language import Message, say

PARTS = ("family", "given", "patronymic")
_TOP = ("entity", "id", "within", "fields", "blocking", "max_pairs_per_row")
MOST_FIELDS = 18
MOST_VECTORS = 1 << 62
_FIELD = ("kind", "part", "columns", "rarity")


@dataclass(frozen=True)
class Specification:
    """What is linked and by what.

    Args:
        entity: what a cluster is: person, organisation, place or any word.
        fields: what is compared.
        columns: per field the headers it may stand under; the first one a source has is taken.
        id_columns: headers of a source's own record id; shown in the result, never compared.
        rules: blocking rules; empty where they are to be chosen.
        within: whether two rows of one source may be one.
        without_rarity: fields whose rare values count no more than common ones.
        left_out: headers nobody compares, with the reason, for the reader.
        max_pairs_per_row: how many pairs blocking may give for a row, on average.
    """

    entity: str
    fields: tuple[Field, ...]
    columns: Mapping[str, tuple[str, ...]]
    id_columns: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    within: bool | None = None
    without_rarity: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    max_pairs_per_row: float = 6.0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(f.name for f in self.fields)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Levels of each field, the missing one included."""
        return tuple(comparison(f).size for f in self.fields)

    def text(self) -> str:
        """The specification as TOML, made to be kept and changed."""
        lines = [f'entity = "{self.entity}"']
        if self.id_columns:
            lines.append(f"id = {_list(self.id_columns)}")
        if self.within is not None:
            lines.append(f"within = {str(self.within).lower()}")
        for one in self.fields:
            lines += ["", f"[fields.{_key(one.name)}]", f'kind = "{one.kind}"']
            if one.part:
                lines.append(f'part = "{one.part}"')
            lines.append(f"columns = {_list(self.columns[one.name])}")
            if one.name in self.without_rarity:
                lines.append("rarity = false")
        for rule in self.rules:
            agree = [self.names[f] + ("" if form == "value" else f": {form}") for f, form in rule.parts]
            lines += ["", "[[blocking]]", f"agree = {_list(agree)}"]
        return "\n".join(lines) + "\n"


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join('"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"' for t in texts) + "]"


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else _list([name])[1:-1]


def parse_specification(text: str, where: str) -> Specification:
    """Read a specification.

    Args:
        text: TOML.
        where: how messages name it.

    Raises:
        AltynError: `identity.specification` with what is wrong and what there is.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Only the place: the parser's own words quote the text around it.
        place = re.search(r"line \d+, column \d+|end of document", str(error))
        raise _wrong(where, say("It is not TOML: {reason}.", reason=place[0] if place else "?")) from None
    except RecursionError:
        raise _wrong(where, say("It is nested too deep.")) from None
    return specification_of(document, where)


def specification_of(document: Mapping[str, Any], where: str) -> Specification:
    """The specification in a TOML table.

    Raises:
        AltynError: `identity.specification`.
    """
    _known(document, _TOP, where)
    tables = document.get("fields")
    if not isinstance(tables, Mapping) or not tables:
        raise _wrong(where, say("It names no fields."), say("Add [fields.NAME] with kind and columns."))
    fields: list[Field] = []
    columns: dict[str, tuple[str, ...]] = {}
    plainly: set[str] = set()
    for name, table in cast("Mapping[str, Any]", tables).items():
        at = f"{where}, [fields.{name}]"
        if not isinstance(table, Mapping):
            raise _wrong(at, say("{key} must be a table.", key=name))
        entry = cast("Mapping[str, Any]", table)
        _known(entry, _FIELD, at)
        kind, part = str(entry.get("kind", "")), str(entry.get("part", ""))
        if kind not in KINDS:
            raise _wrong(
                at,
                say("{kind} is not a kind of field.", kind=kind[:40] or "?"),
                say("Kinds: {kinds}.", kinds=", ".join(KINDS)),
            )
        if part and part not in PARTS:
            raise _wrong(
                at,
                say("{part} is not a part of a name.", part=part[:40]),
                say("Parts: {parts}.", parts=", ".join(PARTS)),
            )
        fields.append(Field(name, kind, part))
        columns[name] = tuple(_texts(entry.get("columns", [name]), at))
        if entry.get("rarity") is False:
            plainly.add(name)
    _require_room(fields, where)
    within = document.get("within")
    return Specification(
        entity=str(document.get("entity", "record")),
        fields=tuple(fields),
        columns=columns,
        id_columns=tuple(_texts(document.get("id", []), where)),
        rules=tuple(_rule(entry, fields, where) for entry in document.get("blocking", [])),
        within=within if isinstance(within, bool) else None,
        without_rarity=frozenset(plainly),
        max_pairs_per_row=float(document.get("max_pairs_per_row", 6.0)),
    )


def _require_room(fields: Sequence[Field], where: str) -> None:
    """Refuse more fields than a comparison vector can number."""
    if math.prod(comparison(field).size for field in fields) >= MOST_VECTORS:
        raise _wrong(
            where,
            say("{count} fields are too many.", count=len(fields)),
            say("Name at most {count}.", count=MOST_FIELDS),
        )


def _rule(entry: Mapping[str, Any], fields: Sequence[Field], where: str) -> Rule:
    at = f"{where}, [[blocking]]"
    names = [f.name for f in fields]
    parts: list[tuple[int, str]] = []
    for text in _texts(entry.get("agree", []), at):
        name, _, form = (piece.strip() for piece in text.partition(":"))
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1) or names
            raise _wrong(
                at,
                say("There is no field {name}.", name=name[:40]),
                say("Fields: {names}.", names=", ".join(near)),
            )
        forms = (*KINDS[fields[names.index(name)].kind].keys, "value")
        if form and form not in forms and not form.startswith("word "):
            raise _wrong(
                at,
                say("{name} cannot be blocked by {form}.", name=name, form=form[:40]),
                say("Forms: {forms}.", forms=", ".join(dict.fromkeys(forms))),
            )
        parts.append((names.index(name), form or "value"))
    if not parts:
        raise _wrong(
            at,
            say("A rule must name what agrees."),
            say('For example agree = ["family: skeleton", "birth_date"].'),
        )
    # Words come last: a row has several, everything else it has once.
    return Rule(tuple(sorted(parts, key=lambda part: part[1].startswith("word "))))


def _texts(value: object, where: str) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(one, str) for one in cast("list[object]", value)):
        return cast("list[str]", value)
    raise _wrong(where, say("It must be a text or a list of texts."))


def _known(table: Mapping[str, Any], keys: Sequence[str], where: str) -> None:
    for key in table:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1) or keys
            raise _wrong(
                where,
                say("{key} is not a setting here.", key=key[:40]),
                say("Settings: {names}.", names=", ".join(near)),
            )


def _wrong(where: str, what: Message, mend: Message | None = None) -> AltynError:
    return AltynError("identity.specification", what=what, where=where, mend=mend or say("Correct the specification."))
