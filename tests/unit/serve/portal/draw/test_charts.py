"""Charts say in words what they show, escape what they are given, and never bridge a break in a series."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from altyn.serve.portal.draw import charts
from altyn.serve.portal.draw.charts import Bar, Series

SVG = "{http://www.w3.org/2000/svg}"


def show(value: float) -> str:
    return f"{value:g}"


@given(low=st.floats(-1e9, 1e9), span=st.floats(1e-3, 1e9))
def test_ticks_cover_the_values_with_few_marks(low: float, span: float) -> None:
    marks = charts.ticks(low, low + span)

    assert marks[0] <= low + span * 1e-6
    assert marks[-1] >= low + span - span * 1e-6
    assert 2 <= len(marks) <= 9


def test_a_chart_carries_its_title_and_description() -> None:
    drawn = charts.lines([Series("", ((2000, 1), (2001, 2)))], title="Халық", description="адам", show=show)
    tree = ET.fromstring(drawn)  # noqa: S314 - our own text

    assert tree.findtext(f"{SVG}title") == "Халық"
    assert tree.findtext(f"{SVG}desc") == "адам"


def test_a_line_is_interrupted_where_the_series_breaks() -> None:
    points = tuple((float(year), 10.0) for year in range(2018, 2025))
    whole = charts.lines([Series("", points)], title="t", description="d", show=show)
    broken = charts.lines([Series("", points)], title="t", description="d", show=show, breaks=[(2022, "split")])

    assert _moves(whole) == 1
    assert _moves(broken) == 2
    assert "split" in broken


def _moves(drawn: str) -> int:
    path = next(p for p in ET.fromstring(drawn).iter(f"{SVG}path") if p.get("fill") == "none")  # noqa: S314
    return path.get("d", "").count("M")


def test_bars_that_open_something_are_a_group_and_others_a_picture() -> None:
    opening = charts.bars([Bar("a", 1, "/x?a=1&b=2")], title="t", description="d", show=show)
    plain = charts.bars([Bar("a", 1)], title="t", description="d", show=show)

    assert 'role="group"' in opening
    assert 'href="/x?a=1&amp;b=2"' in opening
    assert 'role="img"' in plain


def test_a_long_name_is_cut_on_the_axis_and_whole_in_its_title() -> None:
    name = "Шығыс Қазақстан облысының өте ұзын атауы бар ауылдық округі туралы мәлімет"
    drawn = charts.bars([Bar(name, 1)], title="t", description="d", show=show)
    tree = ET.fromstring(drawn)  # noqa: S314 - our own text

    shown = tree.findtext(f".//{SVG}text") or ""
    assert shown.endswith("…")
    assert f"{name}: 1" in [t.text for t in tree.iter(f"{SVG}title")]


@given(name=st.text(max_size=80), value=st.integers(-(10**12), 10**12))
def test_any_name_makes_a_picture_that_can_be_read(name: str, value: int) -> None:
    clean = "".join(c for c in name if c.isprintable())
    drawn = [
        charts.bars([Bar(clean, value, clean)], title=clean, description=clean, show=show),
        charts.lines([Series(clean, ((1.0, value), (2.0, value + 1)))], title=clean, description=clean, show=show),
        charts.timeline([(clean, clean)], title=clean),
    ]

    for one in drawn:
        ET.fromstring(charts.standalone(one))  # noqa: S314 - our own text


def test_nothing_makes_no_chart() -> None:
    assert charts.lines([], title="t", description="d", show=show) == ""
    assert charts.bars([], title="t", description="d", show=show) == ""
    assert charts.spark([(1, 1)], title="t") == ""
