"""How often framing's checks are right, on synthetic cases whose truth is known, over many seeds.

    python benchmarks/framing_checks.py            # under five minutes
    python benchmarks/framing_checks.py --quick    # a short form

Every line is a promise (``expected``) and what was measured, with the 95 % range that chance leaves to that many seeds.
"""

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from scipy.special import expit
from scipy.stats import beta

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.checks import drift, enough, leakage, signal, simple
from fieldstone.framing.problem import Baseline, Kind, Problem
from fieldstone.framing.trials import learners
from fieldstone.framing.trials.scores import measure_for
from fieldstone.framing.trials.trial import Trial

QUESTION = Problem(question="What will become of it?")


def cases_of(features, target, **more) -> Cases:
    """Make cases of a matrix of numbers."""
    matrix = np.asarray(features, dtype=np.float32)
    names = [f"x{place}" for place in range(matrix.shape[1])]
    columns = tuple(
        Column(name, "number", float(np.isnan(matrix[:, place]).mean()), len(matrix))
        for place, name in enumerate(names)
    )
    table = pa.table({name: matrix[:, place] for place, name in enumerate(names)})
    return Cases(table, columns, matrix, target=np.asarray(target, float), classes=("no", "yes"), **more)


def silent_binary(rng) -> tuple[Cases, Kind]:
    return cases_of(rng.normal(size=(400, 10)), rng.random(400) < 0.3), "binary"


def silent_value(rng) -> tuple[Cases, Kind]:
    return cases_of(rng.normal(size=(400, 10)), rng.standard_t(2, 400)), "value"


def silent_rare(rng) -> tuple[Cases, Kind]:
    features = rng.exponential(size=(1500, 8))
    features[rng.random(features.shape) < 0.2] = np.nan
    return cases_of(features, rng.random(1500) < 0.03), "binary"


def faint(rng) -> tuple[Cases, Kind]:
    features = rng.normal(size=(1000, 10))
    return cases_of(features, rng.random(1000) < expit(0.4 * features[:, 0])), "binary"


def together(rng) -> tuple[Cases, Kind]:
    features = rng.normal(size=(2000, 10))
    return cases_of(features, rng.random(2000) < expit(np.sign(features[:, 0] * features[:, 1]))), "binary"


def says_no_signal(made, seed: int) -> bool:
    cases, kind = made
    return signal.p_value(cases.columns, Trial(cases, kind, seed=seed)) > signal.SIGNIFICANCE


def says_signal(made, seed: int) -> bool:
    return not says_no_signal(made, seed)


def leaky(rng, how: str) -> tuple[Cases, Kind]:
    """Plant, in column x5 of an ordinary problem, the answer in one of four ways."""
    features = rng.normal(size=(1500, 8))
    target = (rng.random(1500) < expit(features[:, 0] + features[:, 1])).astype(float)
    if how == "copy":
        features[:, 5] = target
    elif how == "amount":
        features[:, 5] = np.where(target > 0, rng.exponential(100, 1500) + 1, 0)
    elif how == "nearly":
        features[:, 5] = target + rng.normal(size=1500) * 0.2
    elif how == "empty":
        features[:, 5] = np.where(target > 0, features[:, 5], np.nan)
    return cases_of(features, target), "binary"


def finds_leak(made, seed: int) -> bool:
    cases, kind = made
    found = leakage.check(cases, QUESTION, Trial(cases, kind, seed=seed))
    return found.weight == "stop" and [one["name"] for one in found.evidence["columns"]] == ["x5"]


def finds_nothing(made, seed: int) -> bool:
    cases, kind = made
    return leakage.check(cases, QUESTION, Trial(cases, kind, seed=seed)).weight == "fine"


def ruled(rng) -> tuple[Cases, Kind]:
    """Make outcomes by a rule of two cuts, one in twenty recorded wrongly."""
    features = rng.normal(size=(3000, 8))
    return cases_of(features, ((features[:, 0] > 0.3) & (features[:, 1] < 0.5)) ^ (rng.random(3000) < 0.05)), "binary"


def smooth(rng) -> tuple[Cases, Kind]:
    features = rng.normal(size=(3000, 8))
    return cases_of(features, rng.random(3000) < expit(features[:, :5].sum(axis=1))), "binary"


def answers_with_rule(made, seed: int) -> bool:
    cases, kind = made
    found = simple.check(cases, QUESTION, Trial(cases, kind, seed=seed))
    return found.weight == "stop" and "x0" in found.evidence["rule"]["sql"] and "x1" in found.evidence["rule"]["sql"]


def keeps_todays_rule(made, seed: int) -> bool:
    cases, kind = made
    problem = Problem(question="q", baseline=Baseline(rule="x0 > 0.3 AND x1 < 0.5"))
    return "today's rule" in simple.check(cases, problem, Trial(cases, kind, seed=seed)).sentence


def needs_model(made, seed: int) -> bool:
    cases, kind = made
    problem = Problem(question="q", baseline=Baseline(rule="x0 > 0.3"))
    return simple.check(cases, problem, Trial(cases, kind, seed=seed)).weight == "fine"


