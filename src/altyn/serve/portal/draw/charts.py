"""Charts as SVG made here: they print, scale, need no script, and say in words what they show.

Colours are classes that the portal's sheet fills, by day and by night. Each chart can be drawn `WIDE` or `NARROW`: a wide one shrunk
to a phone has letters nobody can read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

# What a file of its own is drawn in; on pages the sheet decides (`.s0` and on).
COLOURS = ("#00687a", "#b07d1e", "#7a3e6a", "#3d6b35", "#8a3b2a", "#3b4d8a")
WIDE, NARROW = 760, 340
_H = 340
_RIGHT, _TOP, _BOTTOM = 20, 18, 44
# Units a letter of 13 px takes, generously.
_LETTER = 7.4
# The strip of a note above a chart.
_NOTE = 28
Show = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name and its points (position on the axis, value)."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its name, value, and the address it opens."""

    name: str
    value: float
    href: str = ""


@dataclass(frozen=True, slots=True)
class BarGroup:
    """Bars that belong together and must not be added up, such as shares of several years: a name, and a bar for each series."""

    name: str
    bars: tuple[Bar, ...]


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values from at or below `low` to at or above `high`."""
    span = max(high - low, abs(high) * 1e-9) or 1
    raw = span / count
    unit = 10 ** math.floor(math.log10(raw))
    step = next(s * unit for s in (1, 2, 2.5, 5, 10) if s * unit >= raw)
    first = math.floor(low / step)
    # Counted, not added up: at large values a small step would vanish and the loop never end.
    last = first + 1
    while last * step < high and last - first < 3 * count:
        last += 1
    return [round(n * step, 10) for n in range(first, last + 1)]


def lines(
    series: Sequence[Series],
    *,
    title: str,
    description: str,
    show: Show,
    breaks: Sequence[tuple[float, str]] = (),
    width: int = WIDE,
) -> str:
    """A line chart over a numeric axis such as years; `breaks` mark where a series cannot be compared."""
    xs = [x for s in series for x, _ in s.points]
    ys = [y for s in series for _, y in s.points]
    if not xs:
        return ""
    marks = ticks(min(0, *ys), max(ys)) if min(ys) < max(ys) / 2 else ticks(min(ys), max(ys))
    first, last = min(xs), max(xs)
    left = round(max(len(show(mark)) for mark in marks) * _LETTER) + 14

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - first) / ((last - first) or 1)
        up = (y - marks[0]) / ((marks[-1] - marks[0]) or 1)
        return round(left + across * (width - left - _RIGHT), 1), round(_H - _BOTTOM - up * (_H - _TOP - _BOTTOM), 1)

    names = [one.name for one in series] if len(series) > 1 else []
    keys, below = _keys(names, width, _H + 4)
    parts = [_head(width, _H + below, title, description)]
    for mark in marks:
        y = place(first, mark)[1]
        parts.append(f'<line class="grid" x1="{left}" x2="{width - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="axis" x="{left - 8}" y="{y + 4}" text-anchor="end">{escape(show(mark))}</text>')
    years = sorted(set(xs))
    every = max(1, math.ceil(len(years) / max(2, (width - left) // 72)))
    for number, x in enumerate(years):
        if number % every == 0 or (x == last and number % every > every // 2):
            parts.append(
                f'<text class="axis" x="{place(x, marks[0])[0]}" y="{_H - _BOTTOM + 20}" text-anchor="middle">{x:g}</text>'
            )
    for x, note in breaks:
        if first <= x <= last:
            at = place(x, marks[0])[0]
            parts.append(
                f'<g class="break"><title>{escape(note)}</title><line x1="{at}" x2="{at}" y1="{_TOP}" y2="{_H - _BOTTOM}"/></g>'
            )
    for number, one in enumerate(series):
        shown = [place(x, y) for x, y in sorted(one.points)]
        path = _path(sorted(one.points), shown, [x for x, _ in breaks])
        parts.append(f'<g class="s{number % len(COLOURS)}"><path class="line" d="{path}" fill="none"/>')
        for (x, y), (at, value) in zip(shown, sorted(one.points), strict=True):
            parts.append(
                f'<circle class="fill" cx="{x}" cy="{y}" r="3.2"><title>{at:g}: {escape(show(value))} {escape(one.name)}</title></circle>'
            )
        parts.append("</g>")
    return "".join([*parts, *keys, "</svg>"])


def _keys(names: Sequence[str], width: int, top: int) -> tuple[list[str], int]:
    """The legend of several series, in as many columns as fit, and its height."""
    if not names:
        return [], 0
    wide = max(len(name) for name in names) * _LETTER + 34
    columns = max(1, int(width // wide))
    parts: list[str] = []
    for number, name in enumerate(names):
        x, y = round(number % columns * wide, 1), top + number // columns * 22
        letters = int((width - x - 18) / _LETTER)
        parts.append(
            f'<g class="s{number % len(COLOURS)}"><rect class="fill" x="{x}" y="{y}" width="12" height="12"/></g>'
            f'<text class="key" x="{x + 18}" y="{y + 11}"><title>{escape(name)}</title>{escape(_cut(name, letters))}</text>'
        )
    return parts, 8 + 22 * math.ceil(len(names) / columns)


def _path(points: Sequence[tuple[float, float]], shown: Sequence[tuple[float, float]], breaks: Sequence[float]) -> str:
    """The line through the points, interrupted where the series breaks: a slope across a break would be a lie."""
    path = f"M{shown[0][0]} {shown[0][1]}"
    for (before, _), (now, _), (x, y) in zip(points, points[1:], shown[1:], strict=False):
        path += f"{'M' if any(before < b <= now for b in breaks) else 'L'}{x} {y}"
    return path


def bars(items: Sequence[Bar], *, title: str, description: str, show: Show, width: int = WIDE) -> str:
    """Horizontal bars, longest names in full, each a link where it has one."""
    return grouped(
        [BarGroup(item.name, (item,)) for item in items],
        (),
        title=title,
        description=description,
        show=show,
        width=width,
    )


def grouped(
    groups: Sequence[BarGroup], names: Sequence[str], *, title: str, description: str, show: Show, width: int = WIDE
) -> str:
    """Bars side by side in groups, one colour a series; `names` of the series stand in the legend."""
    items = [bar for group in groups for bar in group.bars]
    if not items:
        return ""
    # A name longer than half the picture is cut, and whole in its title; on a phone it stands above its bars.
    is_narrow = width < WIDE
    left = 0 if is_narrow else min(width // 2, round(max(len(group.name) for group in groups) * _LETTER) + 16)
    letters = round((width if is_narrow else left - 16) / _LETTER)
    top = max((b.value for b in items), default=0) or 1
    room = round(max(len(show(b.value)) for b in items) * 8) + 16
    # What is an image to a reader of the screen hides the links in it, so bars that open something are a group.
    role = "group" if any(item.href for item in items) else "img"
    keys, y = _keys(names, width, 4)
    parts: list[str] = [*keys]
    y += 4
    for group in groups:
        named = escape(_cut(group.name, letters))
        if is_narrow:
            heading = f'<text class="name" x="0" y="{y + 13}">{named}</text>'
            y += 18
        else:
            middle = y + 22 * (len(group.bars) - 1) / 2 + 15
            heading = f'<text class="name" x="{left - 10}" y="{middle:g}" text-anchor="end">{named}</text>'
        for number, item in enumerate(group.bars):
            long = max(2.0, round((width - left - room) * max(item.value, 0) / top, 1))
            series = f"{names[number]}: " if number < len(names) else ""
            body = (
                f"{heading if number == 0 else ''}<title>{escape(group.name)}: {escape(series + show(item.value))}</title>"
                f'<g class="s{number % len(COLOURS)}"><rect class="fill" x="{left}" y="{y}" width="{long}" height="18" rx="2"/></g>'
                f'<text class="value" x="{left + long + 8}" y="{y + 14}">{escape(show(item.value))}</text>'
            )
            parts.append(f'<a href="{escape(item.href)}">{body}</a>' if item.href else f"<g>{body}</g>")
            y += 22
        y += 4 if len(group.bars) == 1 else 12
    return "".join([_head(width, y + 4, title, description, role), *parts, "</svg>"])


def pyramid(
    bands: Sequence[BarGroup],
    sides: tuple[str, str],
    *,
    title: str,
    description: str,
    show: Show,
    width: int = WIDE,
) -> str:
    """Two bars a band, one to the left and one to the right of its name; the first band lies at the bottom."""
    if not bands:
        return ""
    high, head = 22, 30
    gutter = round(max(len(band.name) for band in bands) * _LETTER) + 16
    room = round(max(len(show(bar.value)) for band in bands for bar in band.bars) * 8) + 12
    long = (width - gutter) / 2 - room
    top = max(bar.value for band in bands for bar in band.bars) or 1
    edges = ((width - gutter) / 2, (width + gutter) / 2)
    role = "group" if any(bar.href for band in bands for bar in band.bars) else "img"
    parts = [_head(width, head + high * len(bands) + 4, title, description, role)]
    anchors = ("end", "start")
    for side, (edge, name) in enumerate(zip(edges, sides, strict=True)):
        at = edge - 4 if side == 0 else edge + 4
        parts.append(
            f'<text class="name" x="{at:g}" y="16" text-anchor="{anchors[side]}">{escape(_cut(name, int(edges[0] / _LETTER)))}</text>'
        )
    for number, band in enumerate(reversed(bands)):
        y = head + high * number
        parts.append(
            f'<text class="axis" x="{width / 2:g}" y="{y + 14}" text-anchor="middle">{escape(band.name)}</text>'
        )
        for side, bar in enumerate(band.bars):
            bar_long = round(long * max(bar.value, 0) / top, 1)
            x = edges[0] - bar_long if side == 0 else edges[1]
            at = x - 6 if side == 0 else x + bar_long + 6
            body = (
                f"<title>{escape(band.name)}, {escape(sides[side])}: {escape(show(bar.value))}</title>"
                f'<g class="s{side}"><rect class="fill" x="{x:g}" y="{y}" width="{bar_long:g}" height="18" rx="2"/></g>'
                f'<text class="value" x="{at:g}" y="{y + 14}" text-anchor="{anchors[side]}">{escape(show(bar.value))}</text>'
            )
            parts.append(f'<a href="{escape(bar.href)}">{body}</a>' if bar.href else f"<g>{body}</g>")
    return "".join([*parts, "</svg>"])


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def spark(points: Sequence[tuple[float, float]], *, title: str) -> str:
    """A small line without axes."""
    if len(points) < 2:  # noqa: PLR2004
        return ""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    wide, high = 240, 56

    def place(x: float, y: float) -> str:
        return f"{3 + (x - min(xs)) / (max(xs) - min(xs)) * (wide - 6):.1f} {high - 4 - (y - min(ys)) / ((max(ys) - min(ys)) or 1) * (high - 8):.1f}"

    path = "M" + "L".join(place(x, y) for x, y in sorted(points))
    end = place(*max(points)).split()
    return (
        f'<svg class="spark" viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
        f'<g class="s1"><path class="line" d="{path}" fill="none"/>'
        f'<circle class="fill" cx="{end[0]}" cy="{end[1]}" r="3.5"/></g></svg>'
    )


def timeline(moments: Sequence[tuple[str, str]], *, title: str, width: int = WIDE) -> str:
    """Points on a line in order: (when, what); equal steps, for the order is what matters. Narrow, the line goes down."""
    described = "; ".join(f"{w}: {x}" for w, x in moments)
    if width < WIDE:
        high = 44 * len(moments) + 8
        parts = [_head(width, high, title, described), f'<line class="grid" x1="12" x2="12" y1="20" y2="{high - 30}"/>']
        for number, (when, what) in enumerate(moments):
            y = 20 + 44 * number
            parts.append(f'<g class="s0"><circle class="fill" cx="12" cy="{y}" r="8"/></g>')
            parts.append(f'<text class="value" x="32" y="{y}">{escape(what)}</text>')
            parts.append(f'<text class="axis" x="32" y="{y + 16}">{escape(when)}</text>')
        return "".join([*parts, "</svg>"])
    high, left = 96, 60
    # Forty versions side by side would write over one another: the line grows, and its frame scrolls.
    wide = max(width, 2 * left + 130 * (len(moments) - 1))
    step = (wide - 2 * left) / max(1, len(moments) - 1)
    parts = [_head(wide, high, title, described)]
    parts.append(f'<line class="grid" x1="{left}" x2="{wide - left}" y1="40" y2="40"/>')
    for number, (when, what) in enumerate(moments):
        x = round(left + number * step, 1) if len(moments) > 1 else wide / 2
        parts.append(f'<g class="s0"><circle class="fill" cx="{x}" cy="40" r="8"/></g>')
        parts.append(f'<text class="value" x="{x}" y="24" text-anchor="middle">{escape(what)}</text>')
        parts.append(f'<text class="axis" x="{x}" y="70" text-anchor="middle">{escape(when)}</text>')
    return "".join([*parts, "</svg>"])


def _head(width: float, height: float, title: str, description: str, role: str = "img") -> str:
    shape = "narrow" if width < WIDE else "wide"
    return (
        f'<svg class="chart {shape}" viewBox="0 0 {width:g} {height:g}" role="{role}" aria-label="{escape(title)}" '
        'xmlns="http://www.w3.org/2000/svg" font-family="system-ui, Noto Sans, sans-serif">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    )


_STYLE = (
    "<style>svg{background:#fff}.grid{stroke:#d5dee0}.axis,.key,.name,.value{font-size:13px;fill:#38484f}.value{font-weight:600}"
    ".line{stroke-width:2.5;stroke-linejoin:round}.break line{stroke:#b07d1e;stroke-dasharray:4 4;stroke-width:1.5}"
    + "".join(f".s{n} .fill{{fill:{c}}}.s{n} .line{{stroke:{c}}}" for n, c in enumerate(COLOURS))
    + "</style>"
)


def standalone(chart: str, note: str = "") -> str:
    """A chart as a file of its own: it carries the style that the page's sheet gives it elsewhere, and a note in a strip above."""
    if note and (box := re.search(r'viewBox="0 0 (\S+) (\S+)"', chart)):
        high = float(box[2]) + _NOTE
        chart = chart.replace(box[0], f'viewBox="0 -{_NOTE} {box[1]} {high:g}"', 1)
        chart = chart.replace("</desc>", f'</desc><text class="value" x="0" y="-9">{escape(note)}</text>', 1)
    return chart.replace("</desc>", "</desc>" + _STYLE, 1)
