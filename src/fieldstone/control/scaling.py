"""Application Auto Scaling at work: counts of instances and copies follow policies, schedules and bounds."""

from functools import partial
from typing import Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.proposals import propose, remember
from fieldstone.control.upkeep import Chore
from fieldstone.core.errors import AwsError
from fieldstone.services.application_autoscaling.activities import begin, conclude, note_bounds, note_refusal
from fieldstone.services.application_autoscaling.rows import ACTION, POLICY, TARGET, of_subject, subject_of_row
from fieldstone.services.application_autoscaling.scheduled_actions import due_next
from fieldstone.services.application_autoscaling.subjects import Subject, capacity_of, set_capacity
from fieldstone.services.application_autoscaling.targets import forget
from fieldstone.services.cloudwatch.alarms import ALARM
from fieldstone.services.operation import Caller, Context
from fieldstone.services.sagemaker.component_rows import INFERENCE_COMPONENT
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.store.resources import Row

_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 60.0
"""After a refusal."""


def scaling(facilities: Facilities) -> Chore:
    """The chore: every target is looked at, also as soon as an alarm or what it scales changes."""

    async def look() -> None:
        dispatch = facilities.dispatch
        for row in dispatch.store.read(lambda store: list(store.resources.all(TARGET))):
            caller = Caller(row.account, row.region, row.document["RoleARN"])
            await dispatch.write(caller, partial(_tend, uid=row.uid))

    return Chore("scaling", look, _SECONDS, (TARGET, POLICY, ACTION, ALARM, ENDPOINT, INFERENCE_COMPONENT))


def _tend(ctx: Context, *, uid: int) -> None:
    """Bring a target a step further: the decision, what it changes and the note of it are one commit."""
    target = ctx.store.resources.get(uid)
    if target is None:
        return
    subject = subject_of_row(target)
    found = capacity_of(ctx, subject)
    if found is None:
        forget(ctx, target)
        return
    conclude(ctx, subject, found)
    _follow_schedule(ctx, target, subject)
    if found.ready and ctx.now >= target.internal.get("pause", 0.0):
        _keep_bounds(ctx, target, subject, found.desired)


def _follow_schedule(ctx: Context, target: Row, subject: Subject) -> None:
    for action in of_subject(ctx, ACTION, subject):
        due = action.internal["next"]
        if due is None or due > ctx.now:
            continue
        action.internal["next"] = due_next(action, ctx.now)
        ctx.store.resources.update(action)
        if not target.document["SuspendedState"]["ScheduledScalingSuspended"]:
            bounds = action.document["ScalableTargetAction"]
            target.document |= bounds
            ctx.store.resources.update(target)
            note_bounds(ctx, subject, bounds, f"scheduled action name {_name(action)} was triggered")


def _name(action: Row) -> str:
    return action.document["ScheduledActionName"]


def _keep_bounds(ctx: Context, target: Row, subject: Subject, current: int) -> None:
    low, high = target.document["MinCapacity"], target.document["MaxCapacity"]
    if current < low:
        _change(ctx, target, subject, low, f"minimum capacity was set to {low}")
    elif current > high:
        _change(ctx, target, subject, high, f"maximum capacity was set to {high}")
    else:
        _follow_policies(ctx, target, subject, current)


def _follow_policies(ctx: Context, target: Row, subject: Subject, current: int) -> None:
    proposal = propose(ctx, subject, current)
    if proposal is None:
        return
    count = min(max(proposal.count, target.document["MinCapacity"]), target.document["MaxCapacity"])
    suspended = target.document["SuspendedState"][f"DynamicScaling{'Out' if count > current else 'In'}Suspended"]
    if count != current and not suspended and _change(ctx, target, subject, count, proposal.cause):
        remember(ctx, proposal.policy, current, count)


def _change(ctx: Context, target: Row, subject: Subject, count: int, cause: str) -> bool:
    """Set a count; whether that was taken."""
    try:
        set_capacity(ctx, subject, count)
    except AwsError as error:
        note_refusal(ctx, subject, count, cause, error.message)
        target.internal["pause"] = ctx.now + _PAUSE_SECONDS
        ctx.store.resources.update(target)
        return False
    begin(ctx, subject, count, cause)
    return True
