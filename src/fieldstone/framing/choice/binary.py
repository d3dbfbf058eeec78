"""To act or not to act: the choice for questions that are answered by yes or no."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from msgspec import UNSET

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.amounts import Stakes, stakes
from fieldstone.framing.choice.expressions import condition
from fieldstone.framing.choice.record import Alternative, Choice
from fieldstone.framing.choice.rules import best_cut
from fieldstone.framing.choice.wording import figure, percent, span, worth
from fieldstone.framing.problem import Problem
from fieldstone.methods.calibration import Calibration, calibrate, reliability, share_interval
from fieldstone.methods.resampling import Floats, Interval, percentiles, resampled_means
from fieldstone.methods.thresholds import (
    Curve,
    Flags,
    best_f_beta,
    break_even,
    cost_curve,
    expected_gain,
    measure,
    realised_gain,
    values,
    within_capacity,
)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to decide, before it is measured."""

    name: str
    does: str
    acted: Flags
    learned: bool = True
    condition: str = ""


@dataclass(frozen=True, slots=True)
class _Weighing:
    """Everything that the ways to decide are weighed by."""

    cases: Cases
    problem: Problem
    stakes: Stakes
    scores: Floats
    probabilities: Floats
    outcomes: Floats
    curve: Curve
    threshold: float
    searched: tuple[float, float]
    capacity: float | None
    seed: int


def choose_binary(scores: Floats, cases: Cases, problem: Problem, *, seed: int) -> Choice:
    """Choose when to act; ``scores`` are out of fold and rise with the chance of the second class (cases)."""
    assert cases.target is not None
    outcomes = cases.target
    at_stake = stakes(problem, cases)
    calibration, probabilities = calibrate(scores, outcomes, seed=seed)
    curve = cost_curve(probabilities, outcomes, at_stake.amounts, seed=seed)
    even = break_even(at_stake.amounts)
    threshold = float(even[0]) if at_stake.amounts.fixed else curve.best.value
    limit = problem.constraints.capacity
    weighing = _Weighing(
        cases=cases,
        problem=problem,
        stakes=at_stake,
        scores=scores,
        probabilities=probabilities,
        outcomes=outcomes,
        curve=curve,
        threshold=threshold,
        searched=_searched(scores, outcomes, at_stake, calibration, seed=seed),
        capacity=None if limit is UNSET else float(limit),
        seed=seed,
    )
    ways = list(_ways(weighing))
    alternatives = _measured(ways, weighing)
    pays = _pays(ways, weighing)
    cut = _cut(ways[0].acted, weighing)
    return Choice(
        kind="binary",
        sentence=_sentence(alternatives, cut.value, weighing, pays=pays),
        unit=at_stake.unit,
        alternatives=alternatives,
        assumptions=at_stake.assumptions,
        pays=pays,
        threshold=cut,
        score_threshold=_score_threshold(ways[0].acted, cut.value, weighing, calibration),
        least_gain=_least_gain(ways[0].acted, weighing),
        by_case=None if at_stake.amounts.fixed else _spread(even),
        capacity=weighing.capacity,
        curve=curve,
        calibration=calibration,
        reliability=reliability(probabilities, outcomes),
        beta=problem.success.beta,
        probabilities=probabilities,
        costs=-values(ways[0].acted, outcomes, at_stake.amounts),
    )


def _ways(weighing: _Weighing) -> Iterator[_Way]:
    probabilities, amounts = weighing.probabilities, weighing.stakes.amounts
    expected = expected_gain(probabilities, amounts)
    free = expected > 0 if not amounts.fixed else probabilities >= weighing.threshold
    level = percent(weighing.threshold)
    best = "the model, at each case's own threshold" if not amounts.fixed else f"the model, from {level} on"
    if weighing.capacity is None:
        yield _Way("best", best, free)
    else:
        limited = within_capacity(expected, weighing.capacity, ties=weighing.scores)
        yield _Way("best", f"the model, on the {weighing.capacity:g} of 1,000 that promise most", limited)
        yield _Way("unlimited", f"{best}, without the limit", free)
    if not amounts.fixed:
        yield _Way("single", f"the model, from {level} on for all cases", probabilities >= weighing.threshold)
    yield _Way("half", "the model, from 50 % on", probabilities >= 0.5)
    beta = weighing.problem.success.beta
    at = best_f_beta(probabilities, weighing.outcomes, beta=beta)
    yield _Way("f_beta", f"the model, from {percent(at)} on, where F{beta:g} is best", probabilities >= at)
    yield from _plain_ways(weighing)


def _plain_ways(weighing: _Weighing) -> Iterator[_Way]:
    n = len(weighing.outcomes)
    rule = weighing.problem.baseline.rule
    if rule is not UNSET:
        acted = condition(weighing.cases, rule, where="baseline.rule")
        yield _Way("rule", f"today's rule: {rule}", acted, learned=False, condition=rule)
    cut, acted = best_cut(weighing.cases, realised_gain(weighing.outcomes, weighing.stakes.amounts), seed=weighing.seed)
    if cut is not None:
        sql = cut.condition(weighing.cases)
        yield _Way("feature", f"the best rule with one column: {sql}", acted, learned=False, condition=sql)
    yield _Way("nobody", "act on nobody", np.zeros(n, dtype=np.bool_), learned=False, condition="FALSE")
    yield _Way("everybody", "act on everybody", np.ones(n, dtype=np.bool_), learned=False, condition="TRUE")


