"""Indicators: the list, one measure with chart and table, and the rows behind one number."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from altyn.errors import AltynError
from altyn.language import say
from altyn.measures import Measure
from altyn.model.instants import zone
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.policy.gate import Answer
from altyn.serve import exports
from altyn.serve.portal.desk import Page
from altyn.serve.portal.draw import charts
from altyn.serve.portal.pages import drawing

_SHOWN = 300


def measure_list(page: Page) -> Response:
    """All indicators."""
    desk = page.desk
    built = desk.snapshot().tables
    cards: list[dict[str, Any]] = [
        {
            "measure": m,
            "state": built.get(m.name),
            "kinds": page.kinds(m),
        }
        for m in desk.workspace.catalogue.measures.values()
        if page.is_in_use(m)
    ]
    cards = desk.ordering.sorted(cards, lambda c: page.words.label(c["measure"].title))
    return page.render("measures.html", cards=cards)


def measure_page(page: Page) -> Response:
    """Definition, chart, and a table in which every number opens to its rows."""
    measure = _measure(page)
    chosen = _chosen(page, measure)
    answer = page.desk.read([table_relation(measure, chosen)], known_at=page.known_at)[0]
    rows = answer.rows()
    choices = _choices(page, measure)
    labels = _labels(page, measure)
    registers = page.registers
    # The database puts 10-14 before 5-9, and Ә behind Я.
    key = page.desk.ordering.key
    rows.sort(
        key=lambda row: [key(drawing.called(page, labels, d.column, row[i])) for i, d in enumerate(measure.dimensions)]
    )
    breaks = [b for r in page.inputs(measure) for b in r.series_breaks if not chosen or b.value in chosen.values()]
    return page.render(
        "measure.html",
        measure=measure,
        chart=drawing.drawn(page, measure, chosen, rows, labels),
        columns=measure.columns(registers),
        rows=rows[:_SHOWN],
        total_rows=len(rows),
        chosen=chosen,
        choices=choices,
        labels=labels,
        breaks=breaks,
        inputs=page.inputs(measure),
        kinds=page.kinds(measure),
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
        inputs=page.inputs(measure),
        kinds=page.kinds(measure),
        register_link=_register_links(page, measure, answer),
    )


def chart_svg(page: Page) -> Response:
    """The chart as a file."""
    measure = _measure(page)
    chosen = _chosen(page, measure)
    answer = page.desk.read([table_relation(measure, chosen)], known_at=page.known_at)[0]
    found = drawing.drawn(page, measure, chosen, answer.rows(), _labels(page, measure)).wide
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "Content-Disposition": f'inline; filename="{exports.file_name(drawing.file_name(measure, chosen), answer, "svg")}"',
    }
    return Response(
        charts.standalone(found, page.words.t("synthetic data") if "synthetic" in answer.kinds else "")
        or charts.standalone("<svg xmlns='http://www.w3.org/2000/svg'><desc></desc></svg>"),
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
            "values": page.desk.ordering.sorted(
                (
                    (str(v), page.words.label(labels[d.column].get(str(v)), str(v)))
                    for (v,) in a.rows()
                    if v is not None
                ),
                lambda x: x[1],
            ),
        }
        for d, a in zip(measure.dimensions, found, strict=True)
    ]


def _register_links(page: Page, measure: Measure, answer: Answer) -> Any:
    """Where a counted row leads back to its record: the one input whose whole key stands among the columns."""
    names = [c.name for c in answer.columns]
    for register in page.inputs(measure):
        if set(register.key) <= set(names):
            places = [names.index(k) for k in register.key]
            return lambda row: page.words.link("registers", register.name, "row", "/".join(str(row[p]) for p in places))
    return None


def measure_data(page: Page) -> Response:
    """The rows of a measure under the chosen dimensions, as a file."""
    measure = page.desk.measure(str(page.request.path_params["measure"]))
    page.require_known(*(d.column for d in measure.dimensions))
    chosen = {d.column: page.query[d.column] for d in measure.dimensions if page.query.get(d.column)}
    return _download(page, table_relation(measure, chosen), drawing.file_name(measure, chosen))


def _download(page: Page, relation: Relation, name: str) -> Response:
    form = str(page.request.path_params["form"])
    answer = page.desk.read([relation], known_at=page.known_at, reason="download")[0]
    content = exports.write(answer, form, exports.Style(page.language, zone(page.desk.workspace.project.timezone)))
    headers = {"Content-Disposition": f'attachment; filename="{exports.file_name(name, answer, form)}"'}
    headers |= {k.replace("altyn.", "X-Altyn-").replace("_", "-"): v for k, v in exports.provenance(answer).items()}
    return Response(content, media_type=exports.MEDIA_TYPES[form], headers=headers)


ROUTES = {
    "/measures": measure_list,
    "/measures/{measure}": measure_page,
    "/measures/{measure}/rows": measure_rows,
    "/measures/{measure}/chart.svg": chart_svg,
    "/measures/{measure}/data.{form}": measure_data,
}
