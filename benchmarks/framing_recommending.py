"""How often framing is right about recommendations, on logs of choices whose truth is known, over many seeds.

    python benchmarks/framing_recommending.py            # under three minutes
    python benchmarks/framing_recommending.py --quick    # a short form

Every line is a promise (``expected``) and what was measured, with the 95 % range that chance leaves to that many seeds.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.stats import beta

from fieldstone.framing.file.reading import read_problem
from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Data, Problem
from fieldstone.framing.recommending.contest import season
from fieldstone.framing.recommending.examine import examine
from fieldstone.framing.recommending.interactions import Columns, Interactions, read
from fieldstone.framing.recommending.lists import trial
from fieldstone.framing.recommending.past import Choices
from fieldstone.framing.recommending.tastes import SIGNIFICANCE, p_value
from fieldstone.framing.recommending.ways import LEARNT
from fieldstone.framing.verdict import decide

QUESTION = Problem(question="What should we recommend?", data=Data(path="log.parquet"))
DAY = 86_400_000_000
THINGS = 200


def log_of(person, item, when) -> Interactions:
    order = np.argsort(when, kind="stable")
    return Interactions(
        Columns("person", "thing", "at"),
        person[order].astype(np.int32),
        item[order].astype(np.int32),
        when[order].astype(np.int64),
        tuple(f"thing {code}" for code in range(THINGS)),
        int(person.max()) + 1,
        len(person),
    )


def visits(rng, persons=400, mean=25.0):
    """Draw who chooses when: persons more or less active, over a year."""
    person = np.repeat(np.arange(persons), rng.poisson(mean * rng.lognormal(0, 0.5, persons)) + 1)
    return person, rng.integers(0, 365 * DAY, len(person))


def weights(count=THINGS, steepness=1.0):
    ranked = 1 / np.arange(1, count + 1) ** steepness
    return ranked / ranked.sum()


def popular(rng, **more) -> Interactions:
    """Everybody chooses by popularity alone."""
    person, when = visits(rng, **more)
    return log_of(person, rng.choice(THINGS, len(person), p=weights()), when)


def fashion(rng) -> Interactions:
    """Popularity moves on: each month a few new things come first."""
    person, when = visits(rng)
    return log_of(person, (rng.choice(THINGS, len(person), p=weights()) - 3 * (when // (30 * DAY))) % THINGS, when)


def noise(rng) -> Interactions:
    """Everybody chooses by lot."""
    person, when = visits(rng)
    return log_of(person, rng.integers(0, THINGS, len(person)), when)


def tastes(rng, share=0.6, **more) -> Interactions:
    """Five groups of persons, each with things of its own in a share of the choices."""
    person, when = visits(rng, **more)
    group = rng.integers(0, 5, person.max() + 1)[person]
    own = group + 5 * rng.choice(THINGS // 5, len(person), p=weights(THINGS // 5, 0.7))
    common = rng.choice(THINGS, len(person), p=weights())
    return log_of(person, np.where(rng.random(len(person)) < share, own, common), when)


def again(rng, base=popular) -> Interactions:
    """Three of five choices repeat an earlier one of the same person."""
    log = base(rng)
    order = np.lexsort((log.time, log.person))
    person, item, when = log.person[order], log.item[order].copy(), log.time[order]
    start = np.searchsorted(person, person)
    for at in np.flatnonzero((np.arange(len(person)) > start) & (rng.random(len(person)) < 0.6)):
        item[at] = item[rng.integers(start[at], at)]
    return log_of(person, item, when)


def verdict(log, seed):
    found = examine(log, QUESTION, seed=seed)
    simple = next((each.evidence for each in found.findings if each.check == "simple"), {})
    return decide(found.findings, QUESTION), simple


def worth_it(log, seed) -> bool:
    return verdict(log, seed)[0].use_ml is True


def too_little(log, seed) -> bool:
    return verdict(log, seed)[0].reasons == (Reason.TOO_LITTLE_DATA,)


def no_pattern(log, seed) -> bool:
    decided = verdict(log, seed)[0]
    return decided.use_ml is False and not decided.reasons


def answered_with(words: str):
    """Check that the verdict is a plain list, and which."""

    def holds(log, seed) -> bool:
        decided, simple = verdict(log, seed)
        return decided.reasons == (Reason.RULE_WORKS,) and words in simple["rule"]["words"]

    return holds


def new_alone(log, seed) -> bool:
    """Learning pays for what is new, and a plain list does for what is chosen again."""
    decided, simple = verdict(log, seed)
    pays = {row["task"]: row["pays"] for row in simple["tasks"]}
    return decided.use_ml is True and pays["new"]


def called_tasteless(task: str):
    def holds(log, seed) -> bool:
        whole = season(log, items=THINGS, persons=log.persons, seed=seed)
        return p_value(whole.trial, LEARNT[1].learn(whole.trial.past), task, whole.later, seed=seed) > SIGNIFICANCE

    return holds


def real() -> Interactions:
    """Read the worked example: real customers' purchases."""
    file = Path(__file__).parents[1] / "examples/framing/recommendation/problem.yaml"
    return read(read_problem(file), file.parent)


