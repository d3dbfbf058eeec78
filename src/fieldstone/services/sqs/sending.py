"""Messages sent: by clients, alone or ten at a time, and by other services."""

from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.core.ids import request_id
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sqs.batches import each
from fieldstone.services.sqs.digests import (
    Attributes,
    check_attributes,
    check_text,
    md5_of,
    md5_of_attributes,
    packed,
    size_of,
)
from fieldstone.services.sqs.rows import find_arn, find_queue, invalid, no_queue, number
from fieldstone.store.messages import Message
from fieldstone.store.resources import Row

_MOST_DELAY: Final = 900
_LARGEST_BATCH: Final = 1_048_576


@write
def send_message(ctx: Context, request: Request) -> Answer:
    """Put a message into a queue."""
    return _send(ctx, find_queue(ctx, request["QueueUrl"]), request)


@write
def send_message_batch(ctx: Context, request: Request) -> Answer:
    """Put several messages into a queue; each that is refused is told."""
    row, entries = find_queue(ctx, request["QueueUrl"]), request["Entries"]
    size = sum(size_of(entry["MessageBody"], entry.get("MessageAttributes", {})) for entry in entries)
    if size > _LARGEST_BATCH:
        words = f"Batch requests cannot be longer than {_LARGEST_BATCH} bytes. You have sent {size} bytes."
        raise AwsError("BatchRequestTooLong", words)
    return each(ctx, entries, lambda entry: _send(ctx, row, entry))


@write
def accept(ctx: Context, request: Request) -> Answer:
    """Put another service's message into the queue of an ARN, of whatever region; AWS has no such operation.

    Args:
        ctx: What it works with.
        request: ``QueueArn``, and what SendMessage has.

    Raises:
        AwsError: What SendMessage raises.
    """
    row = find_arn(ctx, request["QueueArn"])
    if row is None:
        raise no_queue()
    return _send(ctx, row, request)


def _send(ctx: Context, row: Row, request: dict[str, Any]) -> dict[str, Any]:
    attributes: Attributes = request.get("MessageAttributes", {})
    system: Attributes = request.get("MessageSystemAttributes", {})
    body, delay = request["MessageBody"], request.get("DelaySeconds", number(row, "DelaySeconds"))
    _check(row, body, attributes, delay)
    check_attributes(system)
    digests = {"MD5OfMessageBody": md5_of(body), "MD5OfMessageAttributes": md5_of_attributes(attributes)}
    told = {name: attribute["StringValue"] for name, attribute in system.items() if "StringValue" in attribute}
    if "MessageGroupId" in request:
        told["MessageGroupId"] = request["MessageGroupId"]
    content: dict[str, Any] = {
        "id": request_id(),
        "body": body,
        "md5": digests["MD5OfMessageBody"],
        "attributes": packed(attributes),
        "system": {"SenderId": ctx.account, "SentTimestamp": str(int(ctx.now * 1e3))} | told,
    }
    ctx.store.messages.put(Message(row.uid, ctx.now + delay, ctx.now, content))
    return {"MessageId": content["id"], "MD5OfMessageSystemAttributes": md5_of_attributes(system)} | digests


def _check(row: Row, body: str, attributes: Attributes, delay: int) -> None:
    if not body:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
    check_text(body)
    check_attributes(attributes)
    most = number(row, "MaximumMessageSize")
    if size_of(body, attributes) > most:
        words = f"One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        raise AwsError("InvalidParameterValue", words)
    if not 0 <= delay <= _MOST_DELAY:
        raise invalid(delay, "DelaySeconds", f"DelaySeconds must be >= 0 and <= {_MOST_DELAY}.")
