"""Target tracking: the metric that a policy follows, and the two alarms that watch it."""

import uuid
from typing import Any, Final, NamedTuple

from fieldstone.core.errors import validation_error
from fieldstone.services.application_autoscaling.subjects import Subject, metric_dimensions
from fieldstone.services.operation import Context
from fieldstone.store.resources import Row

_PERIOD: Final = 60
_HIGH_PERIODS: Final = 3
_LOW_PERIODS: Final = 15
_LOW_SHARE: Final = 0.9
"""Of the target: below that there is too much of what is scaled."""


class _Predefined(NamedTuple):
    dimension: str
    metric: str


_PREDEFINED: Final = {
    "SageMakerVariantInvocationsPerInstance": _Predefined(
        "sagemaker:variant:DesiredInstanceCount", "InvocationsPerInstance"
    ),
    "SageMakerInferenceComponentInvocationsPerCopy": _Predefined(
        "sagemaker:inference-component:DesiredCopyCount", "InvocationsPerCopy"
    ),
}


def metric_of(subject: Subject, config: dict[str, Any]) -> dict[str, Any]:
    """What an alarm on the metric of a target tracking configuration watches.

    Raises:
        AwsError: ValidationException, where none is named, or one that the subject does not have.
    """
    predefined, customized = (config.get(f"{kind}MetricSpecification") for kind in ("Predefined", "Customized"))
    if predefined is not None and customized is None:
        return _predefined(subject, predefined["PredefinedMetricType"])
    if customized is not None and predefined is None:
        return _customized(customized)
    raise validation_error(
        "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified"
    )


def put_alarms(ctx: Context, policy: Row, metric: dict[str, Any]) -> None:
    """Have the alarms of a policy, or change them; each is named in the policy's document."""
    config = policy.document["TargetTrackingScalingPolicyConfiguration"]
    target, old = config["TargetValue"], {alarm["AlarmName"] for alarm in policy.document["Alarms"]}
    high = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": target, "EvaluationPeriods": _HIGH_PERIODS}
    low = {
        "ComparisonOperator": "LessThanThreshold",
        "Threshold": target * _LOW_SHARE,
        "EvaluationPeriods": _LOW_PERIODS,
    }
    wanted = {"AlarmHigh": high} if config.get("DisableScaleIn", False) else {"AlarmHigh": high, "AlarmLow": low}
    names = {side: _name(policy, side, old) for side in wanted}
    for side, bounds in wanted.items():
        _put_alarm(ctx, policy, names[side], metric | bounds)
    _delete(ctx, old - set(names.values()))
    policy.document["Alarms"] = [_told(ctx, name) for name in names.values()]


def delete_alarms(ctx: Context, policy: Row) -> None:
    """Take the alarms of a policy away."""
    _delete(ctx, {alarm["AlarmName"] for alarm in policy.document["Alarms"]})


def _delete(ctx: Context, names: set[str]) -> None:
    if names:
        ctx.call("cloudwatch", "delete_alarms", {"AlarmNames": sorted(names)})


def _put_alarm(ctx: Context, policy: Row, name: str, watching: dict[str, Any]) -> None:
    described = f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.arn}."
    usual = {"AlarmName": name, "AlarmDescription": described, "AlarmActions": [policy.arn]}
    ctx.call("cloudwatch", "put_metric_alarm", usual | watching)


def _told(ctx: Context, name: str) -> dict[str, str]:
    (alarm,) = ctx.call("cloudwatch", "describe_alarms", {"AlarmNames": [name]})["MetricAlarms"]
    return {"AlarmName": name, "AlarmARN": alarm["AlarmArn"]}


def _name(policy: Row, side: str, old: set[str]) -> str:
    start = f"TargetTracking-{policy.document['ResourceId']}-{side}-"
    return next((name for name in old if name.startswith(start)), f"{start}{uuid.uuid4()}")


def _predefined(subject: Subject, name: str) -> dict[str, Any]:
    known = _PREDEFINED.get(name)
    if known is None or known.dimension != subject.dimension:
        raise validation_error(
            f"The predefined metric type {name} is not supported for the scalable dimension {subject.dimension}, or "
            f"not here: there are {', '.join(_PREDEFINED)}"
        )
    return {
        "Namespace": "AWS/SageMaker",
        "MetricName": known.metric,
        "Dimensions": metric_dimensions(subject),
        "Statistic": "Sum",
        "Period": _PERIOD,
    }


def _customized(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("Metrics"):
        return {"Metrics": [_query(query) for query in given["Metrics"]]}
    for member in ("MetricName", "Namespace", "Statistic"):
        if member not in given:
            raise validation_error(f"{member} must be specified in CustomizedMetricSpecification")
    members = ("MetricName", "Namespace", "Dimensions", "Statistic", "Unit")
    return {member: given[member] for member in members if member in given} | {"Period": _PERIOD}


def _query(query: dict[str, Any]) -> dict[str, Any]:
    """A metric or an expression, over minutes."""
    if "MetricStat" not in query:
        return query
    return query | {"MetricStat": query["MetricStat"] | {"Period": _PERIOD}}
