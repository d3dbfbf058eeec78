"""A quick learner: a linear policy, bettered generation by generation (the cross-entropy method).

Each action has a score, linear in what is seen; the highest is done. Many policies are drawn around the best ones of
the generation before, all tried on the same beginnings. It is no match for long training, but where it beats today's
rule, learning can.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldstone.framing.controlling.simulator import Policy, Seen, Simulator

_POPULATION, _ELITE = 32, 8
_STARTS = 3
_FEWEST_GENERATIONS, _MOST_GENERATIONS = 6, 40
_NOISE = 0.3
"""What is added to the spread at first, so that it does not settle too soon; it fades over the generations."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to try: generations of a population, each policy from so many beginnings; and the steps in all."""

    generations: int
    starts: int
    steps: int


def plan(budget: int, length: float) -> Plan | None:
    """What can be tried within a budget of steps, with runs of this length; None where that is too little."""
    for starts in range(_STARTS, 0, -1):
        generations = min(_MOST_GENERATIONS, int(budget / (_POPULATION * starts * length)))
        if generations >= _FEWEST_GENERATIONS:
            return Plan(generations, starts, int(generations * starts * _POPULATION * length))
    return None


def learn(
    simulator: Simulator, seen: NDArray[np.float64], chosen: Plan, *, seed: int, tell: Callable[[int], None]
) -> Policy:
    """Learn a policy.

    Args:
        simulator: Where to try.
        seen: Rows of what was seen in some runs, from which the scale of each number follows.
        chosen: How much to try.
        seed: Everything random follows from it.
        tell: Told how many generations are done.
    """
    rng = np.random.default_rng(seed)
    centre, scale = seen.mean(axis=0), np.where(seen.std(axis=0) > 0, seen.std(axis=0), 1.0)
    shape = (len(simulator.actions), seen.shape[1] + 1)
    mean, spread = np.zeros(shape), np.ones(shape)
    for generation in range(chosen.generations):
        noise = _NOISE * (1 - generation / chosen.generations)
        drawn = mean + (spread + noise) * rng.normal(size=(_POPULATION, *shape))
        drawn[0] = mean
        starts = rng.integers(0, 2**31, chosen.starts)
        earned = [
            np.mean([simulator.run(linear(simulator, each, centre, scale), int(start)).reward for start in starts])
            for each in drawn
        ]
        best = drawn[np.argsort(earned)[-_ELITE:]]
        mean, spread = best.mean(axis=0), best.std(axis=0)
        tell(generation + 1)
    return linear(simulator, mean, centre, scale)


def linear(simulator: Simulator, weights: NDArray[np.float64], centre: Seen, scale: Seen) -> Policy:
    """The policy that does what scores highest."""
    slopes = weights[:, 1:] / scale
    level = weights[:, 0] - slopes @ centre
    actions = simulator.actions
    return lambda seen, _: actions[int((level + slopes @ seen).argmax())]
