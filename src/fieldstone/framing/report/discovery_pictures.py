"""The pictures of what was found where no outcome is given."""

from collections.abc import Sequence

import numpy as np

from fieldstone.framing.choice.wording import figure, percent, span
from fieldstone.framing.discovery.record import Discovery, Ranking, Step, Ways
from fieldstone.framing.report import charts, maps
from fieldstone.framing.report.axes import Axis, ticks
from fieldstone.framing.report.charts import Bar, Caption, Series
from fieldstone.framing.report.picture import Picture, short
from fieldstone.methods.resampling import Interval


def discovery_pictures(found: Discovery | None) -> dict[str, Picture]:
    """The pictures that a discovery has the numbers for, by name."""
    drawn: dict[str, Picture] = {}
    if found is None:
        return drawn
    if found.plane:
        drawn["plane"] = _map(found) if found.places else _groups(found)
    if len(found.steps) > 1:
        drawn["stability"] = _stability(found.steps, len(found.segments))
    if found.ways:
        drawn["ways"] = _ways(found.ways, len(found.places), found.unit)
    if found.ranking:
        drawn["ranking"] = _ranking(found.ranking)
    if found.alternatives:
        drawn["choices"] = _choices(found)
    return drawn


def _groups(found: Discovery) -> Picture:
    on = found.plane
    assert on is not None
    said = "Cases where they differ most. Numbers mark the middles of the groups."
    if not found.segments:
        said = "Cases where they differ most: one cloud."
    caption = Caption("plane", "The cases on a plane", said)
    rows = tuple((one.name, f"{one.cases:,}", percent(one.share.value)) for one in found.segments)
    return Picture(caption, maps.points(caption, on), ("group", "cases", "share"), rows or (("all", "", "100 %"),))


def _map(found: Discovery) -> Picture:
    on = found.plane
    assert on is not None
    caption = Caption("plane", "The map", "Cases in the colour of their nearest place; numbers mark the places.")
    svg = maps.points(caption, on, same_scale=True)
    rows = tuple((one.name, f"{one.y:.5g}, {one.x:.6g}", percent(one.share), figure(one.mean)) for one in found.places)
    return Picture(caption, svg, ("place", "at (y, x)", "share", f"mean way, {found.unit}"), rows)


def _stability(steps: Sequence[Step], chosen: int) -> Picture:
    numbers = [one.groups for one in steps]
    series = [
        _series(numbers, [one.agreement for one in steps], "these cases"),
        _series(numbers, [one.by_chance for one in steps], "one cloud", dashed=True),
    ]
    said = (
        "How far groups formed from some cases agree with groups formed from others (1 is fully), beside one cloud of "
        "the same correlations. Groups that come back are real only if there is also a gap between them: see Data."
    )
    caption = Caption("stability", "Whether groups come back", said)
    low = min(0.0, *(one.agreement.low for one in steps), *(one.by_chance.low for one in steps))
    svg = charts.lines(
        caption,
        series,
        x=Axis("number of groups", [float(one) for one in numbers]),
        y=Axis("agreement", ticks(low, 1.0)),
        mark=(float(chosen), "taken") if chosen in numbers else None,
    )
    rows = tuple(
        (
            str(one.groups),
            span(one.agreement),
            span(one.by_chance),
            figure(100 * one.depth),
            "yes" if one.chance <= 0.05 else "no",
        )
        for one in steps
    )
    header = ("groups", "agreement", "in one cloud", "half-way for each 100 at the centres", "a sure gap between all")
    return Picture(caption, svg, header, rows)


def _series(numbers: Sequence[int], values: Sequence[Interval], name: str, *, dashed: bool = False) -> Series:
    lows, highs = [one.low for one in values], [one.high for one in values]
    return Series(numbers, [one.value for one in values], lows, highs, name=name, dashed=dashed, dots=True)


def _ways(ways: Sequence[Ways], chosen: int, unit: str) -> Picture:
    numbers = [float(one.places) for one in ways]
    series = [
        Series(
            numbers,
            [one.mean.value for one in ways],
            [one.mean.low for one in ways],
            [one.mean.high for one in ways],
            name="mean",
            dots=True,
        ),
        Series(numbers, [one.most for one in ways], name="nine of ten within", dashed=True, dots=True),
    ]
    caption = Caption(
        "ways", "What another place brings", "The way to the nearest place, on cases it was not chosen by."
    )
    svg = charts.lines(
        caption,
        series,
        x=Axis("places", numbers),
        y=Axis(unit, ticks(0.0, max(one.most for one in ways))),
        mark=(float(chosen), "taken"),
    )
    rows = tuple(
        (str(one.places), span(one.mean), figure(one.half), figure(one.most), figure(one.saved) if one.saved else "")
        for one in ways
    )
    return Picture(caption, svg, ("places", f"mean way, {unit}", "half within", "nine of ten within", "saved"), rows)


def _ranking(ranking: Ranking) -> Picture:
    series = [
        Series(ranking.rarity, ranking.cases, name="these cases"),
        Series(ranking.rarity, ranking.expected, name="ordinary cases", dashed=True),
    ]
    said = (
        "How many cases are as rare as one in a hundred (2), in a thousand (3) and so on, and how many ordinary cases "
        "would be that reach out, and go together, as these do."
    )
    caption = Caption("ranking", "How many stand out", said)
    svg = charts.lines(
        caption,
        series,
        x=Axis("rarity: zeros of one in ...", ticks(ranking.rarity[0], ranking.rarity[-1])),
        y=Axis("cases", ticks(0.0, max(*ranking.cases, *ranking.expected))),
        mark=(ranking.limit, "stand out") if np.isfinite(ranking.limit) else None,
    )
    kept = range(0, len(ranking.rarity), 5)
    rows = tuple(
        (f"1 in {10 ** ranking.rarity[at]:,.0f}", figure(ranking.cases[at]), figure(ranking.expected[at]))
        for at in kept
    )
    return Picture(caption, svg, ("rarity", "cases", "ordinary cases"), rows)


def _choices(found: Discovery) -> Picture:
    rows = [Bar(one.name, one.value, ours=at == 0) for at, one in enumerate(found.alternatives)]
    said = "The mean way by each way of choosing; shorter is better." if found.places else "The share that is marked."
    name = f"mean way, {found.unit}" if found.places else "share marked as bad"
    caption = Caption("choices", "Beside plain choices", said)
    svg = charts.bars(caption, short(rows), name=name)
    table = tuple((one.name, span(one.value), one.note) for one in found.alternatives)
    return Picture(caption, svg, ("choice", name, ""), table)
