"""How often framing's checks are right, on synthetic cases whose truth is known, over many seeds.

    python benchmarks/framing_checks.py              # under four minutes on two calm cores
    python benchmarks/framing_checks.py --quick      # a short form
    python benchmarks/framing_checks.py --seeds 200  # as many seeds for every line

Every line is a promise, what it should be, what was measured, over how many seeds, and the 95 % range that chance
leaves to that many. Lines of one family share their seeds and their fits.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # each core has its own seeds

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from scipy.stats import beta

sys.path.insert(0, str(Path(__file__).parent))

import framing_families as families
from framing_families import (
    cases_of,
    changing,
    curve_binary,
    curve_rare,
    curve_value,
    faint,
    interwoven,
    leaky,
    mislabelled,
    modelled,
    ruled,
    series_of,
    silent_binary,
    silent_rare,
    silent_value,
    smooth,
    together,
)

from fieldstone.framing.checks import drift, enough, leakage, noise, privacy, readable, signal, simple
from fieldstone.framing.problem import Baseline, Constraints, Problem
from fieldstone.framing.trials import learners
from fieldstone.framing.trials.scores import measure_for
from fieldstone.framing.trials.trial import Trial

__all__ = ["cases_of", "curve_value", "leaky", "ruled", "silent_binary", "smooth"]  # for the short forms in the tests
QUESTION = Problem(question="What will become of it?")
FULL = Problem(question="q", constraints=Constraints(interpretability="full"))
NOISES = (0.0, 0.05, 0.1)
Try = Callable[[np.random.Generator, int], tuple[float, ...]]


class Promises(NamedTuple):
    """Promises about one family, each with what it should be; a try returns one figure for each."""

    told: tuple[tuple[str, str], ...]
    seeds: int
    attempt: Try


def says_no_signal(made, seed: int) -> bool:
    cases, kind = made
    return signal.p_value(cases.columns, Trial(cases, kind, seed=seed)) > signal.SIGNIFICANCE


def says_signal(made, seed: int) -> bool:
    return not says_no_signal(made, seed)


def finds_leak(made, seed: int) -> bool:
    cases, kind = made
    found = leakage.check(cases, QUESTION, Trial(cases, kind, seed=seed))
    return found.weight == "stop" and [one["name"] for one in found.evidence["columns"]] == ["x5"]


def finds_nothing(made, seed: int) -> bool:
    cases, kind = made
    return leakage.check(cases, QUESTION, Trial(cases, kind, seed=seed)).weight == "fine"


def answers_with_rule(made, seed: int) -> bool:
    cases, kind = made
    return simple.check(cases, QUESTION, Trial(cases, kind, seed=seed)).weight == "stop"


def rule_found(count: int) -> Try:
    """Whether a rule is the answer, and whether it, run as SQL over 5,000 fresh cases, is right in 98 of 100."""

    def attempt(rng, seed: int) -> tuple[float, ...]:
        name = list(families.RULES)[seed % len(families.RULES)]
        cases, kind = ruled(rng, name, count, NOISES[seed // len(families.RULES) % len(NOISES)])
        found = simple.check(cases, QUESTION, Trial(cases, kind, seed=seed))
        if found.weight != "stop":
            return (False, np.nan)
        fresh = ruled(rng, name, 5000, 0.0)[0]
        fresh_table = fresh.table
        answers = duckdb.sql(
            f"SELECT ({found.evidence['rule']['sql']})::DOUBLE AS answer FROM fresh_table"
        ).fetchnumpy()
        assert len(fresh_table) == 5000  # DuckDB finds it by its name
        return (True, np.mean((answers["answer"] > 0.5) == fresh.target) >= 0.98)

    return attempt


def model_kept(count: int) -> Try:
    def attempt(rng, seed: int) -> tuple[float, ...]:
        cases, kind = modelled(rng, list(families.MODELS)[seed % len(families.MODELS)], count)
        return (not answers_with_rule((cases, kind), seed),)

    return attempt


def keeps_todays_rule(made, seed: int) -> bool:
    cases, kind = made
    problem = Problem(question="q", baseline=Baseline(rule="x0 > 0.3 AND x1 < 0.5"))
    return "today's rule" in simple.check(cases, problem, Trial(cases, kind, seed=seed)).sentence


def needs_model(made, seed: int) -> bool:
    cases, kind = made
    problem = Problem(question="q", baseline=Baseline(rule="x0 > 0.3"))
    return simple.check(cases, problem, Trial(cases, kind, seed=seed)).weight == "fine"


def forecasts_hold(family: Callable, factors: tuple[int, ...], count: int = 1000) -> Try:
    """Check forecasts against models that really learnt from so many more cases, tried on 10,000 fresh ones."""

    def attempt(rng, seed: int) -> tuple[float, ...]:
        few, kind = family(rng, count)
        grown = enough.curve(Trial(few, kind, seed=seed))
        learn, fresh = learners.strong(kind, 2, seed=seed), family(rng, 10_000)[0]
        held = []
        for factor in factors:
            expected = grown.forecast(factor * grown.sizes.max(), seed=seed)
            more = family(rng, int(factor * grown.sizes.max()))[0]
            reached = measure_for(kind)(fresh.target, learn(more.features, more.target, fresh.features))
            held.append(expected.low <= reached <= expected.high)
        return tuple(held)

    return attempt


def forecast_holds(family: Callable, factor: int) -> Callable[[np.random.Generator, int], bool]:
    return lambda rng, seed: bool(forecasts_hold(family, (factor,))(rng, seed)[0])


def change_found(how: str, *weights: str) -> Try:
    """Whether drift weighs as it should, and, of a rule that changed once, whether the date is 60 days off at most."""

    def attempt(rng, seed: int) -> tuple[float, ...]:
        cases, kind = changing(rng, how)
        found = drift.check(cases, QUESTION, Trial(cases, kind, seed=seed))
        right = found.weight in weights
        if not how.startswith("0."):
            return (right,)
        planted = np.datetime64("2024-01-01") + float(how) * 730 * np.timedelta64(1, "D").astype("timedelta64[s]")
        told = np.datetime64(found.evidence["changed"]) if "changed" in found.evidence else np.datetime64("NaT")
        return (right, bool(abs(told - planted) <= np.timedelta64(62, "D")))

    return attempt


def change_fine(made, seed: int) -> bool:
    cases, kind = made
    return drift.check(cases, QUESTION, Trial(cases, kind, seed=seed)).weight == "fine"


def noise_estimated(share: float, *, overlap: bool) -> Try:
    """The estimate's distance from the truth in points of 100, and whether anything is said."""

    def attempt(rng, seed: int) -> tuple[float, ...]:
        cases, kind = mislabelled(rng, share, overlap=overlap)
        found = noise.check(cases, QUESTION, Trial(cases, kind, seed=seed))
        return (100 * abs(found.evidence["doubtful"] - share), found.weight == "caution")

    return attempt


