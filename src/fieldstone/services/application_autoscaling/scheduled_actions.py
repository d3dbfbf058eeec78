"""Scheduled actions: bounds that a target gets at certain times."""

from datetime import UTC, datetime
from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.services.application_autoscaling.rows import ACTION, draft, find, find_target, not_found, page
from fieldstone.services.application_autoscaling.schedules import read_schedule
from fieldstone.services.application_autoscaling.subjects import subject_of
from fieldstone.services.application_autoscaling.targets import check_bounds
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.store.resources import Row

_SETTINGS: Final = ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")


@write
def put_scheduled_action(ctx: Context, request: Request) -> Answer:
    """Make a scheduled action, or change one.

    Differs from AWS: ``L``, ``W`` and ``#`` in cron expressions are refused.
    """
    subject, name = subject_of(request), request["ScheduledActionName"]
    target = find_target(ctx, subject)
    old = find(ctx, ACTION, subject, name)
    row = old or draft(ctx, ACTION, subject, name, {"ScheduledActionName": name})
    row.document |= {"ScheduledActionARN": row.arn} | {
        member: request[member] for member in _SETTINGS if member in request
    }
    _check(row.document, target)
    row.internal["next"] = due_next(row, ctx.now)
    (ctx.store.resources.insert if old is None else ctx.store.resources.update)(row)
    return {}


@read
def describe_scheduled_actions(ctx: Context, request: Request) -> Answer:
    """A page of scheduled actions."""
    return page(ctx, ACTION, request, "ScheduledActions", ("ScheduledActionNames", "ScheduledActionName"))


@write
def delete_scheduled_action(ctx: Context, request: Request) -> Answer:
    """Take a scheduled action away."""
    subject, name = subject_of(request), request["ScheduledActionName"]
    row = find(ctx, ACTION, subject, name)
    if row is None:
        raise not_found(f"No scheduled action found for {subject}, scheduled action name: {name}")
    ctx.store.resources.delete(row)
    return {}


def due_next(action: Row, now: float) -> float | None:
    """When an action is to be done next, in seconds since the epoch; None for never again.

    Raises:
        AwsError: ValidationException, where the schedule cannot be read.
    """
    document = action.document
    start = document.get("StartTime", document["CreationTime"])
    following = read_schedule(document["Schedule"], document.get("Timezone", "UTC"), start)
    found = following(datetime.fromtimestamp(max(now, document.get("StartTime", now)), UTC))
    late = found is not None and found.timestamp() > document.get("EndTime", float("inf"))
    return None if found is None or late else found.timestamp()


def _check(document: dict[str, Any], target: Row) -> None:
    if "Schedule" not in document:
        raise validation_error("A schedule must be specified for a new scheduled action")
    bounds = document.get("ScalableTargetAction", {})
    if not bounds:
        raise validation_error("A scalable target action with a minimum or maximum capacity must be specified")
    if document.get("StartTime", 0.0) >= document.get("EndTime", float("inf")):
        raise validation_error("The end time must be later than the start time")
    whole = target.document | bounds if len(bounds) == 1 else bounds
    check_bounds(whole["MinCapacity"], whole["MaxCapacity"])
