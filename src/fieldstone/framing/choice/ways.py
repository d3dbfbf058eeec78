"""The ways to decide whether to act on a case: with the model, and without one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.cases import Cases
from fieldstone.framing.choice.amounts import Stakes
from fieldstone.framing.choice.rules import best_cut
from fieldstone.framing.choice.wording import percent
from fieldstone.framing.data.expressions import condition
from fieldstone.framing.problem import Problem
from fieldstone.methods.resampling import Floats
from fieldstone.methods.thresholds import (
    Curve,
    Flags,
    best_f_beta,
    best_single,
    crossed,
    expected_gain,
    realised_gain,
    within_capacity,
)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to decide, before it is measured; ``acted`` is the chance that it acts on each case, 0 to 1."""

    name: str
    does: str
    acted: Flags | Floats
    learned: bool = True
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Weighing:
    """Everything that the ways to decide are weighed by."""

    cases: Cases
    problem: Problem
    stakes: Stakes
    scores: Floats
    probabilities: Floats
    outcomes: Floats
    curve: Curve
    threshold: float
    capacity: float | None
    dealt: NDArray[np.int64]
    seed: int

    @property
    def most(self) -> float:
        """The share of the cases that can be acted on."""
        return 1.0 if self.capacity is None else self.capacity / 1000


def ways_of(weighing: Weighing) -> Iterator[Way]:
    """The ways to decide, the best first; all but ``unlimited`` keep to the capacity."""
    probabilities, amounts = weighing.probabilities, weighing.stakes.amounts
    expected = expected_gain(probabilities, amounts)
    free = expected > 0 if not amounts.fixed else probabilities >= weighing.threshold
    level = percent(weighing.threshold)
    best = "the model, at each case's own threshold" if not amounts.fixed else f"the model, from {level} on"
    if weighing.capacity is None or free.mean() <= weighing.most:
        yield Way("best", best, free)
    else:
        limited = within_capacity(expected, weighing.capacity, ties=weighing.scores)
        yield Way("best", f"the model, on the {weighing.capacity:g} of 1,000 that promise most", limited)
        yield Way("unlimited", f"{best}, without the limit", free)
    yield from (_likeliest(way, weighing) for way in _thresholds(weighing))
    yield from (_at_random(way, weighing) for way in _plain(weighing))


def _thresholds(weighing: Weighing) -> Iterator[Way]:
    """The model by other thresholds; one that is picked by what came of it is picked without the case's own fold."""
    p, outcomes, amounts = weighing.probabilities, weighing.outcomes, weighing.stakes.amounts
    if not amounts.fixed:
        level = percent(weighing.threshold)
        acted = crossed(lambda kept: best_single(p[kept], outcomes[kept], amounts.of(kept)), p, seed=weighing.seed)
        yield Way("single", f"the model, from {level} on for all cases", acted)
    yield Way("half", "the model, from 50 % on", p >= 0.5)
    beta = weighing.problem.success.beta
    level = percent(best_f_beta(p, outcomes, beta=beta))
    acted = crossed(lambda kept: best_f_beta(p[kept], outcomes[kept], beta=beta), p, seed=weighing.seed)
    yield Way("f_beta", f"the model, from {level} on, where F{beta:g} is best", acted)


def _plain(weighing: Weighing) -> Iterator[Way]:
    n = len(weighing.outcomes)
    rule = weighing.problem.baseline.rule
    if rule is not UNSET:
        acted = condition(weighing.cases.table, rule, where="baseline.rule")
        yield Way("rule", f"today's rule: {rule}", acted, learned=False, condition=rule)
    gain = realised_gain(weighing.outcomes, weighing.stakes.amounts)
    cut, acted = best_cut(weighing.cases, gain, seed=weighing.seed, most=weighing.most)
    if cut is not None:
        sql = cut.condition(weighing.cases)
        yield Way("feature", f"the best rule with one column: {sql}", acted, learned=False, condition=sql)
    yield Way("nobody", "act on nobody", np.zeros(n, dtype=np.bool_), learned=False, condition="FALSE")
    yield Way("everybody", "act on everybody", np.ones(n, dtype=np.bool_), learned=False, condition="TRUE")


def _likeliest(way: Way, weighing: Weighing) -> Way:
    """Where a way of the model acts on more cases than one can, the likeliest of them."""
    if weighing.capacity is None or way.acted.mean() <= weighing.most:
        return way
    likely = np.where(way.acted > 0, np.maximum(weighing.probabilities, np.finfo(float).tiny), 0.0)
    does = f"{way.does}; the {weighing.capacity:g} of 1,000 likeliest of these"
    return replace(way, does=does, acted=within_capacity(likely, weighing.capacity, ties=weighing.scores))


def _at_random(way: Way, weighing: Weighing) -> Way:
    """Where a rule acts on more cases than one can, each of them with the same chance: the rule ranks none first."""
    share = float(way.acted.mean())
    if share <= weighing.most:
        return way
    does = f"{way.does}; {weighing.capacity:g} of 1,000 of these at random"
    return replace(way, does=does, acted=way.acted * (weighing.most / share))
