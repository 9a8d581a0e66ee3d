"""Rows of a register: filtered, sorted and counted on a page, as an interface for programs, and as a download.

All three read the same address (`serve/use_cases/selections.py`), and every page of it works as a plain form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.instants import zone
from altyn.model.registers import PERIOD, SYSTEM_COLUMNS, Register
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.policy.gate import Answer
from altyn.policy.principals import PORTAL
from altyn.serve import exports
from altyn.serve.portal.desk import Page
from altyn.serve.use_cases.histories import KEY_SEPARATOR
from altyn.serve.use_cases.row_filters import operators_of
from altyn.serve.use_cases.selections import (
    FACET_VALUES,
    FORM,
    MOST_ROWS,
    PAGE_ROWS,
    SelectedRows,
    Selection,
    selection_of,
)

# A column of at most this many values is shown with all of them to choose from.
_FEW = 30
_FACETS = 6
# Counting the values of a column goes through all of them once a snapshot: only while that is quick.
_MOST_ROWS_TO_COUNT = 2_000_000
_AROUND = 2
# What a form says to be answered with the short address of what it asks.
_BOM = "bom"
_KINDS = {"integer", "decimal", "double"}


def rows_page(page: Page) -> Response:
    """Rows as a table, fifty a page, with what they can be narrowed to."""
    register = register_of(page)
    selection = _selection(page, register, FORM)
    if FORM in page.query and not selection.faults:
        # A form sends every field it has; the address that is kept and shared says only what was asked.
        return RedirectResponse(address(page, selection), status_code=303)
    facets = facet_columns(page, register, selection.columns)
    answer, sheet = _sheet(page, selection, facets)
    pages = max(1, -(-sheet.total // selection.size))
    if selection.page > pages:
        selection = replace(selection, page=pages)
        answer, sheet = _sheet(page, selection, facets)
    known = {c.name: c for c in answer.columns}
    shown = [known.get(c.name, c) for c in selection.shown if _is_said(c, selection, sheet)]
    places = [sheet.names.index(c.name) for c in shown]
    return page.render(
        "rows.html",
        register=register,
        selection=selection,
        total=sheet.total,
        columns=shown,
        rows=[[row[i] for i in places] for row in sheet.rows],
        links=[_record(page, register, sheet, row) for row in sheet.rows],
        facets=[
            _facet(page, selection, c, found)
            for c, found in zip(facets, sheet.facets, strict=True)
            if _is_choice(selection, c, found)
        ],
        fields=[_field(selection, c) for c in selection.columns if c.role != "geometry"],
        active=_active(page, selection),
        sorted_by={c.name: "descending" if falls else "ascending" for c, falls in selection.sort},
        sort_link=lambda column: address(page, _sorted(selection, column)),
        codes=codes_of(page, register),
        pager=[(n, address(page, replace(selection, page=n))) for n in _numbers(selection.page, pages)],
        pages=pages,
        link=lambda n: address(page, replace(selection, page=n)),
        plain=page.words.link("registers", register.name, "rows"),
        download=lambda form, **more: page.words.link(
            "registers", register.name, f"data.{form}", **selection.query(paged=False), **more
        ),
        programs=page.words.link("registers", register.name, "api", **selection.query()),
        numeric=_KINDS,
        faults=selection.faults,
    )


def rows_json(page: Page) -> Response:
    """The same rows for programs: a page of them, how many there are, and the addresses of its neighbours."""
    register = register_of(page)
    selection = _strict(_selection(page, register))
    answer, sheet = _sheet(page, selection, [])
    pages = max(1, -(-sheet.total // selection.size))
    known = {c.name: c for c in answer.columns}
    columns = [known.get(c.name, c) for c in selection.shown]
    places = [sheet.names.index(c.name) for c in columns]
    links = {"self": selection.page, "next": selection.page + 1, "previous": selection.page - 1}
    document = {
        "provenance": exports.provenance(answer),
        "register": register.name,
        "total": sheet.total,
        "page": selection.page,
        "pages": pages,
        "size": selection.size,
        "links": {
            name: address(page, replace(selection, page=n), "rows.json")
            for name, n in links.items()
            if 1 <= n <= pages or name == "self"
        },
        "columns": [
            {"name": c.name, "type": c.type.name, "unit": c.unit, "label": page.words.label(c.label, c.name)}
            for c in columns
        ],
        "rows": [{c.name: exports.plain(row[i]) for c, i in zip(columns, places, strict=True)} for row in sheet.rows],
    }
    content = json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    return Response(content, media_type=exports.MEDIA_TYPES["json"], headers={"Cache-Control": "private, no-cache"})


def rows_data(page: Page) -> Response:
    """Every row that is asked for, as a file: exactly the rows and columns of the page with the same address."""
    register = register_of(page)
    form = str(page.request.path_params["form"])
    selection = _strict(_selection(page, register, _BOM))
    answer = page.desk.read([selection.whole(page.desk.folding)], known_at=page.known_at, reason="download")[0]
    for name in ("page", "size"):
        if name in page.query:
            raise AltynError(
                "rows.parameter",
                what=say("A file has all rows that are asked for, and no pages."),
                where=register.name,
                mend=say("Leave {name} out.", name=name),
            )
    style = exports.Style(page.language, _zone(page), bom=page.query.get(_BOM, "") in {"yes", "1", "true"})
    content = exports.write(answer, form, style)
    headers = {"Content-Disposition": f'attachment; filename="{exports.file_name(register.name, answer, form)}"'}
    headers |= {k.replace("altyn.", "X-Altyn-").replace("_", "-"): v for k, v in exports.provenance(answer).items()}
    return Response(content, media_type=exports.MEDIA_TYPES[form], headers=headers)


def rows_api(page: Page) -> Response:
    """How programs ask for rows of this register: its columns, what each can be asked, and examples that work."""
    register = register_of(page)
    selection = _selection(page, register)
    columns = selection.columns
    # It says what a register is, which every look at a register leaves in the log.
    page.desk.workspace.gate.told(PORTAL, register, reason="rows api")
    examples = [Selection(register, columns, _zone(page), size=10), *_examples(page, register, columns)]
    return page.render(
        "rows_api.html",
        register=register,
        columns=[(c, operators_of(c)) for c in columns],
        asked=None if selection.faults or not selection.query() else address(page, selection, "rows.json"),
        examples=[address(page, e, "rows.json") for e in examples],
        rows=address(page, replace(selection, faults=())),
        plain=page.words.link("registers", register.name, "rows.json"),
        most=MOST_ROWS,
        usual=PAGE_ROWS,
        codes=codes_of(page, register),
        forms=tuple(exports.MEDIA_TYPES),
    )


# --- what is asked -----------------------------------------------------------------------------------------------------------


def register_of(page: Page) -> Register:
    """The register an address names, as its contract was at the time asked about."""
    return page.desk.workspace.register(str(page.request.path_params["register"]), page.known_at)


def _allowed(page: Page, register: Register) -> tuple[Column, ...]:
    return page.desk.may_read(register).columns


def _zone(page: Page) -> ZoneInfo:
    return zone(page.desk.workspace.project.timezone)


def _selection(page: Page, register: Register, *also: str) -> Selection:
    """What the address asks of a register that may be read: of another not even which columns it has is said."""
    columns = _allowed(page, register)
    if not columns:
        # The gate says no, and keeps that it was asked.
        page.desk.read([_no_row(register)], known_at=page.known_at)
    found = selection_of(register, columns, page.request.query_params.multi_items(), _zone(page), also)
    # What was understood was read; an address that says more is kept by nobody.
    page.query.read |= {*found.query(), *also}
    return found


def _no_row(register: Register) -> Relation:
    return Relation("SELECT 1 AS n FROM r LIMIT 0", {"r": Input(register.name)}, grain="no row")


def _strict(selection: Selection) -> Selection:
    """A selection that was understood whole.

    Raises:
        AltynError: `rows.parameter`, `rows.value`: the first that was not. A program must not take all rows for some.
    """
    if selection.faults:
        raise selection.faults[0]
    return selection


def address(page: Page, selection: Selection, end: str = "rows") -> str:
    """The one address of a selection."""
    return page.words.link("registers", selection.register.name, end, **selection.query())


def _sheet(page: Page, selection: Selection, facets: Sequence[Column]) -> tuple[Answer, SelectedRows]:
    answers = page.desk.read(selection.sheet(page.desk.folding, facets), known_at=page.known_at)
    answered = [row for answer in answers for row in answer.rows()]
    return answers[0], SelectedRows.of([c.name for c in answers[0].columns], answered, len(facets))


def _sorted(selection: Selection, column: Column) -> Selection:
    """Sorted by a column alone; a second time the other way round, a third time not at all."""
    now = next((falls for c, falls in selection.sort if c.name == column.name), None)
    order = () if now else ((column, now is False),)
    return replace(selection, sort=order, page=1)


# --- what is shown -----------------------------------------------------------------------------------------------------------


def _is_said(column: Column, selection: Selection, sheet: SelectedRows) -> bool:
    """Whether a column is shown: since and until when is left out where no row says it, unless it was asked for."""
    if column.name not in PERIOD or selection.chosen or selection.asked(column):
        return True
    place = sheet.names.index(column.name)
    return any(row[place] is not None for row in sheet.rows)


def _record(page: Page, register: Register, sheet: SelectedRows, row: Sequence[object]) -> str:
    """The address of a record; empty where not all of its key may be seen."""
    if not set(register.key) <= set(sheet.names):
        return ""
    key = KEY_SEPARATOR.join(str(row[sheet.names.index(k)]) for k in register.key)
    return page.words.link("registers", register.name, "row", key)


def codes_of(page: Page, register: Register) -> dict[str, Mapping[str, Any]]:
    """Labels of the codes of each column that has a list of them."""
    return {c.name: page.desk.codes(register.pack, c.code_list) for c in register.columns if c.code_list}


def _numbers(page: int, pages: int) -> list[int]:
    """Numbers of pages to go to: the first, the last, and those around this one."""
    near = range(max(1, page - _AROUND), min(pages, page + _AROUND) + 1)
    return sorted({1, *near, pages})


@dataclass(frozen=True, slots=True)
class FilterField:
    """A column in the form: what can be asked of it, and what is."""

    column: Column
    operators: tuple[str, ...]
    asked: Mapping[str, tuple[str, ...]]
    is_shown: bool


def _field(selection: Selection, column: Column) -> FilterField:
    asked = selection.asked(column)
    shown = not selection.chosen or column in selection.chosen
    return FilterField(column, operators_of(column), asked, shown)


def _active(page: Page, selection: Selection) -> list[dict[str, Any]]:
    """What is asked, each with the address that no longer asks it."""
    return [
        {
            "condition": c,
            "without": address(page, selection.with_asked(c.column, c.operator, ())),
            "values": [_name_of(page, selection.register, c.column, v) if c.operator == "eq" else v for v in c.values],
        }
        for c in selection.conditions
    ]


def _name_of(page: Page, register: Register, column: Column, value: str) -> str:
    labels = page.desk.codes(register.pack, column.code_list)
    return page.words.label(labels.get(value), value) if labels else value


# --- facets ------------------------------------------------------------------------------------------------------------------


def facet_columns(page: Page, register: Register, columns: Sequence[Column]) -> list[Column]:
    """Columns whose values are few enough to be chosen from a list: those with codes first."""
    referring = {r.columns[0] for r in register.relationships if len(r.columns) == 1}
    coded = [c for c in columns if c.code_list or c.name in referring]
    few = _few_valued(page, register, [c for c in columns if c not in coded])
    # A column that alone is the key has another value in every row.
    chosen = [c for c in [*coded, *few] if (c.name,) != register.key]
    return chosen[:_FACETS]


def _few_valued(page: Page, register: Register, columns: Sequence[Column]) -> list[Column]:
    """Columns of two to thirty values, counted once a snapshot. No value is kept, only which columns they are."""
    state, snapshot = page.state(register), page.snapshot()
    asked = [
        c
        for c in columns
        if c.type.kind in {"text", "integer", "boolean"}
        and c.name not in SYSTEM_COLUMNS
        and c.role not in {"name", "geometry"}
    ]
    if state is None or snapshot is None or not asked or state.rows > _MOST_ROWS_TO_COUNT:
        return []
    known = page.desk.few_valued
    key = (f"{snapshot.number} {snapshot.run}", f"{register.name} {register.contract_hash}")
    if key not in known:
        counts = ", ".join(f"count(DISTINCT {identifier(c.name)}) AS {identifier(c.name)}" for c in asked)
        relation = Relation(f"SELECT {counts} FROM r", {"r": Input(register.name)}, grain="one row")
        found = page.desk.read([relation], known_at=page.known_at, reason="facets")[0].rows()[0]
        known[key] = tuple(c.name for c, n in zip(asked, found, strict=True) if 1 < n <= _FEW)
    return [c for c in asked if c.name in known[key]]


def _is_choice(selection: Selection, column: Column, found: Sequence[tuple[str | None, int]]) -> bool:
    """Whether choosing a value would tell rows apart: not where all have the same, or each another."""
    most = max((n for _, n in found), default=0)
    return bool(selection.asked(column)) or (len(found) > 1 and (most > 1 or len(found) <= FACET_VALUES))


def _facet(page: Page, selection: Selection, column: Column, found: Sequence[tuple[str | None, int]]) -> dict[str, Any]:
    """A facet's values with names, counts and the address that adds or drops each."""
    asked = selection.asked(column)
    chosen = asked.get("eq", ())
    names = _names(page, selection.register, column, [v for v, _ in found if v is not None])
    counted = list(found[:FACET_VALUES])
    # What is chosen stays in sight, also where it is rare.
    counted += [(v, n) for v, n in found[FACET_VALUES:] if v in chosen]
    missing = [(v, 0) for v in chosen if v not in {w for w, _ in counted}]
    values = []
    for value, count in [*counted, *missing]:
        is_chosen = value in chosen if value is not None else "empty" in asked
        if value is None:
            target = selection.with_asked(column, "empty", () if is_chosen else ("yes",))
        else:
            kept = tuple(v for v in chosen if v != value)
            target = selection.with_asked(column, "eq", kept if is_chosen else (*kept, value))
        values.append(
            {
                "value": value,
                "name": names.get(value or "", value),
                "count": count,
                "is_chosen": is_chosen,
                "href": address(page, target),
            }
        )
    return {"column": column, "values": values, "has_more": len(found) > FACET_VALUES}


