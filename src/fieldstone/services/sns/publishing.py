"""Messages published to a topic: to every subscription, in one commit."""

import re
from typing import Any, Final

import msgspec

from fieldstone.core.errors import AwsError
from fieldstone.core.ids import request_id
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sns.envelopes import Attributes, Published, headers_of, notification
from fieldstone.services.sns.filters import wants
from fieldstone.services.sns.outgoing import enqueue, post
from fieldstone.services.sns.policies import retries_of
from fieldstone.services.sns.rows import CONFIRMED, find_topic, invalid, not_built, subscriptions_of
from fieldstone.store.resources import Row

_LARGEST: Final = 262_144
_LONGEST_SUBJECT: Final = 100
_MOST_IN_BATCH: Final = 10
_TYPE: Final = re.compile(r"(String|Number|Binary)(\..+)?")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")


@write
def publish(ctx: Context, request: Request) -> Answer:
    """Publish a message. Once this is answered it is in every subscribed queue, and on its way to every address."""
    if "PhoneNumber" in request:
        raise not_built("Text messages to telephones are")
    targets = [request[name] for name in ("TopicArn", "TargetArn") if name in request]
    if len(targets) != 1:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if ":endpoint/" in targets[0]:
        raise not_built("Push notifications are")
    return {"MessageId": _publish(ctx, find_topic(ctx, targets[0]), request)}


@write
def publish_batch(ctx: Context, request: Request) -> Answer:
    """Publish several messages; each that is refused is told."""
    topic, entries = find_topic(ctx, request["TopicArn"]), request["PublishBatchRequestEntries"]
    _check_batch(entries)
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            message_id = ctx.store.attempt(lambda _, entry=entry: _publish(ctx, topic, entry))
        except AwsError as error:
            told = {"Code": error.code, "Message": error.message, "SenderFault": error.status < 500}
            failed.append({"Id": entry["Id"]} | told)
        else:
            done.append({"Id": entry["Id"], "MessageId": message_id})
    return {"Successful": done, "Failed": failed}


def _publish(ctx: Context, topic: Row, request: dict[str, Any]) -> str:
    """Publish a message to a topic; its id."""
    attributes: Attributes = request.get("MessageAttributes", {})
    texts = _texts(request)
    _check(request, attributes)
    published = Published(topic, request_id(), request.get("Subject"), attributes)
    for row in subscriptions_of(ctx, topic):
        if row.status == CONFIRMED and _wants(row, request["Message"], attributes):
            protocol = row.document["Protocol"]
            text = texts.get(protocol, texts["default"])
            raw = row.document.get("RawMessageDelivery") == "true"
            body = text if raw else notification(ctx, row, published, text)
            if protocol == "sqs":
                enqueue(ctx, row, {"MessageBody": body, "MessageAttributes": attributes if raw else {}})
            else:
                retries = retries_of(topic.document.get("DeliveryPolicy", ""), row.document.get("DeliveryPolicy", ""))
                post(ctx, row, body, headers_of("Notification", published.id, topic, row), retries)
    return published.id


def _wants(row: Row, message: str, attributes: Attributes) -> bool:
    policy, scope = (row.document.get(name, "") for name in ("FilterPolicy", "FilterPolicyScope"))
    return wants(policy, scope, message, attributes)


def _texts(request: dict[str, Any]) -> dict[str, str]:
    """What is said to each protocol, and to all others by default."""
    message, structure = request["Message"], request.get("MessageStructure", "")
    if not message:
        raise invalid("Empty message")
    if structure != "json":
        if structure:
            raise invalid("MessageStructure")
        return {"default": message}
    try:
        texts = msgspec.json.decode(message, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(texts.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    return {protocol: text for protocol, text in texts.items() if isinstance(text, str)}


def _check(request: dict[str, Any], attributes: Attributes) -> None:
    subject = request.get("Subject")
    if subject is not None and not (0 < len(subject) <= _LONGEST_SUBJECT and subject.isprintable()):
        raise invalid("Subject")
    if {"MessageDeduplicationId"} & request.keys():
        words = "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid"
        raise invalid(f"{words} for this topic type")
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)
    if _size(request) > _LARGEST:
        raise invalid("Message too long")


def _check_attribute(name: str, attribute: dict[str, Any]) -> None:
    found = _TYPE.fullmatch(attribute["DataType"])
    if found is None:
        raise AwsError(
            "ParameterValueInvalid",
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String.",
        )
    if not attribute.get("BinaryValue" if found[1] == "Binary" else "StringValue"):
        raise AwsError(
            "ParameterValueInvalid",
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{attribute['DataType']}'.",
        )


def _size(request: dict[str, Any]) -> int:
    size = len(request["Message"].encode())
    for name, attribute in request.get("MessageAttributes", {}).items():
        value = attribute.get("BinaryValue", b"") or attribute.get("StringValue", "").encode()
        size += len(name.encode()) + len(attribute["DataType"].encode()) + len(value)
    return size


def _check_batch(entries: list[dict[str, Any]]) -> None:
    if not entries:
        raise AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > _MOST_IN_BATCH:
        raise AwsError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
    names = [entry["Id"] for entry in entries]
    if not all(map(_ID.fullmatch, names)):
        words = "The Id of a batch entry in a batch request doesn't abide by the specification."
        raise AwsError("InvalidBatchEntryId", words)
    if len(set(names)) < len(names):
        raise AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
    if sum(map(_size, entries)) > _LARGEST:
        raise AwsError("BatchRequestTooLong", "The length of all the messages put together is more than the limit.")
