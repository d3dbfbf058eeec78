"""Charts in SVG, drawn here and now: no library, no script, right in light and in dark.

Colours are CSS variables of the page with fallbacks; words take the page's colour. Every chart names itself (title and
description) for those who do not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from markupsafe import Markup

from fieldstone.framing.report.axes import (
    LINE,
    WIDTH,
    Axis,
    Plane,
    Written,
    draw,
    in_percent,
    plain,
    plane,
    text,
    ticks,
    width,
)
from fieldstone.methods.calibration import Bin
from fieldstone.methods.resampling import Interval

_HEIGHT = 270
_BAR = 12


@dataclass(frozen=True, slots=True)
class Caption:
    """What a chart is: a name unique on its page, a title, and what is to be seen on it."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Series:
    """A line of points, with a band around it; ``dashed`` marks what is forecast."""

    xs: Sequence[float]
    ys: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    name: str = ""
    dashed: bool = False
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its interval and words; ``ours`` is drawn in the first colour."""

    name: str
    value: Interval
    ours: bool = False


def lines(
    caption: Caption,
    series: Sequence[Series],
    *,
    x: Axis,
    y: Axis,
    mark: tuple[float, str] | None = None,
    logarithmic: bool = False,
) -> Markup:
    """Lines with bands; ``mark`` is a place on x with a word."""
    on = plane(x, y, height=_HEIGHT, logarithmic=logarithmic)
    parts = [draw(x, y, on), *(_band(one, at, on) for at, one in enumerate(series) if len(one.low))]
    parts += [_line(one, at, on) for at, one in enumerate(series)]
    parts += [_marked(*mark, on)] if mark else []
    parts += [_legend(series, on)] if sum(bool(one.name) for one in series) > 1 else []
    return svg(caption, "".join(parts), height=_HEIGHT)


def bars(
    caption: Caption, rows: Sequence[Bar], *, written: Written = plain, name: str = "", alike: bool = False
) -> Markup:
    """Bars from zero to the right or left, each under its words, with whiskers; ``alike`` draws all in one colour."""
    across = _span(rows)
    step = LINE + _BAR + 12
    bottom = step * len(rows) + 4.0
    margin = [width(written(across[at])) / 2 + 2 for at in (0, -1)]
    on = Plane(across, (0.0, 1.0), margin[0], 0.0, WIDTH - margin[1], bottom)
    parts: list[str] = []
    for tick in across:
        at = on.x(tick)
        kind = "zero" if tick == 0 else "grid"
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{bottom:.1f}" class="{kind}"/>')
        parts.append(text(at, bottom + LINE, written(tick), anchor="middle"))
    for index, row in enumerate(rows):
        parts.append(_bar(row, step * index, on, colour=1 if row.ours or alike else 3))
    parts.append(text(WIDTH, bottom + 2.3 * LINE, name, anchor="end", kind="name") if name else "")
    return svg(caption, "".join(parts), height=bottom + (2.7 if name else 1.5) * LINE)


def columns(
    caption: Caption, rows: Sequence[Bar], *, x: str, y: Axis, level: tuple[float, str] | None = None
) -> Markup:
    """Upright bars with whiskers, and a level with a word across them."""
    across = Axis(x, list(range(len(rows) + 1)))
    on = plane(across, y, height=_HEIGHT)
    parts = [draw(Axis(x, [0.0, float(len(rows))], lambda _: ""), y, on)]
    for index, row in enumerate(rows):
        left, right = on.x(index + 0.15), on.x(index + 0.85)
        top, middle = on.y(row.value.value), on.x(index + 0.5)
        parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" {_down(top, on)} class="fill-1"/>')
        if row.value.high > row.value.low:
            parts.append(_whisker(middle, on.y(row.value.low), middle, on.y(row.value.high)))
        if len(rows) <= 12 or index % 2 == 0:
            parts.append(text(middle, on.bottom + LINE + 2, row.name, anchor="middle"))
    if level:
        at = on.y(level[0])
        parts.append(f'<line x1="{on.left:.1f}" x2="{on.right:.1f}" y1="{at:.1f}" y2="{at:.1f}" class="level"/>')
        parts.append(text(on.right, at - 5, level[1], anchor="end", kind="label halo"))
    return svg(caption, "".join(parts), height=_HEIGHT)


def histogram(caption: Caption, values: Sequence[float], *, name: str, written: Written = plain) -> Markup:
    """How often values come up: a small picture."""
    counts, edges = np.histogram(values, bins=min(24, max(4, int(np.sqrt(len(values))))))
    height = 110.0
    x = Axis(name, [float(edges[0]), float(edges[-1])], written)
    on = Plane(x.ticks, (0.0, float(counts.max() or 1)), 8.0, 6.0, WIDTH - 8.0, height - 2.6 * LINE)
    parts = [
        f'<rect x="{on.x(low):.1f}" y="{on.y(count):.1f}" width="{on.x(high) - on.x(low) - 1:.1f}"'
        f' {_down(on.y(count), on)} class="fill-1"/>'
        for count, low, high in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    parts.append(text(on.left, on.bottom + LINE, written(x.ticks[0])))
    parts.append(text(on.right, on.bottom + LINE, written(x.ticks[-1]), anchor="end"))
    parts.append(text(WIDTH / 2, on.bottom + 2 * LINE, name, anchor="middle", kind="name"))
    return svg(caption, "".join(parts), height=height)


def calibration(caption: Caption, bins: Sequence[Bin]) -> Markup:
    """What came of cases against what was foretold of them; on the diagonal both are the same."""
    top = max(max(one.foretold, one.observed_high) for one in bins)
    shares = ticks(0.0, min(1.0, top))
    x, y = Axis("foretold", shares, in_percent), Axis("came true", shares, in_percent)
    on = plane(x, y, height=_HEIGHT + 60)
    diagonal = on.path((0, shares[-1]), (0, shares[-1]))
    parts = [draw(x, y, on), f'<path d="{diagonal}" class="level"/>']
    parts.append(text(on.x(shares[-1]) - 8, on.y(shares[-1]) + 26, "as foretold", anchor="end", kind="label halo"))
    for one in bins:
        at = on.x(one.foretold)
        parts.append(_whisker(at, on.y(one.observed_low), at, on.y(one.observed_high)))
        parts.append(f'<circle cx="{at:.1f}" cy="{on.y(one.observed):.1f}" r="4" class="fill-1"/>')
    return svg(caption, "".join(parts), height=_HEIGHT + 60)


def svg(caption: Caption, content: str, *, height: float) -> Markup:
    """A whole picture that names itself."""
    name = escape(caption.name, quote=True)
    return Markup(  # noqa: S704  whatever words are in it have been escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" width="{WIDTH}" height="{height:.0f}"'
        f' viewBox="0 0 {WIDTH} {height:.0f}" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(caption.title)}</title>'
        f'<desc id="{name}-desc">{escape(caption.description)}</desc>{content}</svg>'
    )


def _down(top: float, on: Plane) -> str:
    return f'height="{max(on.bottom - top, 0):.1f}"'


def _band(one: Series, at: int, on: Plane) -> str:
    there = on.path(one.xs, one.high)
    back = on.path(one.xs[::-1], one.low[::-1]).replace("M", "L", 1)
    return f'<path d="{there} {back} Z" class="band-{at + 1}"/>'


def _line(one: Series, at: int, on: Plane) -> str:
    dashes = ' stroke-dasharray="5 4"' if one.dashed else ""
    path = f'<path d="{on.path(one.xs, one.ys)}" class="line-{at + 1}"{dashes}/>'
    dots = [f'<circle cx="{on.x(x):.1f}" cy="{on.y(y):.1f}" r="3.5"' for x, y in zip(one.xs, one.ys, strict=True)]
    return path + "".join(f'{dot} class="fill-{at + 1}"/>' for dot in dots if one.dots)


def _marked(value: float, word: str, on: Plane) -> str:
    at = on.x(value)
    right = at + 8 + width(word) < on.right
    place = text(at + (6 if right else -6), on.top + 10, word, anchor="start" if right else "end", kind="label halo")
    return f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{on.top:.1f}" y2="{on.bottom:.1f}" class="mark"/>{place}'


def _legend(series: Sequence[Series], on: Plane) -> str:
    parts: list[str] = []
    right = on.right
    for at, one in reversed(list(enumerate(series))):
        right -= width(one.name)
        parts.append(text(right, 12, one.name))
        dashes = ' stroke-dasharray="5 4"' if one.dashed else ""
        parts.append(f'<path d="M{right - 24:.1f} 8 h18" class="line-{at + 1}"{dashes}/>')
        right -= 38
    return "".join(parts)


def _span(rows: Sequence[Bar]) -> list[float]:
    """Ticks from zero over all bars and whiskers; a whisker that hardly crosses zero makes no room beyond it."""
    bars = [0.0, *(row.value.value for row in rows)]
    low, high = min(row.value.low for row in rows), max(row.value.high for row in rows)
    slight = 0.08 * (max(high, *bars) - min(low, *bars))
    return ticks(min(low if low < -slight else 0.0, *bars), max(high if high > slight else 0.0, *bars), most=5)


def _bar(row: Bar, top: float, on: Plane, *, colour: int) -> str:
    zero, end = on.x(0.0), on.x(row.value.value)
    left, middle = min(zero, end), top + LINE + 3 + _BAR / 2
    rect = (
        f'<rect x="{left:.1f}" y="{top + LINE + 3:.1f}" width="{max(abs(end - zero), 0.5):.1f}" height="{_BAR}"'
        f' class="fill-{colour}"/>'
    )
    words = text(0, top + LINE - 2, row.name, kind="label halo strong" if row.ours else "label halo")
    if not row.value.high > row.value.low:
        return rect + words
    first, last = (on.x(min(max(at, on.x_ticks[0]), on.x_ticks[-1])) for at in (row.value.low, row.value.high))
    return rect + _whisker(first, middle, last, middle) + words


def _whisker(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="whisker"/>'
