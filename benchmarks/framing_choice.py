"""Is the chosen threshold worth as much as the best one? On families of cases whose true probabilities are known.

    python benchmarks/framing_choice.py           # 20 seeds a family, under two minutes
    python benchmarks/framing_choice.py --quick   # 5 seeds

A model's scores are made from the truth: exact, squeezed, warped, or noisy. Fieldstone sees the scores and outcomes of
some cases and chooses. The choice is then carried out on 200,000 other cases, whose expected value is known without
error. The shortfall is what it brings less than the best threshold on those cases (for costs by case: than the best
decision that can be taken from the score), as a share of what the best brings over acting on nobody.

It also counts how often the stated intervals hold: of the threshold (the best one lies within), and of the value (what
the choice brings lies within; the intervals say 95 of 100).
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.choice import Choice, choose
from fieldstone.framing.problem import Costs, Problem
from fieldstone.methods.resampling import Floats

ELSEWHERE = 200_000


@dataclass(frozen=True, slots=True)
class Family:
    """Cases whose log-odds are normal, and a model's view of them."""

    name: str
    cases: int
    centre: float
    spread: float
    costs: Costs
    view: Callable[[Floats, np.random.Generator], Floats]


def sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def exact(log_odds: Floats, _: np.random.Generator) -> Floats:
    return sigmoid(log_odds)


def too_sure(log_odds: Floats, _: np.random.Generator) -> Floats:
    return sigmoid(2.5 * log_odds)


def warped(log_odds: Floats, _: np.random.Generator) -> Floats:
    return np.sqrt(sigmoid(log_odds)) ** 3


def noisy(log_odds: Floats, rng: np.random.Generator) -> Floats:
    return sigmoid(log_odds + rng.normal(size=len(log_odds)))


def raw(log_odds: Floats, rng: np.random.Generator) -> Floats:
    return 30 + 7 * np.cbrt(log_odds + 0.5 * rng.normal(size=len(log_odds)))


OFFER = Costs(true_positive=-50, false_positive=-50, false_negative=-500)
DEAR = Costs(true_positive=100, false_positive=-300)
BY_CASE = Costs(true_positive=0, false_positive="-0.2 * amount", false_negative="-amount")

FAMILIES = (
    Family("churn, exact scores", 5000, -2.2, 1.5, OFFER, exact),
    Family("churn, too sure", 5000, -2.2, 1.5, OFFER, too_sure),
    Family("churn, warped", 5000, -2.2, 1.5, OFFER, warped),
    Family("churn, noisy", 5000, -2.2, 1.5, OFFER, noisy),
    Family("churn, scores that are no probabilities", 5000, -2.2, 1.5, OFFER, raw),
    Family("churn, 2,000 cases, noisy", 2000, -2.2, 1.5, OFFER, noisy),
    Family("rare (160 of 20,000), noisy", 20_000, -6.5, 2.0, OFFER, noisy),
    Family("dear false alarms, noisy", 5000, -0.5, 2.0, DEAR, noisy),
    Family("costs by case, too sure", 5000, -1.5, 1.5, BY_CASE, too_sure),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One seed: the shortfall, and whether the two intervals held."""

    shortfall: float
    threshold_held: bool
    value_held: bool


def drawn(family: Family, n: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """True probabilities, scores and amounts of ``n`` cases."""
    log_odds = rng.normal(family.centre, family.spread, n)
    return sigmoid(log_odds), family.view(log_odds, rng), rng.lognormal(6, 0.6, n)


def attempt(family: Family, seed: int) -> Trial:
    """Choose on a sample, and see what that is worth elsewhere."""
    rng = np.random.default_rng(seed)
    truth, scores, amounts = drawn(family, family.cases, rng)
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
    return judged(family, choice, rng)


def judged(family: Family, choice: Choice, rng: np.random.Generator) -> Trial:
    """What the choice brings elsewhere, against the best."""
    truth, scores, amounts = drawn(family, ELSEWHERE, rng)
    assert choice.calibration is not None
    assert choice.threshold is not None
    foretold = choice.calibration.probabilities(scores)
    nobody, brings, even = money(family, truth, amounts)
    acted = foretold >= (choice.threshold.value if choice.by_case is None else even)
    order = np.argsort(-scores, kind="stable")
    sums = np.cumsum(brings[order])
    if choice.by_case is None:
        best, at = float(sums.max()), float(foretold[order[int(sums.argmax())]])
    else:
        # The views in use with costs by case keep the truth's order one to one, so the truth can be read off the score.
        best, at = float(brings[truth >= even].sum()), float(choice.threshold.value)
    got = float(brings[acted].sum())
    value = 1000 * (nobody + got) / ELSEWHERE
    stated = choice["best"].value
    return Trial(
        shortfall=(best - got) / best,
        threshold_held=choice.threshold.low <= at <= choice.threshold.high,
        value_held=stated.low <= value <= stated.high,
    )


def money(family: Family, truth: Floats, amounts: Floats) -> tuple[float, Floats, Floats]:
    """What acting on nobody brings, what acting on each case is expected to bring over that, and from where it pays."""
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


def main() -> int:
    """Run all families; 1 if one of them falls short of the best by more than 2 % in the median."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5 seeds a family instead of 20")
    seeds = 5 if parser.parse_args().quick else 20
    began, worst = time.perf_counter(), 0.0
    print(f"{'family':42} {'shortfall: median':>18} {'9 of 10 below':>14} {'threshold held':>15} {'value held':>11}")
    for family in FAMILIES:
        trials = [attempt(family, seed) for seed in range(seeds)]
        short = [trial.shortfall for trial in trials]
        held = [np.mean([trial.threshold_held for trial in trials]), np.mean([trial.value_held for trial in trials])]
        worst = max(worst, float(np.median(short)))
        most = float(np.quantile(short, 0.9))
        print(f"{family.name:42} {np.median(short):18.2%} {most:14.2%} {held[0]:15.0%} {held[1]:11.0%}")
    print(f"{seeds} seeds a family, {time.perf_counter() - began:.0f} s")
    return int(worst > 0.02)


if __name__ == "__main__":
    sys.exit(main())