def dealt_tasteless(task: str):
    """Deal real customers' later purchases anew between them: their baskets stay, their tastes go."""
    log = real()
    size = {"items": len(log.items), "persons": log.persons}
    whole = season(log, **size)
    scorer = LEARNT[1].learn(whole.trial.past)

    def holds(rng, _seed) -> bool:
        owner = np.arange(log.persons, dtype=np.int32)
        owner[whole.trial.rows] = rng.permutation(whole.trial.rows)
        later = Choices(owner[whole.later.person], whole.later.item, whole.later.time)
        return p_value(trial(whole.earlier, later, **size), scorer, task, later) > SIGNIFICANCE

    return holds


def promises(scale: float) -> Iterator[tuple[str, str, int, Callable[[np.random.Generator, int], bool]]]:
    """Yield each promise: what it says, what is expected, over how many seeds, and the try."""

    def over(family, answer, **options):
        return lambda rng, seed: answer(family(rng, **options), seed)

    many, some = int(400 * scale), int(60 * scale)
    for task in ("anything", "new"):
        yield f"only popularity: called without taste ({task})", "95 %", many, over(popular, called_tasteless(task))
        yield f"noise: called without taste ({task})", "95 %", many, over(noise, called_tasteless(task))
    yield "people choose again: what is new without taste", "95 %", many, over(again, called_tasteless("new"))
    for task in ("anything", "new"):
        told = f"real purchases dealt anew: without taste ({task})"
        yield told, "95 %", int(200 * scale), dealt_tasteless(task)
    yield "only popularity: answered with a list for all", "high", some, over(popular, answered_with("for all"))
    yield "fashions: answered with what was chosen lately", "high", some, over(fashion, answered_with("lately"))
    yield "people choose again: answered with their own list", "high", some, over(again, answered_with("own choices"))
    yield "noise: no pattern, no list", "high", some, over(noise, no_pattern)
    yield "tastes in 60 % of the choices: worth learning", "high", some, over(tastes, worth_it)
    # Who knew everybody's group would gain a tenth here, which is the margin.
    faint = over(tastes, answered_with("for all"), share=0.25)
    yield "tastes too faint to matter: a list for all", "high", some, faint
    yield "tastes, 6 choices a person: worth learning", "high", some, over(tastes, worth_it, mean=6.0)
    yield "tastes and choosing again: worth it for what is new", "high", some, over(again, new_alone, base=tastes)
    yield "30 persons: too little data", "100 %", some, over(tastes, too_little, persons=30)


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
    print(f"{'promise':<56}{'expected':>9}{'measured':>10}{'95 % range':>16}{'seeds':>7}{'s':>7}")
    for told, expected, tries, attempt in promises(scale):
        start = time.perf_counter()
        held, low, high = measured(tries, attempt)
        spent = time.perf_counter() - start
        line = f"{told:<56}{expected:>9}{held / tries:>10.1%}{f'{low:.1%} - {high:.1%}':>16}{tries:>7}{spent:>7.1f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
