"""Charts as SVG made here: they print, scale, need no script, and say in words what they show."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape, unescape

COLOURS = ("#00687a", "#b07d1e", "#7a3e6a", "#3d6b35", "#8a3b2a", "#3b4d8a")
_W, _H = 760, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 86, 20, 18, 44
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


def lines(  # noqa: C901  # a chart is drawn from top to bottom; cut up, it reads worse
    series: Sequence[Series], *, title: str, description: str, show: Show, breaks: Sequence[tuple[float, str]] = ()
) -> str:
    """A line chart over a numeric axis such as years; `breaks` mark where a series cannot be compared."""
    xs = [x for s in series for x, _ in s.points]
    ys = [y for s in series for _, y in s.points]
    if not xs:
        return ""
    marks = ticks(min(0, *ys), max(ys)) if min(ys) < max(ys) / 2 else ticks(min(ys), max(ys))
    first, last = min(xs), max(xs)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - first) / ((last - first) or 1)
        up = (y - marks[0]) / ((marks[-1] - marks[0]) or 1)
        return round(_LEFT + across * (_W - _LEFT - _RIGHT), 1), round(_H - _BOTTOM - up * (_H - _TOP - _BOTTOM), 1)

    parts = [_head(_W, _H + 22 * (len(series) > 1), title, description)]
    for mark in marks:
        y = place(first, mark)[1]
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_W - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="axis" x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(show(mark))}</text>')
    years = sorted(set(xs))
    every = max(1, math.ceil(len(years) / 9))
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
        colour = COLOURS[number % len(COLOURS)]
        shown = [place(x, y) for x, y in sorted(one.points)]
        path = _path(sorted(one.points), shown, [x for x, _ in breaks])
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-linejoin="round"/>')
        for (x, y), (at, value) in zip(shown, sorted(one.points), strict=True):
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="3.2" fill="{colour}"><title>{at:g}: {escape(show(value))} {escape(one.name)}</title></circle>'
            )
        if len(series) > 1:
            x = _LEFT + number * 250
            parts.append(f'<rect x="{x}" y="{_H + 4}" width="12" height="12" fill="{colour}"/>')
            parts.append(f'<text class="key" x="{x + 18}" y="{_H + 15}">{escape(one.name)}</text>')
    return "".join([*parts, "</svg>"])


def _path(points: Sequence[tuple[float, float]], shown: Sequence[tuple[float, float]], breaks: Sequence[float]) -> str:
    """The line through the points, interrupted where the series breaks: a slope across a break would be a lie."""
    path = f"M{shown[0][0]} {shown[0][1]}"
    for (before, _), (now, _), (x, y) in zip(points, points[1:], shown[1:], strict=False):
        path += f"{'M' if any(before < b <= now for b in breaks) else 'L'}{x} {y}"
    return path


def bars(items: Sequence[Bar], *, title: str, description: str, show: Show) -> str:
    """Horizontal bars, longest names in full, each a link where it has one."""
    if not items:
        return ""
    # About 7.4 units a letter; a name longer than half the picture is cut, and whole in its title.
    left = min(_W // 2, round(max(len(item.name) for item in items) * 7.4) + 16)
    row, width, letters = 26, _W, round((left - 16) / 7.4)
    top = max((b.value for b in items), default=0) or 1
    # What is an image to a reader of the screen hides the links in it, so bars that open something are a group.
    role = "group" if any(item.href for item in items) else "img"
    parts = [_head(width, row * len(items) + 8, title, description, role)]
    for number, item in enumerate(items):
        y = number * row + 4
        long = max(2.0, round((width - left - 110) * max(item.value, 0) / top, 1))
        body = (
            f'<text class="name" x="{left - 10}" y="{y + 15}" text-anchor="end">{escape(_cut(item.name, letters))}</text>'
            f"<title>{escape(item.name)}: {escape(show(item.value))}</title>"
            f'<rect x="{left}" y="{y}" width="{long}" height="18" rx="2" fill="{COLOURS[0]}"/>'
            f'<text class="value" x="{left + long + 8}" y="{y + 14}">{escape(show(item.value))}</text>'
        )
        parts.append(f'<a href="{escape(item.href)}">{body}</a>' if item.href else body)
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
        f'<path d="{path}" fill="none" stroke="{COLOURS[1]}" stroke-width="2.5"/>'
        f'<circle cx="{end[0]}" cy="{end[1]}" r="3.5" fill="{COLOURS[1]}"/></svg>'
    )


def timeline(moments: Sequence[tuple[str, str]], *, title: str) -> str:
    """Points on a line in order: (when, what); equal steps, for the order is what matters."""
    wide, high, left = _W, 96, 60
    step = (wide - 2 * left) / max(1, len(moments) - 1)
    parts = [_head(wide, high, title, "; ".join(f"{w}: {x}" for w, x in moments))]
    parts.append(f'<line class="grid" x1="{left}" x2="{wide - left}" y1="40" y2="40"/>')
    for number, (when, what) in enumerate(moments):
        x = round(left + number * step, 1) if len(moments) > 1 else wide / 2
        parts.append(f'<circle cx="{x}" cy="40" r="8" fill="{COLOURS[0]}"/>')
        parts.append(f'<text class="value" x="{x}" y="24" text-anchor="middle">{escape(what)}</text>')
        parts.append(f'<text class="axis" x="{x}" y="70" text-anchor="middle">{escape(when)}</text>')
    return "".join([*parts, "</svg>"])


def _head(width: float, height: float, title: str, description: str, role: str = "img") -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="{role}" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg" '
        'font-family="system-ui, Noto Sans, sans-serif">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    )


_STYLE = (
    "<style>.grid{stroke:#d5dee0}.axis,.key,.name,.value{font-size:13px;fill:#38484f}.value{font-weight:600}"
    ".break line{stroke:#b07d1e;stroke-dasharray:4 4;stroke-width:1.5}</style>"
)


def standalone(chart: str) -> str:
    """A chart as a file of its own: it carries the style that the page's sheet gives it elsewhere."""
    return chart.replace("</desc>", "</desc>" + _STYLE, 1)


def title_of(chart: str) -> str:
    """The title inside a chart, for the caption beside it."""
    return unescape(chart.split("<title>", 1)[1].split("</title>", 1)[0]) if "<title>" in chart else ""
