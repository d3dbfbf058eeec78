"""What subscribers are sent: SNS's JSON around a message, and the headers of a POST.

Nothing is signed: AWS signs with a key of its own, whose certificate lies at an address of its own. So the members
``Signature``, ``SignatureVersion`` and ``SigningCertURL`` are left out, rather than filled with what proves nothing.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from fieldstone.core.ids import request_id
from fieldstone.services.operation import Context
from fieldstone.services.sns.policies import content_type_of
from fieldstone.store.resources import Row

Attributes = dict[str, dict[str, Any]]
_AGENT: Final = "Amazon Simple Notification Service Agent"


@dataclass(frozen=True, slots=True)
class Published:
    """A message as it was published."""

    topic: Row
    id: str
    subject: str | None
    attributes: Attributes


def notification(ctx: Context, row: Row, published: Published, text: str) -> str:
    """What a message says to a subscription, in its envelope."""
    envelope: dict[str, Any] = {"Type": "Notification", "MessageId": published.id, "TopicArn": published.topic.arn}
    if published.subject is not None:
        envelope["Subject"] = published.subject
    envelope |= {"Message": text, "Timestamp": _timestamp(ctx.now), "UnsubscribeURL": _unsubscribe(ctx, row)}
    if published.attributes:
        envelope["MessageAttributes"] = {
            name: {"Type": attribute["DataType"], "Value": _text(attribute)}
            for name, attribute in published.attributes.items()
        }
    return msgspec.json.encode(envelope).decode()


def confirmation(ctx: Context, topic: Row, row: Row) -> tuple[str, dict[str, str]]:
    """What an address is asked, and the headers of that."""
    token, message_id = row.internal["token"], request_id()
    query = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic.arn, "Token": token})
    envelope = {
        "Type": "SubscriptionConfirmation",
        "MessageId": message_id,
        "Token": token,
        "TopicArn": topic.arn,
        "Message": f"You have chosen to subscribe to the topic {topic.arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": f"{ctx.url}/?{query}",
        "Timestamp": _timestamp(ctx.now),
    }
    return msgspec.json.encode(envelope).decode(), headers_of("SubscriptionConfirmation", message_id, topic, row)


def headers_of(kind: str, message_id: str, topic: Row, row: Row) -> dict[str, str]:
    """The headers of a POST."""
    headers = {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": topic.arn,
        "Content-Type": content_type_of(row.document.get("DeliveryPolicy", "")),
        "User-Agent": _AGENT,
    }
    if kind == "Notification":
        headers["x-amz-sns-subscription-arn"] = row.arn
        if row.document.get("RawMessageDelivery") == "true":
            headers["x-amz-sns-rawdelivery"] = "true"
    return headers


def _timestamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _unsubscribe(ctx: Context, row: Row) -> str:
    return f"{ctx.url}/?{urlencode({'Action': 'Unsubscribe', 'SubscriptionArn': row.arn})}"


def _text(attribute: dict[str, Any]) -> str:
    if attribute["DataType"].startswith("Binary"):
        return base64.b64encode(attribute["BinaryValue"]).decode()
    return attribute["StringValue"]
