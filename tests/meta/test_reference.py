"""Pages of reference and the program name the same things: no option, key, kind or field without its line."""

from __future__ import annotations

import re
from typing import Any

import click
import pytest

from altyn.cli.main import VERBS, cli
from altyn.packs import project, unapplied
from altyn.packs.documents import SCHEMAS, schema_text
from altyn.sources import spec
from altyn.sources.kinds import addresses, options, suffixes
from tests.judges import ROOT

REFERENCE = ROOT / "docs" / "reference"
EVERYWHERE = {"--json", "--project"}
# Objects of the standard's schemas, and the heading of their table on the page.
PARTS = {
    "SchemaObject": "of the register",
    "SchemaProperty": "of a column",
    "DataQuality": "of `quality",
}


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """The part of a page under a heading of the second level."""
    return text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]


def cells(table: str, column: int = 0) -> set[str]:
    """The names in backquotes in one column of the tables of a text."""
    rows = [line.split("|")[1:-1] for line in table.splitlines() if re.match(r"\| ?`|\| \| `|\| `\[", line)]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row[column])}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_of_the_command_line_has_its_line(verb: str) -> None:
    command = cli.get_command(click.Context(cli), verb)
    assert command
    known = {p.opts[0] for p in command.params if isinstance(p, click.Option)} - EVERYWHERE

    told = section(page("cli.md"), f"altyn {verb}")

    assert {name.split()[0] for name in cells(told)} == known
    assert VERBS[verb][1] in told, "the sentence of the verb is the program's own"


def test_no_verb_is_told_that_there_is_not() -> None:
    assert re.findall(r"(?m)^## altyn (\w+)$", page("cli.md")) == list(VERBS)


def test_every_key_of_altyn_toml_has_its_line() -> None:
    top, tables = page("altyn-toml.md").split("| table | key | value |")

    assert cells(top) == set(project.KEYS) - {"sources", "access", "operate", "spark"}
    assert {re.sub(r"^\[|(\.\".*)?\]$", "", name) for name in cells(tables)} == {
        "sources",
        "access",
        "operate",
        "spark",
    }
    assert cells(tables, 1) == {*project.ACCESS_KEYS, *project.OPERATE_KEYS, *project.SPARK_KEYS}


def test_every_kind_key_and_option_of_a_source_has_its_line() -> None:
    text = page("sources.md")
    kinds, endings = section(text, "Kinds"), dict[str, set[str]]()
    for ending, kind in suffixes().items():
        endings.setdefault(kind, set()).add(ending)

    assert cells(kinds) == set(addresses())
    told = {
        row.split("`")[1]: set(re.findall(r"\.\w+", row.split("|")[2])) for row in kinds.splitlines() if "| `" in row
    }
    assert {kind: found for kind, found in told.items() if found} == endings
    assert cells(section(text, "Keys")) == set(spec.KEYS)
    assert cells(section(text, "Layout")) == set(options())


def names_of(schema: Any, root: Any, depth: int = 0) -> set[str]:
    """Names of fields that a JSON schema gives one object, through references and alternatives."""
    if not isinstance(schema, dict) or depth > 12:
        return set()
    parts = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, [])]
    parts += [schema.get(key) for key in ("if", "then", "else")]
    if schema.get("$ref", "").startswith("#/$defs/"):
        parts.append(root["$defs"][schema["$ref"].rsplit("/", 1)[1]])
    return set(schema.get("properties", {})).union(*(names_of(part, root, depth + 1) for part in parts))


def options_of(schema: Any, root: Any) -> set[str]:
    """Names under `logicalTypeOptions`, wherever they stand."""
    found = set[str]()
    if isinstance(schema, dict):
        found |= names_of(schema.get("logicalTypeOptions"), root)
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []:
        found |= options_of(part, root)
    return found


def test_every_field_of_the_standard_is_said_to_be_applied_named_or_kept() -> None:
    text = section(page("contract-profile.md"), "Every field of the standard")
    tables = {
        table.split("|")[1].strip(): cells(table.partition("\n")[2])
        for table in text.split("\n\n")
        if "| Altyn |" in table
    }
    known = {name: set[str]() for name in ("of the contract", "of `logicalTypeOptions`", *PARTS.values())}
    for version in SCHEMAS.values():
        schema = schema_text(f"odcs-{version}.schema.json")
        known["of the contract"] |= set(schema["properties"])
        known["of `logicalTypeOptions`"] |= options_of(schema, schema)
        for part, heading in PARTS.items():
            known[heading] |= names_of(schema["$defs"][part], schema)

    told = {heading: next(names for title, names in tables.items() if title.startswith(heading)) for heading in known}

    assert told == known
    row = next(line for line in text.splitlines() if line.startswith("| `encryptedName`"))
    assert set(re.findall(r"`(\w+)`", row)) == set(unapplied.OF_A_PROPERTY)
