"""Charts: lines that stop at a break, round axis marks, nothing of a name taken for markup."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altyn.serve.portal.charts import Bar, Series, bars, lines, spark, ticks


def _show(value: float) -> str:
    return f"{value:g}"


def test_a_line_is_interrupted_at_a_break() -> None:
    series = [Series("a", ((2020, 10), (2021, 11), (2022, 5), (2023, 6)))]
    whole = lines(series, title="t", description="d", show=_show)
    broken = lines(series, title="t", description="d", show=_show, breaks=[(2022, "note")])

    assert whole.split('<path d="')[1].split('"')[0].count("M") == 1
    assert broken.split('<path d="')[1].split('"')[0].count("M") == 2
    assert "<title>note</title>" in broken


def test_names_are_texts_not_markup() -> None:
    drawn = bars([Bar("<b>x</b>", 3, "/a?b=1&c=2")], title="<t>", description="d", show=_show)

    assert "<b>" not in drawn
    assert "&lt;b&gt;" in drawn
    assert "b=1&amp;c=2" in drawn


def test_nothing_to_draw_is_no_chart() -> None:
    assert lines([], title="t", description="d", show=_show) == ""
    assert bars([], title="t", description="d", show=_show) == ""
    assert spark([(1, 1)], title="t") == ""


@given(low=st.integers(-(10**9), 10**9), span=st.integers(0, 10**9))
def test_ticks_cover_their_range_in_equal_steps(low: int, span: int) -> None:
    marks = ticks(low, low + span)

    assert marks[0] <= low + 1e-6 * abs(low)
    assert marks[-1] >= low + span - 1e-6 * abs(low + span) - 1e-9
    assert 2 <= len(marks) <= 16
