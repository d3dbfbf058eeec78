"""What the simulator shows in a bounded time: its pace, and what chance, plain rules and a quick learner earn.

Steps are counted, not seconds, so that the same file gives the same figures; only a simulator that is too slow for
that gets fewer steps. The best constant action and the learner are settled on other beginnings than they are judged on.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.controlling.learning import learn, plan
from fieldstone.framing.controlling.simulator import Policy, Run, Simulator
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem
from fieldstone.methods.resampling import Interval, percentiles, resampled_means

BUDGET = 600_000
"""Steps to learn in; a quarter of it, and so on, where there is no time for all."""

_SECONDS = 25.0
_JUDGED, _FEWEST_JUDGED = 200, 12
_PILOTS, _PILOT_SECONDS = 20, 5.0
_WIDEST = 400
"""So many weights can a quick learner settle."""

_SHARE = 0.02
Sort = Literal["chance", "constant", "today", "learnt"]
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Way:
    """A way to act, and what it earned in each of the runs it was judged on."""

    sort: Sort
    name: str
    rewards: NDArray[np.float64]
    mean: Interval


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured.

    Attributes:
        steps_a_second: Of the simulator itself, with actions by chance.
        length: Steps of a run, on average.
        cut: The share of runs that did not end by themselves.
        repeatable: Whether the same seed and actions give the same reward.
        ways: Chance, the best constant action, today's rule if one is named, and the learner if there was time.
        plain: The better of the plain ones, as it showed on other beginnings.
        added: What the learner earns more than that, a run; None without a learner.
        margin: What it would have to earn more to matter.
        matters: Whether the best plain way or the learner surely earns more than actions by chance.
        learnt_in: Steps that the learner took.
    """

    steps_a_second: float
    length: float
    cut: float
    repeatable: bool
    ways: tuple[Way, ...]
    plain: Way
    added: Interval | None
    margin: float
    matters: bool
    learnt_in: int


@dataclass(frozen=True, slots=True)
class _Pilot:
    runs: list[Run]
    pace: float
    repeatable: bool

    @property
    def length(self) -> float:
        return float(np.mean([run.steps for run in self.runs]))


def measure(
    simulator: Simulator, problem: Problem, *, progress: Callable[[str], None], budget: int = BUDGET, seed: int = 0
) -> Measured:
    """Measure a simulator in at most so many steps.

    Raises:
        ProblemError: It fails, or today's rule is no function of it.
    """
    rng = np.random.default_rng(seed)
    progress("trying the simulator")
    first = _pilot(simulator, rng)
    while budget > first.pace * _SECONDS:
        budget //= 4
    judged = int(np.clip(budget / 4 / first.length, _FEWEST_JUDGED, _JUDGED))
    plain, others = _plain(simulator, problem, first.length, budget, rng)
    chosen = plan(budget, first.length)
    seen = np.concatenate([np.stack(run.seen) for run in first.runs])
    if len(simulator.actions) * (seen.shape[1] + 1) > _WIDEST:
        chosen = None
    policies: list[tuple[Sort, str, Policy]] = [("chance", "actions by chance", _by_chance(simulator)), *others, plain]
    if chosen is not None:
        progress("learning in the simulator")
        learner = learn(simulator, seen, chosen, seed=seed, tell=lambda _: None)
        policies.append(("learnt", f"learnt in {chosen.steps:,} steps", learner))
    progress("comparing ways to act")
    starts = [int(each) for each in rng.integers(0, 2**31, judged)]
    ways = tuple(_way(simulator, *each, starts, seed) for each in policies)
    return _measured(first, ways, plain[1], 0 if chosen is None else chosen.steps, seed)


def _measured(first: _Pilot, ways: tuple[Way, ...], plain: str, steps: int, seed: int) -> Measured:
    best = next(way for way in ways if way.name == plain)
    learnt = next((way for way in ways if way.sort == "learnt"), None)
    added = None if learnt is None else _interval(learnt.rewards - best.rewards, seed)
    room = abs(best.mean.value - ways[0].mean.value)
    over_chance = [_interval(way.rewards - ways[0].rewards, seed) for way in (best, learnt) if way is not None]
    return Measured(
        steps_a_second=first.pace,
        length=first.length,
        cut=float(np.mean([run.cut for run in first.runs])),
        repeatable=first.repeatable,
        ways=ways,
        plain=best,
        added=added,
        margin=_SHARE * room,
        matters=any(each.low > 0 for each in over_chance),
        learnt_in=steps,
    )


def _pilot(simulator: Simulator, rng: np.random.Generator) -> _Pilot:
    """Some runs with actions by chance: the pace, the length of a run, and what is seen."""
    runs: list[Run] = []
    policy, spent, last = _by_chance(simulator), 0.0, 0
    while len(runs) < _PILOTS and spent < _PILOT_SECONDS:
        last = int(rng.integers(0, 2**31))
        begin = time.perf_counter()
        runs.append(simulator.run(policy, last, keep=True))
        spent += time.perf_counter() - begin
    again = simulator.run(policy, last)
    pace = sum(run.steps for run in runs) / max(spent, 1e-9)
    return _Pilot(runs, pace, (again.reward, again.steps) == (runs[-1].reward, runs[-1].steps))


def _plain(
    simulator: Simulator, problem: Problem, length: float, budget: int, rng: np.random.Generator
) -> tuple[tuple[Sort, str, Policy], list[tuple[Sort, str, Policy]]]:
    """The best plain way by some runs, and the other ones worth showing."""
    ways: list[tuple[Sort, str, Policy]] = [
        ("constant", f"always {action}", _always(action)) for action in simulator.actions
    ]
    tries = int(np.clip(budget / 8 / length / len(ways), 2, 20))
    starts = [int(each) for each in rng.integers(0, 2**31, tries)]

    def earned(way: tuple[Sort, str, Policy]) -> float:
        return float(np.mean([simulator.run(way[2], start).reward for start in starts]))

    best = max(ways, key=earned)
    rule = problem.baseline.rule
    if rule is UNSET:
        return best, []
    if not _NAME.fullmatch(rule):
        raise ProblemError(
            f"baseline.rule: {rule!r} is no function of {simulator.path.name}. Write the name of a function in it, "
            f"from what is seen to an action; or say in words how it is done today, under baseline.description."
        )
    today: tuple[Sort, str, Policy] = ("today", f"today's rule ({rule})", simulator.rule(rule))
    return (today, [best]) if earned(today) >= earned(best) else (best, [today])


def _by_chance(simulator: Simulator) -> Policy:
    actions = simulator.actions
    return lambda _, chance: actions[int(chance.integers(len(actions)))]


def _always(action: object) -> Policy:
    return lambda _seen, _chance: action


def _way(simulator: Simulator, sort: Sort, name: str, policy: Policy, starts: list[int], seed: int) -> Way:
    rewards = np.array([simulator.run(policy, start).reward for start in starts])
    return Way(sort, name, rewards, _interval(rewards, seed))


def _interval(values: NDArray[np.float64], seed: int) -> Interval:
    return percentiles(float(values.mean()), resampled_means(values[:, None], seed=seed)[:, 0])
