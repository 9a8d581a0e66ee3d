"""Drawing an indicator: which chart its rows allow, and what the caption must say for the chart to be read alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from altyn.measures import Measure
from altyn.serve.portal.desk import Page
from altyn.serve.portal.draw import charts
from altyn.serve.portal.draw.ordering import is_a_range

_LINES, _BARS, _GROUPS = 6, 40, 20
# The one dimension name that has a meaning here: editions of the same number, never to be added up (GLOSSARY.md).
VINTAGE = "vintage"
# A dimension called so says that the numbers of a measure are of several units: they share no axis.
UNIT = "unit"
_SIDES = ("left", "right")
_ADDED_UP = ("sum(", "count(")
_YEAR = 4
Row = tuple[Any, ...]
Labels = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart for a screen and one for a phone, with what both show in words; empty where nothing can be drawn."""

    wide: str = ""
    narrow: str = ""
    caption: str = ""


def drawn(page: Page, measure: Measure, chosen: Mapping[str, str], rows: Sequence[Row], names: Labels) -> Drawn:
    """A line over years where there are some, else bars of the newest time by the first open dimension."""
    columns = [d.column for d in measure.dimensions]
    # A number that is not known has no place on an axis; the table says that it is missing.
    rows = [row for row in rows if row[-2] is not None]
    if not rows or (UNIT in columns and len({row[columns.index(UNIT)] for row in rows}) > 1):
        return Drawn()
    if measure.pyramid and not {measure.pyramid.bands, measure.pyramid.sides} & set(chosen):
        found = _pyramid(page, measure, chosen, rows, names)
        if found is not None:
            return found
    time = columns.index(measure.time) if measure.time in columns and measure.time not in chosen else None
    if time is not None and all(_is_year(row[time]) for row in rows):
        found = _lines(page, measure, chosen, rows, names)
        if found is not None:
            return found
    return _bars(page, measure, chosen, rows, names)


def called(page: Page, names: Labels, column: str, value: object) -> str:
    """A value of a dimension by its label."""
    return page.words.label(names[column].get(str(value)), page.words.cell(value) if value is None else str(value))


def caption_of(page: Page, measure: Measure, chosen: Mapping[str, str], names: Labels, *more: str) -> str:
    """The title with everything it was narrowed by: a chart is sent on without its page."""
    by = [called(page, names, d.column, chosen[d.column]) for d in measure.dimensions if d.column in chosen]
    made_up = [page.words.t("synthetic data")] if "synthetic" in page.kinds(measure) else []
    return ", ".join([page.words.label(measure.title), *by, *more, *made_up])


def file_name(measure: Measure, chosen: Mapping[str, str]) -> str:
    """A name for a file of these numbers: `pack.population-area_350000000`."""
    parts = [f"{d.column}_{chosen[d.column]}" for d in measure.dimensions if d.column in chosen]
    # Into a header goes no sign of its own; letters of other alphabets have no place in it either.
    return "-".join([measure.name, *(re.sub(r"[^A-Za-z0-9_.]+", "-", part).strip("-")[:60] for part in parts)])


def _is_year(value: object) -> bool:
    try:
        return value is not None and float(str(value)) == int(float(str(value)))
    except (ValueError, OverflowError):
        return False


def _lines(page: Page, measure: Measure, chosen: Mapping[str, str], rows: Sequence[Row], names: Labels) -> Drawn | None:
    columns = [d.column for d in measure.dimensions]
    time = columns.index(str(measure.time))
    others = [i for i, c in enumerate(columns) if c != measure.time and c not in chosen]
    groups: dict[Row, list[tuple[float, float]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[i] for i in others), []).append((float(row[time]), float(row[-2])))
    if len(groups) > _LINES:
        return None
    series = [
        charts.Series(", ".join(called(page, names, columns[i], k) for i, k in zip(others, key, strict=True)), tuple(p))
        for key, p in groups.items()
    ]
    breaks = [
        (float(b.start[:_YEAR]), page.words.label(b.note))
        for register in page.inputs(measure)
        for b in register.series_breaks
        if b.value in chosen.values() and b.start[:_YEAR].isdecimal()
    ]
    title = caption_of(page, measure, chosen, names)
    unit = page.words.label(measure.unit_label, measure.unit)
    described = page.words.t("{title}, {unit}; the table below holds every number.", title=title, unit=unit)
    wide, narrow = (
        charts.lines(series, title=title, description=described, show=_show(page), breaks=breaks, width=width)
        for width in (charts.WIDE, charts.NARROW)
    )
    return Drawn(wide, narrow, f"{title}; {unit}")


