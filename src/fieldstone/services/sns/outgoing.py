"""Messages on their way out of a topic: into queues at once, to HTTP addresses by a row that is driven."""

import logging
from typing import Any, Final

import msgspec

from fieldstone.core.errors import AwsError
from fieldstone.core.ids import request_id
from fieldstone.services.operation import Context
from fieldstone.services.sns.policies import Retries
from fieldstone.services.sns.rows import DELIVERY, draft
from fieldstone.store.resources import Row

_log: Final = logging.getLogger(__name__)


def post(ctx: Context, row: Row, text: str, headers: dict[str, str], retries: Retries) -> None:
    """Have a text posted to a subscription's address, as often as its policy says until it is taken."""
    document: dict[str, Any] = {"Endpoint": row.document["Endpoint"], "Headers": headers, "Text": text}
    delivery = draft(ctx, DELIVERY, row.region, request_id(), document | {"Delays": retries.delays()})
    delivery.account, delivery.status, delivery.settled = row.account, "Pending", False
    if "RedrivePolicy" in row.document:
        document = delivery.document
        document["DeadLetterTarget"] = msgspec.json.decode(row.document["RedrivePolicy"])["deadLetterTargetArn"]
    ctx.store.resources.insert(delivery)


def enqueue(ctx: Context, row: Row, request: dict[str, Any]) -> None:
    """Put a message into a subscribed queue; what the queue refuses goes where dead letters go, or is lost."""
    try:
        ctx.call("sqs", "accept", {"QueueArn": row.document["Endpoint"], **request})
    except AwsError as error:
        _log.warning("%s: %s does not take a message: %s", row.arn, row.document["Endpoint"], error)
        if "RedrivePolicy" in row.document:
            target = msgspec.json.decode(row.document["RedrivePolicy"])["deadLetterTargetArn"]
            bury(ctx, target, request, error.code, error.message)


def bury(ctx: Context, target: str, request: dict[str, Any], code: str, message: str) -> None:
    """Put a message that nobody took into the queue for those, with why; what that refuses is lost."""
    told = {"ERROR_CODE": code, "ERROR_MESSAGE": message}
    attributes = {
        name: {"DataType": "String", "StringValue": text} for name, text in told.items() if text
    } | request.get("MessageAttributes", {})
    try:
        ctx.call("sqs", "accept", {"QueueArn": target, **request, "MessageAttributes": attributes})
    except AwsError as error:
        _log.warning("a message is lost: %s does not take it: %s", target, error)
