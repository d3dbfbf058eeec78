"""Who sees what: units to arms by a salted hash, with nothing to store.

A unit keeps its arm for as long as it is asked. Arms draw by *weighted rendezvous*: each arm gets a number from a hash
of experiment, arm and unit, divided by its weight, and the smallest wins (Thaler and Ravishankar, "Using name-based
mappings to increase hit rates", 1998; the logarithm that makes weights exact: Schindelhauer and Schomaker, "Weighted
distributed hash tables", 2005). So when an arm's weight grows, units only move to it, never between the others.
"""

import math
from collections.abc import Mapping
from hashlib import sha256

from fieldstone.framing.mistakes import ProblemError


def assign(unit: str, experiment: str, arms: Mapping[str, float]) -> str:
    """The arm of a unit.

    Args:
        unit: Whoever must always see the same: a customer's id, not a visit's.
        experiment: The salt: the same unit draws anew in every experiment.
        arms: The weight of each arm, such as ``{"control": 9, "treatment": 1}``; only their proportions count.

    Raises:
        ProblemError: There is no arm to draw, or a weight is no weight.
    """
    _check(arms)
    return min((arm for arm in arms if arms[arm] > 0), key=lambda arm: (_wait(unit, experiment, arm) / arms[arm], arm))


def _wait(unit: str, experiment: str, arm: str) -> float:
    """A draw from the exponential distribution; the smallest of several belongs to each by its rate."""
    # The lengths keep ("ab", "c") and ("a", "bc") apart.
    named = f"{len(experiment)}:{experiment}{len(arm)}:{arm}{unit}"
    bits = int.from_bytes(sha256(named.encode()).digest()[:8]) >> 11
    return -math.log((bits + 0.5) / (1 << 53))


def _check(arms: Mapping[str, float]) -> None:
    for arm, weight in arms.items():
        if not math.isfinite(weight) or weight < 0:
            raise ProblemError(f"The arm {arm!r} has the weight {weight}: give a number of 0 or more, such as 1.")
    if not any(arms.values()):
        raise ProblemError("No arm has a weight: give at least one, such as {'control': 1, 'treatment': 1}.")