def _measured(ways: list[_Way], weighing: _Weighing) -> tuple[Alternative, ...]:
    brought = _brought(ways, weighing)
    drawn = resampled_means(brought, seed=weighing.seed) * 1000
    means = brought.mean(axis=0) * 1000
    return tuple(
        replace(
            _counted(way, weighing),
            value=percentiles(means[at], drawn[:, at]),
            behind=percentiles(means[0] - means[at], drawn[:, 0] - drawn[:, at]),
        )
        for at, way in enumerate(ways)
    )


def _counted(way: _Way, weighing: _Weighing) -> Alternative:
    counted = measure(way.acted, weighing.outcomes, beta=weighing.problem.success.beta)
    n = len(way.acted)
    unmeasured = Interval(0.0, 0.0, 0.0)
    return Alternative(
        name=way.name,
        does=way.does,
        value=unmeasured,
        behind=unmeasured,
        learned=way.learned,
        feasible=weighing.capacity is None or counted.acted * 1000 <= weighing.capacity + 1e-9,
        condition=way.condition,
        acted=counted.acted * 1000,
        found=counted.found * 1000,
        false_alarms=counted.false_alarms * 1000,
        missed=counted.missed * 1000,
        precision=_share(counted.found * n, counted.acted * n),
        recall=_share(counted.found * n, (counted.found + counted.missed) * n),
        f_beta=counted.f_beta,
    )


def _share(part: float, whole: float) -> Interval | None:
    return Interval(part / whole, *share_interval(part, whole)) if whole else None


def _brought(ways: list[_Way], weighing: _Weighing) -> Floats:
    return np.column_stack([values(way.acted, weighing.outcomes, weighing.stakes.amounts) for way in ways])


def _pays(ways: list[_Way], weighing: _Weighing) -> bool:
    """Whether the best is better than all ways without a model, whichever of them would be best among other cases."""
    plain = [way for way in ways if not way.learned and _feasible(way, weighing)]
    drawn = resampled_means(_brought([ways[0], *plain], weighing), seed=weighing.seed)
    return bool(np.quantile(drawn[:, 0] - drawn[:, 1:].max(axis=1), 0.025) > 0)


def _feasible(way: _Way, weighing: _Weighing) -> bool:
    return weighing.capacity is None or 1000 * float(way.acted.mean()) <= weighing.capacity + 1e-9


def _searched(
    scores: Floats, outcomes: Floats, at_stake: Stakes, calibration: Calibration, *, seed: int
) -> tuple[float, float]:
    """Between which probabilities the best threshold lies, searched on the model's own scale.

    On the scale of calibrated probabilities the best would lie too near to where the calibration has put it.
    """
    best = cost_curve(scores, outcomes, at_stake.amounts, seed=seed).best
    low, high = calibration.probabilities(np.array([best.low, best.high]))
    return float(low), float(min(high, 1.0))


def _cut(acted: Flags, weighing: _Weighing) -> Interval:
    """The probability from which on one acts, and where it would lie had other cases come by."""
    threshold, searched, n = weighing.threshold, weighing.searched, len(acted)
    binding = weighing.capacity is not None and weighing.stakes.amounts.fixed and acted.any()
    lowest = float(weighing.probabilities[acted].min()) if binding else -np.inf
    if lowest <= threshold:
        return Interval(threshold, min(searched[0], threshold), max(searched[1], threshold))
    rank = int(np.count_nonzero(acted))
    reach = 1.96 * np.sqrt(rank * (1 - rank / n))
    ranked = np.sort(weighing.probabilities)[::-1]
    low, high = ranked[min(int(rank + reach), n - 1)], ranked[max(int(rank - reach) - 1, 0)]
    return Interval(lowest, float(min(low, lowest)), float(max(high, lowest)))


def _score_threshold(acted: Flags, threshold: float, weighing: _Weighing, calibration: Calibration) -> float | None:
    if threshold > weighing.threshold and weighing.stakes.amounts.fixed:
        return float(weighing.scores[acted].min())
    found = calibration.score(threshold)
    return found if np.isfinite(found) else None


def _least_gain(acted: Flags, weighing: _Weighing) -> float:
    if weighing.capacity is None or not acted.any():
        return 0.0
    return float(expected_gain(weighing.probabilities[acted], weighing.stakes.amounts.of(acted)).min())


def _spread(even: Floats) -> Interval:
    known = even[np.isfinite(even)]
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95]) if len(known) else (1.0, 1.0, 1.0)
    return Interval(float(middle), float(low), float(high))


def _sentence(alternatives: tuple[Alternative, ...], threshold: float, weighing: _Weighing, *, pays: bool) -> str:
    best, unit = alternatives[0], weighing.stakes.unit
    plain = max((one for one in alternatives if not one.learned and one.feasible), key=lambda one: one.value.value)
    which = _from_where(threshold, best, weighing)
    acted = f"{which}. That {worth(best.value.value, unit)}"
    ahead = f"{span(best.behind if plain is best else plain.behind)} {unit} better than the best way without a model"
    end = f"{acted} per 1,000 cases, {ahead} ({plain.does})"
    return f"{end}." if pays else f"{end}; the difference may be chance."


def _from_where(threshold: float, best: Alternative, weighing: _Weighing) -> str:
    number = f"{figure(best.acted or 0)} of 1,000 cases"
    if weighing.stakes.amounts.fixed:
        return f"Act from a probability of {percent(threshold)} on: on {number}"
    if weighing.capacity is None:
        return f"Act where the expected gain is above 0, which is at another probability for each case: on {number}"
    return f"Act on the {number} that promise most"
