"""The first page: a map through time, what Altyn holds, and the doors to the rest."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from altyn.errors import AltynError
from altyn.language import Label
from altyn.model.relations import Input, Relation
from altyn.serve.portal.desk import Desk, Page, of_a_pack
from altyn.serve.portal.draw import charts, maps
from altyn.serve.portal.pages.registers import card
from altyn.store import Snapshot

# More registers than these are found through their own page.
_CARDS = 12


def home(page: Page) -> Response:
    """The map of the declared measure for one year, with its table."""
    desk = page.desk
    if page.snapshot() is None and not page.known_text:
        return page.render("empty.html", 404, sources=len(desk.workspace.project.sources))
    snapshot = desk.snapshot(page.known_at)
    registers = [r for r in page.registers.values() if r.name in snapshot.registers]
    rows = sum(snapshot.registers[r.name].rows for r in registers)
    declared = desk.declared.get("home")
    picture, is_broken = None, False
    if declared and _can_be_drawn(snapshot, declared):
        try:
            with of_a_pack("home"):
                picture = _picture(page, declared)
        except AltynError:
            # The first page is the way to all others: without its map it still is.
            is_broken = True
    return page.render(
        "home.html",
        snapshot=snapshot,
        picture=picture,
        is_broken=is_broken,
        cards=[] if picture else [card(page, r) for r in registers][:_CARDS],
        state=page.words.label(Label(declared.get("state", {})), desk.workspace.project.state)
        if declared
        else desk.workspace.project.state,
        counts={
            "registers": len(registers),
            "rows": rows,
            "measures": sum(t.kind == "measure" for t in snapshot.tables.values()),
            "refused": sum(s.quarantined_rows for s in snapshot.registers.values()),
        },
    )


def _can_be_drawn(snapshot: Snapshot, declared: Any) -> bool:
    """Whether the numbers, their total and the shapes of the map are all there: a project may have taken the pack alone."""
    return {declared["measure"], declared["total"]} <= set(snapshot.tables) and declared["map"][
        "register"
    ] in snapshot.registers


def _picture(page: Page, declared: Any) -> dict[str, Any] | None:
    desk, words = page.desk, page.words
    measure, total = desk.measure(declared["measure"]), desk.measure(declared["total"])
    dimension, time, prefer = declared["dimension"], declared["time"], declared.get("prefer", {})
    where = " AND ".join(f'"{name}" = $p{i}' for i, name in enumerate(prefer)) or "TRUE"
    chosen = {f"p{i}": value for i, value in enumerate(prefer.values())}
    values, totals = desk.read(
        [
            Relation(
                f'SELECT "{dimension}" AS code, "{time}" AS at, value FROM m WHERE {where}',
                {"m": Input(measure.name, "table")},
                chosen,
            ),
            Relation(
                f'SELECT "{time}" AS at, value FROM m WHERE {where} ORDER BY 1',
                {"m": Input(total.name, "table")},
                chosen,
            ),
        ],
        known_at=page.known_at,
    )
    rows = [(str(c), int(at), value) for c, at, value in values.rows() if None not in (c, at, value)]
    if not rows:
        return None
    years = sorted({at for _, at, _ in rows})
    asked = page.query.get(time, "")
    year = next((y for y in years if str(y) == asked), years[-1])
    here = {code: value for code, at, value in rows if at == year}
    labels = desk.codes(measure.pack, next((d.codes for d in measure.dimensions if d.column == dimension), None))
    codes = sorted({c for c, _, _ in rows})
    # One set of classes for all years: a colour means the same number whenever the reader looks.
    bounds = maps.classes([float(v) for _, _, v in rows])
    drawn = _map(page, declared["map"])
    breaks = {b.value: b for r in page.inputs(measure) for b in r.series_breaks if b.start[:4].isdecimal()}
    table = sorted(
        (
            {
                "code": code,
                "name": words.label(labels.get(code), code),
                "value": here.get(code),
                "class": maps.class_of(float(here[code]), bounds) if code in here else None,
                "href": words.link("measures", measure.name, "rows", **{dimension: code, time: year}, **prefer)
                if code in here
                else "",
                "note": words.label(breaks[code].note) if code in breaks else "",
                "broken_until": int(breaks[code].start[:4]) if code in breaks else 0,
            }
            for code in codes
        ),
        key=lambda row: (_size(row), desk.ordering.key(row["name"])),
    )
    summed = [(at, v) for at, v in totals.rows() if None not in (at, v)]
    series = [(float(at), float(v)) for at, v in summed]
    now = next((v for at, v in series if at == year), None)
    return {
        "measure": measure,
        "year": year,
        "years": years,
        "map": drawn,
        "credit": _credit(page, declared["map"]["register"]),
        "areas": {r["code"]: r for r in table},
        "table": table,
        "legend": [(i, low, bounds[i + 1] if i + 1 < len(bounds) else None) for i, low in enumerate(bounds)],
        "total": now,
        "spark": charts.spark(series, title=words.label(total.title)),
        "total_href": words.link("measures", total.name),
        "missing": [r for r in table if r["value"] is None],
        "kinds": page.kinds(measure),
        "data": _for_scripts(rows, years, bounds, dict(summed)),
    }


def _for_scripts(
    rows: list[tuple[str, int, Any]], years: list[int], bounds: list[float], totals: dict[Any, Any]
) -> str:
    """What the page already shows, year by year, so that its script can play through it without asking again."""
    found = {(code, at): _number(value) for code, at, value in rows}
    values = {code: [found.get((code, at)) for at in years] for code in sorted({c for c, _ in found})}
    total = [_number(totals[at]) if at in totals else None for at in years]
    return json.dumps({"years": years, "bounds": bounds, "total": total, "values": values}, separators=(",", ":"))


def _number(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


def _size(row: dict[str, Any]) -> float:
    return -float(row["value"] or 0)


def _credit(page: Page, name: str) -> str:
    """Who made the map, and under which licence."""
    source = page.registers[name].source
    who = page.said(source, "attribution") or page.said(source, "publisher")
    return ", ".join(part for part in (who, page.said(source, "licence")) if part)


def _map(page: Page, declared: Any) -> maps.Map:
    """The shapes, drawn once for each version of their register."""
    desk: Desk = page.desk
    register = page.registers[declared["register"]]
    state = desk.snapshot(page.known_at).registers[register.name]
    mark = f"{register.name} {state.version} {state.contract}"
    relation = Relation(
        f'SELECT "{declared["code"]}" AS code, "{declared["geometry"]}" AS geometry FROM b ORDER BY 1',
        {"b": Input(register.name)},
    )
    if mark not in desk.maps:
        areas = desk.read([relation], known_at=page.known_at)[0].rows()
        desk.maps[mark] = maps.draw([(str(c), str(g)) for c, g in areas], declared["parallels"], declared["meridian"])
    return desk.maps[mark]


ROUTES = {
    "/": home,
}
