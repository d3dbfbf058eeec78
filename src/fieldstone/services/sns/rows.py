"""Topics, subscriptions and messages on their way, as rows."""

from collections.abc import Iterable
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Context
from fieldstone.store.kind import Kind
from fieldstone.store.resources import InvalidTokenError, Page, Row

TOPIC: Final = Kind("Topic", "sns", "{name}", noun="topic")
"""A topic's document has the attributes that clients may set."""
SUBSCRIPTION: Final = Kind("Subscription", "sns", "{name}", noun="subscription")
"""Named ``topic:uuid``. The document has Protocol, Endpoint and attributes; a token is internal until it confirms."""
DELIVERY: Final = Kind("Delivery", "sns", "delivery/{name}", noun="delivery")
"""A message on its way to an HTTP address. The document has where, what and when to try again."""

PENDING: Final = "PendingConfirmation"
CONFIRMED: Final = "Confirmed"
_MOST_LISTED: Final = 100
_PARTS: Final = 6
_PAST_EVERY_NAME: Final = "\U0010ffff"


def find_topic(ctx: Context, arn: str, *, anybody: bool = False) -> Row:
    """The row of the account's topic of that ARN, of whatever region; of anybody's, where that is said.

    Raises:
        AwsError: InvalidParameter, NotFound.
    """
    if len(arn.split(":")) < _PARTS:
        raise invalid(f"TopicArn Reason: An ARN must have at least 6 elements, not {len(arn.split(':'))}")
    row = ctx.store.resources.find_arn(arn)
    if row is None or row.kind != TOPIC.name or not (anybody or row.account == ctx.account):
        raise AwsError("NotFound", "Topic does not exist", 404)
    return row


def find_subscription(ctx: Context, arn: str) -> Row:
    """The row of the subscription of that ARN.

    Raises:
        AwsError: InvalidParameter, NotFound.
    """
    if len(arn.split(":")) <= _PARTS:
        words = f"SubscriptionArn Reason: An ARN must have at least 6 elements, not {len(arn.split(':'))}"
        raise invalid(words if len(arn.split(":")) < _PARTS else "SubscriptionId")
    row = ctx.store.resources.find_arn(arn)
    if row is None or row.kind != SUBSCRIPTION.name:
        raise AwsError("NotFound", "Subscription does not exist", 404)
    return row


def subscriptions_of(ctx: Context, topic: Row) -> list[Row]:
    """Every subscription of a topic."""
    page = Page(None, order="name", descending=False, filters=names_of(topic))
    return ctx.store.resources.page(SUBSCRIPTION, topic.account, topic.region, page)[0]


def names_of(topic: Row) -> dict[str, str]:
    """A filter for the rows of a topic's subscriptions."""
    return {"name_from": f"{topic.name}:", "name_before": f"{topic.name}:{_PAST_EVERY_NAME}"}


def page_of(ctx: Context, kind: Kind, token: str | None, filters: dict[str, str]) -> tuple[list[Row], str | None]:
    """A hundred rows by name, and the token of the next ones.

    Raises:
        AwsError: InvalidParameter, for a token that was not made here.
    """
    page = Page(_MOST_LISTED, token, order="name", descending=False, filters=filters)
    try:
        return ctx.store.resources.page(kind, ctx.account, ctx.region, page)
    except InvalidTokenError:
        raise invalid("NextToken") from None


def draft(ctx: Context, kind: Kind, region: str, name: str, document: dict[str, Any]) -> Row:
    """A row of the caller's account that is not kept yet."""
    arn = kind.arn(ctx.account, region, name)
    return Row(kind.name, ctx.account, region, name, arn, document, created=ctx.now, modified=ctx.now)


def invalid(words: str) -> AwsError:
    """The error for a parameter that is not what it should be."""
    return AwsError("InvalidParameter", f"Invalid parameter: {words}")


def not_built(what: str) -> AwsError:
    """The error for what AWS has and this has not."""
    return AwsError("NotImplemented", f"{what} not built yet; nothing was done.", 501)


def tags_of(tags: Iterable[dict[str, str]]) -> dict[str, str]:
    """Tags by key."""
    return {tag["Key"]: tag["Value"] for tag in tags}
