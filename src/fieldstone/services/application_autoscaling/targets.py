"""Scalable targets: what is scaled, and between which bounds."""

from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.services.application_autoscaling.rows import (
    ACTION,
    POLICY,
    TARGET,
    draft,
    find,
    not_found,
    of_subject,
    page,
    subject_of_row,
)
from fieldstone.services.application_autoscaling.subjects import require, subject_of
from fieldstone.services.application_autoscaling.tracking import delete_alarms
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.store.resources import Row

_ROLE: Final = (
    "arn:aws:iam::{account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
_SUSPENDED: Final = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_SETTINGS: Final = ("MinCapacity", "MaxCapacity", "SuspendedState")


@write
def register_scalable_target(ctx: Context, request: Request) -> Answer:
    """Have a count be scaled, or change the bounds of one that is.

    Differs from AWS: the role is kept and shown; scaling is done by the server itself.
    """
    subject = subject_of(request)
    old = find(ctx, TARGET, subject)
    row = old or _draft(ctx, request)
    require(ctx, subject)
    suspended = row.document["SuspendedState"] | request.get("SuspendedState", {})
    settings = {name: request[name] for name in _SETTINGS if name in request}
    row.document |= settings | {"SuspendedState": suspended}
    _check(row.document)
    if old is None:
        ctx.store.tags.put(row.arn, request.get("Tags", {}))
        ctx.store.resources.insert(row)
    else:
        ctx.store.resources.update(row)
    return {"ScalableTargetARN": row.arn}


@read
def describe_scalable_targets(ctx: Context, request: Request) -> Answer:
    """A page of targets."""
    return page(ctx, TARGET, request, "ScalableTargets")


@write
def deregister_scalable_target(ctx: Context, request: Request) -> Answer:
    """Scale a count no more; its policies go, their alarms, and its scheduled actions."""
    subject = subject_of(request)
    row = find(ctx, TARGET, subject)
    if row is None:
        raise not_found(f"No scalable target found for {subject}")
    forget(ctx, row)
    return {}


def forget(ctx: Context, target: Row) -> None:
    """Take a target away with all that belongs to it."""
    subject = subject_of_row(target)
    for policy in of_subject(ctx, POLICY, subject):
        delete_alarms(ctx, policy)
        ctx.store.resources.delete(policy)
    for action in of_subject(ctx, ACTION, subject):
        ctx.store.resources.delete(action)
    ctx.store.tags.clear(target.arn)
    ctx.store.resources.delete(target)


def check_bounds(low: int, high: int) -> None:
    """Refuse bounds that cannot be.

    Raises:
        AwsError: ValidationException.
    """
    if low < 0 or high < 0:
        raise validation_error("Minimum and maximum capacity must be equal to or greater than 0")
    if low > high:
        raise validation_error("Maximum capacity cannot be less than minimum capacity")


def _draft(ctx: Context, request: Request) -> Row:
    document = {
        "RoleARN": request.get("RoleARN", _ROLE.format(account=ctx.account)),
        "SuspendedState": dict.fromkeys(_SUSPENDED, False),
    }
    row = draft(ctx, TARGET, subject_of(request), "", document)
    row.document["ScalableTargetARN"] = row.arn
    return row


def _check(document: dict[str, Any]) -> None:
    for member, words in (("MinCapacity", "minimum"), ("MaxCapacity", "maximum")):
        if member not in document:
            raise validation_error(f"A {words} capacity must be specified when registering a new scalable target")
    check_bounds(document["MinCapacity"], document["MaxCapacity"])
