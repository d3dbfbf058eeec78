"""What a log of events tells of each case at its moment: recency, frequency, value, trends.

Everything here is about *positions* in a log that is sorted by entity and time. A case is a position, its last known
event, and a moment; a feature is a sum over a range of positions that ends there. So what lies behind the position
cannot enter: it is never looked at.

    positions   start ·· lo(365) ····· lo(90) ··· lo(30) ·· last │ next ···
    time        ─────────┼──────────────┼───────────┼────────┼───┼──▶
                       t-365d          t-90d      t-30d      last t
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]
Numbers = NDArray[np.float64]
Times = NDArray[np.int64]

DAY = 86_400_000_000
"""A day in microseconds."""

_USUAL = (30.0, 90.0, 180.0, 365.0)
_PAIRS = 4_000_000
"""How many pairs of a case and an event are counted at a time: about 100 MB."""


@dataclass(frozen=True, slots=True)
class Log:
    """Events, sorted by entity and then time.

    Attributes:
        time: Microseconds since the epoch.
        start: For each event, the position of its entity's first event.
        end: For each event, the position behind its entity's last event.
        value: What each event is worth, NaN where that is not known; None if the log has no such column.
        categories: Columns of categories, as codes; -1 where empty.
    """

    time: Times
    start: Positions
    end: Positions
    value: Numbers | None
    categories: dict[str, Positions]

    @classmethod
    def of(
        cls, time: Times, first: NDArray[np.bool_], value: Numbers | None, categories: dict[str, Positions]
    ) -> "Log":
        """A log from its columns; ``first`` marks the first event of each entity."""
        starts = np.append(np.flatnonzero(first), len(time))
        lengths = np.diff(starts)
        return cls(time, np.repeat(starts[:-1], lengths), np.repeat(starts[1:], lengths), value, categories)

    def next_time(self) -> Times:
        """For each event, the time of its entity's next one; the end of time behind the last."""
        following = np.append(self.time[1:], 0)
        last = np.arange(1, len(self.time) + 1) == self.end
        following[last] = np.iinfo(np.int64).max
        return following


def window_days(lookback: float) -> list[float]:
    """The windows of a lookback in days, shortest first: the usual ones that fit, or a quarter and a half of it."""
    shorter = [days for days in _USUAL if days < lookback] or [lookback / 4, lookback / 2]
    return [*shorter, lookback]


def first_after(log: Log, moment: Times, low: Positions, high: Positions) -> Positions:
    """For each case, the first position from ``low`` on whose time is after the moment; ``high`` if none is."""
    low, high = low.copy(), high.copy()
    while (open_ := low < high).any():
        middle = (low + high) >> 1
        early = open_ & (log.time[np.minimum(middle, len(log.time) - 1)] <= moment)
        low = np.where(early, middle + 1, low)
        high = np.where(open_ & ~early, middle, high)
    return low


def sums(values: Numbers, low: Positions, high: Positions) -> Numbers:
    """The sum over each range of positions, 0 if it is empty; each from its own range alone, to the last bit."""
    if not len(low):
        return np.zeros(0)
    bounds = np.column_stack([low, high]).ravel()
    added = np.add.reduceat(np.append(values, 0.0), bounds)[::2]
    return np.where(low < high, added, 0.0)


def features(log: Log, last: Positions, moment: Times, lookback: float) -> dict[str, Numbers]:
    """The features of the cases, by name.

    Args:
        log: The events.
        last: For each case, the position of its last known event.
        moment: For each case, its prediction time; not before that event.
        lookback: How many days the windows go back.
    """
    found = _pace(log, last, moment)
    days = window_days(lookback)
    lows = [first_after(log, moment - round(each * DAY), log.start[last], last + 1) for each in days]
    counts = [(last + 1 - low).astype(np.float64) for low in lows]
    for each, count in zip(days, counts, strict=True):
        found[f"events_{each:g}d"] = count
    for name, ratio in _trends(days, counts, share=True):
        found[f"events_trend_{name}"] = ratio
    if log.value is not None:
        found |= _values(log.value, last, days, lows)
    for name, codes in log.categories.items():
        found[f"distinct_{name}_{days[-1]:g}d"] = _distinct(codes, log.start, lows[-1], last + 1)
    return found


