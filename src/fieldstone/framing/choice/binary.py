"""To act or not to act: the choice for questions that are answered by yes or no."""

from dataclasses import replace

import numpy as np
from msgspec import UNSET

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.amounts import stakes
from fieldstone.framing.choice.record import Alternative, Choice, Loss
from fieldstone.framing.choice.together import blocks
from fieldstone.framing.choice.ways import Way, Weighing, ways_of
from fieldstone.framing.choice.wording import ahead, figure, percent, worth
from fieldstone.framing.problem import Problem
from fieldstone.methods.calibration import Calibration, calibrate, reliability, share
from fieldstone.methods.resampling import Floats, Interval, percentiles, resampled_means
from fieldstone.methods.thresholds import (
    Flags,
    break_even,
    cost_curve,
    expected_gain,
    measure,
    shortfall,
    values,
)

_SAMPLE = 20_000
"""Cases on which it is reckoned what not knowing the threshold costs."""
_SEARCHES = 300
_MATTERS = 0.02


def choose_binary(scores: Floats, cases: Cases, problem: Problem, *, seed: int) -> Choice:
    """Choose when to act; ``scores`` are out of fold and rise with the chance of the second class (cases)."""
    assert cases.target is not None
    outcomes = cases.target
    at_stake = stakes(problem, cases.table)
    calibration, probabilities = calibrate(scores, outcomes, seed=seed)
    dealt = blocks(len(cases), cases.ids, seed=seed)
    curve = cost_curve(probabilities, outcomes, at_stake.amounts, seed=seed, dealt=dealt)
    even = break_even(at_stake.amounts)
    limit = problem.constraints.capacity
    weighing = Weighing(
        cases=cases,
        problem=problem,
        stakes=at_stake,
        scores=scores,
        probabilities=probabilities,
        outcomes=outcomes,
        curve=curve,
        threshold=float(even[0]) if at_stake.amounts.fixed else curve.best.value,
        capacity=None if limit is UNSET else float(limit),
        dealt=dealt,
        seed=seed,
    )
    ways = list(ways_of(weighing))
    best = ways[0].acted > 0
    alternatives = _measured(ways, weighing)
    pays = _pays(ways, weighing)
    cut = _cut(best, weighing, _searched(weighing, calibration))
    lost = _lost(best, weighing, calibration)
    return Choice(
        kind="binary",
        sentence=_sentence(alternatives, _from_where(best, cut.value, weighing), weighing, pays=pays, lost=lost),
        unit=at_stake.unit,
        alternatives=alternatives,
        assumptions=at_stake.assumptions,
        pays=pays,
        threshold=cut,
        threshold_loss=lost,
        score_threshold=_score_threshold(best, cut.value, weighing, calibration),
        least_gain=_least_gain(best, weighing),
        by_case=None if at_stake.amounts.fixed else _spread(even),
        capacity=weighing.capacity,
        curve=curve,
        calibration=calibration,
        reliability=reliability(probabilities, outcomes),
        beta=problem.success.beta,
        probabilities=probabilities,
        costs=-values(best, outcomes, at_stake.amounts),
    )


def _measured(ways: list[Way], weighing: Weighing) -> tuple[Alternative, ...]:
    brought = _brought(ways, weighing)
    drawn = resampled_means(brought, seed=weighing.seed, dealt=weighing.dealt) * 1000
    means = brought.mean(axis=0) * 1000
    return tuple(
        replace(
            _counted(way, weighing),
            value=percentiles(means[at], drawn[:, at]),
            behind=percentiles(means[0] - means[at], drawn[:, 0] - drawn[:, at]),
        )
        for at, way in enumerate(ways)
    )


def _counted(way: Way, weighing: Weighing) -> Alternative:
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
    return share(part, whole) if whole else None


def _brought(ways: list[Way], weighing: Weighing) -> Floats:
    return np.column_stack([values(way.acted, weighing.outcomes, weighing.stakes.amounts) for way in ways])


def _pays(ways: list[Way], weighing: Weighing) -> bool:
    """Whether the best is better than all ways without a model, whichever of them would be best among other cases."""
    plain = [way for way in ways if not way.learned]
    drawn = resampled_means(_brought([ways[0], *plain], weighing), seed=weighing.seed, dealt=weighing.dealt)
    return bool(np.quantile(drawn[:, 0] - drawn[:, 1:].max(axis=1), 0.025) > 0)


