"""Messages received: taken for a time, shown again after it, deleted, or moved where dead letters go."""

import base64
import binascii
from typing import Any, Final

import msgspec

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Pause, Request, patient, write
from fieldstone.services.sqs.attributes import redrive
from fieldstone.services.sqs.batches import each
from fieldstone.services.sqs.digests import Attributes, md5_of_attributes, unpacked
from fieldstone.services.sqs.rows import find_arn, find_queue, invalid, number, oldest
from fieldstone.store.messages import Message
from fieldstone.store.resources import Row

_MOST: Final = 10
_MOST_WAIT: Final = 20
_MOST_HIDDEN: Final = 43_200
_handle: Final = msgspec.json.Decoder(tuple[int, int, int]).decode


def _await_messages(ctx: Context, request: Request, began: float) -> Pause | None:
    """Wait while there is nothing to receive, until the time that the request or the queue allows is over."""
    row = find_queue(ctx, request["QueueUrl"])
    wait = request.get("WaitTimeSeconds", number(row, "ReceiveMessageWaitTimeSeconds"))
    _within(wait, "WaitTimeSeconds", 0, _MOST_WAIT, f"Must be >= 0 and <= {_MOST_WAIT}, if provided.")
    left, due = began + wait - ctx.now, ctx.store.messages.next_due(row.uid)
    if left <= 0 or (due is not None and due <= ctx.now):
        return None
    return Pause(row.uid, left if due is None else min(left, due - ctx.now))


@patient(_await_messages)
def receive_message(ctx: Context, request: Request) -> Answer:
    """Take messages for a time, in which nobody else is given them; wait for some if there are none."""
    row = find_queue(ctx, request["QueueUrl"])
    most = request.get("MaxNumberOfMessages", 1)
    _within(most, "MaxNumberOfMessages", 1, _MOST, f"Must be between 1 and {_MOST}, if provided.")
    hidden = _hidden(request.get("VisibilityTimeout", number(row, "VisibilityTimeout")))
    ctx.store.messages.expire(row.uid, oldest(row, ctx.now))
    taken = _take(ctx, row, most, hidden)
    return {"Messages": [_shown(message, request) for message in taken]} if taken else {}


@write
def delete_message(ctx: Context, request: Request) -> Answer:
    """Delete a message by the handle of its last receipt; by an older one it stays, and that is no error."""
    _delete(ctx, find_queue(ctx, request["QueueUrl"]), request)
    return {}


@write
def delete_message_batch(ctx: Context, request: Request) -> Answer:
    """Delete several messages."""
    row = find_queue(ctx, request["QueueUrl"])
    return each(ctx, request["Entries"], lambda entry: _delete(ctx, row, entry))


@write
def change_message_visibility(ctx: Context, request: Request) -> Answer:
    """Hide a message that was received for another time, from now on; with 0 it is shown again at once."""
    _hide(ctx, find_queue(ctx, request["QueueUrl"]), request)
    return {}


@write
def change_message_visibility_batch(ctx: Context, request: Request) -> Answer:
    """Hide several messages for another time."""
    row = find_queue(ctx, request["QueueUrl"])
    return each(ctx, request["Entries"], lambda entry: _hide(ctx, row, entry))


def _take(ctx: Context, row: Row, most: int, hidden: int) -> list[Message]:
    """Take as many messages as there are; those that were received too often are moved away instead."""
    policy, taken = redrive(row), list[Message]()
    target = find_arn(ctx, policy[0]) if policy else None
    while len(taken) < most and (found := ctx.store.messages.due(row.uid, ctx.now, most - len(taken))):
        for message in found:
            if policy is not None and target is not None and message.receives >= policy[1]:
                _move(ctx, message, row, target)
            else:
                message.receives += 1
                message.first = message.first or ctx.now
                message.visible = ctx.now + hidden
                ctx.store.messages.update(message)
                taken.append(message)
        if hidden == 0:  # what was taken may be found again at once
            break
    return taken


def _move(ctx: Context, message: Message, row: Row, target: Row) -> None:
    message.content["system"].setdefault("DeadLetterQueueSourceArn", row.arn)
    message.queue, message.visible, message.receives, message.first = target.uid, ctx.now, 0, None
    ctx.store.messages.move(message)


def _shown(message: Message, request: Request) -> dict[str, Any]:
    content = message.content
    system = content["system"] | {
        "ApproximateReceiveCount": str(message.receives),
        "ApproximateFirstReceiveTimestamp": str(int((message.first or 0) * 1e3)),
    }
    wanted = {*request.get("AttributeNames", []), *request.get("MessageSystemAttributeNames", [])}
    attributes = _chosen(unpacked(content["attributes"]), request.get("MessageAttributeNames", []))
    handle = msgspec.json.encode((message.queue, message.uid, message.receives))
    return {
        "MessageId": content["id"],
        "ReceiptHandle": base64.b64encode(handle).decode(),
        "MD5OfBody": content["md5"],
        "Body": content["body"],
        "Attributes": {name: text for name, text in system.items() if name in wanted or "All" in wanted} or None,
        "MessageAttributes": attributes or None,
        "MD5OfMessageAttributes": md5_of_attributes(attributes),
    }


def _chosen(attributes: Attributes, names: list[str]) -> Attributes:
    """The attributes that are asked for: by name, by the beginning of it (``foo.*``), or ``All`` of them."""
    if "All" in names or ".*" in names:
        return attributes
    prefixes = tuple(name.removesuffix("*").removesuffix(".") for name in names if name.endswith("*"))
    return {
        name: attribute
        for name, attribute in attributes.items()
        if name in names or (prefixes and name.startswith(prefixes))
    }


def _received(ctx: Context, row: Row, handle: str) -> Message | None:
    """The message of a receipt; None where it is gone, or was received again since.

    Raises:
        AwsError: ReceiptHandleIsInvalid.
    """
    try:
        queue, uid, receives = _handle(base64.b64decode(handle, validate=True))
    except (binascii.Error, ValueError):
        raise AwsError("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not valid.') from None
    if queue != row.uid or not 0 <= uid < 1 << 63:
        raise AwsError("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not valid.')
    message = ctx.store.messages.get(uid)
    return message if message is not None and (message.queue, message.receives) == (queue, receives) else None


def _delete(ctx: Context, row: Row, request: dict[str, Any]) -> dict[str, Any]:
    message = _received(ctx, row, request["ReceiptHandle"])
    if message is not None:
        ctx.store.messages.delete(message.uid)
    return {}


def _hide(ctx: Context, row: Row, request: dict[str, Any]) -> dict[str, Any]:
    handle, hidden = request["ReceiptHandle"], _hidden(request.get("VisibilityTimeout", 0))
    message = _received(ctx, row, handle)
    if message is None or message.visible <= ctx.now:
        words = "Message does not exist or is not available for visibility timeout change."
        raise invalid(handle, "ReceiptHandle", words)
    ctx.store.messages.show(message, ctx.now + hidden)
    return {}


def _hidden(seconds: int) -> int:
    words = f"Must be between 0 and {_MOST_HIDDEN}, if provided."
    return _within(seconds, "VisibilityTimeout", 0, _MOST_HIDDEN, words)


def _within(value: int, parameter: str, least: int, most: int, words: str) -> int:
    if not least <= value <= most:
        raise invalid(value, parameter, words)
    return value
