"""When an entity becomes a case, and what comes of it: the exact meaning of a target over events.

Moments lie on a grid of ``every_days``, from when the log is one lookback old (or half of the log, if that is shorter).
A target by silence ("no purchase in N days, foretold A days ahead") means, for an entity whose last known event is *e*:

    e ────────────── N - A ──────────────┬──────────── A ────────────┐
    last event        silent, not yet     ▲ t: the answer is open     e + N: silent for N days
                      at risk             └── prediction times ──┘    = the case is positive

    case at t       N - A <= t - e < N: the silence can reach N days within A days of t, and has not yet
    positive        no event after e up to and including e + N
    left out at t   the silence is younger than N - A days: it cannot reach N within A days, nothing is to be foretold;
                    or it has reached N: nothing is left to foretell; or t + A is after the log's end: nobody knows yet

With A = N the silence may begin today: every entity that has not been silent for N days is a case. What is known at t
are the events up to and including t - ``gap_days``; everything later is future, for the features and for the label.
"""

from dataclasses import dataclass, replace

import numpy as np
from msgspec import UNSET

from fieldstone.framing.data.windows import DAY, Log, Numbers, Positions, Times, first_after, sums
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem, Silence, Window


@dataclass(frozen=True, slots=True)
class Plan:
    """What to cut out of a log; times in microseconds since the epoch, spans in microseconds.

    Attributes:
        start: The first moment of the grid.
        step: From one moment to the next.
        count: How many moments there are.
        gap: How old an event must be to be known.
        since: How long a case has been silent at its moment, at least.
        until: How long, at most (exclusive).
        horizon: How long after its moment what came of a case is known.
        silence: How long a silence makes a case positive; None if that is not the target.
        summed: Whether the target is the value's sum over the horizon.
    """

    start: int
    step: int
    count: int
    gap: int
    since: int
    until: int
    horizon: int
    silence: int | None = None
    summed: bool = False


def plan(problem: Problem, window: Window, first: int, last: int) -> Plan:
    """The plan for a log that covers the times from first to last.

    Raises:
        ProblemError: The target does not fit events, or the log is too short for it.
    """
    aim = _aim(problem, window)
    if aim.silence is None and not aim.summed:
        return replace(aim, start=last + aim.gap)
    span = last - first - aim.horizon
    start = first + max(0, min(round(window.lookback_days * DAY), span // 2))
    start += -start % DAY
    if start + aim.horizon > last:
        raise ProblemError(
            f"data: the log covers {(last - first) / DAY:.0f} days, too few to see what came of a prediction "
            f"{aim.horizon / DAY:g} days ahead. Give it a longer log, or look less far ahead."
        )
    return replace(aim, start=start, count=(last - aim.horizon - start) // aim.step + 1)


def _aim(problem: Problem, window: Window) -> Plan:
    """What the target asks, before the grid is known."""
    target = problem.target
    gap, lookback, step = (round(each * DAY) for each in (window.gap_days, window.lookback_days, window.every_days))
    aim = Plan(start=0, step=step, count=1, gap=gap, since=0, until=lookback, horizon=0)
    if target.silence is not UNSET:
        return _silent(aim, target.silence)
    if target.column is UNSET:
        return aim
    if target.column != window.value:
        raise ProblemError(
            f"target.column: {target.column!r} is a column of the events, not of a case. Say what is to be known: "
            f"target.silence with none_for_days and days_ahead; or make target.column the same as data.events.value, "
            f"to foretell its sum over the next target.horizon steps of {window.every_days:g} days."
        )
    return replace(aim, horizon=step * (1 if target.horizon is UNSET else target.horizon), summed=True)


def _silent(aim: Plan, silence: Silence) -> Plan:
    silent, ahead = round(silence.none_for_days * DAY), round(silence.days_ahead * DAY)
    if ahead > silent:
        raise ProblemError(
            f"target.silence: a silence of {silence.none_for_days:g} days cannot be foretold {silence.days_ahead:g} "
            f"days ahead, before it has begun. Write days_ahead: {silence.none_for_days:g} or less."
        )
    return replace(aim, since=silent - ahead, until=silent, horizon=ahead, silence=silent)


def cases(log: Log, plan: Plan) -> tuple[Positions, Times]:
    """The cases of a log: the position of each one's last known event, and its moment."""
    from_ = log.time + max(plan.since, plan.gap)
    following = log.next_time()
    known = np.where(following > np.iinfo(np.int64).max - plan.gap, following, following + plan.gap)
    to = np.minimum(log.time + plan.until, known)
    low = np.clip(-((plan.start - from_) // plan.step), 0, plan.count)
    high = np.clip(-((plan.start - to) // plan.step), 0, plan.count)
    lengths = np.maximum(high - low, 0)
    last = np.repeat(np.arange(len(log.time)), lengths)
    behind = np.arange(len(last)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return last, plan.start + (low[last] + behind) * plan.step


def outcome(log: Log, plan: Plan, last: Positions, moment: Times) -> Numbers | None:
    """What came of each case: 1 for a silence, 0 for a return; or the sum over the horizon; or None."""
    if plan.silence is not None:
        return (log.next_time()[last] > log.time[last] + plan.silence).astype(np.float64)
    if not plan.summed or log.value is None:
        return None
    low = first_after(log, moment, last + 1, log.end[last])
    high = first_after(log, moment + plan.horizon, low, log.end[last])
    return sums(np.nan_to_num(log.value, nan=0.0), low, high)
