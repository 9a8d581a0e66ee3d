"""Lines: where in its file the place of a fault stands.

A fault names its place as a path, `schema[0].properties[3].logicalType`, which is exact and which nobody can find in a
file of three hundred lines. What a path names and the file lacks has the line of what should hold it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any, cast

import yaml

from altyn.errors import AltynError
from altyn.packs.documents import compose_yaml

_PART = re.compile(r"\[(\d{1,6})\]|([^.\[\]]+)")
_PROPERTY = re.compile(r"(altyn\.[^.\[\]]+)(.*)")
_TOML_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\.(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_TOML_TABLE = re.compile(r"\s*\[+([^\[\]]+)\]+\s*(?:#.*)?$")


def with_lines(faults: Iterable[AltynError], text: str, where: str) -> list[AltynError]:
    """The faults of one contract, each with its line.

    Args:
        faults: those whose `where` is `where`, or begins with it and a comma.
        text: the YAML, which can be read.
        where: how the faults name the file.
    """
    root = compose_yaml(text)
    return [_placed(fault, where, _line_of_place(root, _rest(fault, where))) for fault in faults]


def with_toml_lines(faults: Iterable[AltynError], text: str, where: str) -> list[AltynError]:
    """The faults of one TOML file, each with its line where the key or table it names can be found."""
    lines = list(_toml_places(text))
    return [_placed(fault, where, _toml_line(lines, _rest(fault, where))) for fault in faults]


def _rest(fault: AltynError, where: str) -> str:
    return fault.where.removeprefix(where).removeprefix(", ")


def _placed(fault: AltynError, where: str, line: int | None) -> AltynError:
    rest = _rest(fault, where)
    # A fault of another file has another place, and one that has its line keeps it.
    is_here = fault.where == where or fault.where.startswith(f"{where}, ")
    if line is None or not is_here or re.match(r"line \d", rest):
        return fault
    place = f"{where}, line {line}" + (f", {rest}" if rest else "")
    return AltynError(fault.code, what=fault.what, where=place, mend=fault.mend, retry=fault.retry)


def _line_of_place(root: yaml.Node | None, place: str) -> int | None:
    """The line, from 1, of a place such as `schema[0].properties[3], altyn.form` or `column code`."""
    if root is None or not place:
        return None
    node, line = root, _line(root)
    for segment in place.split(", "):
        kind, _, name = segment.partition(" ")
        found: tuple[yaml.Node, int] | None
        if kind in {"column", "rule"} and name:
            found = _named(root, name, {"column": ("properties",), "rule": ("quality", "altyn.rowRules")}[kind])
        elif property_named := _PROPERTY.match(segment):
            holders = [node, root, *_items(_child(root, "schema"))]
            found = next((f for holder in holders if (f := _profile(holder, *property_named.groups()))), None)
        else:
            found = _walk(node, segment, line)
        if found:
            node, line = found
    return line


def _walk(node: yaml.Node, path: str, line: int) -> tuple[yaml.Node, int]:
    for number, name in _PART.findall(path):
        if isinstance(node, yaml.SequenceNode) and number and int(number) < len(node.value):
            node = node.value[int(number)]
            line = _line(node)
        elif name and (found := _entry(node, name)):
            node, line = found
        elif name != "contract":  # what messages call the document itself
            break
    return node, line


def _profile(node: yaml.Node, name: str, rest: str) -> tuple[yaml.Node, int] | None:
    """The value of an `altyn.*` property in a list of customProperties, or in the element that holds the list."""
    listed = node if isinstance(node, yaml.SequenceNode) else _child(node, "customProperties")
    for item in _items(listed):
        written = _child(item, "property")
        if isinstance(written, yaml.ScalarNode) and written.value == name:
            value = _child(item, "value")
            return _walk(value, rest, _line(item)) if value else (item, _line(item))
    return None


def _named(root: yaml.Node, name: str, lists: Iterable[str]) -> tuple[yaml.Node, int] | None:
    """The first element of the register, at any depth of those lists, whose name is `name`."""
    for table in _items(_child(root, "schema")):
        for key in lists:
            found = _profile(table, key, "") if key.startswith("altyn.") else _entry(table, key)
            for item in _items(found[0] if found else None):
                written = _child(item, "name")
                if isinstance(written, yaml.ScalarNode) and written.value == name:
                    return item, _line(item)
    return None


def _entry(node: yaml.Node | None, name: str) -> tuple[yaml.Node, int] | None:
    for key, value in cast("list[Any]", node.value) if isinstance(node, yaml.MappingNode) else []:
        if key.value == name:
            return value, _line(key)
    return None


def _child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    found = _entry(node, name)
    return found[0] if found else None


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _toml_places(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """The tables and keys of a TOML file, each as a path with its line; what stands inside a long text is none."""
    table: tuple[str, ...] = ()
    is_inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        ends = line.count('"""') + line.count("'" * 3)
        if not is_inside:
            if header := _TOML_TABLE.match(line):
                table = _toml_path(header[1])
                yield table, number
            elif key := _TOML_KEY.match(line):
                yield (*table, *_toml_path(key[1])), number
        is_inside ^= ends % 2 == 1


def _toml_path(text: str) -> tuple[str, ...]:
    try:
        found: Any = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(found, dict):
        name, found = next(iter(cast("dict[str, Any]", found).items()))
        path.append(name)
    return tuple(path)


def _toml_line(lines: list[tuple[tuple[str, ...], int]], place: str) -> int | None:
    """The line of a place such as `[sources."a.b"], path` or `[access] folders`, or of the nearest that holds it."""
    path = tuple(
        p for part in re.findall(r"\[([^\[\]]+)\]|([^,\s\[\]]+)", place) for p in _toml_path(part[0] or part[1])
    )
    while path:
        for written, number in lines:
            # A message may name the path of a secret without the quotes of its parts.
            if ".".join(written) == ".".join(path):
                return number
        path = path[:-1]
    return None


__all__ = ["with_lines", "with_toml_lines"]
