"""How often framing is right where no outcome is given, on synthetic cases whose truth is known, over many seeds.

    python benchmarks/framing_structure.py              # under three minutes
    python benchmarks/framing_structure.py --seeds 4    # a short form

Every line is a promise (``expected``) and what was measured, with the 95 % range that chance leaves to that many seeds.
"""

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from scipy.stats import beta
from sklearn.metrics import adjusted_rand_score

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.discovery.discover import discover
from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Kind, Problem, Target
from fieldstone.framing.trials.trial import Trial
from fieldstone.framing.verdict import decide

Made = tuple[Cases, np.ndarray]
"""Cases, and the truth: the group of each, the places, or which of them are odd."""

CLOSE = 0.8 * np.ones((5, 5)) + 0.2 * np.eye(5)


def cases_of(matrix, names=(), kinds=None) -> Cases:
    """Make cases of a matrix: numbers, or yes and no where ``kinds`` says so."""
    features = np.asarray(matrix, dtype=np.float32)
    names = names or [f"x{place}" for place in range(features.shape[1])]
    kinds = kinds or {}
    columns = tuple(
        Column(name, kinds.get(name, "number"), 0.0, len(np.unique(features[:, place])))
        for place, name in enumerate(names)
    )
    return Cases(pa.table({name: features[:, place] for place, name in enumerate(names)}), columns, features)


def cloud(rng) -> Made:
    return cases_of(rng.normal(size=(1000, 6))), np.zeros(1000)


def correlated(rng) -> Made:
    return cases_of(rng.multivariate_normal(np.zeros(5), CLOSE, 1000)), np.zeros(1000)


def long_tailed(rng) -> Made:
    joint = rng.multivariate_normal(np.zeros(5), CLOSE, 1000) / np.sqrt(rng.chisquare(2, (1000, 1)) / 2)
    return cases_of(joint), np.zeros(1000)


def skewed(rng) -> Made:
    return cases_of(np.exp(rng.multivariate_normal(np.zeros(5), CLOSE, 1000))), np.zeros(1000)


def bent(rng) -> Made:
    along = rng.normal(size=1000)
    sides = rng.normal(size=(1000, 3))
    return cases_of(np.column_stack([along, along**2 + 0.5 * sides[:, 0], sides[:, 1:]])), np.zeros(1000)


def with_yes_and_no(rng) -> Made:
    flags = rng.random((1000, 3)) < [0.5, 0.3, 0.1]
    counts = rng.poisson(2, (1000, 1))
    kinds = {"x3": "boolean", "x4": "boolean", "x5": "boolean"}
    return cases_of(np.column_stack([rng.normal(size=(1000, 3)), flags, counts]), kinds=kinds), np.zeros(1000)


def apart(rng, *, groups: int, wide: float = 6.0, shares=None) -> Made:
    """Make groups at the corners of a simplex, ``wide`` deviations apart, in the first columns of six."""
    truth = rng.choice(groups, 1000, p=shares)
    centres = np.zeros((groups, 6))
    centres[:, :groups] = wide / np.sqrt(2) * np.eye(groups)
    return cases_of(centres[truth] + rng.normal(size=(1000, 6))), truth


def banded(rng) -> Made:
    truth = rng.choice(2, 1000, p=[0.7, 0.3])
    matrix = rng.normal(size=(1000, 4))
    matrix[:, 2] += 7 * truth
    return cases_of(matrix), truth


def towns(rng) -> Made:
    """Make homes around four towns, at least 40 km apart, in the north of Italy."""
    at = np.array([[9.2, 45.5], [11.9, 45.4], [11.3, 44.5], [7.7, 45.1]])
    homes = at[rng.choice(4, 800, p=[0.4, 0.25, 0.2, 0.15])] + rng.normal(size=(800, 2)) * [0.08, 0.055]
    return cases_of(homes, names=("longitude", "latitude")), at


def nothing_odd(rng, *, family: Callable) -> Made:
    return cases_of(np.vstack([family(rng)[0].features, family(rng)[0].features])), np.zeros(2000)


def broken_bond(rng) -> Made:
    """Make readings of which one in a hundred breaks the bond between columns, though each value is usual."""
    matrix = rng.multivariate_normal(np.zeros(5), 0.95 * np.ones((5, 5)) + 0.05 * np.eye(5), 2000)
    odd = np.arange(2000) < 20
    matrix[odd, 0] -= 2.5 * np.sign(matrix[odd, 0])
    return cases_of(matrix), odd


def overheated(rng) -> Made:
    """Make readings of which one in a hundred is far out in one column."""
    matrix = rng.multivariate_normal(np.zeros(5), CLOSE, 2000)
    odd = np.arange(2000) < 20
    matrix[odd, 2] = rng.uniform(12, 16, 20)
    return cases_of(matrix), odd


def looked(made: Made, seed: int, kind: Kind, **target):
    """Return the findings by check, the verdict and the discovery."""
    problem = Problem(question="What is there?", target=Target(kind=kind, **target))
    found = discover(Trial(made[0], kind, seed=seed), problem)
    return {one.check: one for one in found.findings}, decide(found.findings, problem), found.discovery


def says_one_cloud(made: Made, seed: int, kind: Kind = "segments") -> bool:
    findings, verdict, _ = looked(made, seed, kind)
    return verdict.use_ml is False and findings["structure"].evidence["groups"] == 0