def person_recognised(rng, seed: int) -> tuple[float, ...]:
    columns = {kind: pa.chunked_array([[make(rng) for _ in range(60)]]) for kind, make in families.PERSONAL.items()}
    return (float(np.mean([privacy.personal("c", values, seed) == kind for kind, values in columns.items()])),)


def nobody_recognised(rng, seed: int) -> tuple[float, ...]:
    columns = {name: pa.chunked_array([[make(rng) for _ in range(60)]]) for name, make in families.LOOK_ALIKE.items()}
    return (float(np.mean([not privacy.personal(name, values, seed) for name, values in columns.items()])),)


def readable_is(weight: str) -> Callable:
    return lambda made, seed: readable.check(made[0], FULL, Trial(made[0], made[1], seed=seed)).weight == weight


def promises() -> Iterator[Promises]:
    """Yield each family's promises."""

    def one(told: str, should: str, seeds: int, family, answer, **options) -> Promises:
        return Promises(((told, should),), seeds, lambda rng, seed: (answer(family(rng, **options), seed),))

    yield one("no signal, yes or no: called no signal", "95 %", 200, silent_binary, says_no_signal)
    yield one("no signal, heavy-tailed number", "95 %", 200, silent_value, says_no_signal)
    yield one("no signal, 3 % positive, gaps", "95 %", 80, silent_rare, says_no_signal)
    yield one("faint trend in 1 of 10 columns: seen", "high", 30, faint, says_signal)
    yield one("two columns that only tell together: seen", "high", 30, together, says_signal)
    yield from _of_series(one)
    for how in ("copy", "amount", "nearly", "empty"):
        yield one(f"planted leak ({how}): found, and no other", "100 %", 30, leaky, finds_leak, how=how)
    yield one("no leak: none reported", "100 %", 30, leaky, finds_nothing, how="none")
    yield from _of_rules(one)
    for family, count, name in (
        (curve_binary, 1000, "yes or no"),
        (curve_value, 1000, "a number"),
        (curve_rare, 1500, "1 in 10 positive"),
        (curve_binary, 200, "200 cases, yes or no"),
        (curve_value, 200, "200 cases, a number"),
    ):
        told = tuple((f"learning curve, {name}: {factor} x the cases in range", "80 %") for factor in (2, 8))
        yield Promises(told, 28, forecasts_hold(family, (2, 8), count))
    yield from _of_others(one)