def _names(page: Page, register: Register, column: Column, values: Sequence[str]) -> dict[str, str]:
    """What values are called: by their code list, or by the register they refer to."""
    labels = page.desk.codes(register.pack, column.code_list)
    if labels:
        return {v: page.words.label(labels.get(v), v) for v in values}
    if column.type.kind == "boolean":
        return {"true": page.words.t("yes"), "false": page.words.t("no")}
    found = next((r for r in register.relationships if r.columns == (column.name,)), None)
    parent = page.registers.get(found.parent) if found else None
    if found is None or parent is None or page.state(parent) is None:
        return {}
    allowed = _allowed(page, parent)
    named = sorted((c.name for c in allowed if c.role == "name"), key=lambda n: not n.endswith(f"_{page.language}"))
    code = found.parent_columns[0]
    if not named or not values or code not in {c.name for c in allowed}:
        return {}
    bound = {f"k{i}": v for i, v in enumerate(values)}
    relation = Relation(
        f"SELECT CAST({identifier(code)} AS VARCHAR) AS code, max({identifier(named[0])}) AS name FROM p "
        f"WHERE CAST({identifier(code)} AS VARCHAR) IN ({', '.join(f'${k}' for k in bound)}) GROUP BY 1",
        {"p": Input(parent.name)},
        bound,
        grain="one row per code",
    )
    answer = page.desk.read([relation], known_at=page.known_at, reason="facets")[0]
    return {str(code): str(name) for code, name in answer.rows() if name is not None}


