"""How one fleet takes over from another: the plan of a DeploymentConfig, step by step, and the way back."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fieldstone.services.sagemaker.deployment_configs import share_of

_HAIR: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """Where a rollout stands, or shall stand next; shares are between 0 and 1.

    Attributes:
        share: Of the traffic, which the new fleet takes.
        fresh: Of the new fleet's instances, which run.
        kept: Of the old fleet's instances, which run.
        wait: How many seconds it stays so.
        watched: Whether an alarm turns it back meanwhile.
    """

    share: float
    fresh: float = 1.0
    kept: float = 1.0
    wait: float = 0.0
    watched: bool = True


START: Final = Step(0.0, fresh=0.0)
"""Before the first step."""


def plan(config: dict[str, Any], count: int) -> tuple[Step, ...]:
    """The steps of a DeploymentConfig.

    Args:
        config: With a BlueGreenUpdatePolicy, a RollingUpdatePolicy, or neither: then all at once.
        count: How many instances the new fleet's smallest variant has.
    """
    rolling = config.get("RollingUpdatePolicy")
    steps = _blue_green(config.get("BlueGreenUpdatePolicy", {}), count) if rolling is None else _roll(rolling, count)
    return tuple(steps)


def retreat(config: dict[str, Any], count: int, reached: Step) -> tuple[Step, ...]:
    """The steps back to the old fleet from where the rollout stands: all at once, unless it was rolling and says more.

    Args:
        config: The DeploymentConfig.
        count: How many instances the old fleet's smallest variant has.
        reached: Where it stands.
    """
    size = config.get("RollingUpdatePolicy", {}).get("RollbackMaximumBatchSize")
    batch = 1.0 if size is None else share_of(size, count)
    shares = [max(0.0, reached.share - taken) for taken in _stairs(batch)]
    shares = [share for share in shares if share > _HAIR] + [0.0]
    steps: list[Step] = []
    fresh = reached.fresh
    for share in shares:
        steps.append(Step(share, fresh, max(reached.kept, 1.0 - share), watched=False))
        fresh = min(fresh, share)
    return tuple(steps)


def instances(share: float, count: int) -> int:
    """How many of so many instances a share is: no fewer."""
    return math.ceil(share * count - _HAIR)


def longest(config: dict[str, Any]) -> float:
    """How many seconds the whole rollout may take."""
    policy = config.get("RollingUpdatePolicy") or config.get("BlueGreenUpdatePolicy", {})
    return policy.get("MaximumExecutionTimeoutInSeconds", math.inf)


def _blue_green(policy: dict[str, Any], count: int) -> Iterator[Step]:
    routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0})
    for share in _shares(routing, count):
        yield Step(share, wait=routing["WaitIntervalInSeconds"])
    linger = policy.get("TerminationWaitInSeconds", 0)
    if linger:
        yield Step(1.0, wait=linger, watched=False)


def _roll(policy: dict[str, Any], count: int) -> Iterator[Step]:
    before = 0.0
    for share in _stairs(share_of(policy["MaximumBatchSize"], count)):
        yield Step(share, fresh=share, kept=1.0 - before, wait=policy["WaitIntervalInSeconds"])
        before = share


def _shares(routing: dict[str, Any], count: int) -> list[float]:
    match routing["Type"]:
        case "CANARY":
            return [share_of(routing["CanarySize"], count), 1.0]
        case "LINEAR":
            return _stairs(share_of(routing["LinearStepSize"], count))
        case _:
            return [1.0]


def _stairs(size: float) -> list[float]:
    """Once, twice, thrice the size, up to all of it."""
    return [min(1.0, size * number) for number in range(1, math.ceil(1.0 / size - _HAIR) + 1)]
