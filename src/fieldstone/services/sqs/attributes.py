"""The attributes of queues: what they may be, what they are unless said, how they are shown."""

from typing import Any, Final

import msgspec

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Context
from fieldstone.services.sqs.rows import QUEUE, find_arn, invalid, oldest
from fieldstone.store.resources import Row

NUMBERS: Final = {
    "DelaySeconds": (0, 0, 900),
    "MaximumMessageSize": (1_048_576, 1_024, 1_048_576),
    "MessageRetentionPeriod": (345_600, 60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 0, 20),
    "VisibilityTimeout": (30, 0, 43_200),
}
"""What each is unless said, the least and the most it may be."""
DEFAULTS: Final = {name: str(usual) for name, (usual, _, _) in NUMBERS.items()} | {"SqsManagedSseEnabled": "true"}

_KEPT: Final = frozenset({"Policy", "RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"})
"""What is kept and shown, and does nothing."""
_COUNTED: Final = frozenset(
    {
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
        "CreatedTimestamp",
        "LastModifiedTimestamp",
        "QueueArn",
    }
)
_OF_FIFO: Final = frozenset({"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"})
_KNOWN: Final = DEFAULTS.keys() | _KEPT | {"RedrivePolicy"}
_MOST_RECEIVES: Final = 1_000
_DIGITS: Final = 9


def checked(ctx: Context, attributes: dict[str, str]) -> dict[str, str]:
    """What clients may set, as it is kept; an empty text takes an attribute away.

    Raises:
        AwsError: InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue; NotImplemented for FIFO queues.
    """
    for name, value in attributes.items():
        if name == "FifoQueue" and value == "true":
            raise no_fifo()
        if name not in _KNOWN:
            raise unknown(name)
        _check(name, value)
    if attributes.get("RedrivePolicy"):
        return attributes | {"RedrivePolicy": _redrive(ctx, attributes["RedrivePolicy"])}
    return attributes


def _check(name: str, value: str) -> None:
    good = True
    if name in NUMBERS:
        _, least, most = NUMBERS[name]
        good = value.isascii() and value.isdecimal() and len(value) <= _DIGITS and least <= int(value) <= most
    elif name == "SqsManagedSseEnabled":
        good = value in {"true", "false"}
    elif name in {"Policy", "RedriveAllowPolicy"} and value:
        _document(name, value)
    if not good:
        raise AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def redrive(row: Row) -> tuple[str, int] | None:
    """Where a queue's messages go that were received too often, and how often that is."""
    if not row.document.get("RedrivePolicy"):
        return None
    policy = msgspec.json.decode(row.document["RedrivePolicy"])
    return policy["deadLetterTargetArn"], policy["maxReceiveCount"]


def shown(ctx: Context, row: Row, names: list[str]) -> dict[str, str]:
    """The attributes of those names; ``All`` is all there are.

    Raises:
        AwsError: InvalidAttributeName.
    """
    for name in names:
        if name not in _KNOWN | _COUNTED | _OF_FIFO | {"All"}:
            raise unknown(name)
    everything = row.document | _counted(ctx, row)
    return everything if "All" in names else {name: everything[name] for name in names if name in everything}


def _counted(ctx: Context, row: Row) -> dict[str, str]:
    counts = ctx.store.messages.count(row.uid, ctx.now, oldest(row, ctx.now))
    return {
        "ApproximateNumberOfMessages": str(counts.visible),
        "ApproximateNumberOfMessagesNotVisible": str(counts.taken),
        "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
        "CreatedTimestamp": str(int(row.created)),
        "LastModifiedTimestamp": str(int(row.modified)),
        "QueueArn": row.arn,
    }


def unknown(name: str) -> AwsError:
    """The error for an attribute that queues do not have."""
    return AwsError("InvalidAttributeName", f"Unknown Attribute {name}.")


def no_fifo() -> AwsError:
    """The error for FIFO queues."""
    return AwsError("NotImplemented", "FIFO queues are not built yet; nothing was done.", 501)


def _document(name: str, value: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(value, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        if name == "RedrivePolicy":
            raise invalid(value, name, "Redrive policy is not a valid JSON map.") from None
        raise AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.") from None


def _redrive(ctx: Context, value: str) -> str:
    """A redrive policy, with its number as a number."""
    policy = _document("RedrivePolicy", value)
    for member in ("maxReceiveCount", "deadLetterTargetArn"):
        if member not in policy:
            words = f"Redrive policy does not contain mandatory attribute: {member}."
            raise invalid(value, "RedrivePolicy", words)
    text, target = str(policy["maxReceiveCount"]), policy["deadLetterTargetArn"]
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= _MOST_RECEIVES):
        words = "Invalid value for maxReceiveCount: {}, valid values are from 1 to {} both inclusive."
        raise invalid(value, "RedrivePolicy", words.format(text, _MOST_RECEIVES))
    found = find_arn(ctx, target) if isinstance(target, str) else None
    if found is None or (found.account, found.region) != QUEUE.owner(ctx.account, ctx.region):
        raise invalid(value, "RedrivePolicy", "Dead letter target does not exist.")
    whole = policy | {"maxReceiveCount": int(text)}
    return msgspec.json.encode(whole).decode()