# --- examples ----------------------------------------------------------------------------------------------------------------


def _examples(page: Page, register: Register, columns: Sequence[Column]) -> list[Selection]:
    """Addresses that work, made of this register's own columns and codes."""
    empty = Selection(register, tuple(columns), _zone(page), size=10)
    found: list[Selection] = []
    own = [c for c in columns if c.name not in SYSTEM_COLUMNS and c.role != "geometry"]
    coded = next((c for c in own if c.code_list and page.desk.codes(register.pack, c.code_list)), None)
    number = next((c for c in own if c.type.kind in _KINDS and c.role != "year"), None)
    text = next((c for c in own if c.role == "name"), None)
    if coded:
        found.append(empty.with_asked(coded, "eq", list(page.desk.codes(register.pack, coded.code_list))[:2]))
    if number:
        least = replace(empty.with_asked(number, "min", ("100",)), sort=((number, True),))
        found.append(replace(least, chosen=tuple(dict.fromkeys([*(c for c in own if c.name in register.key), number]))))
    if text:
        found.append(empty.with_asked(text, "has", ("ал",)))
    return found


ROUTES = {
    "/registers/{register}/rows": rows_page,
    "/registers/{register}/rows.json": rows_json,
    "/registers/{register}/api": rows_api,
    "/registers/{register}/data.{form}": rows_data,
}
