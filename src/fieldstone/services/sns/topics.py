"""Topics: made, listed, changed and deleted."""

import re
from typing import Any, Final

import msgspec

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.services.sns.policies import check_delivery, effective_of_topic
from fieldstone.services.sns.rows import (
    PENDING,
    TOPIC,
    draft,
    find_topic,
    invalid,
    not_built,
    page_of,
    subscriptions_of,
    tags_of,
)
from fieldstone.store.resources import Row

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MOST_TAGS: Final = 50
_LONGEST_DISPLAY: Final = 100
_KEPT: Final = frozenset({"DisplayName", "Policy", "KmsMasterKeyId", "SignatureVersion", "TracingConfig"})
"""What is kept and shown, and does nothing; no message is signed here."""
_FEEDBACK: Final = re.compile(r"(HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedbackRoleArn|FailureFeedbackRoleArn)")
_RATE: Final = re.compile(r"(HTTP|Firehose|Lambda|Application|SQS)SuccessFeedbackSampleRate")
_OF_FIFO: Final = frozenset({"FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy"})


@write
def create_topic(ctx: Context, request: Request) -> Answer:
    """Make a topic; one that is there with the same attributes and tags is found."""
    name, tags = request["Name"], tags_of(request.get("Tags", []))
    given = dict(request.get("Attributes", {}))
    if name.endswith(".fifo") or given.get("FifoTopic") == "true":
        raise not_built("FIFO topics are")
    if "DataProtectionPolicy" in request:
        raise not_built("Data protection policies are")
    given.pop("FifoTopic", None)
    if not _NAME.fullmatch(name):
        raise invalid("Topic Name")
    for attribute, value in given.items():
        _check(attribute, value)
    _check_number(tags)
    row = ctx.store.resources.find(TOPIC, ctx.account, ctx.region, name)
    if row is None:
        row = ctx.store.resources.insert(draft(ctx, TOPIC, ctx.region, name, given))
        ctx.store.tags.put(row.arn, tags)
    if any(row.document.get(attribute) != value for attribute, value in given.items()):
        raise invalid("Attributes Reason: Topic already exists with different attributes")
    if "Tags" in request and ctx.store.tags.of(row.arn) != tags:
        raise invalid("Tags Reason: Topic already exists with different tags")
    return {"TopicArn": row.arn}


@write
def delete_topic(ctx: Context, request: Request) -> Answer:
    """Delete a topic with its subscriptions; one that is gone is passed over. Messages on their way arrive."""
    try:
        row = find_topic(ctx, request["TopicArn"])
    except AwsError as error:
        if error.code == "NotFound":
            return {}
        raise
    for subscription in subscriptions_of(ctx, row):
        ctx.store.resources.delete(subscription)
    ctx.store.tags.clear(row.arn)
    ctx.store.resources.delete(row)
    return {}


@read
def list_topics(ctx: Context, request: Request) -> Answer:
    """A hundred topics, by name."""
    rows, token = page_of(ctx, TOPIC, request.get("NextToken"), {})
    return {"Topics": [{"TopicArn": row.arn} for row in rows], "NextToken": token}


@read
def get_topic_attributes(ctx: Context, request: Request) -> Answer:
    """A topic's attributes, and how many subscribe to it."""
    row = find_topic(ctx, request["TopicArn"])
    statuses = [subscription.status for subscription in subscriptions_of(ctx, row)]
    pending = statuses.count(PENDING)
    counted = {
        "SubscriptionsConfirmed": str(len(statuses) - pending),
        "SubscriptionsPending": str(pending),
        "SubscriptionsDeleted": "0",
    }
    effective = effective_of_topic(row.document.get("DeliveryPolicy", ""))
    usual = {"TopicArn": row.arn, "Owner": row.account, "DisplayName": "", "Policy": _policy(row)}
    return {"Attributes": usual | counted | {"EffectiveDeliveryPolicy": effective} | row.document}


@write
def set_topic_attributes(ctx: Context, request: Request) -> Answer:
    """Change an attribute; an empty text takes it away."""
    row = find_topic(ctx, request["TopicArn"])
    name, value = request["AttributeName"], request.get("AttributeValue", "")
    _check(name, value)
    row.document.pop(name, None)
    if value:
        row.document[name] = value
    row.modified = ctx.now
    ctx.store.resources.update(row)
    return {}


def check_tags(ctx: Context, row: Row) -> None:
    """Refuse more tags than a topic may have.

    Raises:
        AwsError: TagLimitExceeded.
    """
    _check_number(ctx.store.tags.of(row.arn))


def _check(name: str, value: str) -> None:
    if name in _OF_FIFO:
        raise not_built("FIFO topics are")
    if name == "DeliveryPolicy":
        check_delivery(value, of_topic=True)
    elif name not in _KEPT and not _FEEDBACK.fullmatch(name) and not _RATE.fullmatch(name):
        raise invalid("AttributeName")
    elif name == "DisplayName" and len(value) > _LONGEST_DISPLAY:
        raise invalid("DisplayName")
    elif name == "SignatureVersion" and value not in {"1", "2"}:
        raise invalid("SignatureVersion")
    elif name == "Policy" and value:
        _check_document(value)


def _check_document(value: str) -> None:
    try:
        msgspec.json.decode(value, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise invalid("Policy Error: null") from None


def _check_number(tags: dict[str, str]) -> None:
    if len(tags) > _MOST_TAGS:
        raise AwsError("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded")


def _policy(row: Row) -> str:
    """The policy that AWS gives a topic: its owner may do everything."""
    actions = ("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic")
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in (*actions, "Subscribe", "ListSubscriptionsByTopic", "Publish")],
        "Resource": row.arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": row.account}},
    }
    whole = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    return msgspec.json.encode(whole).decode()
