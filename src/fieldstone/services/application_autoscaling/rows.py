"""What the rows of targets, policies, scheduled actions and activities have in common."""

import uuid
from typing import Any, Final

from fieldstone.core.errors import AwsError, validation_error
from fieldstone.services.application_autoscaling.subjects import NAMESPACE, Subject
from fieldstone.services.operation import Answer, Context, Request
from fieldstone.services.paging import cut_page
from fieldstone.store.kind import Kind
from fieldstone.store.resources import InvalidTokenError, Page, Row

TARGET: Final = Kind("ScalableTarget", "application-autoscaling", "scalable-target/{name}")
POLICY: Final = Kind("ScalingPolicy", "autoscaling", "scalingPolicy:{name}")
ACTION: Final = Kind("ScheduledAction", "autoscaling", "scheduledAction:{name}")
ACTIVITY: Final = Kind("ScalingActivity", "application-autoscaling", "scaling-activity/{name}")

_MOST_RESULTS: Final = 50


def find(ctx: Context, kind: Kind, subject: Subject, name: str = "") -> Row | None:
    """The row of a kind for a subject: its target, or the policy or action of that name."""
    return ctx.store.resources.find(kind, ctx.account, ctx.region, _key(subject, name))


def find_target(ctx: Context, subject: Subject) -> Row:
    """The target that is registered for a subject.

    Raises:
        AwsError: ObjectNotFoundException.
    """
    row = find(ctx, TARGET, subject)
    if row is None:
        raise not_found(f"No scalable target registered for {subject}")
    return row


def draft(ctx: Context, kind: Kind, subject: Subject, name: str, document: dict[str, Any]) -> Row:
    """A row for a subject, not yet kept; the document says what it is of."""
    usual = {"ServiceNamespace": NAMESPACE, "ResourceId": subject.resource, "ScalableDimension": subject.dimension}
    arn = kind.arn(ctx.account, ctx.region, _identity(kind, subject, name))
    whole = usual | document | {"CreationTime": ctx.now}
    key = _key(subject, name)
    return Row(kind.name, ctx.account, ctx.region, key, arn, whole, created=ctx.now, modified=ctx.now)


def of_subject(ctx: Context, kind: Kind, subject: Subject) -> list[Row]:
    """Every row of a kind for a subject."""
    return [row for row in _everything(ctx, kind) if subject_of_row(row) == subject]


def subject_of_row(row: Row) -> Subject:
    """What a row is about."""
    return Subject(row.document["ResourceId"], row.document["ScalableDimension"])


def page(ctx: Context, kind: Kind, request: Request, member: str, names: tuple[str, str] = ("", "")) -> Answer:
    """A page of the documents of a kind that a Describe asks for.

    The answer has them as ``member``; ``names`` is the member of the request that lists names, and that of documents
    which has them.

    Raises:
        AwsError: ValidationException or InvalidNextTokenException.
    """
    if "ScalableDimension" in request and not {"ResourceId", "ResourceIds"} & request.keys():
        raise validation_error("Resource ID must be specified when specifying a scalable dimension")
    found = [row.document for row in _everything(ctx, kind) if _wanted(row.document, request, names)]
    try:
        shown, token = cut_page(found, request.get("MaxResults", _MOST_RESULTS), request.get("NextToken"))
    except InvalidTokenError:
        raise AwsError("InvalidNextTokenException", "The next token supplied is invalid.") from None
    return {member: shown, "NextToken": token}


def not_found(message: str) -> AwsError:
    """The refusal of what is not there."""
    return AwsError("ObjectNotFoundException", message)


def _wanted(document: dict[str, Any], request: Request, names: tuple[str, str]) -> bool:
    same = ("ServiceNamespace", "ResourceId", "ScalableDimension")
    listed, named = names
    return (
        all(request.get(member, document[member]) == document[member] for member in same)
        and document["ResourceId"] in (request.get("ResourceIds") or [document["ResourceId"]])
        and (not request.get(listed) or document[named] in request[listed])
    )


def _everything(ctx: Context, kind: Kind) -> list[Row]:
    newest_first = kind is ACTIVITY
    order = Page(None, order="created" if newest_first else "name", descending=newest_first)
    return ctx.store.resources.page(kind, ctx.account, ctx.region, order)[0]


def _key(subject: Subject, name: str) -> str:
    return "|".join(filter(None, (*subject, name)))


def _identity(kind: Kind, subject: Subject, name: str) -> str:
    """The last part of an ARN, in the form that AWS has for the kind."""
    identity = str(uuid.uuid4())
    if kind in (POLICY, ACTION):
        label = "policyName" if kind is POLICY else "scheduledActionName"
        return f"{identity}:resource/{NAMESPACE}/{subject.resource}:{label}/{name}"
    return identity.replace("-", "") + identity[:2] if kind is TARGET else identity