def _pyramid(
    page: Page, measure: Measure, chosen: Mapping[str, str], rows: Sequence[Row], names: Labels
) -> Drawn | None:
    """Two sides, where there are two and what lies on no axis may be added up; the oldest on top."""
    columns = [d.column for d in measure.dimensions]
    assert measure.pyramid is not None
    bands, sides = columns.index(measure.pyramid.bands), columns.index(measure.pyramid.sides)
    rest = [d for i, d in enumerate(measure.dimensions) if i not in {bands, sides} and d.column not in chosen]
    is_summed = measure.value.lower().startswith(_ADDED_UP)
    kinds = {row[sides] for row in rows}
    if len(kinds) != len(_SIDES) or any(not is_summed or not d.is_added_up or d.column == measure.time for d in rest):
        return None
    # As the code list has them: the same side whatever the reader's language.
    listed = list(names[columns[sides]])
    left, right = sorted(kinds, key=lambda k: (listed.index(str(k)) if str(k) in listed else len(listed), str(k)))
    totals: dict[Any, dict[Any, float]] = {}
    for row in rows:
        place = totals.setdefault(row[bands], {})
        place[row[sides]] = place.get(row[sides], 0) + float(row[-2])
    found = [
        charts.BarGroup(
            called(page, names, columns[bands], value),
            tuple(
                charts.Bar(
                    called(page, names, columns[sides], side),
                    some.get(side, 0),
                    page.words.link(
                        "measures", measure.name, "rows", **{**chosen, columns[bands]: value, columns[sides]: side}
                    )
                    if side in some
                    else "",
                )
                for side in (left, right)
            ),
        )
        for value, some in page.desk.ordering.sorted(
            totals.items(), lambda item: called(page, names, columns[bands], item[0])
        )
    ]
    title = caption_of(page, measure, chosen, names)
    unit = page.words.label(measure.unit_label, measure.unit)
    wide, narrow = (
        charts.pyramid(
            found,
            (called(page, names, columns[sides], left), called(page, names, columns[sides], right)),
            title=title,
            description=page.words.t("{title}, {unit}; the table below holds every number.", title=title, unit=unit),
            show=_show(page),
            width=width,
        )
        for width in (charts.WIDE, charts.NARROW)
    )
    return Drawn(wide, narrow, f"{title}; {unit}")


def _bars(page: Page, measure: Measure, chosen: Mapping[str, str], rows: Sequence[Row], names: Labels) -> Drawn:
    columns = [d.column for d in measure.dimensions]
    time = columns.index(measure.time) if measure.time in columns and measure.time not in chosen else None
    newest = max((row[time] for row in rows if row[time] is not None), default=None) if time is not None else None
    last = [row for row in rows if time is None or row[time] == newest]
    more = [str(newest)] if newest is not None else []
    # Two vintages of one number are two editions of it: a chart shows one, and says which.
    if VINTAGE in columns and VINTAGE not in chosen:
        edition = columns.index(VINTAGE)
        vintage = _vintage(page, [row[edition] for row in last])
        last = [row for row in last if row[edition] == vintage]
        more.append(called(page, names, VINTAGE, vintage))
    open_ones = [
        i
        for i, d in enumerate(measure.dimensions)
        if d.column not in {*chosen, VINTAGE} and (i != time or time is None)
    ]
    by = open_ones[0] if open_ones else 0
    is_summed = measure.value.lower().startswith(_ADDED_UP)
    apart = [
        i
        for i in open_ones
        # Neither an average nor a largest value may be added up, nor what the measure says must not be.
        if i != by and (not is_summed or not measure.dimensions[i].is_added_up) and len({row[i] for row in last}) > 1
    ]
    if len(apart) > 1 or not columns:
        return Drawn()
    split = apart[0] if apart else None
    totals: dict[Any, dict[Any, float]] = {}
    for row in last:
        place = totals.setdefault(row[by], {})
        kind = None if split is None else row[split]
        place[kind] = place.get(kind, 0) + float(row[-2])
    kinds = page.desk.ordering.sorted(
        {k for some in totals.values() for k in some}, lambda k: _by_label(page, names, columns, split, k)
    )
    if len(kinds) > _LINES:
        return Drawn()
    groups = [
        charts.BarGroup(
            called(page, names, columns[by], value),
            tuple(
                charts.Bar(
                    called(page, names, columns[by], value),
                    some[kind],
                    page.words.link("measures", measure.name, **{**chosen, columns[by]: value}),
                )
                if kind in some
                else charts.Bar(called(page, names, columns[by], value), 0)
                for kind in kinds
            ),
        )
        for value, some in _in_order(page, totals, names[columns[by]])[: _BARS if split is None else _GROUPS]
    ]
    title = caption_of(page, measure, chosen, names, *more)
    unit = page.words.label(measure.unit_label, measure.unit)
    series = [] if split is None else [called(page, names, columns[split], kind) for kind in kinds]
    wide, narrow = (
        charts.grouped(groups, series, title=title, description=f"{title}, {unit}", show=_show(page), width=width)
        for width in (charts.WIDE, charts.NARROW)
    )
    return Drawn(wide, narrow, f"{title}; {unit}")


def _by_label(page: Page, names: Labels, columns: Sequence[str], place: int | None, value: object) -> str:
    return "" if place is None else called(page, names, columns[place], value)


def _in_order(
    page: Page, totals: Mapping[Any, Mapping[Any, float]], labels: Mapping[str, Any]
) -> list[tuple[Any, Mapping[Any, float]]]:
    """Bars of a code list from the longest down; periods, rates, groups of ages and such in their own order."""
    shown = {value: page.words.label(labels.get(str(value)), str(value)) for value in totals}
    if labels and not all(is_a_range(text) for text in shown.values()):
        return sorted(totals.items(), key=lambda item: (-sum(item[1].values()), page.desk.ordering.key(shown[item[0]])))
    return page.desk.ordering.sorted(totals.items(), lambda item: shown[item[0]])


def _vintage(page: Page, found: Sequence[Any]) -> Any:
    """The edition a chart shows where the reader chose none: the one the first page prefers, else the last by name."""
    preferred = page.desk.declared.get("home", {}).get("prefer", {}).get(VINTAGE)
    return preferred if preferred in found else max(found, key=str)


def _show(page: Page) -> Callable[[float], str]:
    return lambda value: page.words.number(Decimal(str(value)))
