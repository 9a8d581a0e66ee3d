"""Registers: the list, one register, one record with its history."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from altyn.errors import AltynError
from altyn.model.columns import Column
from altyn.model.registers import PERIOD, Register
from altyn.model.relations import Input, Relation
from altyn.model.sql import identifier
from altyn.policy.gate import Answer
from altyn.policy.principals import PORTAL
from altyn.serve.portal.desk import Page
from altyn.serve.portal.draw import charts
from altyn.serve.portal.pages import family
from altyn.serve.use_cases import questions
from altyn.serve.use_cases.histories import KEY_SEPARATOR, history_through

_SAMPLE = 5
_BATCHES = 20
_TERMS = {"d": "{n} days", "w": "{n} weeks", "m": "{n} months", "y": "{n} years"}
_DAYS = {"d": 1, "w": 7, "m": 30.5, "y": 365.25}


def register_list(page: Page) -> Response:
    """All registers, by pack."""
    desk = page.desk
    packs = []
    newest = _newest_years(page, list(page.registers.values()))
    for pack in desk.workspace.packs:
        own = [r for r in page.registers.values() if r.pack == pack.name]
        own = desk.ordering.sorted(own, lambda r: page.words.label(r.label, r.table))
        cards = [card(page, r, newest.get(r.name)) for r in own]
        loaded = [c for c in cards if c["state"]]
        if cards:
            packs.append({"pack": pack, "cards": loaded, "others": [c for c in cards if not c["state"]]})
    # Packs of which nothing is loaded come last: a project may take one for its codes and kinds alone.
    packs.sort(key=lambda p: not p["cards"])
    return page.render("registers.html", packs=packs)


def card(page: Page, register: Register, newest_year: int | None = None) -> dict[str, Any]:
    """What the card of a register shows."""
    return {
        "register": register,
        "state": page.state(register),
        "freshness": freshness(page, register, newest_year),
        "is_open": register.is_open,
    }


def register_page(page: Page) -> Response:
    """One register: what it is, law, owner, freshness, quality, columns, sample, batches, quarantine."""
    desk, register = page.desk, _register(page)
    state = page.state(register)
    decision = desk.may_read(register)
    sample = None
    if decision.is_allowed and state is not None:
        sample = desk.read([_sample(register, decision.columns)], known_at=page.known_at)[0]
    else:
        desk.workspace.gate.told(PORTAL, register, reason="register page")
    findings = [f for f in _findings(page) if f["register"] == register.name]
    return page.render(
        "register.html",
        register=register,
        state=state,
        decision=decision,
        sample=sample,
        in_sample=_in_sample(sample) if sample else (),
        columns=[c.name for c in decision.columns],
        batches=page.batches(register)[:_BATCHES],
        quarantine={
            "entries": state.quarantined_rows if state else 0,
            "waiting": state.waiting_rows if state else 0,
            "by_rule": list(state.quarantined) if state else [],
        },
        geometry=family.geometry_of(page, register),
        expected={c.name: c.expected for c in register.columns},
        findings=findings,
        freshness=freshness(page, register, _newest_years(page, [register]).get(register.name)),
        lists={c.code_list: desk.codes(register.pack, c.code_list) for c in register.columns if c.code_list},
        key_link=lambda row: row_link(page, register, sample, row) if sample else "",
        units=desk.codes(register.pack, "units"),
        measures=[
            m for m in desk.workspace.catalogue.measures.values() if register.name in m.inputs and page.is_built(m)
        ],
    )


def row_page(page: Page) -> Response:
    """One record: what it says now, its history on a time line, and where each version came from."""
    desk, register = page.desk, _register(page)
    key = str(page.request.path_params["key"])
    history = history_through(
        desk.workspace,
        register,
        key,
        page.known_at,
        may_read=lambda then: desk.may_read(then, "history").is_allowed,
        read=lambda r, at: desk.read([r], known_at=at)[0],
    )
    if not history.versions:
        questions.require_not_erased(desk.workspace, register, key)
        raise AltynError("register.key", what=questions.NO_RECORD, where=register.name)
    versions = history.versions
    shown: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for version in versions:
        is_said = version.op in {"put", "carried"}
        changed = [n for n, v in version.values.items() if before and before.get(n) != v] if is_said else []
        shown.append({"version": version, "changed": changed, "before": before})
        before = version.values if is_said else before
    moments = [(page.words.day(v.recorded_at), page.words.t(v.op)) for v in versions]
    told = page.words.t("History of the record")
    names = [n for n in family.name_columns(page, register) if versions[-1].values.get(n)]
    return page.render(
        "row.html",
        register=register,
        key=key,
        versions=list(reversed(shown)),
        current=versions[-1],
        timeline=charts.timeline(moments, title=told),
        timeline_narrow=charts.timeline(moments, title=told, width=charts.NARROW),
        labels=history.columns,
        older=history.older,
        codes={c.name: desk.codes(register.pack, c.code_list) for c in register.columns if c.code_list},
        name=str(versions[-1].values[names[0]]) if names else key,
        family=family.relatives(page, register, versions[-1].values) if versions[-1].op != "retract" else {},
        geometry=family.geometry_of(page, register),
    )


def _register(page: Page) -> Register:
    return page.desk.workspace.register(str(page.request.path_params["register"]), page.known_at)


def _sample(register: Register, seen: Sequence[Column]) -> Relation:
    """The first rows in key order, by what of the key may be seen."""
    names = [c.name for c in seen]
    order = ", ".join(identifier(k) for k in [k for k in register.key if k in names] or names[:1])
    return Relation(f"SELECT * FROM r ORDER BY {order} LIMIT {_SAMPLE}", {"r": Input(register.name)})


def _in_sample(sample: Answer) -> set[str]:
    """The columns shown of a sample: no shapes, and neither since nor until when where no row says it."""
    said = {c.name for i, c in enumerate(sample.columns) if any(row[i] is not None for row in sample.rows())}
    return {c.name for c in sample.columns if c.role != "geometry" and (c.name in said or c.name not in PERIOD)}


def _key(register: Register, answer: Any, row: tuple[Any, ...]) -> str:
    names = [c.name for c in answer.columns]
    return KEY_SEPARATOR.join(str(row[names.index(k)]) for k in register.key if k in names)


def row_link(page: Page, register: Register, answer: Any, row: tuple[Any, ...]) -> str:
    """The address of a record."""
    return page.words.link("registers", register.name, "row", _key(register, answer, row))


def _findings(page: Page) -> list[dict[str, Any]]:
    """The findings of each register as known then: those of the last snapshot that loaded it."""
    found: dict[str, list[dict[str, Any]]] = {}
    asked = page.snapshot()
    for snapshot in page.desk.workspace.snapshots():
        if asked is None or snapshot.number > asked.number:
            break
        for name in {b.register for b in snapshot.batches}:
            found[name] = [dict(f) for f in snapshot.findings if f["register"] == name]
    return [f for some in found.values() for f in some]


def _newest_years(page: Page, registers: list[Register]) -> dict[str, int]:
    """The newest year each register speaks of, for those that promise a term and have a column of years."""
    asked: list[tuple[str, Relation]] = []
    for register in registers:
        allowed = page.desk.may_read(register)
        column = next((c.name for c in allowed.columns if c.role == "year"), None)
        if allowed.is_allowed and column and page.state(register) and register.service_levels.get("frequency"):
            newest = Relation(f"SELECT max({identifier(column)}) AS year FROM r", {"r": Input(register.name)})
            asked.append((register.name, newest))
    answers = page.desk.read([r for _, r in asked], known_at=page.known_at, reason="freshness") if asked else []
    found = {name: answer.rows()[0][0] for (name, _), answer in zip(asked, answers, strict=True)}
    return {name: int(year) for name, year in found.items() if year is not None}


def freshness(page: Page, register: Register, newest_year: int | None = None) -> dict[str, Any]:
    """When the register last learned something, and whether that is within the time its contract promises.

    An old file loaded today is not fresh: where the register has years, the newest of them counts too.
    """
    batches = page.batches(register)
    last: datetime | None = batches[0]["recorded_at"] if batches else None
    promised = register.service_levels.get("frequency") or register.service_levels.get("latency") or ""
    days = _days(promised)
    if last is None:
        verdict = "never"
    elif days is None:
        verdict = "unknown"
    else:
        now = page.desk.workspace.clock()
        is_old = newest_year is not None and now.year - newest_year > math.ceil(days / _DAYS["y"])
        verdict = "late" if is_old or now - last > timedelta(days=days * 1.1) else "fresh"
    shown = page.words.t(_TERMS[promised.split()[1][0]], n=promised.split()[0]) if days is not None else promised
    return {"last": last, "promised": shown, "verdict": verdict, "newest_year": newest_year}


def _days(text: str) -> float | None:
    number, _, unit = text.partition(" ")
    return float(number) * _DAYS[unit[0]] if number.replace(".", "").isdigit() and unit[:1] in _DAYS else None


ROUTES = {
    "/registers": register_list,
    "/registers/{register}": register_page,
    "/registers/{register}/row/{key:path}": row_page,
}
