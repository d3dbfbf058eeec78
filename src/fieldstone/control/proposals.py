"""What scaling policies ask for: those whose alarms are in ALARM, by the values that put them there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from fieldstone.control.alarms import alarm_values
from fieldstone.core.errors import AwsError
from fieldstone.services.application_autoscaling import adjusting
from fieldstone.services.application_autoscaling.rows import POLICY, of_subject
from fieldstone.services.application_autoscaling.subjects import Subject
from fieldstone.services.cloudwatch.alarms import everything, period_of
from fieldstone.services.cloudwatch.evaluation import SPARE
from fieldstone.services.operation import Context
from fieldstone.store.resources import Row

_COOLDOWN: Final = 300.0
_AGGREGATES: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {"Minimum": min, "Maximum": max}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A count that a policy asks for.

    Attributes:
        cause: In AWS's words.
    """

    policy: Row
    count: int
    cause: str


def propose(ctx: Context, subject: Subject, current: int) -> Proposal | None:
    """The count that the policies of a subject agree on; None where nothing is to be changed.

    The largest growth wins; there is less only where every policy that may shrink asks for less.
    """
    policies = of_subject(ctx, POLICY, subject)
    alarms = [alarm for alarm in everything(ctx) if alarm.document["StateValue"] == "ALARM"]
    found = [proposal for policy in policies for proposal in _proposals(ctx, policy, alarms, current)]
    more = [proposal for proposal in found if proposal.count > current]
    if more:
        return max(more, key=_count)
    less = [proposal for proposal in found if proposal.count < current]
    agreed = {proposal.policy.uid for proposal in less}
    if not less or any(_may_shrink(policy) and policy.uid not in agreed for policy in policies):
        return None
    return max(less, key=_count)


def remember(ctx: Context, policy: Row, before: int, after: int) -> None:
    """Note in a policy that it was followed: its cooldown begins."""
    policy.internal["last"] = {"at": ctx.now, "from": before, "to": after}
    ctx.store.resources.update(policy)


def _count(proposal: Proposal) -> int:
    return proposal.count


def _may_shrink(policy: Row) -> bool:
    config = policy.document.get("TargetTrackingScalingPolicyConfiguration")
    return config is not None and not config.get("DisableScaleIn", False)


def _proposals(ctx: Context, policy: Row, alarms: list[Row], current: int) -> Iterator[Proposal]:
    for alarm in alarms:
        document = alarm.document
        if not document["ActionsEnabled"] or policy.arn not in document["AlarmActions"]:
            continue
        if _acted(policy, ctx.now, period_of(document)):
            continue
        count = _wanted(ctx, policy, document, current)
        if count is not None:
            cause = f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.document['PolicyName']}"
            yield Proposal(policy, count, cause)


def _acted(policy: Row, now: float, period: int) -> bool:
    """Whether the policy was followed in this period: an alarm that lasts asks again in the next one."""
    last = policy.internal.get("last")
    return last is not None and last["at"] // period == now // period


def _wanted(ctx: Context, policy: Row, alarm: dict[str, Any], current: int) -> int | None:
    values = _values(ctx, alarm)
    config = policy.document.get("TargetTrackingScalingPolicyConfiguration")
    if config is None:
        config = policy.document["StepScalingPolicyConfiguration"]
        aggregate = _AGGREGATES.get(config.get("MetricAggregationType", "Average"), fmean)
        breach = aggregate(values) - alarm["Threshold"] if values else 0.0
        return restrain(policy, ctx.now, current, lambda base: adjusting.step(base, config, breach))
    if not values:
        return None
    return restrain(policy, ctx.now, current, lambda base: adjusting.track(base, values[-1], config["TargetValue"]))


def restrain(policy: Row, now: float, current: int, count: Callable[[int], int]) -> int | None:
    """What a policy asks for under its cooldowns; None where it has to wait.

    While it cools down from growth, what was added counts as part of what is asked for: only more than that is granted.
    """
    if _cools(policy, now, grown=True):
        wanted = count(policy.internal["last"]["from"])
        return wanted if wanted > current else None
    wanted = count(current)
    return None if wanted < current and _cools(policy, now, grown=False) else wanted


def _cools(policy: Row, now: float, *, grown: bool) -> bool:
    """Whether the last time is too recent, if there were more then, or less."""
    last = policy.internal.get("last")
    if last is None or (last["to"] > last["from"]) is not grown:
        return False
    config = policy.document.get("TargetTrackingScalingPolicyConfiguration")
    if config is None:
        seconds = policy.document["StepScalingPolicyConfiguration"].get("Cooldown", _COOLDOWN)
    else:
        seconds = config.get("ScaleOutCooldown" if grown else "ScaleInCooldown", _COOLDOWN)
    return now < last["at"] + seconds


def _values(ctx: Context, alarm: dict[str, Any]) -> list[float]:
    """The values of an alarm's last periods, the newest last."""
    period, of = period_of(alarm), alarm["EvaluationPeriods"]
    end = int(ctx.now) - int(ctx.now) % period
    try:
        found = alarm_values(ctx, alarm, end - period * (of + SPARE), end)
    except AwsError:
        return []
    return [found[time] for time in sorted(found) if time < end][-of:]
