"""Would an alarm over a single column flag the same cases: "if temperature > 100, send alert"."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.cases import Column
from fieldstone.framing.discovery.record import Written
from fieldstone.framing.trials import rules
from fieldstone.framing.trials.learners import Features
from fieldstone.framing.trials.trees import Cut, Leaf, SmallTree

SAME = 0.9
"""From so much overlap (Jaccard) with what stands out an alarm does the same."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A threshold at either end of a column; infinite where there is none at that end."""

    column: int
    under: float
    over: float

    def flags(self, features: Features) -> NDArray[np.bool_]:
        """Return the cases that it goes off for; never for an empty value."""
        values = features[:, self.column].astype(np.float64)
        return (values <= self.under) | (values > self.over)


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return how much two ways of flagging have in common (Jaccard)."""
    either = int(np.sum(one | other))
    return float(np.sum(one & other) / either) if either else 0.0


def nearest(features: Features, flagged: NDArray[np.bool_], columns: tuple[Column, ...]) -> tuple[Alarm, Written]:
    """Return the alarm that comes nearest to flagging the same cases, over a number or a time.

    How far it agrees is measured on halves that it was not set by.
    """
    places = [place for place, column in enumerate(columns) if column.kind in {"number", "time"}]
    tried = [_set(features, flagged, place) for place in places]
    best = max(tried, key=lambda alarm: overlap(alarm.flags(features), flagged))
    return best, _written(best, columns, _unseen(features, flagged, best.column))


def _unseen(features: Features, flagged: NDArray[np.bool_], place: int) -> float:
    """Return the overlap on each half with the alarm that was set by the other."""
    even = np.arange(len(features)) % 2 == 0
    met = np.zeros(len(features), dtype=bool)
    for half in (even, ~even):
        met[~half] = _set(features[half], flagged[half], place).flags(features[~half])
    return overlap(met, flagged)


def _set(features: Features, flagged: NDArray[np.bool_], place: int) -> Alarm:
    """Return the thresholds at both ends that flag most alike: first the better end, then the other if that adds."""
    values = features[:, place].astype(np.float64)
    ends = (_end(values, flagged), -_end(-values, flagged))
    choices = [Alarm(place, -np.inf, ends[0]), Alarm(place, ends[1], np.inf), Alarm(place, ends[1], ends[0])]
    return max(choices, key=lambda alarm: overlap(alarm.flags(features), flagged))


def _end(values: NDArray[np.float64], flagged: NDArray[np.bool_]) -> float:
    """Return the upper threshold that flags most alike, half-way between two values."""
    known = np.isfinite(values)
    order = np.argsort(-values[known], kind="stable")
    ranked, hits = values[known][order], np.cumsum(flagged[known][order])
    last = np.flatnonzero(np.diff(ranked) < 0)
    if not len(last):
        return np.inf
    likeness = hits[last] / (last + 1 + flagged.sum() - hits[last])
    at = last[int(likeness.argmax())]
    return float(ranked[at] + ranked[at + 1]) / 2


def _written(alarm: Alarm, columns: tuple[Column, ...], agrees: float) -> Written:
    leaves: list[Leaf] = []
    for limit, below in ((alarm.under, True), (alarm.over, False)):
        if np.isfinite(limit):
            cut = Cut(alarm.column, limit, (), empty=not below, holds=below)
            leaves.append(Leaf((cut,), np.ones(1), 0))
    rule = rules.condition(SmallTree(tuple(leaves)), [True] * len(leaves), columns)
    return Written(rule.words, rule.sql, rule.python, agrees)
