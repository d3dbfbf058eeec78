"""Scaling activities: what was changed, when and why."""

import uuid
from typing import Final

from fieldstone.services.application_autoscaling.rows import ACTIVITY, draft, of_subject, page
from fieldstone.services.application_autoscaling.subjects import Capacity, Subject, noun_of
from fieldstone.services.operation import Answer, Context, Request, read

_KEPT: Final = 6 * 7 * 24 * 3600.0


@read
def describe_scaling_activities(ctx: Context, request: Request) -> Answer:
    """A page of activities, the newest first.

    Differs from AWS: alarms that led to no change are not told, also where ``IncludeNotScaledActivities`` is.
    """
    return page(ctx, ACTIVITY, request, "ScalingActivities")


def begin(ctx: Context, subject: Subject, count: int, cause: str) -> None:
    """Note that a count is being changed."""
    done = f"Successfully set {_what(subject)} to {count}. Waiting for change to be fulfilled by sagemaker."
    _note(ctx, subject, f"Setting {_what(subject)} to {count}.", cause, ("InProgress", done), count)


def note_refusal(ctx: Context, subject: Subject, count: int, cause: str, why: str) -> None:
    """Note that a count could not be changed."""
    failed = f"Failed to set {_what(subject)} to {count}. Reason: {why}"
    _note(ctx, subject, f"Setting {_what(subject)} to {count}.", cause, ("Failed", failed), count)


def note_bounds(ctx: Context, subject: Subject, bounds: dict[str, int], cause: str) -> None:
    """Note that the bounds of a count were changed."""
    words = {"MinCapacity": "min capacity", "MaxCapacity": "max capacity"}
    changed = " and ".join(f"{words[member]} to {value}" for member, value in bounds.items())
    _note(ctx, subject, f"Setting {changed}", cause, ("Successful", f"Successfully set {changed}"))


def conclude(ctx: Context, subject: Subject, found: Capacity) -> None:
    """Say of what was going on how it ended, once nothing is being changed any more; forget what is six weeks old."""
    for row in of_subject(ctx, ACTIVITY, subject):
        if row.created < ctx.now - _KEPT:
            ctx.store.resources.delete(row)
            continue
        if row.document["StatusCode"] != "InProgress" or not found.ready:
            continue
        count = row.internal["count"]
        code = "Successful" if found.current == count else "Failed"
        words = f"Successfully set {_what(subject)} to {count}. Change successfully fulfilled by sagemaker."
        if code == "Failed":
            words = f"Failed to set {_what(subject)} to {count}. Reason: {found.trouble or 'it was changed otherwise'}"
        row.document |= {"StatusCode": code, "StatusMessage": words, "EndTime": ctx.now}
        ctx.store.resources.update(row)


def _note(
    ctx: Context, subject: Subject, description: str, cause: str, status: tuple[str, str], count: int | None = None
) -> None:
    code, message = status
    identity = str(uuid.uuid4())
    document = {
        "ActivityId": identity,
        "Description": description,
        "Cause": cause,
        "StartTime": ctx.now,
        "StatusCode": code,
        "StatusMessage": message,
    }
    row = draft(ctx, ACTIVITY, subject, identity, document)
    if code != "InProgress":
        row.document["EndTime"] = ctx.now
    row.internal["count"] = count
    ctx.store.resources.insert(row)


def _what(subject: Subject) -> str:
    return f"desired {noun_of(subject)} count"
