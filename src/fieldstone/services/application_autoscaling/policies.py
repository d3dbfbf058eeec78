"""Scaling policies: which metric leads to which count."""

from itertools import pairwise
from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.services.application_autoscaling.rows import (
    POLICY,
    draft,
    find,
    find_target,
    not_found,
    of_subject,
    page,
)
from fieldstone.services.application_autoscaling.subjects import Subject, subject_of
from fieldstone.services.application_autoscaling.tracking import delete_alarms, metric_of, put_alarms
from fieldstone.services.operation import Answer, Context, Request, read, write

_STEP: Final = "StepScaling"
_TRACKING: Final = "TargetTrackingScaling"
_CONFIGS: Final = {_STEP: "StepScalingPolicyConfiguration", _TRACKING: "TargetTrackingScalingPolicyConfiguration"}


@write
def put_scaling_policy(ctx: Context, request: Request) -> Answer:
    """Make a policy, or change one; target tracking has alarms of its own, step scaling is an action of the caller's.

    Differs from AWS: predictive scaling is refused.
    """
    subject = subject_of(request)
    find_target(ctx, subject)
    old = find(ctx, POLICY, subject, request["PolicyName"])
    kind = request.get("PolicyType", old.document["PolicyType"] if old else _STEP)
    config = _config(request, kind)
    if old is not None and old.document["PolicyType"] != kind:
        raise validation_error(f"The policy type of an existing policy cannot be changed to {kind}")
    document = {"PolicyName": request["PolicyName"], "PolicyType": kind, "Alarms": []}
    row = old or draft(ctx, POLICY, subject, request["PolicyName"], document)
    row.document |= {"PolicyARN": row.arn, _CONFIGS[kind]: config}
    if kind == _TRACKING:
        metric = metric_of(subject, config)
        _refuse_second(ctx, subject, request["PolicyName"], metric)
        put_alarms(ctx, row, metric)
    else:
        _check_steps(config)
    (ctx.store.resources.insert if old is None else ctx.store.resources.update)(row)
    return {"PolicyARN": row.arn, "Alarms": row.document["Alarms"]}


@read
def describe_scaling_policies(ctx: Context, request: Request) -> Answer:
    """A page of policies."""
    return page(ctx, POLICY, request, "ScalingPolicies", ("PolicyNames", "PolicyName"))


@write
def delete_scaling_policy(ctx: Context, request: Request) -> Answer:
    """Take a policy away, and the alarms of its own."""
    subject, name = subject_of(request), request["PolicyName"]
    row = find(ctx, POLICY, subject, name)
    if row is None:
        raise not_found(f"No scaling policy found for {subject}, policy name: {name}")
    delete_alarms(ctx, row)
    ctx.store.resources.delete(row)
    return {}


def _config(request: Request, kind: str) -> dict[str, Any]:
    member = _CONFIGS.get(kind)
    if member is None:
        raise validation_error(f"Unsupported policy type: {kind}")
    if member not in request:
        raise validation_error(f"{member} must be specified for policies of type {kind}")
    return request[member]


def _refuse_second(ctx: Context, subject: Subject, name: str, metric: dict[str, Any]) -> None:
    for other in of_subject(ctx, POLICY, subject):
        config = other.document.get(_CONFIGS[_TRACKING])
        if other.document["PolicyName"] != name and config is not None and metric_of(subject, config) == metric:
            raise validation_error("Only one TargetTrackingScaling policy for a given metric specification is allowed.")


def _check_steps(config: dict[str, Any]) -> None:
    if "AdjustmentType" not in config:
        raise validation_error("An adjustment type must be specified for step scaling policies")
    steps = config.get("StepAdjustments", [])
    if not steps:
        raise validation_error("At least one step adjustment must be specified for step scaling policies")
    if "MinAdjustmentMagnitude" in config and config["AdjustmentType"] != "PercentChangeInCapacity":
        raise validation_error("MinAdjustmentMagnitude is supported only for PercentChangeInCapacity")
    bounds = sorted((_low(step), step.get("MetricIntervalUpperBound", float("inf"))) for step in steps)
    if any(low >= high for low, high in bounds):
        raise validation_error("The upper bound of a step adjustment must be greater than its lower bound")
    for (_, high), (low, _) in pairwise(bounds):
        if low != high:
            words = "overlap" if low < high else "have gaps between them"
            raise validation_error(f"The intervals of step adjustments must not {words}")


def _low(step: dict[str, Any]) -> float:
    return step.get("MetricIntervalLowerBound", float("-inf"))