def finds_groups(made: Made, seed: int) -> bool:
    findings, verdict, discovery = looked(made, seed, "segments")
    number = len(np.unique(made[1]))
    if verdict.use_ml is not True or findings["structure"].evidence["groups"] != number:
        return False
    sizes = np.sort(np.bincount(made[1]))[::-1]
    return bool(np.all(np.abs(np.array([one.cases for one in discovery.segments]) - sizes) < 30))


def rule_sorts(made: Made, seed: int) -> bool:
    """Check that the rule that is written out sorts cases as they were made."""
    discovery = looked(made, seed, "segments")[2]
    rows = [dict(zip(made[0].table.column_names, row, strict=True)) for row in made[0].features.tolist()]
    space: dict = {}
    exec(discovery.rule.python, space)
    return adjusted_rand_score(made[1], [space["answer"](row) for row in rows]) > 0.9


def says_rule(made: Made, seed: int, kind: Kind = "segments") -> bool:
    findings, verdict, _ = looked(made, seed, kind)
    return verdict.reasons == (Reason.RULE_WORKS,) and "x2" in findings["simple"].evidence["rule"]["sql"]


def finds_towns(made: Made, seed: int) -> bool:
    places = looked(made, seed, "geographic clusters")[2].places
    at = np.array([[one.x, one.y] for one in places])
    if len(at) != 4:
        return False
    return bool(np.abs(made[1][:, None] - at[None]).sum(axis=2).min(axis=1).max() < 0.05)


def says_nothing_odd(made: Made, seed: int) -> bool:
    return looked(made, seed, "anomalies")[1].use_ml is False


def finds_odd(made: Made, seed: int) -> bool:
    """Check that most odd cases are first in line, and that the verdict is to look at them."""
    _, verdict, discovery = looked(made, seed, "anomalies")
    rows = [int(one.name.split()[1].replace(",", "")) - 1 for one in discovery.oddities]
    return verdict.use_ml is True and float(made[1][rows].mean()) > 0.75


def promises(seeds: int) -> Iterator[tuple[str, str, int, Callable[[np.random.Generator, int], bool]]]:
    """Yield each promise: what it says, what is expected, over how many seeds, and the try."""

    def over(family, answer, /, **options):
        return lambda rng, seed: answer(family(rng, **options), seed)

    clouds = (
        (cloud, "round"),
        (correlated, "correlated"),
        (long_tailed, "long tails"),
        (skewed, "skewed"),
        (bent, "bent"),
        (with_yes_and_no, "with yes and no"),
    )
    for family, name in clouds:
        yield f"one cloud, {name}: no segments", "95 %", seeds, over(family, says_one_cloud)
    for groups in (3, 4, 5):
        yield (
            f"{groups} groups, 6 deviations apart: found",
            "high",
            seeds // 2,
            over(apart, finds_groups, groups=groups),
        )
    yield "3 groups, 5 deviations apart: found", "high", seeds // 2, over(apart, finds_groups, groups=3, wide=5.0)
    yield "3 groups, 4 deviations apart: found", "high", seeds // 2, over(apart, finds_groups, groups=3, wide=4.0)
    unequal = over(apart, finds_groups, groups=3, shares=[0.7, 0.2, 0.1])
    yield "3 groups of 70, 20 and 10 %: found", "high", seeds // 2, unequal
    yield "4 groups: the rule sorts as they were made", "high", seeds // 4, over(apart, rule_sorts, groups=4)
    yield "2 groups by one column: answered with the rule", "high", seeds // 2, over(banded, says_rule)
    yield "4 towns: as many places, within 5 km", "100 %", seeds // 4, over(towns, finds_towns)
    for family, name in ((cloud, "round"), (correlated, "correlated"), (long_tailed, "long tails"), (skewed, "skewed")):
        yield (
            f"nothing odd, {name}: nothing stands out",
            "95 %",
            seeds,
            over(nothing_odd, says_nothing_odd, family=family),
        )
    yield "1 in 100 breaks a bond: first in line", "high", seeds // 2, over(broken_bond, finds_odd)

    def says_threshold(made: Made, seed: int) -> bool:
        return says_rule(made, seed, "anomalies")

    yield "1 in 100 overheated: answered with a threshold", "high", seeds // 2, over(overheated, says_threshold)


def measured(tries: int, attempt: Callable[[np.random.Generator, int], bool]) -> tuple[int, float, float]:
    """Return how many tries held, and the exact 95 % range of their share."""
    held = sum(attempt(np.random.default_rng([seed, 2026]), seed) for seed in range(tries))
    low = beta.ppf(0.025, held, tries - held + 1) if held else 0.0
    high = beta.ppf(0.975, held + 1, tries - held) if held < tries else 1.0
    return held, float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=16, help="how many seeds for each promise; half for some")
    seeds = max(4, parser.parse_args().seeds)
    print(f"{'promise':<62}{'expected':>9}{'measured':>10}{'95 % range':>16}{'seeds':>7}{'s':>7}")
    for told, expected, tries, attempt in promises(seeds):
        start = time.perf_counter()
        held, low, high = measured(tries, attempt)
        spent = time.perf_counter() - start
        found = f"{held / tries:>10.1%}{f'{low:.1%} - {high:.1%}':>16}"
        print(f"{told:<62}{expected:>9}{found}{tries:>7}{spent:>7.1f}", flush=True)


if __name__ == "__main__":
    main()
