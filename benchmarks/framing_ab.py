"""Whether A/B tests keep what they promise, over thousands of simulated ones: python benchmarks/framing_ab.py.

False alarms, power as planned, coverage of the intervals, the gain from pre-period data, the check of the arms' sizes;
and the formulas beside those of statsmodels and scipy.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np
import tables
from scipy import stats
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import power_proportions_2indep, test_proportions_2indep

from fieldstone.framing.experiments.design import Setup, design
from fieldstone.framing.experiments.effects import Effect, chance_of_split, compare_means, compare_proportions
from fieldstone.framing.experiments.estimates import adjust, estimate_arms
from fieldstone.framing.experiments.peeking import false_alarms_when_peeking
from fieldstone.framing.experiments.power import Levels, cases_for_means, cases_for_proportions, effect_for_means
from fieldstone.framing.experiments.samples import Guardrail, Metric
from fieldstone.framing.problem import Test

SEED = 20_261_122
HEADER = ("family", "cases", "tests", "false alarms (5 %)", "power (80 %)", "coverage (95 %)")


def main() -> None:
    """Run every family and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the tests")
    tests = 2_000 if parser.parse_args().quick else 20_000
    warnings.simplefilter("ignore")  # statsmodels warns of its own arccos
    started = time.monotonic()
    tables.show("Promises kept", HEADER, [*proportions(tests), *means(tests // 4), *ratios(tests // 5)])
    tables.show("Guardrails, each 80 of 100 together", GUARD_HEADER, guardrails(tests))
    tables.show("Pre-period data", CUPED_HEADER, cuped(tests // 5))
    tables.show("Arms' sizes, threshold 0.001", ("cases", "truth", "alarms"), splits(50 * tests))
    tables.show("Looking daily at no effect", ("looks", "exact (1969)", "ours"), peeks())
    tables.show("Beside the peers", ("formula", "peer", "largest relative difference"), peers())
    print(f"{time.monotonic() - started:.0f} seconds")


def proportions(tests: int) -> list[tuple[str, ...]]:
    """Yes and no, even and uneven arms."""
    families = [(0.8, 0.05, 0.5), (0.2, -0.05, 0.5), (0.05, 0.01, 0.5), (0.05, 0.01, 0.1), (0.01, 0.005, 0.2)]
    return [
        _row(
            f"proportion {before:g} {effect:+g}, share {share:g}",
            design(Test(metric="rate", baseline=before, effect=effect), Setup(share=share)).size,
            effect,
            lambda rng, size, change, before=before: _draw_proportions(rng, size, before, change, tests),
        )
        for before, effect, share in families
    ]


def means(tests: int) -> list[tuple[str, ...]]:
    """Even and lopsided amounts."""
    gamma, normal = _gamma, _normal
    families = [
        ("normal", normal, 0.5),
        ("normal", normal, 0.2),
        ("lopsided (gamma)", gamma, 0.5),
        ("lopsided (gamma)", gamma, 0.2),
    ]
    return [
        _row(
            f"mean, {name}, share {share:g}",
            design(Test(metric="spend", baseline=10.0, effect=1.0, deviation=7.0), Setup(share=share)).size,
            1.0,
            lambda rng, size, change, draw=draw: _draw_means(rng, size, change, tests, draw),
        )
        for name, draw, share in families
    ]


def ratios(tests: int) -> list[tuple[str, ...]]:
    """Clicks per visit, assigned by customer, whose visits are alike; and what taking visits as cases does."""
    rng = np.random.default_rng(SEED)
    past = _visits(rng, 400_000, 0.0)
    baseline = past[0].sum() / past[1].sum()
    deviation = float(np.std(past[0] - baseline * past[1]) / past[1].mean())
    planned = design(
        Test(metric="click rate", baseline=baseline, effect=0.02, deviation=deviation), Setup(kind="ratio")
    )
    ours = _row(
        "ratio, clicks per visit", planned.size, 0.02, lambda rng, size, change: _draw_ratios(rng, size, change, tests)
    )
    naive = _row(
        "the same, visits taken as cases",
        planned.size,
        0.02,
        lambda rng, size, change: _draw_naive(rng, size, change, tests),
    )
    return [ours, naive]


GUARD_HEADER = ("guardrails", "cases", "tests", "all pass, unharmed (at least 80 %)", "all pass, one harmed (2.5 %)")


def guardrails(tests: int) -> list[tuple[str, ...]]:
    """Shares that must not rise: how often all pass where none is harmed, and where one is, by its margin."""
    rows = []
    for count in (1, 2, 5):
        rails = tuple(Guardrail(f"rail {place}", 0.02, "lower", baseline=0.1) for place in range(count))
        plan = design(Test(metric="rate", baseline=0.3, effect=0.1), Setup(guardrails=rails))
        rng = np.random.default_rng([SEED, count])
        passed = [_all_pass(rng, plan.cases // 2, count, harm, tests) for harm in (0.0, 0.02)]
        rows.append((str(count), f"{plan.cases:,}", f"{tests:,}", *(f"{100 * share:.1f} %" for share in passed)))
    return rows


def _all_pass(rng: Any, arm: int, count: int, harm: float, tests: int) -> float:
    """How often every interval stays within the margin; the first guardrail is the harmed one."""
    before = rng.binomial(arm, 0.1, (tests, count))
    after = rng.binomial(arm, np.where(np.arange(count) == 0, 0.1 + harm, 0.1), (tests, count))
    found = compare_proportions((before.ravel(), after.ravel()), (arm, arm), 0.05)
    return float((np.asarray(found.high) < 0.02).reshape(tests, count).all(axis=1).mean())


CUPED_HEADER = ("correlation", "cases", "tests", "variance left, predicted", "measured", *HEADER[3:])


def cuped(tests: int) -> list[tuple[str, ...]]:
    """Plans that count on what is known before the test."""
    rows = []
    for correlation in (0.3, 0.6, 0.9):
        planned = design(
            Test(metric="spend", baseline=10.0, effect=1.0, deviation=7.0), Setup(kind="mean", correlation=correlation)
        )
        left: list[float] = []
        name, cases, *rest = _row(
            f"{correlation:g}",
            planned.size,
            1.0,
            lambda rng, size, change, seen=left, tied=correlation: _draw_cuped(rng, size, (change, tied), tests, seen),
        )
        rows.append((name, cases, rest[0], f"{1 - correlation**2:.3f}", f"{np.mean(left):.3f}", *rest[1:]))
    return rows


def splits(tests: int) -> list[tuple[str, ...]]:
    """Sound assignments, and ones that lose units."""
    rng = np.random.default_rng(SEED)
    rows = []
    for cases, share, lost in ((1_000, 0.5, 0.0), (100_000, 0.1, 0.0), (20_000, 0.5, 0.02), (100_000, 0.5, 0.02)):
        truth = share * (1 - lost) / (share * (1 - lost) + 1 - share)
        treatment = rng.binomial(cases, truth, tests)
        alarms = float(np.mean(chance_of_split((cases - treatment, treatment), share) < 0.001))
        what = f"share {share:g}, as planned" if not lost else f"share {share:g}, {100 * lost:g} % of treatment lost"
        rows.append((f"{cases:,}", what, f"{100 * alarms:.3f} %"))
    return rows


def peeks() -> list[tuple[str, ...]]:
    """Armitage, McPherson and Rowe's exact values."""
    exact = {1: 0.05, 2: 0.083, 5: 0.142, 10: 0.193, 20: 0.248, 50: 0.320}
    return [
        (str(looks), f"{value:.3f}", f"{false_alarms_when_peeking(looks, 0.05):.3f}") for looks, value in exact.items()
    ]


def peers() -> list[tuple[str, ...]]:
    """Our formulas and theirs on the same random inputs."""
    rng = np.random.default_rng(SEED)
    draws: dict[tuple[str, str], Callable[[], tuple[Any, Any]]] = {
        ("power, proportions", "statsmodels power_proportions_2indep"): lambda: _power_of_proportions(rng),
        ("cases, means", "statsmodels TTestIndPower.solve_power"): lambda: _cases_for_means(rng),
        ("effect, means", "statsmodels TTestIndPower.solve_power"): lambda: _effect_for_means(rng),
        ("chance, proportions", "statsmodels test_proportions_2indep(score)"): lambda: _chance_of_proportions(rng),
        ("interval, means", "scipy ttest_ind(equal_var=False)"): lambda: _welch(rng),
        ("chance, arms' sizes", "scipy chisquare"): lambda: _chisquare(rng),
    }
    rows = []
    for (name, peer), draw in draws.items():
        pairs = [draw() for _ in range(40)]
        worst = max(float(np.max(np.abs(np.asarray(mine) / np.asarray(theirs) - 1))) for mine, theirs in pairs)
        rows.append((name, peer, f"{worst:.1e}"))
    published = compare_proportions((48, 56), (80, 70), 0.05)
    apart = max(abs(float(published.low) - 0.0528), abs(float(published.high) - 0.3382))
    rows.append(("interval, proportions", "Newcombe 1998, table II, method 6", f"{apart:.1e} (printed to 4 digits)"))
    return rows


def _row(name: str, size: Any, effect: float, draw: Callable[..., Effect]) -> tuple[str, ...]:
    """How often an effect is seen where there is none and where there is one, and how often the interval holds it."""
    rng = np.random.default_rng([SEED, crc32(name.encode())])
    none, some = draw(rng, size, 0.0), draw(rng, size, effect)
    alarms, found = (np.mean((each.low > 0) | (each.high < 0)) for each in (none, some))
    held = np.mean(
        np.concatenate([(each.low <= truth) & (truth <= each.high) for each, truth in ((none, 0.0), (some, effect))])
    )
    shares = (f"{100 * float(share):.2f} %" for share in (alarms, found, held))
    return (name, f"{size.total:,}", f"{len(none.low):,}", *shares)


def _draw_proportions(rng: Any, size: Any, before: float, change: float, tests: int) -> Effect:
    hits = rng.binomial(size.control, before, tests), rng.binomial(size.treatment, before + change, tests)
    return compare_proportions(hits, (size.control, size.treatment), 0.05)


def _normal(rng: Any, shape: tuple[int, int]) -> Any:
    return 10 + 7 * rng.standard_normal(shape, dtype=np.float32)


def _gamma(rng: Any, shape: tuple[int, int]) -> Any:
    return (7.0**2 / 10) * rng.standard_gamma(100 / 7.0**2, shape, dtype=np.float32)


def _draw_means(rng: Any, size: Any, change: float, tests: int, draw: Callable[..., Any]) -> Effect:
    control, treatment = draw(rng, (tests, size.control)), draw(rng, (tests, size.treatment)) + np.float32(change)
    arms = [each.astype(np.float64) for each in (control, treatment)]
    mean, variance = [each.mean(axis=1) for each in arms], [each.var(axis=1, ddof=1) for each in arms]
    return compare_means((mean[0], mean[1]), (variance[0], variance[1]), (size.control, size.treatment), 0.05)


def _visits(rng: Any, customers: int, change: float) -> tuple[Any, Any]:
    visits = 1 + rng.poisson(rng.gamma(1.5, 2.0, customers))
    return rng.binomial(visits, np.clip(rng.beta(2, 6, customers) + change, 0, 1)).astype(float), visits.astype(float)


def _draw_ratios(rng: Any, size: Any, change: float, tests: int) -> Effect:
    return _together([_ratio(rng, size, change) for _ in range(tests)])


def _ratio(rng: Any, size: Any, change: float) -> Effect:
    control, treatment = _visits(rng, size.control, 0.0), _visits(rng, size.treatment, change)
    clicks, visits = (np.concatenate(pair) for pair in zip(control, treatment, strict=True))
    treated = np.arange(size.total) >= size.control
    return _compared(estimate_arms(Metric(clicks, "ratio", visits), treated))


def _draw_naive(rng: Any, size: Any, change: float, tests: int) -> Effect:
    arms = [(_visits(rng, size.control, 0.0), _visits(rng, size.treatment, change)) for _ in range(tests)]
    hits, cases = ([[arm[part].sum() for arm in pair] for pair in arms] for part in (0, 1))
    return compare_proportions(tuple(np.array(hits).T), tuple(np.array(cases).T), 0.05)


def _draw_cuped(rng: Any, size: Any, truth: tuple[float, float], tests: int, seen: list[float]) -> Effect:
    change, tied = truth
    effects = []
    treated = np.arange(size.total) >= size.control
    for _ in range(tests):
        pre = rng.standard_normal(size.total)
        values = 10 + 7 * (tied * pre + np.sqrt(1 - tied**2) * rng.standard_normal(size.total)) + change * treated
        control, treatment, pulls = estimate_arms(Metric(values, "mean"), treated)
        first, second, reduction = adjust((control, treatment), pulls, (pre[~treated], pre[treated]))
        seen.append(reduction.variance_left)
        effects.append(_compared((first, second)))
    return _together(effects)


def _compared(arms: Any) -> Effect:
    first, second, *_ = arms
    return compare_means(
        (first.metric, second.metric), (first.variance, second.variance), (first.cases, second.cases), 0.05
    )


def _together(effects: list[Effect]) -> Effect:
    names = ("difference", "low", "high", "chance", "error")
    return Effect(*(np.array([getattr(each, name) for each in effects]) for name in names))


def _power_of_proportions(rng: Any) -> tuple[float, float]:
    before, effect, share = rng.uniform(0.05, 0.5), rng.uniform(0.01, 0.2), rng.uniform(0.1, 0.9)
    cases = cases_for_proportions(before, effect, Levels(share=share))
    theirs = power_proportions_2indep(effect, before, cases * share, ratio=(1 - share) / share)
    return 0.8, theirs.power


def _cases_for_means(rng: Any) -> tuple[float, float]:
    effect, share = rng.uniform(0.02, 1.0), rng.uniform(0.1, 0.9)
    theirs = TTestIndPower().solve_power(effect, None, 0.05, 0.8, ratio=share / (1 - share)) / (1 - share)
    return cases_for_means(1.0, effect, Levels(share=share)), theirs


def _effect_for_means(rng: Any) -> tuple[float, float]:
    cases = rng.uniform(30, 20_000)
    theirs = TTestIndPower().solve_power(None, cases / 2, 0.05, 0.8)
    return effect_for_means(1.0, cases, Levels()) or 0.0, abs(theirs)


def _chance_of_proportions(rng: Any) -> tuple[float, float]:
    cases = rng.integers(200, 2_000, 2)
    hits = rng.binomial(cases, 0.3)
    theirs = test_proportions_2indep(hits[1], cases[1], hits[0], cases[0], method="score", correction=True)
    return float(compare_proportions(tuple(hits), tuple(cases), 0.05).chance), theirs.pvalue


def _welch(rng: Any) -> tuple[Any, Any]:
    first, second = rng.normal(0, 1, rng.integers(5, 500)), rng.normal(1, 3, rng.integers(5, 500))
    found = compare_means(
        (first.mean(), second.mean()), (first.var(ddof=1), second.var(ddof=1)), (len(first), len(second)), 0.05
    )
    theirs = stats.ttest_ind(second, first, equal_var=False)
    return (found.low, found.high, found.chance), (*theirs.confidence_interval(), theirs.pvalue)


def _chisquare(rng: Any) -> tuple[float, float]:
    treatment, share = int(rng.binomial(10_000, 0.3)), 0.3
    theirs = stats.chisquare([10_000 - treatment, treatment], [7_000, 3_000])
    return float(chance_of_split((10_000 - treatment, treatment), share)), float(theirs.pvalue)


if __name__ == "__main__":
    main()
