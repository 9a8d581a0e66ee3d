"""A record's family: what it belongs to and what belongs to it, by name, in its own register and in others; and its shape as GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.registers import SYSTEM_COLUMNS, Register
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.serve import exports
from altyn.serve.portal.desk import Page
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.histories import KEY_SEPARATOR

# Children that are listed by name; how many there are is always said.
_LISTED = 200
GEOMETRY = "geometry"


@dataclass(frozen=True, slots=True)
class Way:
    """From a record to others: their register, its columns, and the values these must have."""

    register: Register
    columns: tuple[str, ...]
    values: tuple[Any, ...]


def relatives(page: Page, register: Register, values: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Parents and children of a record: title of their register, how many, and links by name; one look for all."""
    up, down = _parents(page, register, values), _children(page, register, values)
    ways = [*up, *down]
    answers = (
        page.desk.read([_relation(page, way) for way in ways], known_at=page.known_at, reason="family") if ways else []
    )
    found: list[dict[str, Any]] = []
    for way, answer in zip(ways, answers, strict=True):
        size = len(way.register.key)
        rows = answer.rows()
        links = [
            {
                "href": page.words.link(
                    "registers", way.register.name, "row", KEY_SEPARATOR.join(str(v) for v in row[:size])
                ),
                "name": str(row[size] or KEY_SEPARATOR.join(str(v) for v in row[:size])),
                "key": KEY_SEPARATOR.join(str(v) for v in row[:size]),
            }
            for row in rows
        ]
        found.append(
            {
                "title": page.words.label(way.register.label, way.register.table),
                "is_own": way.register.name == register.name,
                "count": rows[0][-1] if rows else 0,
                "links": page.desk.ordering.sorted(links, lambda link: link["name"]),
            }
        )
    parents, children = found[: len(up)], found[len(up) :]
    return {"parents": [f for f in parents if f["links"]], "children": [f for f in children if f["links"]]}


def _parents(page: Page, register: Register, values: dict[str, Any]) -> list[Way]:
    ways: list[Way] = []
    if register.hierarchy:
        ways += _way(page, register, (register.hierarchy.code,), (values.get(register.hierarchy.parent),))
    for link in register.relationships:
        parent = page.registers.get(link.parent)
        if parent is not None and not (register.hierarchy and link.columns == (register.hierarchy.parent,)):
            ways += _way(page, parent, link.parent_columns, tuple(values.get(c) for c in link.columns))
    return ways


def _children(page: Page, register: Register, values: dict[str, Any]) -> list[Way]:
    ways: list[Way] = []
    if register.hierarchy:
        ways += _way(page, register, (register.hierarchy.parent,), (values.get(register.hierarchy.code),))
    for other in page.registers.values():
        for link in other.relationships:
            is_own = other.name == register.name and register.hierarchy and link.columns == (register.hierarchy.parent,)
            if link.parent == register.name and not is_own:
                ways += _way(page, other, link.columns, tuple(values.get(c) for c in link.parent_columns))
    return ways


def _way(page: Page, register: Register, columns: Sequence[str], values: tuple[Any, ...]) -> list[Way]:
    """A way there, or none: a value is missing, or the portal may not see the register or a column that the way needs."""
    allowed = page.desk.may_read(register)
    names = {c.name for c in allowed.columns}
    is_open = allowed.is_allowed and page.state(register) is not None and {*columns, *register.key} <= names
    return [Way(register, tuple(columns), values)] if is_open and None not in values else []


def name_columns(page: Page, register: Register) -> list[str]:
    """The public columns a record is called by, that in the reader's language first."""
    allowed = page.desk.may_read(register).columns
    names = [c.name for c in allowed if c.role == "name"]
    return sorted(names, key=lambda n: (not n.endswith(f"_{page.language}"), n != f"name_{page.language}"))


def _relation(page: Page, way: Way) -> Relation:
    keys = [f"r.{identifier(k)}" for k in way.register.key]
    names = [f"CAST(r.{identifier(n)} AS VARCHAR)" for n in name_columns(page, way.register)]
    called = f"coalesce({', '.join([*names, 'NULL'])})"
    tests = " AND ".join(f"r.{identifier(c)} = $v{i}" for i, c in enumerate(way.columns))
    return Relation(
        f"SELECT {', '.join(keys)}, {called} AS _name, count(*) OVER () AS _count FROM r WHERE {tests} ORDER BY {', '.join(keys)} LIMIT {_LISTED}",
        {"r": Input(way.register.name)},
        {f"v{i}": value for i, value in enumerate(way.values)},
    )


def shapes(page: Page) -> Response:
    """The rows of a register that has shapes, or the one with the `key` asked for, as a GeoJSON file (RFC 7946)."""
    register = page.desk.workspace.register(str(page.request.path_params["register"]), page.known_at)
    column = geometry_of(page, register)
    page.require_known("key")
    tests, parameters, name = "", {}, register.name
    key = page.query.get("key", "")
    if key:
        parts = key.split(KEY_SEPARATOR) if len(register.key) > 1 else [key]
        parameters = {f"k{i}": part for i, part in enumerate(parts)}
        compared = " AND ".join(f"CAST({identifier(k)} AS VARCHAR) = $k{i}" for i, k in enumerate(register.key))
        if len(parts) != len(register.key):
            raise AltynError("register.key", what=questions.NO_RECORD, where=register.name)
        tests = f" WHERE {compared}"
    order = ", ".join(identifier(k) for k in register.key)
    relation = Relation(f"SELECT * FROM r{tests} ORDER BY {order}", {"r": Input(register.name)}, parameters)
    # A register that is closed is refused here, before anything is said of its columns.
    answer = page.desk.read([relation], known_at=page.known_at, reason="download")[0]
    if column is None:
        raise AltynError(
            "export.format",
            what=say("The register has no shapes."),
            where=register.name,
            mend=say("Take csv, json or parquet."),
        )
    rows = answer.rows()
    if key and not rows:
        raise AltynError("register.key", what=questions.NO_RECORD, where=register.name)
    names = [c.name for c in answer.columns]
    place = names.index(column)
    features = [
        {
            "type": "Feature",
            "geometry": _geometry(row[place]),
            "properties": {
                n: exports.plain(v) for n, v in zip(names, row, strict=True) if n != column and n not in SYSTEM_COLUMNS
            },
        }
        for row in rows
    ]
    document = {"type": "FeatureCollection", "features": features, **exports.provenance(answer)}
    return Response(
        json.dumps(document, ensure_ascii=False, default=str),
        media_type="application/geo+json",
        headers={"Content-Disposition": f'attachment; filename="{exports.file_name(name, answer, "geojson")}"'},
    )


def geometry_of(page: Page, register: Register) -> str | None:
    """The public column that holds a register's shapes."""
    allowed = page.desk.may_read(register).columns
    return next((c.name for c in allowed if c.role == GEOMETRY), None)


def _geometry(text: object) -> Any:
    """A shape as JSON; null, which the format allows, where there is none or it cannot be read."""
    try:
        return json.loads(str(text)) if text else None
    except ValueError:
        return None


ROUTES = {
    "/registers/{register}/shapes.geojson": shapes,
}
