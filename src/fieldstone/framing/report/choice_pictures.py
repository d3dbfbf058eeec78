"""The pictures of a choice: value and rates against the threshold, the ways to decide, calibration."""

import numpy as np

from fieldstone.framing.choice.record import Choice
from fieldstone.framing.choice.wording import figure, percent, span
from fieldstone.framing.report import charts
from fieldstone.framing.report.axes import Axis, in_percent, ticks
from fieldstone.framing.report.charts import Bar, Caption, Series
from fieldstone.framing.report.picture import Picture, short
from fieldstone.methods.resampling import Floats, Interval

_ROWS = 40
"""The data table of a curve shows no more rows than this; the document for programs has them all."""


def choice_pictures(choice: Choice) -> dict[str, Picture]:
    """The pictures that a choice has the numbers for, by name."""
    drawn = {"alternatives": _alternatives(choice)}
    if choice.curve is not None:
        drawn |= {"value": _value(choice), "rates": _rates(choice)}
    if choice.reliability is not None:
        drawn["calibration"] = _calibration(choice)
        drawn["probabilities"] = _probabilities(choice)
    return drawn


def _value(choice: Choice) -> Picture:
    xs = _shown(choice)
    assert choice.curve is not None
    value, low, high = (1000 * part for part in (choice.curve.values, choice.curve.low, choice.curve.high))
    x = Axis("act from this probability on", ticks(0.0, float(xs[-1])), in_percent)
    y = Axis(f"{choice.unit} per 1,000 cases", ticks(float(low.min()), float(high.max())))
    said = "At the left everybody is acted on, at the right nobody. The band holds 95 of 100 repetitions."
    series = Series(xs.tolist(), value.tolist(), low.tolist(), high.tolist())
    caption = Caption("value", "Value against threshold", said)
    svg = charts.lines(caption, [series], x=x, y=y, mark=_mark(choice))
    every = _every(len(xs))
    rows = tuple(
        (percent(float(xs[at])), figure(float(value[at])), figure(float(low[at])), figure(float(high[at])))
        for at in every
    )
    return Picture(caption, svg, ("threshold", "value", "from", "to"), rows)


def _rates(choice: Choice) -> Picture:
    xs = _shown(choice)
    assert choice.curve is not None
    precision, recall, acted = choice.curve.precision, choice.curve.recall, choice.curve.acted
    x = Axis("act from this probability on", ticks(0.0, float(xs[-1])), in_percent)
    series = [
        Series(xs.tolist(), precision.tolist(), name="precision"),
        Series(xs.tolist(), recall.tolist(), name="recall"),
    ]
    said = "Precision: of those acted on, how many rightly. Recall: of those to be found, how many are."
    caption = Caption("rates", "Precision and recall against threshold", said)
    svg = charts.lines(caption, series, x=x, y=Axis("", ticks(0.0, 1.0), in_percent), mark=_mark(choice, word=False))
    rows = tuple(
        (percent(float(xs[at])), _percent(precision[at]), _percent(recall[at]), _percent(acted[at]))
        for at in _every(len(xs))
    )
    return Picture(caption, svg, ("threshold", "precision", "recall", "acted on"), rows)


def _alternatives(choice: Choice) -> Picture:
    ranked = sorted(choice.alternatives, key=lambda one: -one.value.value)
    # Where there is nothing but costs they are drawn as such: people read short bars as cheap.
    costly = all(one.value.value <= 0 for one in ranked)
    rows = [
        Bar(
            one.does if one.feasible else f"{one.does} (over capacity)",
            _negated(one.value) if costly else one.value,
            ours=one.name == "best",
        )
        for one in ranked
    ]
    unit = f"{choice.unit} per 1,000 cases"
    said = f"{'Cost' if costly else 'Value'} in {unit}, with 95 % intervals; {'less' if costly else 'more'} is better."
    caption = Caption("alternatives", "What each way to decide is worth", said)
    svg = charts.bars(caption, short(rows), name=unit)
    table = tuple((one.does, span(one.value), span(one.behind) if one.name != "best" else "") for one in ranked)
    head = ("way to decide", "value", "behind the best")
    if choice.range is not None:
        sides = tuple((figure(one.over or 0), figure(one.under or 0)) for one in ranked)
        table = tuple((*row, *side) for row, side in zip(table, sides, strict=True))
        head = (*head, "too high, of 1,000", "too low")
    return Picture(caption, svg, head, table)


def _negated(value: Interval) -> Interval:
    return Interval(-value.value, -value.high, -value.low)


def _calibration(choice: Choice) -> Picture:
    assert choice.reliability is not None
    kept = choice.reliability
    said = (
        f"On the line, of cases given 20 % one in five comes true. The mean distance from it is"
        f" {percent(kept.expected_error)}; Brier score {kept.brier:.3f}, where always giving the overall share"
        f" gets {kept.uncertainty:.3f}."
    )
    caption = Caption("calibration", "Calibration", said)
    svg = charts.calibration(caption, kept.bins)
    rows = tuple(
        (
            percent(one.foretold),
            percent(one.observed),
            percent(one.observed_low),
            percent(one.observed_high),
            str(one.cases),
        )
        for one in kept.bins
    )
    return Picture(caption, svg, ("foretold", "came true", "from", "to", "cases"), rows)


def _probabilities(choice: Choice) -> Picture:
    known = choice.probabilities[np.isfinite(choice.probabilities)]
    said = "How often the model gives which probability."
    caption = Caption("probabilities", "The probabilities given", said)
    svg = charts.histogram(caption, known.tolist(), name="probability", written=percent)
    quantiles = (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)
    rows = tuple((percent(at), percent(float(np.quantile(known, at)))) for at in quantiles)
    return Picture(caption, svg, ("share of cases at or below", "probability"), rows)


def _shown(choice: Choice) -> Floats:
    """The thresholds to draw: the last, at which nobody is acted on, is drawn where probabilities end."""
    assert choice.curve is not None
    xs = choice.curve.thresholds.copy()
    if len(xs) > 1:
        xs[-1] = min(xs[-1], xs[-2] + (xs[-2] - xs[0]) * 0.01)
    return xs


def _mark(choice: Choice, *, word: bool = True) -> tuple[float, str] | None:
    if choice.threshold is None or not 0 < choice.threshold.value < 1:
        return None
    what = "chosen" if choice.by_case is None else "best single"
    return choice.threshold.value, f"{what}: {percent(choice.threshold.value)}" if word else ""


def _every(points: int) -> list[int]:
    return sorted({round(at) for at in np.linspace(0, points - 1, min(points, _ROWS)).tolist()})


def _percent(share: float) -> str:
    return percent(float(share)) if np.isfinite(share) else ""
