"""Documents: the guessed contract as data, and as a text whose comments say why each column became what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from altyn.language import LANGUAGES, Message, say
from altyn.packs.contracts import write_document
from altyn.packs.guessing.keys import GuessedKey
from altyn.packs.guessing.types import ColumnGuess
from altyn.settings import language_of_environment

_WIDTH = 100


def contract_document(
    register: str, decisions: Sequence[ColumnGuess], key: GuessedKey, links: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The contract of a register, as data that `contracts.contract_of` takes.

    Args:
        register: `pack.table`.
        decisions: what each column becomes, in the order of the file.
        key: which tells the rows apart; empty for a register of content.
        links: column -> reference to its parent, as ODCS writes it.
    """
    links = links or {}
    columns = key.columns
    properties: list[dict[str, Any]] = []
    for decision in decisions:
        header = decision.evidence.header
        item: dict[str, Any] = {"name": decision.name, "physicalName": header, **decision.properties}
        if decision.name in columns:
            item |= {"primaryKey": True, "primaryKeyPosition": columns.index(decision.name) + 1, "required": True}
        item["classification"] = "internal"
        if decision.name in links:
            item["relationships"] = [{"type": "foreignKey", "to": links[decision.name]}]
        profile = [{"property": name, "value": value} for name, value in decision.profile.items()]
        item["customProperties"] = [_label(header), *profile]
        properties.append(item)
    table = register.rpartition(".")[2]
    none = [{"property": "altyn.key", "value": "none"}] if not columns else []
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": register,
        "name": table,
        "version": "0.1.0",
        "status": "draft",
        "description": {
            "purpose": f"Guessed from a file; read it, correct it, then set status: active. {len(properties)} columns."
        },
        "schema": [
            {
                "name": table,
                "logicalType": "object",
                "customProperties": [
                    _label(table),
                    {"property": "altyn.disclosure", "value": {"open": False, "kind": "real"}},
                    *none,
                ],
                "properties": properties,
            }
        ],
    }


def contract_text(
    document: Mapping[str, Any], decisions: Sequence[ColumnGuess], key: GuessedKey, facts: Sequence[Message]
) -> str:
    """The contract as YAML with comments in the language of the person at the keyboard.

    Args:
        document: from `contract_document`.
        decisions: that it was made of.
        key: that it was made with.
        facts: what was found of the whole file, put at the top.
    """
    language = language_of_environment()
    top = [
        say("A contract that was guessed from a file. Read it with those who keep the register, and correct it."),
        *facts,
        _key_fact(key),
        say("name: the column here; physicalName: its header in the file; logicalType: what its values are."),
        say("primaryKey: what tells one record from another; required: may not be missing."),
        say(
            "altyn.label: the title on pages, in each language; classification: public, internal, confidential, restricted."
        ),
    ]
    lines = [line for message in top for line in _comment(message.text(language), "")]
    lines.append("")
    reasons = {d.name: d for d in decisions}
    for line in write_document(document).splitlines():
        begun = re.fullmatch(r"(      )- name: [\"']?([a-z][a-z0-9_]*)[\"']?", line)
        if begun and begun[2] in reasons:
            decision = reasons[begun[2]]
            for message in (decision.reason, *decision.notes):
                lines += _comment(message.text(language), begun[1])
        lines.append(line)
    return "\n".join(lines) + "\n"


def _key_fact(key: GuessedKey) -> Message:
    if not key.columns:
        return say("No key: {reason}. A record is its content.", reason=key.reason)
    names = ", ".join(key.columns)
    others = "; ".join(", ".join(other) for other in key.others)
    if others:
        return say("Key: {names}: {reason}. It could also be: {others}.", names=names, reason=key.reason, others=others)
    return say("Key: {names}: {reason}.", names=names, reason=key.reason)


def _comment(text: str, indent: str) -> list[str]:
    """A text as comment lines, none too long; a header with a line break must not end the comment."""
    lines, current = list[str](), ""
    for word in text.split():
        if current and len(current) + len(word) > _WIDTH:
            lines.append(current)
            current = ""
        current = f"{current} {word}".strip()
    # What YAML would not take even in a comment is left out.
    return ["".join(sign for sign in f"{indent}# {line}" if sign.isprintable()) for line in [*lines, current]]


def _label(text: str) -> dict[str, Any]:
    return {"property": "altyn.label", "value": dict.fromkeys(LANGUAGES, text or "?")}
