"""The pictures of a report, each with the numbers that it shows."""

from collections.abc import Sequence

import numpy as np

from fieldstone.framing.choice.wording import figure, percent, span
from fieldstone.framing.report import charts
from fieldstone.framing.report.axes import Axis, in_percent, ticks
from fieldstone.framing.report.charts import Bar, Caption, Series
from fieldstone.framing.report.choice_pictures import choice_pictures
from fieldstone.framing.report.discovery_pictures import discovery_pictures
from fieldstone.framing.report.list_pictures import list_pictures
from fieldstone.framing.report.picture import Picture, short
from fieldstone.framing.report.record import Comparison, LearningCurve, Report, Score
from fieldstone.methods.resampling import Interval

_FAR_BELOW = -1.0
"""Guessing is 0 or more in every measure; worse scores than this are drawn up to it, and written out."""


def pictures(report: Report) -> dict[str, Picture]:
    """The pictures that a report has the numbers for, by name."""
    drawn = discovery_pictures(report.discovery)
    if report.choice:
        drawn |= choice_pictures(report.choice)
    if report.comparison and report.comparison.scores:
        drawn["comparison"] = _comparison(report.comparison)
    if report.suggestions:
        drawn |= list_pictures(report.suggestions)
    if report.lift:
        drawn["lift"] = _lift(report)
    if report.learning_curve and report.learning_curve.sizes:
        drawn["learning"] = _learning(report.learning_curve)
    if report.importances:
        drawn["importances"] = _importances(report)
    if report.groups:
        drawn["groups"] = _groups(report)
    return drawn


def _comparison(comparison: Comparison) -> Picture:
    rows = [_scored(one) for one in comparison.scores]
    said = comparison.sentence or f"{comparison.metric}, with 95 % intervals."
    caption = Caption("comparison", "Baselines side by side", said)
    svg = charts.bars(caption, short(rows), name=comparison.metric)
    table = tuple((one.name, span(one.score), one.note) for one in comparison.scores)
    return Picture(caption, svg, ("way to answer", comparison.metric, ""), table)


def _scored(one: Score) -> Bar:
    """A bar; of a score far below guessing only the beginning, for else nothing could be seen of the others."""
    if one.score.value >= _FAR_BELOW:
        return Bar(one.name, one.score, ours=one.ours)
    return Bar(f"{one.name}: {figure(one.score.value)}", Interval(_FAR_BELOW, _FAR_BELOW, _FAR_BELOW), ours=one.ours)


def _lift(report: Report) -> Picture:
    rows = [Bar(str(one.group), one.rate) for one in report.lift]
    cases = sum(one.cases for one in report.lift)
    overall = sum(one.rate.value * one.cases for one in report.lift) / cases
    first = report.lift[0]
    said = (
        f"The {percent(first.cases / cases)} of cases ranked highest hold {percent(first.found)} of all that are to be"
        f" found: {figure(first.lift)} times what chance would find there."
    )
    y = Axis("share to be found", ticks(0.0, max(one.rate.high for one in report.lift)), in_percent)
    caption = Caption("lift", "Lift", said)
    svg = charts.columns(
        caption,
        rows,
        x="groups of equal size, the likeliest first",
        y=y,
        level=(overall, "all cases"),
    )
    table = tuple(
        (str(one.group), str(one.cases), span(_hundred(one.rate)), figure(one.lift), percent(one.found))
        for one in report.lift
    )
    return Picture(caption, svg, ("group", "cases", "share in %", "lift", "found so far"), table)


def _learning(curve: LearningCurve) -> Picture:
    sizes = (*curve.sizes, *curve.forecast_sizes)
    ends = [end for one in (*curve.scores, *curve.forecast) for end in (one.low, one.high)]
    series = [_intervals(curve.sizes, curve.scores, name="measured")]
    if curve.forecast:
        # The forecast goes on from where the measurement ends.
        ahead = (*curve.sizes[-1:], *curve.forecast_sizes)
        series.append(_intervals(ahead, (*curve.scores[-1:], *curve.forecast), name="forecast", dashed=True))
    logarithmic = max(sizes) > 4 * min(sizes)
    x_ticks = _doublings(sizes) if logarithmic else ticks(min(sizes), max(sizes))
    caption = Caption("learning", "What more cases bring", curve.sentence)
    svg = charts.lines(
        caption,
        series,
        x=Axis("cases to learn from", x_ticks),
        y=Axis(curve.metric, ticks(min(ends), max(ends))),
        logarithmic=logarithmic,
    )
    pairs = zip(sizes, (*curve.scores, *curve.forecast), strict=True)
    rows = tuple(
        (f"{size:,}", span(score), "" if at < len(curve.sizes) else "forecast")
        for at, (size, score) in enumerate(pairs)
    )
    return Picture(caption, svg, ("cases", curve.metric, ""), rows)


def _importances(report: Report) -> Picture:
    rows = [Bar(one.feature, one.growth) for one in report.importances[:12]]
    said = "How much the model's squared error grows when a column's values are shuffled."
    caption = Caption("importances", "What the model uses", said)
    svg = charts.bars(caption, short(rows), written=in_percent, alike=True)
    table = tuple((one.feature, span(_hundred(one.growth))) for one in report.importances)
    return Picture(caption, svg, ("column", "growth of the error in %"), table)


def _groups(report: Report) -> Picture:
    rows = [Bar(f"{one.name} ({one.cases:,} cases)", one.error) for one in report.groups]
    said = f"{report.group_unit}, with intervals that allow for having looked at all groups."
    caption = Caption("groups", "Where the model fails", said)
    svg = charts.bars(caption, short(rows), name=report.group_unit, alike=True)
    table = tuple((one.name, f"{one.cases:,}", span(one.error), figure(one.elsewhere)) for one in report.groups)
    return Picture(caption, svg, ("group", "cases", report.group_unit, "elsewhere"), table)


def _intervals(sizes: Sequence[int], scores: Sequence[Interval], *, name: str, dashed: bool = False) -> Series:
    return Series(
        sizes,
        [one.value for one in scores],
        [one.low for one in scores],
        [one.high for one in scores],
        name=name,
        dashed=dashed,
        dots=True,
    )


def _doublings(sizes: Sequence[int]) -> list[float]:
    low, high = min(sizes), max(sizes)
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    rounds = [power * step for power in powers.tolist() for step in (1, 2, 5)]
    first = max(one for one in rounds if one <= low)
    return [one for one in rounds if first <= one <= high] + [min(one for one in rounds if one > high)]


def _hundred(share: Interval) -> Interval:
    return Interval(100 * share.value, 100 * share.low, 100 * share.high)
