"""The tour and the scoreboard: what was stated, beside what can be shown. Both are made from what exists, never by hand."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from altyn.errors import AltynError
from altyn.language import LANGUAGES, Label, say
from altyn.measures import Measure
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.policy.gate import Answer
from altyn.serve.portal.desk import Page, of_a_pack


def _declared(page: Page) -> Any:
    declared = page.desk.declared.get("tour")
    if declared is None or declared["statements"] not in page.desk.snapshot(page.known_at).registers:
        raise AltynError(
            "register.missing",
            what=say("No pack of this project declares statements."),
            mend=say("A pack declares them with a page of the kind tour: see docs/packs/pages.md."),
        )
    return declared


def _ordered(register: str, order: str) -> Relation:
    return Relation(f"SELECT * FROM r ORDER BY {order}", {"r": Input(register)})


def _records(page: Page, answer: Answer) -> list[dict[str, Any]]:
    """Rows by their columns, with `claim` and `note` in the reader's language, or in one there is."""
    names = [c.name for c in answer.columns]
    found = [dict(zip(names, row, strict=True)) for row in answer.rows()]
    for record in found:
        for name in ("claim", "note"):
            texts = (record.get(f"{name}_{language}") for language in (page.language, *LANGUAGES))
            record[name] = record.get(name) or next((text for text in texts if text), "")
    return found


def tour(page: Page) -> Response:
    """The statements in their order, each leading to what shows it, with the kind of that."""
    with of_a_pack("tour"):
        return _tour(page, _declared(page))


def _tour(page: Page, declared: Any) -> Response:
    pack = declared["statements"].split(".")[0]
    answer = page.desk.read([_ordered(declared["statements"], "position")], known_at=page.known_at)[0]
    statements = _records(page, answer)
    for statement in statements:
        statement["href"], statement["shown"] = target(page, statement.get("target"))
    return page.render(
        "tour.html",
        statements=statements,
        indicators=page.desk.codes(pack, "indicators"),
        qualifiers=page.desk.codes(pack, "qualifiers"),
        units=page.desk.codes(pack, "units"),
        outlets=page.desk.codes(pack, "outlets"),
        register=declared["statements"],
        intro=page.words.label(Label(declared.get("intro", {}))),
        built=sum(1 for s in statements if s["shown"] != "unbuilt"),
    )


def target(page: Page, text: str | None) -> tuple[str, str]:
    """Address and kind of what a statement's target names; ("", unbuilt) where nothing of it exists."""
    desk, words = page.desk, page.words
    snapshot = desk.snapshot(page.known_at)
    registers, measures = page.registers, desk.workspace.catalogue.measures
    kind, _, name = (text or "").partition(":")
    if kind == "registers" and snapshot.registers:
        kinds = {registers[n].data_kind for n in snapshot.registers if n in registers}
        return words.link("registers"), "real" if "real" in kinds else min(kinds, default="unbuilt")
    if kind == "register" and name in snapshot.registers and name in registers:
        return words.link("registers", name), registers[name].data_kind
    if kind == "measure" and name in snapshot.tables and name in measures:
        kinds = set(page.kinds(measures[name]))
        return words.link("measures", name), next(
            (k for k in ("simulated", "synthetic", "stated", "real") if k in kinds), "unbuilt"
        )
    register, _, key = name.partition("/")
    declared = registers.get(register) if kind == "row" and register in snapshot.registers else None
    # Of a register that is closed nothing is shown, and the other statements are.
    allowed = {c.name for c in desk.may_read(declared).columns} if declared else set[str]()
    if declared and declared.key[0] in allowed:
        column = declared.key[0]
        found = Relation(
            f'SELECT count(*) AS n FROM r WHERE CAST("{column}" AS VARCHAR) = $k', {"r": Input(register)}, {"k": key}
        )
        if desk.read([found], known_at=page.known_at)[0].rows()[0][0]:
            return words.link("registers", register, "row", key), declared.data_kind
    return "", "unbuilt"


