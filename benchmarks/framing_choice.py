"""Is what framing chooses worth as much as the best choice? On families of cases whose truth is known.

    python benchmarks/framing_choice.py           # 30 seeds a family, about a minute
    python benchmarks/framing_choice.py --quick   # 5 seeds

To act or not: a model's scores are made from true probabilities: exact, squeezed, warped, or noisy. Fieldstone sees the
scores and outcomes of some cases and chooses. The choice is then carried out on 200,000 other cases, whose expected
value, given their scores, is known without error. The shortfall is what it brings less than the best decisions that can
be taken from the scores, as a share of what these bring over acting on nobody.

Beside it stands what cannot be had: the shortfall of who knows the exact shape of the true curve from scores to
probabilities, and only estimates its level and slope, by maximum likelihood, from the same cases. And: how often the
shortfall was within the loss that the choice itself states (it says nine of ten), how often the best threshold was
within its interval, and what the choice brings within its own (they say 95 of 100).

How much to answer: a model that knows each case's mean; too little costs three times what too much costs. The shortfall
is the cost over that of answering the true point of each case, and the range is how many of the other cases' truths lie
where 8 of 10 should.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import expit, logit
from scipy.stats import gamma, nbinom, norm
from sklearn.linear_model import LogisticRegression

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.choice import Choice, choose
from fieldstone.framing.problem import Costs, Problem
from fieldstone.methods.resampling import Floats

ELSEWHERE = 200_000
SPREAD, WEIGHTS = np.polynomial.hermite_e.hermegauss(15)


@dataclass(frozen=True, slots=True)
class View:
    """What a model shows of the log-odds: noise is added, then they are bent; ``back`` undoes the bending."""

    bent: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]
    noise: float = 0.0


def cubed(score: Floats) -> Floats:
    return ((score - 30) / 7) ** 3


EXACT = View(expit, logit)
TOO_SURE = View(lambda seen: expit(2.5 * seen), lambda score: logit(np.clip(score, 1e-12, 1 - 1e-12)) / 2.5)
WARPED = View(lambda seen: expit(seen) ** 1.5, lambda score: logit(score ** (2 / 3)))
NOISY = View(expit, logit, 1.0)
RAW = View(lambda seen: 30 + 7 * np.cbrt(seen), cubed, 0.5)


@dataclass(frozen=True)
class Family:
    """Cases whose log-odds are normal, and a model's view of them."""

    name: str
    cases: int
    centre: float
    spread: float
    costs: Costs
    view: View
    times: int = 1

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
        """True probabilities, scores and amounts of ``n`` cases."""
        log_odds = rng.normal(self.centre, self.spread, n)
        scores = self.view.bent(log_odds + self.view.noise * rng.normal(size=n))
        return expit(log_odds), scores, rng.lognormal(6, 0.6, n)

    def told(self, scores: Floats) -> Floats:
        """The true probability of a case given its score alone."""
        seen = self.view.back(scores)
        if not self.view.noise:
            return expit(seen)
        precision = self.spread**-2 + self.view.noise**-2
        middle = (self.centre * self.spread**-2 + seen * self.view.noise**-2) / precision
        return expit(middle[:, None] + SPREAD / np.sqrt(precision)) @ WEIGHTS / WEIGHTS.sum()


OFFER = Costs(true_positive=-50, false_positive=-50, false_negative=-500)
DEAR = Costs(true_positive=100, false_positive=-300)
BY_CASE = Costs(true_positive=0, false_positive="-0.2 * amount", false_negative="-amount")

