"""Queues: made, found, listed, changed, emptied and deleted."""

import re
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.services.sqs.attributes import DEFAULTS, checked, no_fifo, redrive, shown
from fieldstone.services.sqs.rows import QUEUE, find_queue, invalid, no_queue, url_of
from fieldstone.store.resources import InvalidTokenError, Page, Row

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_MOST_LISTED: Final = 1_000
_PURGE_SECONDS: Final = 60
_MOST_TAGS: Final = 50
_PAST_EVERY_NAME: Final = "\U0010ffff"


@write
def create_queue(ctx: Context, request: Request) -> Answer:
    """Make a queue; one that is there with the same attributes is found.

    Differs from AWS: a name may be used again at once after its queue was deleted.
    """
    name, given = request["QueueName"], request.get("Attributes", {})
    if name.endswith(".fifo"):
        raise no_fifo()
    if not _NAME.fullmatch(name):
        words = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise AwsError("InvalidParameterValue", words)
    attributes = checked(ctx, given)
    row = ctx.store.resources.find(QUEUE, ctx.account, ctx.region, name)
    if row is None:
        row = _make(ctx, name, attributes)
        _tag(ctx, row, request.get("tags", {}))
    for attribute, value in attributes.items():
        if row.document.get(attribute, "") != value:
            words = f"A queue already exists with the same name and a different value for attribute {attribute}"
            raise AwsError("QueueNameExists", words)
    return {"QueueUrl": url_of(ctx, row)}


@read
def get_queue_url(ctx: Context, request: Request) -> Answer:
    """The URL of the queue of a name."""
    row = ctx.store.resources.find(QUEUE, ctx.account, ctx.region, request["QueueName"])
    if row is None or request.get("QueueOwnerAWSAccountId", ctx.account) != ctx.account:
        raise no_queue()
    return {"QueueUrl": url_of(ctx, row)}


@read
def list_queues(ctx: Context, request: Request) -> Answer:
    """The URLs of the queues whose names begin so, by name; in pages where MaxResults is given."""
    prefix = request.get("QueueNamePrefix", "")
    rows, token = _page(ctx, request, {"name_from": prefix, "name_before": prefix + _PAST_EVERY_NAME})
    urls = [url_of(ctx, row) for row in rows]
    return {"QueueUrls": urls or None, "NextToken": token if "MaxResults" in request else None}


@read
def list_dead_letter_source_queues(ctx: Context, request: Request) -> Answer:
    """The URLs of the queues that send what they cannot get rid of to this one, all on one page."""
    target = find_queue(ctx, request["QueueUrl"])
    rows, _ = ctx.store.resources.page(QUEUE, ctx.account, ctx.region, Page(None, order="name", descending=False))
    sources = [row for row in rows if (policy := redrive(row)) is not None and policy[0] == target.arn]
    return {"queueUrls": [url_of(ctx, row) for row in sources]}


@write
def delete_queue(ctx: Context, request: Request) -> Answer:
    """Delete a queue with its messages, at once."""
    row = find_queue(ctx, request["QueueUrl"])
    ctx.store.messages.purge(row.uid)
    ctx.store.tags.clear(row.arn)
    ctx.store.resources.delete(row)
    return {}


@write
def purge_queue(ctx: Context, request: Request) -> Answer:
    """Take every message of a queue away, at once; not twice within a minute."""
    row = find_queue(ctx, request["QueueUrl"])
    if ctx.now < row.internal.get("purged", 0.0) + _PURGE_SECONDS:
        words = f"Only one PurgeQueue operation on {row.name} is allowed every {_PURGE_SECONDS} seconds."
        raise AwsError("PurgeQueueInProgress", words)
    ctx.store.messages.purge(row.uid)
    row.internal["purged"] = ctx.now
    ctx.store.resources.update(row)
    return {}


@read
def get_queue_attributes(ctx: Context, request: Request) -> Answer:
    """The attributes that are asked for; none where none is. The numbers of messages are exact here."""
    row = find_queue(ctx, request["QueueUrl"])
    return {"Attributes": shown(ctx, row, request.get("AttributeNames", [])) or None}


@write
def set_queue_attributes(ctx: Context, request: Request) -> Answer:
    """Change attributes, at once; an empty text takes one away."""
    row = find_queue(ctx, request["QueueUrl"])
    row.document |= checked(ctx, request["Attributes"])
    row.document = DEFAULTS | {name: value for name, value in row.document.items() if value}
    row.modified = ctx.now
    ctx.store.resources.update(row)
    return {}


@write
def tag_queue(ctx: Context, request: Request) -> Answer:
    """Add tags to a queue, or change their values."""
    _tag(ctx, find_queue(ctx, request["QueueUrl"]), request["Tags"])
    return {}


@write
def untag_queue(ctx: Context, request: Request) -> Answer:
    """Take tags off a queue."""
    ctx.store.tags.remove(find_queue(ctx, request["QueueUrl"]).arn, request["TagKeys"])
    return {}


@read
def list_queue_tags(ctx: Context, request: Request) -> Answer:
    """A queue's tags."""
    return {"Tags": ctx.store.tags.of(find_queue(ctx, request["QueueUrl"]).arn) or None}


def _make(ctx: Context, name: str, attributes: dict[str, str]) -> Row:
    document: dict[str, Any] = DEFAULTS | {name: value for name, value in attributes.items() if value}
    arn = QUEUE.arn(ctx.account, ctx.region, name)
    row = Row(QUEUE.name, ctx.account, ctx.region, name, arn, document, created=ctx.now, modified=ctx.now)
    return ctx.store.resources.insert(row)


def _tag(ctx: Context, row: Row, tags: dict[str, str]) -> None:
    ctx.store.tags.put(row.arn, tags)
    if len(ctx.store.tags.of(row.arn)) > _MOST_TAGS:
        raise AwsError("InvalidParameterValue", f"Too many tags added for queue {row.name}.")


def _page(ctx: Context, request: Request, filters: dict[str, str]) -> tuple[list[Row], str | None]:
    limit = request.get("MaxResults", _MOST_LISTED)
    if not 1 <= limit <= _MOST_LISTED:
        raise invalid(limit, "MaxResults", f"MaxResults must be an integer between 1 and {_MOST_LISTED}.")
    page = Page(limit, request.get("NextToken"), order="name", descending=False, filters=filters)
    try:
        return ctx.store.resources.page(QUEUE, ctx.account, ctx.region, page)
    except InvalidTokenError:
        raise AwsError("InvalidParameterValue", "Invalid or expired next token.") from None