def _of_series(one) -> Iterator[Promises]:
    for how in families.SERIES:
        silent = "week" not in how and "trend" not in how
        told = f"series: {how}: {'not ' if silent else ''}foretellable beyond its level"
        answer = says_no_signal if silent else says_signal
        yield one(told, "95 %" if silent else "high", 80 if silent else 25, series_of, answer, how=how)


def _of_rules(one) -> Iterator[Promises]:
    for count, seeds in ((500, 54), (2000, 54), (10_000, 18)):
        told = f"nine kinds of rules, noise 0, 5, 10 %, {count:,} cases"
        lines = ((f"{told}: answered with a rule", "high"), (f"{told}: which is right", "high"))
        yield Promises(lines, seeds, rule_found(count))
    for count, seeds in ((500, 40), (2000, 40), (10_000, 10)):
        lines = ((f"five kinds that need a model, {count:,} cases: no rule", "100 %"),)
        yield Promises(lines, seeds, model_kept(count))
    yield one("rule-made outcomes: today's rule kept", "100 %", 30, ruled, keeps_todays_rule)
    yield one("five columns add up: today's rule will not do", "100 %", 30, smooth, needs_model)


def _of_others(one) -> Iterator[Promises]:
    yield one("rules stay: nothing said", "95 %", 60, changing, change_fine)
    for how, told in (("0.5", "half"), ("0.75", "three quarters")):
        lines = (f"other rules after {told} of two years: seen", "high"), ("... and dated to two months", "high")
        yield Promises(lines, 20, change_found(how, "caution", "stop"))
    yield Promises((("rules turn round all the time: too fast", "high"),), 20, change_found("turning", "stop"))
    for how, told in (("a column", "a column's values move"), ("how many", "the share of yes moves")):
        yield Promises(((f"{told} by half a year: seen", "high"),), 20, change_found(how, "caution"))
    for share in (0.0, 0.05, 0.1, 0.2):
        for overlap in (False, True):
            name = f"{share:.0%} wrong outcomes{', overlapping classes' if overlap else ''}"
            lines = ((f"{name}: estimate off by, points", "low"), (f"{name}: said", "low" if not share else "high"))
            yield Promises(lines, 16, noise_estimated(share, overlap=overlap))
    yield Promises((("seven kinds of personal data in unnamed columns: seen", "100 %"),), 40, person_recognised)
    yield Promises((("nine kinds of look-alikes: not taken for such", "100 %"),), 40, nobody_recognised)
    yield one("weights for few columns do: readable is enough", "high", 16, smooth, readable_is("fine"))
    yield one("interwoven columns: a readable model falls short", "high", 16, interwoven, readable_is("stop"))


ALL = tuple(promises())


def _attempt(task: tuple[int, int]) -> tuple[float, ...]:
    place, seed = task
    return ALL[place].attempt(np.random.default_rng([seed, 2026]), seed)


def _range(values: np.ndarray, *, share: bool) -> str:
    """The exact 95 % range of a share, or of a mean by its standard error."""
    count, held = len(values), values.sum()
    if share:
        low = beta.ppf(0.025, held, count - held + 1) if held else 0.0
        high = beta.ppf(0.975, held + 1, count - held) if held < count else 1.0
        return f"{low:.1%} - {high:.1%}"
    off = 1.96 * values.std() / np.sqrt(count)
    return f"{max(0.0, values.mean() - off):.1f} - {values.mean() + off:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the seeds")
    parser.add_argument("--seeds", type=int, help="so many seeds for every line")
    parser.add_argument("--only", default="", help="promises with this in their words")
    asked = parser.parse_args()
    start = time.perf_counter()
    print(f"{'promise':<76}{'should be':>10}{'measured':>10}{'seeds':>7}{'95 % range':>17}{'s':>7}")
    with Pool(os.cpu_count()) as pool:
        for place, family in enumerate(ALL):
            if not any(asked.only in told for told, _ in family.told):
                continue
            seeds = asked.seeds or (max(3, family.seeds // 5) if asked.quick else family.seeds)
            begun = time.perf_counter()
            found = np.array(pool.map(_attempt, [(place, seed) for seed in range(seeds)], chunksize=1), dtype=float)
            spent = time.perf_counter() - begun
            for (told, should), values in zip(family.told, found.T, strict=True):
                _print(told, should, values[~np.isnan(values)], spent)
    print(f"{time.perf_counter() - start:.0f} s in all")


def _print(told: str, should: str, values: np.ndarray, spent: float) -> None:
    share = not told.endswith("points")
    measured = f"{values.mean():.1%}" if share else f"{values.mean():.1f}"
    chance = _range(values, share=share)
    print(f"{told:<76}{should:>10}{measured:>10}{len(values):>7}{chance:>17}{spent:>7.1f}", flush=True)


if __name__ == "__main__":
    main()
