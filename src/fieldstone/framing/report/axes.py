"""Axes as a person would draw them: round ticks, short labels, room for the longest of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

Written = Callable[[float], str]

WIDTH = 420
LINE = 15
_LETTER = 6.7
"""The width of a letter at 12 pixels, on the generous side."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def ticks(low: float, high: float, *, most: int = 6) -> list[float]:
    """At most ``most`` round values that span ``low`` to ``high``: multiples of 1, 2, 2.5 or 5 times a power of ten."""
    if not high > low:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    rough = (high - low) / (most - 1)
    power = 10.0 ** np.floor(np.log10(rough))
    for step in (power * factor for factor in (*_STEPS, 20.0)):
        first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
        if last - first < most:
            return [float(round(at * step, 12)) for at in np.arange(first, last + 1)]
    return [low, high]


def plain(value: float) -> str:
    """A tick's label: thousands set apart, or short for millions, no needless digits."""
    size = abs(value)
    unit, letter = next(((unit, letter) for unit, letter in ((1e9, " bn"), (1e6, " m")) if size >= unit), (1.0, ""))
    written = f"{value / unit:,.0f}" if unit == 1 and size >= 1000 else f"{value / unit:g}"
    return written.replace("-", "\N{MINUS SIGN}") + letter


def in_percent(value: float) -> str:
    """A share's label."""
    return f"{100 * value:.4g} %"


def width(text: str) -> float:
    """How wide a label is, about, in pixels."""
    return len(text) * _LETTER


def text(x: float, y: float, words: str, *, anchor: str = "start", kind: str = "label") -> str:
    """Words at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


@dataclass(frozen=True, slots=True)
class Plane:
    """Where values lie on the picture.

    Attributes:
        x_ticks, y_ticks: Their first and last are the ends of the axes.
        left, top, right, bottom: The edges of the plane, in pixels.
        logarithmic: Whether x is.
    """

    x_ticks: Sequence[float]
    y_ticks: Sequence[float]
    left: float
    top: float
    right: float
    bottom: float
    logarithmic: bool = False

    def x(self, value: float) -> float:
        """From a value to pixels from the left."""
        low, high = self.x_ticks[0], self.x_ticks[-1]
        if self.logarithmic:
            low, high, value = np.log(low), np.log(high), np.log(value)
        return float(self.left + (value - low) / (high - low) * (self.right - self.left))

    def y(self, value: float) -> float:
        """From a value to pixels from the top."""
        low, high = self.y_ticks[0], self.y_ticks[-1]
        return float(self.bottom - (value - low) / (high - low) * (self.bottom - self.top))

    def path(self, xs: Sequence[float], ys: Sequence[float]) -> str:
        """A line through points, as SVG wants it; points that are not numbers are passed over."""
        known = [(x, y) for x, y in zip(xs, ys, strict=True) if np.isfinite(x) and np.isfinite(y)]
        return " ".join(f"{'L' if at else 'M'}{self.x(x):.1f} {self.y(y):.1f}" for at, (x, y) in enumerate(known))


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its name, its ticks and how they are written."""

    name: str
    ticks: Sequence[float]
    written: Written = plain


def plane(x: Axis, y: Axis, *, height: float, logarithmic: bool = False) -> Plane:
    """Leave room for the labels: of y at the left, of x below, the names of both."""
    left = max(width(y.written(tick)) for tick in y.ticks) + 10
    right = WIDTH - max(12.0, width(x.written(x.ticks[-1])) / 2 + 2)
    return Plane(x.ticks, y.ticks, left, 2.0 * LINE, right, height - 2.6 * LINE, logarithmic)


def draw(x: Axis, y: Axis, on: Plane) -> str:
    """The grid, the labels that do not touch each other, and the names of the axes."""
    parts = [
        text(0, 12, y.name, kind="name"),
        text(on.right, on.bottom + 2.4 * LINE, x.name, anchor="end", kind="name"),
    ]
    for tick in y.ticks:
        at = on.y(tick)
        parts.append(f'<line x1="{on.left:.1f}" x2="{on.right:.1f}" y1="{at:.1f}" y2="{at:.1f}" class="grid"/>')
        parts.append(text(on.left - 6, at + 4, y.written(tick), anchor="end"))
    free = -np.inf
    for tick in x.ticks:
        at, half = on.x(tick), width(x.written(tick)) / 2
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{on.bottom:.1f}" y2="{on.bottom + 4:.1f}" class="tick"/>')
        if at - half > free:
            parts.append(text(at, on.bottom + LINE + 2, x.written(tick), anchor="middle"))
            free = at + half + 4
    return "".join(parts)