def forecast_holds(family: Callable, factor: int) -> Callable:
    """Check a forecast against a model that really learnt from so many more cases, tried on 20,000 fresh ones."""

    def holds(rng, seed: int) -> bool:
        few, kind = family(rng, 1000)
        trial = Trial(few, kind, seed=seed)
        grown = enough.curve(trial)
        size = int(factor * grown.sizes.max())
        expected = grown.forecast(size, seed=seed)
        more, fresh = family(rng, size)[0], family(rng, 20_000)[0]
        learn = learners.strong(kind, 2, seed=seed)
        reached = measure_for(kind)(fresh.target, learn(more.features, more.target, fresh.features))
        return expected.low <= reached <= expected.high

    return holds


def curve_binary(rng, count: int) -> tuple[Cases, Kind]:
    features = rng.normal(size=(count, 10))
    score = features[:, :5].sum(axis=1) + features[:, 5] * features[:, 6]
    return cases_of(features, rng.random(count) < expit(score)), "binary"


def curve_value(rng, count: int) -> tuple[Cases, Kind]:
    features = rng.normal(size=(count, 10))
    score = features[:, :5].sum(axis=1) + features[:, 5] * features[:, 6]
    return cases_of(features, score + rng.normal(size=count)), "value"


def changing(rng, *, fast: bool) -> tuple[Cases, Kind]:
    """Make cases over two years whose rule stays, or turns round bit by bit."""
    count = 3000
    features = rng.normal(size=(count, 6))
    angle = np.linspace(0, 2 * np.pi if fast else 0, count)
    score = 2 * (np.cos(angle) * features[:, 0] + np.sin(angle) * features[:, 1])
    time_of = np.datetime64("2024-01-01") + np.linspace(0, 730 * 86_400e6, count).astype("timedelta64[us]")
    return cases_of(features, rng.random(count) < expit(score), time=time_of), "binary"


def says_too_fast(made, seed: int) -> bool:
    cases, kind = made
    return drift.check(cases, QUESTION, Trial(cases, kind, seed=seed)).weight == "stop"


def says_steady(made, seed: int) -> bool:
    cases, kind = made
    return drift.check(cases, QUESTION, Trial(cases, kind, seed=seed)).weight == "fine"


def promises(scale: float) -> Iterator[tuple[str, str, int, Callable[[np.random.Generator, int], bool]]]:
    """Yield each promise: what it says, what is expected, over how many seeds, and the try."""

    def over(family, answer, **options):
        return lambda rng, seed: answer(family(rng, **options), seed)

    yield "no signal, yes/no: called no signal", "95 %", int(300 * scale), over(silent_binary, says_no_signal)
    yield "no signal, heavy-tailed number", "95 %", int(300 * scale), over(silent_value, says_no_signal)
    yield "no signal, 3 % positive, gaps", "95 %", int(150 * scale), over(silent_rare, says_no_signal)
    yield "faint trend in 1 of 10 columns: seen", "high", int(60 * scale), over(faint, says_signal)
    yield "two columns that only tell together: seen", "high", int(60 * scale), over(together, says_signal)
    for how in ("copy", "amount", "nearly", "empty"):
        yield f"planted leak ({how}): found, and no other", "100 %", int(40 * scale), over(leaky, finds_leak, how=how)
    yield "no leak: none reported", "100 %", int(40 * scale), over(leaky, finds_nothing, how="none")
    yield "rule-made outcomes: answered with the rule", "high", int(40 * scale), over(ruled, answers_with_rule)
    yield "rule-made outcomes: today's rule kept", "high", int(40 * scale), over(ruled, keeps_todays_rule)
    yield "five columns add up: no rule will do", "100 %", int(40 * scale), over(smooth, needs_model)
    for family, name in ((curve_binary, "yes/no"), (curve_value, "number")):
        for factor in (2, 8):
            told = f"learning curve, {name}: {factor} x cases inside the 80 % range"
            yield told, "80 %", int(40 * scale), forecast_holds(family, factor)
    yield "rules turn round in two years: too fast", "high", int(30 * scale), over(changing, says_too_fast, fast=True)
    yield "rules stay: steady", "high", int(30 * scale), over(changing, says_steady, fast=False)


def measured(tries: int, attempt: Callable[[np.random.Generator, int], bool]) -> tuple[int, float, float]:
    """Return how many tries held, and the exact 95 % range of their share."""
    held = sum(attempt(np.random.default_rng([seed, 2026]), seed) for seed in range(tries))
    low = beta.ppf(0.025, held, tries - held + 1) if held else 0.0
    high = beta.ppf(0.975, held + 1, tries - held) if held < tries else 1.0
    return held, float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the seeds")
    scale = 0.2 if parser.parse_args().quick else 1.0
    print(f"{'promise':<62}{'expected':>9}{'measured':>10}{'95 % range':>16}{'seeds':>7}{'s':>7}")
    for told, expected, tries, attempt in promises(scale):
        start = time.perf_counter()
        held, low, high = measured(tries, attempt)
        spent = time.perf_counter() - start
        print(
            f"{told:<62}{expected:>9}{held / tries:>10.1%}{f'{low:.1%} - {high:.1%}':>16}{tries:>7}{spent:>7.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