def _searched(weighing: Weighing, calibration: Calibration) -> Interval:
    """Between which probabilities the best threshold lies, searched on the model's own scale.

    On the scale of calibrated probabilities the best would lie too near to where the calibration has put it.
    """
    amounts, seed = weighing.stakes.amounts, weighing.seed
    searched = cost_curve(
        weighing.scores, weighing.outcomes, amounts, replicates=_SEARCHES, seed=seed, dealt=weighing.dealt
    )
    best = searched.best
    at, low, high = calibration.probabilities(np.array([best.value, best.low, best.high])).tolist()
    return Interval(at, low, min(high, 1.0))


def _lost(acted: Flags, weighing: Weighing, calibration: Calibration) -> Loss | None:
    """What not knowing the threshold better costs; None where capacity, not the threshold, decides."""
    rows = np.random.default_rng(weighing.seed).permutation(len(acted))[:_SAMPLE]
    if _binding(acted, weighing):
        return None
    amounts = weighing.stakes.amounts.of(rows)
    foretold = calibration.probabilities(weighing.scores[rows])
    lost = shortfall(calibration.possible(weighing.scores[rows]), expected_gain(foretold, amounts) > 0, amounts)
    return Loss(float(lost.mean()), float(np.quantile(lost, 0.9)))


def _binding(acted: Flags, weighing: Weighing) -> bool:
    """Whether there is more to act on than one can."""
    if weighing.capacity is None or not acted.any():
        return False
    return np.count_nonzero(acted) == int(len(acted) * weighing.capacity / 1000) < len(acted)


def _cut(acted: Flags, weighing: Weighing, searched: Interval) -> Interval:
    """The probability from which on one acts, and where it would lie had other cases come by."""
    threshold, n = weighing.threshold, len(acted)
    binding = _binding(acted, weighing) and weighing.stakes.amounts.fixed
    lowest = float(weighing.probabilities[acted].min()) if binding else -np.inf
    if lowest <= threshold:
        return Interval(threshold, min(searched.low, threshold), max(searched.high, threshold))
    rank = int(np.count_nonzero(acted))
    reach = 1.96 * np.sqrt(rank * (1 - rank / n))
    ranked = np.sort(weighing.probabilities)[::-1]
    low, high = ranked[min(int(rank + reach), n - 1)], ranked[max(int(rank - reach) - 1, 0)]
    return Interval(lowest, float(min(low, lowest)), float(max(high, lowest)))


def _score_threshold(acted: Flags, threshold: float, weighing: Weighing, calibration: Calibration) -> float | None:
    if threshold > weighing.threshold and weighing.stakes.amounts.fixed:
        return float(weighing.scores[acted].min())
    found = calibration.score(threshold)
    return found if np.isfinite(found) else None


def _least_gain(acted: Flags, weighing: Weighing) -> float:
    if not _binding(acted, weighing):
        return 0.0
    return float(expected_gain(weighing.probabilities[acted], weighing.stakes.amounts.of(acted)).min())


def _spread(even: Floats) -> Interval:
    known = even[np.isfinite(even)]
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95]) if len(known) else (1.0, 1.0, 1.0)
    return Interval(float(middle), float(low), float(high))


def _sentence(
    alternatives: tuple[Alternative, ...], which: str, weighing: Weighing, *, pays: bool, lost: Loss | None
) -> str:
    best, unit = alternatives[0], weighing.stakes.unit
    plain = max((one for one in alternatives if not one.learned), key=lambda one: one.value.value)
    brings = f"That {worth(best.value.value, unit)} per 1,000 cases"
    said = f"{which}. {brings}, {ahead(plain.behind, unit, plain.does, pays=pays)}."
    if lost is None or lost.most <= _MATTERS:
        return said
    positives = int(weighing.outcomes.sum())
    return (
        f"{said} With {positives:,} positive cases to learn it from, the threshold itself may cost up to"
        f" {percent(lost.most)} of what acting brings ({percent(lost.mean)} on average)."
    )


def _from_where(acted: Flags, threshold: float, weighing: Weighing) -> str:
    number = f"{figure(1000 * float(acted.mean()))} of 1,000 cases"
    if weighing.stakes.amounts.fixed:
        return f"Act from a probability of {percent(threshold)} on: on {number}"
    if _binding(acted, weighing):
        return f"Act on the {number} that promise most"
    return f"Act where the expected gain is above 0, which is at another probability for each case: on {number}"
