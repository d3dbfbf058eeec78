"""Charts, by their structure."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldstone.framing.report import charts
from fieldstone.framing.report.axes import Axis, in_percent, plain, ticks
from fieldstone.framing.report.charts import Bar, Caption, Series
from fieldstone.methods.calibration import reliability
from fieldstone.methods.resampling import Interval

CAPTION = Caption("c", 'A "title" & more', "What is to be seen.")
SVG = "{http://www.w3.org/2000/svg}"


def _drawn(svg):
    """The chart as a tree; it fails where the SVG is not well formed."""
    return ET.fromstring(svg)


def _all(svg, tag, kind=None):
    return [one for one in _drawn(svg).iter(SVG + tag) if kind is None or one.get("class", "").split()[0] == kind]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 0.93, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-73_000, 0, [-80_000, -60_000, -40_000, -20_000, 0]),
        (0.71, 0.94, [0.7, 0.75, 0.8, 0.85, 0.9, 0.95]),
        (3, 3, [1, 2, 3, 4, 5]),
    ],
)
def test_ticks_are_those_a_person_would_choose(low, high, expected):
    """Round steps that span the values."""
    assert ticks(low, high) == pytest.approx(expected)


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_ticks_always_span_and_are_few(low, width):
    """Whatever the values are."""
    marks = ticks(low, low + width)

    assert 2 <= len(marks) <= 7
    assert marks[0] <= low + 1e-6 * (abs(low) + width)
    assert marks[-1] >= low + width - 1e-6 * (abs(low) + width)


def test_ticks_are_written_short():
    """Thousands set apart, millions by a letter, a true minus."""
    assert [plain(at) for at in (0.25, 1500, -20_000, 2.5e6)] == ["0.25", "1,500", "\N{MINUS SIGN}20,000", "2.5 m"]
    assert in_percent(0.075) == "7.5 %"


def test_a_chart_names_itself_and_has_a_size():
    """Title and description for those who do not see it; width, height and viewBox so that nothing jumps."""
    root = _drawn(charts.bars(CAPTION, [Bar("a", Interval(1, 0.5, 1.5))]))

    assert root.get("role") == "img"
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert root.find(SVG + "title").text == 'A "title" & more'
    assert root.get("aria-labelledby") == "c-title c-desc"


def test_a_line_has_its_band_its_mark_and_its_points():
    """One path for each, a dashed one for what is forecast, and a legend for two."""
    x, y = Axis("cases", ticks(0, 10)), Axis("score", ticks(0, 1))
    measured = Series([1, 2, 3], [0.2, 0.5, 0.6], [0.1, 0.4, 0.5], [0.3, 0.6, 0.7], name="measured", dots=True)
    ahead = Series([3, 9], [0.6, 0.8], name="forecast", dashed=True)

    svg = charts.lines(CAPTION, [measured, ahead], x=x, y=y, mark=(2, "here"))

    assert len(_all(svg, "path", "band-1")) == 1
    assert len(_all(svg, "circle")) == 3
    assert len(_all(svg, "line", "mark")) == 1
    assert {"here", "measured", "forecast"} <= {one.text for one in _all(svg, "text")}
    assert all(one.get("stroke-dasharray") for one in _all(svg, "path", "line-2"))


def test_gaps_in_a_line_are_passed_over():
    """Where nobody is acted on there is no precision."""
    svg = charts.lines(CAPTION, [Series([0, 1, 2], [0.5, 0.6, np.nan])], x=Axis("", [0, 2]), y=Axis("", [0, 1]))

    assert "nan" not in svg


def test_each_bar_has_its_words_and_its_whisker():
    """And the one that matters is bold and in colour."""
    rows = [
        Bar("ours", Interval(2, 1, 3), ours=True),
        Bar("<plain>", Interval(-1, -2, 0)),
        Bar("sure", Interval(1, 1, 1)),
    ]

    svg = charts.bars(CAPTION, rows)

    assert [one.get("class") for one in _all(svg, "rect")] == ["fill-1", "fill-3", "fill-3"]
    assert len(_all(svg, "line", "whisker")) == 2
    assert "&lt;plain&gt;" in svg


def test_columns_stand_beside_a_level():
    """Ten groups, ten bars, and the line of all cases."""
    rows = [Bar(str(at), Interval(1 / at, 0.9 / at, 1.1 / at)) for at in range(1, 11)]

    svg = charts.columns(CAPTION, rows, x="groups", y=Axis("share", ticks(0, 1.1)), level=(0.3, "all"))

    assert len(_all(svg, "rect")) == 10
    assert len(_all(svg, "line", "level")) == 1


def test_calibration_has_its_diagonal_and_a_point_for_each_bin():
    """With a whisker for each."""
    rng = np.random.default_rng(0)
    probabilities = rng.random(1000)
    bins = reliability(probabilities, (rng.random(1000) < probabilities).astype(float)).bins

    svg = charts.calibration(CAPTION, bins)

    assert len(_all(svg, "circle")) == len(bins) == 10
    assert len(_all(svg, "line", "whisker")) == 10
    assert len(_all(svg, "path", "level")) == 1


def test_a_histogram_is_small():
    """It is a picture beside another one."""
    root = _drawn(charts.histogram(CAPTION, np.random.default_rng(0).random(500).tolist(), name="probability"))

    assert int(root.get("height")) < 150


@given(st.floats(0, 1e6), st.floats(1, 1e6))
def test_labels_below_an_axis_never_touch(low, width):
    """Long labels leave their neighbours out."""
    svg = charts.lines(
        CAPTION, [Series([low, low + width], [0, 1])], x=Axis("", ticks(low, low + width)), y=Axis("", [0, 1])
    )

    labels = [one for one in _all(svg, "text", "label") if one.get("text-anchor") == "middle"]
    ends = [(float(one.get("x")) - 3 * len(one.text), float(one.get("x")) + 3 * len(one.text)) for one in labels]
    assert all(left[1] <= right[0] for left, right in pairwise(ends))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8))
def test_everything_is_drawn_within_the_picture(values):
    """Bars and whiskers of any size."""
    svg = charts.bars(CAPTION, [Bar("x", Interval(value, value - 1, value + abs(value))) for value in values])

    places = [float(at) for at in re.findall(r' x[12]?="([^"]+)"', svg)]
    assert all(-1 <= at <= 421 for at in places)


def test_colours_come_from_the_page():
    """No colour is fixed in a picture, so that light and dark both look right."""
    svg = charts.bars(CAPTION, [Bar("a", Interval(1, 0, 2))])

    assert re.findall(r"#[0-9a-f]{3,6}", svg) == []
