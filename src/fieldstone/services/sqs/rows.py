"""Queues as rows, and the two names they have: a URL for clients, an ARN for other services."""

from typing import Any, Final
from urllib.parse import urlsplit

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Context
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row
from fieldstone.store.transaction import Transaction

QUEUE: Final = Kind("Queue", "sqs", "{name}", noun="queue")
"""A queue's document has its attributes, as the strings that they are to clients."""


def find_queue(ctx: Context, url: str) -> Row:
    """The row of the queue that a URL names; where the URL leads to does not matter, only its path does.

    Raises:
        AwsError: InvalidAddress, QueueDoesNotExist.
    """
    account, _, name = urlsplit(url).path.strip("/").partition("/")
    if not name or "/" in name:
        raise AwsError("InvalidAddress", f"The address {url} is not valid for this endpoint.", 404)
    row = ctx.store.resources.find(QUEUE, ctx.account, ctx.region, name) if account == ctx.account else None
    if row is None:
        raise no_queue()
    return row


def find_arn(ctx: Context, arn: str) -> Row | None:
    """The row of the queue of that ARN, of whatever account and region."""
    row = ctx.store.resources.find_arn(arn)
    return row if row is not None and row.kind == QUEUE.name else None


def no_queue() -> AwsError:
    """The error for a queue that is not there."""
    return AwsError("QueueDoesNotExist", "The specified queue does not exist.")


def url_of(ctx: Context, row: Row) -> str:
    """The URL of a queue at this server."""
    return f"{ctx.url}/{row.account}/{row.name}"


def invalid(value: Any, parameter: str, reason: str) -> AwsError:
    """The error for a value of a parameter."""
    words = f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    return AwsError("InvalidParameterValue", words)


def oldest(row: Row, now: float) -> float:
    """When a message that a queue still has was sent at the earliest."""
    return now - number(row, "MessageRetentionPeriod")


def forget_expired(store: Transaction, now: float) -> None:
    """Take the messages of all queues away that are too old, which nobody asked for meanwhile."""
    for row in store.resources.all(QUEUE):
        store.messages.expire(row.uid, oldest(row, now))


def number(row: Row, attribute: str) -> int:
    """An attribute of a queue that is a number."""
    return int(row.document[attribute])
