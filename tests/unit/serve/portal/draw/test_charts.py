"""Charts say in words what they show, escape what they are given, and never bridge a break in a series."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from altyn.serve.portal.draw import charts
from altyn.serve.portal.draw.charts import Bar, BarGroup, Series

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


def _sides(drawn: str) -> dict[str, list[tuple[float, float]]]:
    """Of each side where its bars begin and end, from the top down."""
    found: dict[str, list[tuple[float, float]]] = {"s0": [], "s1": []}
    for group in ET.fromstring(drawn).iter(f"{SVG}g"):  # noqa: S314 - our own text
        for bar in group.findall(f"{SVG}rect"):
            x, long = float(bar.get("x", "")), float(bar.get("width", ""))
            found[group.get("class", "")].append((x, x + long))
    return found


BANDS = [BarGroup(f"{n}-{n + 4}", (Bar("m", 10 * n + 10, f"/m{n}"), Bar("w", 20, ""))) for n in (0, 5, 10)]


def test_a_pyramid_has_two_sides_that_meet_at_its_names_the_first_band_below() -> None:
    for width in (charts.WIDE, charts.NARROW):
        drawn = charts.pyramid(BANDS, ("men", "women"), title="t", description="d", show=show, width=width)
        left, right = _sides(drawn).values()

        assert len({end for _, end in left}) == len({begin for begin, _ in right}) == 1
        assert left[0][1] < right[0][0]
        # 110, 60, 10 people: the last band is on top.
        longs = [end - begin for begin, end in left]
        assert longs == sorted(longs, reverse=True)
        assert longs[0] > longs[-1]
        assert min(begin for begin, _ in left) > 0
        assert max(end for _, end in right) < width
        assert drawn.count("<a href=") == 3
        assert 'role="group"' in drawn
    assert not charts.pyramid([], ("men", "women"), title="t", description="d", show=show)


def test_a_pyramid_of_nobody_is_drawn_flat() -> None:
    nobody = [BarGroup("0-4", (Bar("m", 0), Bar("w", 0)))]
    drawn = charts.pyramid(nobody, ("<m>", "w"), title="t", description="d", show=show)

    assert [[end - begin for begin, end in side] for side in _sides(drawn).values()] == [[0.0], [0.0]]
    assert 'role="img"' in drawn
    assert "&lt;m&gt;" in drawn


def test_a_file_says_in_a_strip_above_what_it_must_say() -> None:
    drawn = charts.bars([Bar("a", 1)], title="t", description="d", show=show)
    told = charts.standalone(drawn, "made <up>")
    tree = ET.fromstring(told)  # noqa: S314 - our own text
    top, high = (float(n) for n in tree.get("viewBox", "").split()[1::2])

    assert top < 0
    assert high == float(ET.fromstring(drawn).get("viewBox", "").split()[3]) - top  # noqa: S314
    assert "made &lt;up&gt;" in told
    assert charts.standalone(drawn) == charts.standalone(drawn, "")
