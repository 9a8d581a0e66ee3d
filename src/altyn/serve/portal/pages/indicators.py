"""Indicators: the list, one measure with chart and table, and the rows behind one number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starlette.responses import Response

from altyn.errors import AltynError
from altyn.language import say
from altyn.measures import Measure
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.policy.gate import Answer
from altyn.serve.portal.desk import Page
from altyn.serve.portal.draw import charts

_SHOWN = 300
_LINES = 6
_BARS = 40
# The one dimension name that has a meaning here: editions of the same number, never to be added up (GLOSSARY.md).
VINTAGE = "vintage"
# A dimension called so says that the numbers of a measure are of several units: they share no axis.
UNIT = "unit"
_ADDED_UP = ("sum(", "count(")


def measure_list(page: Page) -> Response:
    """All indicators."""
    desk = page.desk
    built = desk.snapshot().tables
    cards = [
        {
            "measure": m,
            "state": built.get(m.name),
            "kinds": sorted({page.registers[i].data_kind for i in m.inputs}),
        }
        for m in desk.workspace.catalogue.measures.values()
        if page.is_in_use(m)
    ]
    return page.render("measures.html", cards=cards)


def measure_page(page: Page) -> Response:
    """Definition, chart, and a table in which every number opens to its rows."""
    measure = _measure(page)
    chosen = _chosen(page, measure)
    answer = page.desk.read([table_relation(measure, chosen)], known_at=page.known_at)[0]
    rows = answer.rows()
    choices = _choices(page, measure)
    drawn = chart_of(page, measure, chosen, rows)
    registers = page.registers
    breaks = [b for i in measure.inputs for b in registers[i].series_breaks if not chosen or b.value in chosen.values()]
    return page.render(
        "measure.html",
        measure=measure,
        chart={"svg": drawn, "caption": charts.title_of(drawn)},
        rows=rows[:_SHOWN],
        total_rows=len(rows),
        chosen=chosen,
        choices=choices,
        labels=_labels(page, measure),
        breaks=breaks,
        inputs=[registers[i] for i in measure.inputs],
        kinds=sorted({registers[i].data_kind for i in measure.inputs}),
        link=lambda row: page.words.link("measures", measure.name, "rows", **_values(measure, row)),
        data=lambda form: page.words.link("measures", measure.name, f"data.{form}", **chosen),
        svg=page.words.link("measures", measure.name, "chart.svg", **chosen),
    )


def measure_rows(page: Page) -> Response:
    """The rows one number was counted from."""
    measure = _measure(page)
    chosen = _chosen(page, measure)
    answer = page.desk.read([measure.rows_relation(**chosen)], known_at=page.known_at)[0]
    rows = answer.rows()
    return page.render(
        "measure_rows.html",
        measure=measure,
        chosen=chosen,
        answer=answer,
        rows=rows[:_SHOWN],
        total_rows=len(rows),
        labels=_labels(page, measure),
        inputs=[page.registers[i] for i in measure.inputs],
        register_link=_register_links(page, measure, answer),
    )


def chart_svg(page: Page) -> Response:
    """The chart as a file."""
    measure = _measure(page)
    chosen = _chosen(page, measure)
    answer = page.desk.read([table_relation(measure, chosen)], known_at=page.known_at)[0]
    drawn = chart_of(page, measure, chosen, answer.rows())
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(
        charts.standalone(drawn) or charts.standalone("<svg xmlns='http://www.w3.org/2000/svg'><desc></desc></svg>"),
        media_type="image/svg+xml",
        headers=headers,
    )


def table_relation(measure: Measure, chosen: dict[str, str]) -> Relation:
    """A measure's table, narrowed to the chosen values of its dimensions."""
    tests = [f"CAST({identifier(name)} AS VARCHAR) = $p{i}" for i, name in enumerate(chosen)]
    order = ", ".join(identifier(d.column) for d in measure.dimensions) or "1"
    condition = f" WHERE {' AND '.join(tests)}" if tests else ""
    return Relation(
        f"SELECT * FROM m{condition} ORDER BY {order}",
        {"m": Input(measure.name, "table")},
        {f"p{i}": v for i, v in enumerate(chosen.values())},
    )


