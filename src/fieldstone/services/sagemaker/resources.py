"""What every SageMaker resource does alike: create, find, describe, list, delete. A Kind says the rest."""

from collections.abc import Callable
from typing import Any, Final

from fieldstone.core.errors import AwsError, validation_error
from fieldstone.services.operation import Answer, Context, Handler, Request, read, write
from fieldstone.store.kind import Kind
from fieldstone.store.resources import InvalidTokenError, Page, Row

_MOST_RESULTS = 10
_FILTERS: Final = {
    "NameContains": "name_contains",
    "CreationTimeAfter": "created_after",
    "CreationTimeBefore": "created_before",
    "LastModifiedTimeAfter": "modified_after",
    "LastModifiedTimeBefore": "modified_before",
    "StatusEquals": "status",
    "TrainingPlanArnEquals": "training_plan",
    "WarmPoolStatusEquals": "warm_pool",
    "EndpointNameEquals": "endpoint",
    "VariantNameEquals": "variant",
}
_ORDERS: Final = {
    "CreationTime": "created",
    "LastModifiedTime": "modified",
    "Name": "name",
    "Status": "status",
}


def draft(ctx: Context, kind: Kind, request: Request, status: str = "", **members: Any) -> Row:
    """The row that a Create asks for, not yet kept: its document is the request, and ``members`` besides."""
    name = request[kind.id_member]
    arn = kind.arn(ctx.account, ctx.region, name)
    document = {member: value for member, value in request.items() if member != "Tags"}
    document |= {kind.arn_member: arn, "CreationTime": ctx.now, **members}
    row = Row(kind.name, ctx.account, ctx.region, name, arn, document, created=ctx.now, modified=ctx.now)
    return amend(row, kind, ctx.now, status) if kind.status_member else row


def keep(ctx: Context, kind: Kind, row: Row, request: Request) -> Answer:
    """Add a drafted row with the request's tags, and answer the Create."""
    ctx.store.tags.put(row.arn, {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])})
    ctx.store.resources.insert(row)
    return {kind.arn_member: row.arn}


def amend(row: Row, kind: Kind, now: float, status: str | None = None) -> Row:
    """Bring a row's columns in line with its changed document and status; the caller updates it in the store."""
    if status is not None:
        row.document[kind.status_member] = row.status = status
        row.settled = status in kind.settled
    row.document["LastModifiedTime"] = row.modified = now
    return row


def lookup(ctx: Context, kind: Kind, name: str) -> Row | None:
    """The caller's resource of that name, if there is one."""
    return ctx.store.resources.find(kind, ctx.account, ctx.region, name)


def find(ctx: Context, kind: Kind, name: str) -> Row:
    """The caller's resource of that name.

    Raises:
        AwsError: ValidationException, in the words AWS has for the kind.
    """
    row = lookup(ctx, kind, name)
    if row is None:
        arn = kind.arn(ctx.account, ctx.region, name)
        job = kind.noun.endswith("job")
        raise validation_error("Requested resource not found." if job else f'Could not find {kind.noun} "{arn}".')
    return row


def refuse_existing(ctx: Context, kind: Kind, name: str) -> None:
    """Refuse to create what is there already.

    Raises:
        AwsError: ResourceInUse for jobs, ValidationException for the rest, as AWS has it.
    """
    row = lookup(ctx, kind, name)
    if row is None:
        return
    if not kind.noun.endswith("job"):
        raise validation_error(f'Cannot create already existing {kind.noun} "{row.arn}".')
    noun = kind.noun.capitalize()
    raise AwsError(
        "ResourceInUse",
        f"{noun} names must be unique within an AWS account and region, and a {kind.noun} with this name already "
        f"exists ({row.arn})",
    )


def wrong_status(kind: Kind, row: Row) -> AwsError:
    """The refusal of what cannot be done to a resource in its status, in AWS's words."""
    return validation_error(f"The request was rejected because the {kind.noun} is in status {row.status}.")


def describe(kind: Kind) -> Handler:
    """The Describe operation of a kind: its document."""

    def describe(ctx: Context, request: Request) -> Answer:
        return find(ctx, kind, request[kind.id_member]).document

    return read(describe)


def listing(kind: Kind) -> Handler:
    """The List operation of a kind: filtered, sorted and paged in the database."""

    def listing(ctx: Context, request: Request) -> Answer:
        page = Page(
            limit=request.get("MaxResults", _MOST_RESULTS),
            token=request.get("NextToken"),
            order=_ORDERS[request.get("SortBy", "CreationTime")],
            descending=_descending(kind, request),
            filters={_FILTERS[name]: value for name, value in request.items() if name in _FILTERS},
        )
        try:
            rows, token = ctx.store.resources.page(kind, ctx.account, ctx.region, page)
        except InvalidTokenError:
            raise validation_error("Invalid pagination token: it was not returned by this operation.") from None
        return {kind.list_member: [row.document for row in rows], "NextToken": token}

    return read(listing)


def deletion(kind: Kind) -> Handler:
    """The Delete operation of a kind nothing runs for: the row goes, and its tags. A job must have ended."""

    def deletion(ctx: Context, request: Request) -> Answer:
        row = find(ctx, kind, request[kind.id_member])
        if not row.settled:
            raise wrong_status(kind, row)
        ctx.store.tags.clear(row.arn)
        ctx.store.resources.delete(row)
        return {}

    return write(deletion)


def stopping(kind: Kind, stop: Callable[[Row, float], None]) -> Handler:
    """The Stop operation of a job: ``stop`` changes its row; the controller does the rest. An ended job is refused."""

    def stopping(ctx: Context, request: Request) -> Answer:
        row = find(ctx, kind, request[kind.id_member])
        if row.settled:
            raise wrong_status(kind, row)
        stop(row, ctx.now)
        ctx.store.resources.update(row)
        return {}

    return write(stopping)


def _descending(kind: Kind, request: Request) -> bool:
    return request["SortOrder"] == "Descending" if "SortOrder" in request else kind.descending
