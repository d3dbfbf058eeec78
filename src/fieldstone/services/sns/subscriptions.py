"""Subscriptions: queues at once, HTTP addresses once they have said that they want it."""

import hmac
import re
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from fieldstone.core.errors import AwsError
from fieldstone.core.ids import opaque_id, secret_id
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.services.sns.envelopes import confirmation
from fieldstone.services.sns.filters import check_filter
from fieldstone.services.sns.outgoing import post
from fieldstone.services.sns.policies import Retries, check_delivery, effective_of_subscription
from fieldstone.services.sns.rows import (
    CONFIRMED,
    PENDING,
    SUBSCRIPTION,
    draft,
    find_subscription,
    find_topic,
    invalid,
    names_of,
    not_built,
    page_of,
    subscriptions_of,
)
from fieldstone.store.resources import Row

_ELSEWHERE: Final = frozenset({"email", "email-json", "sms", "application", "lambda", "firehose"})
_QUEUE: Final = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?")
_VALUES: Final = {
    "RawMessageDelivery": {"true", "false"},
    "FilterPolicyScope": {"MessageAttributes", "MessageBody"},
}
"""Attributes that have one of a few values."""
_ATTRIBUTES: Final = _VALUES.keys() | {"DeliveryPolicy", "RedrivePolicy", "FilterPolicy"}


@write
def subscribe(ctx: Context, request: Request) -> Answer:
    """Subscribe a queue, or ask an HTTP address whether it wants to be. The same subscription is found again."""
    topic = find_topic(ctx, request["TopicArn"])
    protocol, endpoint = request["Protocol"], request.get("Endpoint", "")
    _check_endpoint(protocol, endpoint)
    attributes = {name: value for name, value in request.get("Attributes", {}).items() if value}
    for name, value in attributes.items():
        _check(ctx, {"Protocol": protocol} | attributes, name, value)
    row = _existing(ctx, topic, protocol, endpoint)
    if row is None:
        document = {"Protocol": protocol, "Endpoint": endpoint, "TopicArn": topic.arn, **attributes}
        row = draft(ctx, SUBSCRIPTION, topic.region, f"{topic.name}:{secret_id()}", document)
        row.status = CONFIRMED if protocol == "sqs" else PENDING
        ctx.store.resources.insert(row)
    elif any(row.document.get(name) != value for name, value in attributes.items()):
        raise invalid("Attributes Reason: Subscription already exists with different attributes")
    if row.status == PENDING:
        _ask(ctx, topic, row)
    told = row.status == CONFIRMED or request.get("ReturnSubscriptionArn", False)
    return {"SubscriptionArn": row.arn if told else "pending confirmation"}


@write
def confirm_subscription(ctx: Context, request: Request) -> Answer:
    """Say that an HTTP address wants to be subscribed, by the token that it was sent. Whoever has that may."""
    topic = find_topic(ctx, request["TopicArn"], anybody=True)
    for row in subscriptions_of(ctx, topic):
        if hmac.compare_digest(row.internal.get("token", "").encode(), request["Token"].encode("utf-8", "replace")):
            if row.status == PENDING:
                row.status = CONFIRMED
                row.internal["authenticated"] = request.get("AuthenticateOnUnsubscribe") == "true"
                ctx.store.resources.update(row)
            return {"SubscriptionArn": row.arn}
    raise invalid("Token")


@write
def unsubscribe(ctx: Context, request: Request) -> Answer:
    """End a subscription; one that is gone is passed over. Messages on their way arrive.

    Who has the link from a message may, unless it was confirmed with ``AuthenticateOnUnsubscribe``.
    """
    try:
        row = find_subscription(ctx, request["SubscriptionArn"])
    except AwsError as error:
        if error.code == "NotFound":
            return {}
        raise
    if row.status == PENDING:
        raise invalid("SubscriptionArn Reason: Subscription is pending confirmation")
    if row.internal.get("authenticated") and not ctx.caller.arn:
        raise AwsError("AuthorizationError", "The subscription ends only by a request that is signed.", 403)
    ctx.store.resources.delete(row)
    return {}


@read
def list_subscriptions(ctx: Context, request: Request) -> Answer:
    """A hundred subscriptions of the account in the region."""
    rows, token = page_of(ctx, SUBSCRIPTION, request.get("NextToken"), {})
    return {"Subscriptions": [_shown(row) for row in rows], "NextToken": token}


@read
def list_subscriptions_by_topic(ctx: Context, request: Request) -> Answer:
    """A hundred subscriptions of a topic."""
    topic = find_topic(ctx, request["TopicArn"])
    rows, token = page_of(ctx, SUBSCRIPTION, request.get("NextToken"), names_of(topic))
    return {"Subscriptions": [_shown(row) for row in rows], "NextToken": token}