def _pace(log: Log, last: Positions, moment: Times) -> dict[str, Numbers]:
    """How long ago and how often: over the whole history."""
    changes = np.append(True, (np.diff(log.time) != 0) | (np.diff(log.start) != 0))
    runs = np.flatnonzero(changes)
    run = np.cumsum(changes) - 1
    first = log.start[last]
    before = runs[run[last]] - 1
    silence = (moment - log.time[last]) / DAY
    gaps = (run[last] - run[first]).astype(np.float64)
    usual = _ratio((log.time[last] - log.time[first]) / DAY, gaps)
    newest = np.where(before >= first, (log.time[last] - log.time[np.maximum(before, 0)]) / DAY, np.nan)
    return {
        "days_since_last": silence,
        "days_since_first": (moment - log.time[first]) / DAY,
        "usual_gap_days": usual,
        "last_gap_days": newest,
        "silence_in_usual_gaps": _ratio(silence, usual),
    }


def _values(value: Numbers, last: Positions, days: list[float], lows: list[Positions]) -> dict[str, Numbers]:
    """Sums and means of the value in each window, and how the mean moves."""
    known = (~np.isnan(value)).astype(np.float64)
    filled = np.nan_to_num(value, nan=0.0)
    found: dict[str, Numbers] = {"last_value": value[last]}
    means: list[Numbers] = []
    for each, low in zip(days, lows, strict=True):
        total = sums(filled, low, last + 1)
        means.append(_ratio(total, sums(known, low, last + 1)))
        found[f"value_{each:g}d"] = total
        found[f"value_mean_{each:g}d"] = means[-1]
    for name, ratio in _trends(days, means, share=False):
        found[f"value_trend_{name}"] = ratio
    return found


def _trends(days: list[float], levels: list[Numbers], *, share: bool) -> Iterator[tuple[str, Numbers]]:
    """Each window against the next longer one: 1 is steady, below 1 is falling; NaN where the longer has nothing."""
    for place in range(len(days) - 1):
        short, long = days[place], days[place + 1]
        scale = short / long if share else 1.0
        yield f"{short:g}d_of_{long:g}d", _ratio(levels[place], levels[place + 1] * scale)


def _distinct(codes: Positions, start: Positions, low: Positions, high: Positions) -> Numbers:
    """How many different categories are in each range of positions."""
    earlier = _same_before(codes, start)
    counts = np.zeros(len(low))
    lengths = high - low
    behind = np.cumsum(lengths)
    cut = 0
    while cut < len(low):
        done = behind[cut - 1] if cut else 0
        until = max(cut + 1, int(np.searchsorted(behind, done + _PAIRS, side="right")))
        counts[cut:until] = _new_in(earlier, low[cut:until], lengths[cut:until])
        cut = until
    return counts


def _new_in(earlier: Positions, low: Positions, lengths: Positions) -> Numbers:
    """How many events of each range have none of their category before them in it."""
    case = np.repeat(np.arange(len(low)), lengths)
    inside = np.arange(len(case)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    fresh = earlier[low[case] + inside] < low[case]
    return np.bincount(case[fresh], minlength=len(low)).astype(np.float64)


def _same_before(codes: Positions, start: Positions) -> Positions:
    """For each event, the position of the one before it with the same entity and category; -1 if there is none.

    An empty category never counts as new: it is as if it had been there just before.
    """
    order = np.lexsort((codes, start))
    same = (np.diff(start[order]) == 0) & (np.diff(codes[order]) == 0)
    earlier = np.full(len(codes), -1, dtype=np.int64)
    earlier[order[1:][same]] = order[:-1][same]
    earlier[codes < 0] = len(codes)
    return earlier


def _ratio(over: Numbers, under: Numbers) -> Numbers:
    """One over the other; NaN where the other is not above 0."""
    result = np.full(len(over), np.nan)
    np.divide(over, under, out=result, where=under > 0)
    return result
