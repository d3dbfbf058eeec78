"""Points on a plane in SVG: cases by their group, with marked places."""

from markupsafe import Markup

from fieldstone.framing.discovery.record import Plane
from fieldstone.framing.report.axes import Axis, draw, plane, text, ticks
from fieldstone.framing.report.charts import Caption, svg

_HEIGHT = 400


def points(caption: Caption, on: Plane, *, same_scale: bool = False) -> Markup:
    """Cases as dots in the colour of their group, and marks with their words; ``same_scale`` as maps have it."""
    xs, ys = [*on.xs, *(mark[0] for mark in on.marks)], [*on.ys, *(mark[1] for mark in on.marks)]
    ends = (min(xs), max(xs), min(ys), max(ys))
    left, right, low, high = _square(*ends) if same_scale else ends
    x, y = Axis(on.x, ticks(left, right)), Axis(on.y, ticks(low, high))
    flat = plane(x, y, height=_HEIGHT)
    height = float(_HEIGHT)
    if same_scale:
        unit = (flat.right - flat.left) / (x.ticks[-1] - x.ticks[0])
        height += unit * (y.ticks[-1] - y.ticks[0]) - (flat.bottom - flat.top)
        flat = plane(x, y, height=height)
    parts = [draw(x, y, flat)]
    for at_x, at_y, group in zip(on.xs, on.ys, on.groups, strict=True):
        kind = f"group-{group % 8 + 1}" if group >= 0 else "group-0"
        parts.append(f'<circle cx="{flat.x(at_x):.1f}" cy="{flat.y(at_y):.1f}" r="2.5" class="dot {kind}"/>')
    for at_x, at_y, word in on.marks:
        px, py = flat.x(at_x), flat.y(at_y)
        parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="10" class="place"/>')
        parts.append(text(px, py + 4.5, word, anchor="middle", kind="label strong"))
    return svg(caption, "".join(parts), height=height)


def _square(left: float, right: float, low: float, high: float) -> tuple[float, float, float, float]:
    """Widen the narrower side, so that a unit is as long on both axes."""
    half = max(right - left, high - low) / 2
    across, along = (left + right) / 2, (low + high) / 2
    return across - half, across + half, along - half, along + half