def chart_of(page: Page, measure: Measure, chosen: dict[str, str], rows: list[tuple[Any, ...]]) -> str:
    """A line over time where there is one, else bars of the newest time by the first open dimension."""
    columns = [d.column for d in measure.dimensions]
    title, unit = page.words.label(measure.title), page.words.label(measure.unit_label, measure.unit)
    if not rows or (UNIT in columns and len({row[columns.index(UNIT)] for row in rows}) > 1):
        return ""

    def show(value: float) -> str:
        return page.words.number(Decimal(str(value)))

    time = columns.index(measure.time) if measure.time in columns else None
    others = [i for i, c in enumerate(columns) if c != measure.time and c not in chosen]
    names = _labels(page, measure)
    register_breaks = [b for i in measure.inputs for b in page.registers[i].series_breaks]
    groups: dict[tuple[Any, ...], list[tuple[float, float]]] = {}
    if time is not None and measure.time not in chosen:
        for row in rows:
            groups.setdefault(tuple(row[i] for i in others), []).append((float(row[time]), float(row[-2])))
        if len(groups) <= _LINES:
            series = [
                charts.Series(
                    ", ".join(
                        page.words.label(names[columns[i]].get(str(k)), str(k))
                        for i, k in zip(others, key, strict=True)
                    ),
                    tuple(points),
                )
                for key, points in groups.items()
            ]
            breaks = [
                (float(b.start[:4]), page.words.label(b.note)) for b in register_breaks if b.value in chosen.values()
            ]
            described = page.words.t("{title}, {unit}; the table below holds every number.", title=title, unit=unit)
            return charts.lines(series, title=title, description=described, show=show, breaks=breaks)
    newest = max(row[time] for row in rows) if time is not None else None
    last = [row for row in rows if time is None or row[time] == newest]
    # Two vintages of one number are two editions of it: a chart shows one, and says which.
    edition = columns.index(VINTAGE) if VINTAGE in columns and VINTAGE not in chosen else None
    vintage = None
    if edition is not None:
        vintage = _vintage(page, [row[edition] for row in last])
        last = [row for row in last if row[edition] == vintage]
    by = next((i for i in others if columns[i] != VINTAGE), 0)
    if not measure.value.lower().startswith(_ADDED_UP) and len({row[by] for row in last}) < len(last):
        # Neither an average nor a largest value may be added up, so there is no one bar for several numbers.
        return ""
    totals: dict[Any, float] = {}
    for row in last:
        totals[row[by]] = totals.get(row[by], 0) + float(row[-2])
    items = [
        charts.Bar(
            page.words.label(names[columns[by]].get(str(k)), str(k)),
            v,
            page.words.link("measures", measure.name, **{**chosen, columns[by]: k}),
        )
        for k, v in _in_order(totals, coded=bool(names[columns[by]]))[:_BARS]
    ]
    when = f", {newest}" if newest is not None else ""
    when += f", {page.words.label(names[VINTAGE].get(str(vintage)), str(vintage))}" if vintage is not None else ""
    return charts.bars(items, title=f"{title}{when}", description=f"{title}{when}, {unit}", show=show)


def _in_order(totals: dict[Any, float], *, coded: bool) -> list[tuple[Any, float]]:
    """Bars of a code list from the longest down; those of periods, rates and other such values in their own order."""
    return sorted(totals.items(), key=lambda item: (-item[1], "") if coded else (0, str(item[0])))


def _vintage(page: Page, found: list[Any]) -> Any:
    """The edition a chart shows where the reader chose none: the one the first page prefers, else the last by name."""
    preferred = page.desk.declared.get("home", {}).get("prefer", {}).get(VINTAGE)
    return preferred if preferred in found else max(found)


def _measure(page: Page) -> Measure:
    measure = page.desk.measure(str(page.request.path_params["measure"]))
    if measure.name not in page.desk.snapshot(page.known_at).tables:
        raise AltynError(
            "measure.missing",
            what=say("The indicator was not built at that time."),
            where=measure.name,
            mend=say("Choose a later snapshot."),
        )
    return measure


def _chosen(page: Page, measure: Measure) -> dict[str, str]:
    return {d.column: page.query[d.column] for d in measure.dimensions if page.query.get(d.column)}


def _values(measure: Measure, row: tuple[Any, ...]) -> dict[str, Any]:
    return {d.column: row[i] for i, d in enumerate(measure.dimensions)}


def _labels(page: Page, measure: Measure) -> dict[str, Any]:
    return {d.column: page.desk.codes(measure.pack, d.codes) for d in measure.dimensions}


def _choices(page: Page, measure: Measure) -> list[dict[str, Any]]:
    """What a reader may narrow by: each dimension with the values it has."""
    relations = [
        Relation(
            f"SELECT DISTINCT CAST({identifier(d.column)} AS VARCHAR) AS v FROM m ORDER BY 1",
            {"m": Input(measure.name, "table")},
        )
        for d in measure.dimensions
    ]
    labels = _labels(page, measure)
    found = page.desk.read(relations, known_at=page.known_at) if relations else []
    return [
        {
            "dimension": d,
            "values": sorted(
                (
                    (str(v), page.words.label(labels[d.column].get(str(v)), str(v)))
                    for (v,) in a.rows()
                    if v is not None
                ),
                key=lambda x: x[1],
            ),
        }
        for d, a in zip(measure.dimensions, found, strict=True)
    ]


def _register_links(page: Page, measure: Measure, answer: Answer) -> Any:
    """Where a counted row leads back to its record: the one input whose whole key stands among the columns."""
    names = [c.name for c in answer.columns]
    for name in measure.inputs:
        register = page.registers[name]
        if set(register.key) <= set(names):
            places = [names.index(k) for k in register.key]
            return lambda row: page.words.link("registers", register.name, "row", "/".join(str(row[p]) for p in places))
    return None