FAMILIES = (
    Family("churn, exact scores", 5000, -2.2, 1.5, OFFER, EXACT),
    Family("churn, too sure", 5000, -2.2, 1.5, OFFER, TOO_SURE),
    Family("churn, warped", 5000, -2.2, 1.5, OFFER, WARPED),
    Family("churn, noisy", 5000, -2.2, 1.5, OFFER, NOISY),
    Family("churn, scores that are no probabilities", 5000, -2.2, 1.5, OFFER, RAW),
    Family("churn, 2,000 cases, noisy", 2000, -2.2, 1.5, OFFER, NOISY),
    Family("rare (160 of 20,000), noisy", 20_000, -6.5, 2.0, OFFER, NOISY, times=3),
    Family("dear false alarms, noisy", 5000, -0.5, 2.0, DEAR, NOISY),
    Family("costs by case, too sure", 5000, -1.5, 1.5, BY_CASE, TOO_SURE),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One seed: the shortfall, that of who knows the shape, and whether what was stated held."""

    shortfall: float
    knowing: float
    loss_held: bool
    threshold_held: bool
    value_held: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Other cases, the same for all seeds, and what acting on each is expected to bring, given its score."""

    scores: Floats
    told: Floats
    nobody: float
    brings: Floats
    even: Floats
    best: float

    def missed(self, probabilities: Floats, threshold: float | Floats) -> float:
        """The shortfall of acting from a threshold on."""
        return float((self.best - self.brings[probabilities >= threshold].sum()) / self.best)


@cache
def elsewhere(family: Family) -> Elsewhere:
    """The other cases of a family."""
    _, scores, amounts = family.drawn(ELSEWHERE, np.random.default_rng(10_000))
    told = family.told(scores)
    nobody, brings, even = money(family, told, amounts)
    return Elsewhere(scores, told, nobody, brings, even, float(np.maximum(brings, 0).sum()))


def money(family: Family, truth: Floats, amounts: Floats) -> tuple[float, Floats, Floats]:
    """What acting on nobody brings, what acting on each case brings over that, and from where it pays, by the truth."""
    costs = family.costs
    if costs is BY_CASE:
        gain, harm, missed = amounts, 0.2 * amounts, -amounts
    else:
        right, wrong, miss = (
            float(amount) if isinstance(amount, int | float) else 0.0
            for amount in (costs.true_positive, costs.false_positive, costs.false_negative)
        )
        gain, harm, missed = np.full(len(truth), right - miss), np.full(len(truth), -wrong), np.full(len(truth), miss)
    return float((truth * missed).sum()), truth * gain - (1 - truth) * harm, harm / (gain + harm)


def attempt(family: Family, seed: int) -> Trial:
    """Choose on a sample, and see what that is worth elsewhere."""
    rng = np.random.default_rng(seed)
    truth, scores, amounts = family.drawn(family.cases, rng)
    outcomes = (rng.random(family.cases) < truth).astype(np.float64)
    feature = rng.normal(size=(family.cases, 1)).astype(np.float32)
    cases = Cases(
        table=pa.table({"amount": amounts}),
        columns=(Column("noise", "number", 0.0, family.cases),),
        features=feature,
        target=outcomes,
        classes=("no", "yes"),
    )
    choice = choose(scores, cases, Problem(question="Worth it?", costs=family.costs), seed=seed)
    return judged(family, choice, knowing(family, scores, outcomes))


def knowing(family: Family, scores: Floats, outcomes: Floats) -> float:
    """The shortfall of who knows the shape of the true curve and estimates its level and slope."""
    there = elsewhere(family)
    model = LogisticRegression(C=np.inf, max_iter=1000, tol=1e-8)
    model.fit(logit(family.told(scores))[:, None], outcomes)
    return there.missed(model.predict_proba(logit(there.told)[:, None])[:, 1], there.even)


def judged(family: Family, choice: Choice, knowing: float) -> Trial:
    """What the choice brings elsewhere, against the best."""
    there = elsewhere(family)
    assert choice.calibration is not None
    assert choice.threshold is not None
    assert choice.threshold_loss is not None
    foretold = choice.calibration.probabilities(there.scores)
    shortfall = there.missed(foretold, choice.threshold.value if choice.by_case is None else there.even)
    at = float(choice.threshold.value)
    if choice.by_case is None:
        at = float(foretold[there.told >= there.even].min())
    value = 1000 * (there.nobody + there.best * (1 - shortfall)) / ELSEWHERE
    stated = choice["best"].value
    return Trial(
        shortfall=shortfall,
        knowing=knowing,
        loss_held=shortfall <= choice.threshold_loss.most,
        threshold_held=choice.threshold.low <= at <= choice.threshold.high,
        value_held=stated.low <= value <= stated.high,
    )


@dataclass(frozen=True, slots=True)
class Numbers:
    """Cases with a known mean, which is what the model answers, and the distribution around it."""

    name: str
    cases: int
    around: Callable[[Floats], Any]


PRICED = Costs(per_unit_over=-1, per_unit_under=-3)
NUMBERS = (
    Numbers("numbers, errors alike", 2000, lambda mean: norm(mean, 10)),
    Numbers("numbers, skewed, wider where larger", 2000, lambda mean: gamma(4, scale=mean / 4)),
    Numbers("counts, wider where larger", 2000, lambda mean: nbinom(5, 5 / (5 + mean))),
    Numbers("numbers, 300 cases, errors alike", 300, lambda mean: norm(mean, 10)),
)


def answered(family: Numbers, seed: int) -> tuple[float, float, bool]:
    """The shortfall of the answers elsewhere, how many truths lie in their range, and whether what was said held."""
    rng = np.random.default_rng(seed)

    def drawn(n: int) -> tuple[Floats, Floats, Floats]:
        mean = rng.lognormal(4, 0.5, n)
        around = family.around(mean)
        return mean, around.rvs(random_state=rng).astype(np.float64), around.ppf(0.75)

    told, truth, _ = drawn(family.cases)
    features = rng.normal(size=(family.cases, 1)).astype(np.float32)
    columns = (Column("noise", "number", 0.0, family.cases),)
    cases = Cases(pa.table({"noise": features[:, 0]}), columns, features, target=truth)
    choice = choose(told, cases, Problem(question="How many?", costs=PRICED), seed=seed)
    assert choice.margin is not None
    assert choice.range is not None
    mean, come, best = drawn(20_000)
    points = choice.margin.points(mean, 0.75)
    ours, least = (float(np.where(at > come, at - come, 3 * (come - at)).mean()) for at in (points, best))
    low, high = choice.margin.points(mean, 0.1), choice.margin.points(mean, 0.9)
    within = float(np.mean((come >= low) & (come <= high)))
    return ours / least - 1, within, choice.range.held.low <= within <= choice.range.held.high


def main() -> int:
    """Run all families; 1 if one of them falls short of the best by more than 2 % in the median."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5 seeds a family instead of 30")
    seeds = 5 if parser.parse_args().quick else 30
    began, worst = time.perf_counter(), 0.0
    print(f"{'':42} {'shortfall':>17} {'knowing the shape':>19} {'held:':>7} {'':>9} {'':>5}")
    print(
        f"{'to act or not':42} {'median':>8} {'9 of 10':>8} {'median':>10} {'9 of 10':>8} {'loss':>7} threshold value"
    )
    for family in FAMILIES:
        trials = [attempt(family, seed) for seed in range(seeds * family.times)]
        short, known = ([getattr(trial, name) for trial in trials] for name in ("shortfall", "knowing"))
        held = [
            np.mean([getattr(trial, name) for trial in trials])
            for name in ("loss_held", "threshold_held", "value_held")
        ]
        worst = max(worst, float(np.median(short)))
        print(
            f"{family.name:42} {np.median(short):8.2%} {np.quantile(short, 0.9):8.2%} {np.median(known):10.2%}"
            f" {np.quantile(known, 0.9):8.2%} {held[0]:7.0%} {held[1]:9.0%} {held[2]:5.0%}"
        )
    print(f"\n{'how much to answer':42} {'median':>8} {'9 of 10':>8} {'in the range of 8 of 10':>25} {'said so':>9}")
    for numbers in NUMBERS:
        short, within, held = zip(*(answered(numbers, seed) for seed in range(seeds)), strict=True)
        worst = max(worst, float(np.median(short)))
        print(
            f"{numbers.name:42} {np.median(short):8.2%} {np.quantile(short, 0.9):8.2%} {np.mean(within):25.1%}"
            f" {np.mean(held):9.0%}"
        )
    print(f"{seeds} seeds a family (rare: three times as many), {time.perf_counter() - began:.0f} s")
    return int(worst > 0.02)


if __name__ == "__main__":
    sys.exit(main())