def scoreboard(page: Page) -> Response:
    """Indicators with the stated value, other sources beside it, and what this portal measures itself."""
    declared = _declared(page)
    if "figures" not in declared or declared["figures"] not in page.desk.snapshot(page.known_at).registers:
        raise AltynError(
            "register.missing",
            what=say("No pack of this project declares figures beside its statements."),
            mend=say("A pack declares them with a page of the kind tour: see docs/packs/pages.md."),
        )
    with of_a_pack("scoreboard"):
        return _scoreboard(page, declared)


def _scoreboard(page: Page, declared: Any) -> Response:
    pack = declared["statements"].split(".")[0]
    # One look, one record in the log, for all that the page shows.
    relations = [_ordered(declared["statements"], "position"), _ordered(declared["figures"], "indicator, period")]
    total = _total(page)
    statements, figures, *measured = page.desk.read(
        relations + ([_vintages(page, total)] if total else []), known_at=page.known_at
    )
    statements, figures = _records(page, statements), _records(page, figures)
    order = list(dict.fromkeys([s["indicator"] for s in statements] + [f["indicator"] for f in figures]))
    lines: list[dict[str, Any]] = []
    for code in order:
        stated = [s for s in statements if s["indicator"] == code]
        others = [f for f in figures if f["indicator"] == code]
        if not others and not any(s["value"] is not None for s in stated):
            continue
        lines.append(
            {
                "code": code,
                "stated": [s for s in stated if s["value"] is not None],
                "figures": others,
                "verdict": _verdict(stated, others),
            }
        )
    unknown = [s for s in statements if s["value"] is None and s["indicator"] not in {x["code"] for x in lines}]
    return page.render(
        "scoreboard.html",
        lines=lines,
        unknown=unknown,
        indicators=page.desk.codes(pack, "indicators"),
        qualifiers=page.desk.codes(pack, "qualifiers"),
        units=page.desk.codes(pack, "units"),
        evidence=page.desk.codes(pack, "evidence"),
        measured=[_measured(page, total, measured[0])] if total else [],
        registers=[declared["statements"], declared["figures"]],
        titles={name: register.label for name, register in page.registers.items()},
    )


def _verdict(stated: list[dict[str, Any]], others: list[dict[str, Any]]) -> str:
    """What can be said of a stated value: alone, confirmed by another source, differing, or not comparable."""
    values = [s for s in stated if s["value"] is not None]
    if not values:
        return "unstated"
    one = values[0]
    same = [
        f
        for f in others
        # An expectation or a goal confirms nothing, and a figure of another period is another figure.
        if f["unit"] == one["unit"]
        and f["qualifier"] not in {"expected", "goal"}
        and one["period"] in {None, f["period"]}
    ]
    if not same:
        return "alone"
    return "agrees" if any(f["value"] == values[0]["value"] for f in same) else "differs"


def _total(page: Page) -> Measure | None:
    """The number the first page counts, which comes in several vintages."""
    home = page.desk.declared.get("home")
    tables = page.desk.snapshot(page.known_at).tables
    return page.desk.measure(home["total"]) if home is not None and home["total"] in tables else None


def _names(page: Page) -> tuple[str, str]:
    """The dimensions of that number: its time, and the vintage."""
    home = page.desk.declared["home"]
    return str(home["time"]), str(next(iter(home.get("prefer", {})), home["time"]))


def _vintages(page: Page, total: Measure) -> Relation:
    time, edition = (identifier(n) for n in _names(page))
    return Relation(
        f"SELECT {time}, {edition}, value FROM m WHERE {time} = (SELECT max({time}) FROM m) ORDER BY {edition}",
        {"m": Input(total.name, "table")},
    )


def _measured(page: Page, total: Measure, answer: Answer) -> dict[str, Any]:
    """The newest number in all its vintages, side by side; late or revised is said."""
    edition = _names(page)[1]
    labels = page.desk.codes(total.pack, next((d.codes for d in total.dimensions if d.column == edition), None))
    rows = answer.rows()
    age = page.desk.workspace.clock().year - max((int(y) for y, _, _ in rows), default=0)
    return {
        "measure": total,
        "kinds": page.kinds(total),
        "vintages": [(y, page.words.label(labels.get(str(v)), str(v)), value) for y, v, value in rows],
        "revised": len({value for _, _, value in rows}) > 1,
        "late": age > 1,
        "age": age,
    }


ROUTES = {
    "/tour": tour,
    "/scoreboard": scoreboard,
}