@read
def get_subscription_attributes(ctx: Context, request: Request) -> Answer:
    """A subscription's attributes."""
    row = _own(ctx, request["SubscriptionArn"])
    attributes = {
        "SubscriptionArn": row.arn,
        "Owner": row.account,
        "SubscriptionPrincipal": row.internal.get("principal", f"arn:aws:iam::{row.account}:root"),
        "PendingConfirmation": _bool(row.status == PENDING),
        "ConfirmationWasAuthenticated": _bool(row.document["Protocol"] == "sqs"),
        "RawMessageDelivery": "false",
    }
    if row.document["Protocol"] != "sqs":
        topic = find_topic(ctx, row.document["TopicArn"])
        policies = topic.document.get("DeliveryPolicy", ""), row.document.get("DeliveryPolicy", "")
        attributes["EffectiveDeliveryPolicy"] = effective_of_subscription(*policies)
    return {"Attributes": attributes | row.document}


@write
def set_subscription_attributes(ctx: Context, request: Request) -> Answer:
    """Change an attribute; an empty text takes it away."""
    row = _own(ctx, request["SubscriptionArn"])
    name, value = request["AttributeName"], request.get("AttributeValue", "")
    document = {known: text for known, text in row.document.items() if known != name}
    row.document = document | ({name: value} if value else {})
    _check(ctx, row.document, name, value)
    ctx.store.resources.update(row)
    return {}


def _own(ctx: Context, arn: str) -> Row:
    row = find_subscription(ctx, arn)
    if row.account != ctx.account:
        raise AwsError("NotFound", "Subscription does not exist", 404)
    return row


def _shown(row: Row) -> dict[str, str]:
    known = {name: row.document[name] for name in ("Protocol", "Endpoint", "TopicArn")}
    arn = row.arn if row.status == CONFIRMED else PENDING
    return {"SubscriptionArn": arn, "Owner": row.account} | known


def _existing(ctx: Context, topic: Row, protocol: str, endpoint: str) -> Row | None:
    for row in subscriptions_of(ctx, topic):
        if (row.document["Protocol"], row.document["Endpoint"]) == (protocol, endpoint):
            return row
    return None


def _ask(ctx: Context, topic: Row, row: Row) -> None:
    """Send an address the token by which it says that it wants the topic's messages."""
    row.internal["token"] = row.internal.get("token") or opaque_id() + opaque_id()
    ctx.store.resources.update(row)
    post(ctx, row, *confirmation(ctx, topic, row), Retries())


def _check_endpoint(protocol: str, endpoint: str) -> None:
    if protocol in _ELSEWHERE:
        raise not_built(f"Subscriptions by {protocol} are")
    if protocol == "sqs":
        if not _QUEUE.fullmatch(endpoint):
            raise invalid("SQS endpoint ARN")
    elif protocol in {"http", "https"}:
        if not _is_address(protocol, endpoint):
            raise invalid("Endpoint must match the specified protocol")
    else:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")


def _is_address(protocol: str, endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        return parts.scheme == protocol and bool(parts.hostname) and parts.port != 0 and endpoint.isprintable()
    except ValueError:  # a port that is none
        return False


def _check(ctx: Context, document: dict[str, str], name: str, value: str) -> None:
    """Refuse an attribute that a subscription with such a document cannot have."""
    if name not in _ATTRIBUTES:
        raise invalid("AttributeName")
    if value and value not in _VALUES.get(name, {value}):
        raise invalid(f"{name} Reason: Invalid value. Must be {' or '.join(sorted(_VALUES[name]))}.")
    if name.startswith("FilterPolicy"):
        check_filter(document.get("FilterPolicy", ""), document.get("FilterPolicyScope", ""))
    if name == "DeliveryPolicy":
        if document["Protocol"] == "sqs":
            raise invalid("DeliveryPolicy: Delivery policies are for HTTP/S subscriptions")
        check_delivery(value, of_topic=False)
    if name == "RedrivePolicy" and value:
        _check_redrive(ctx, value)


def _check_redrive(ctx: Context, value: str) -> None:
    try:
        policy = msgspec.json.decode(value, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise invalid("RedrivePolicy: failed to parse JSON.") from None
    target = policy.get("deadLetterTargetArn")
    if not isinstance(target, str) or not _QUEUE.fullmatch(target):
        raise invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if target.split(":")[4] != ctx.account:
        raise invalid("RedrivePolicy: deadLetterTargetArn must be in the same account and region as the subscription")


def _bool(value: bool) -> str:  # noqa: FBT001  # what it shows
    return "true" if value else "false"
