"""How long log events are kept: retention, deletion, and tags of groups."""

from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.services.logs.groups import LOG_GROUP, LOG_STREAM, find_group, find_stream, log_of, streams_of
from fieldstone.services.logs.putting import DAY
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.store.resources import Row
from fieldstone.store.transaction import Transaction

_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


@write
def put_retention_policy(ctx: Context, request: Request) -> Answer:
    """Have a group's events deleted once they are so many days old; within a minute, the older ones go."""
    days = request["retentionInDays"]
    if days not in _DAYS:
        allowed = f"Member must satisfy enum value set: [{', '.join(map(str, _DAYS))}]"
        words = (
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: {allowed}"
        )
        raise AwsError("InvalidParameterException", words)
    row = find_group(ctx, request["logGroupName"])
    row.document["retentionInDays"] = days
    ctx.store.resources.update(row)
    return {}


@write
def delete_retention_policy(ctx: Context, request: Request) -> Answer:
    """Have a group's events kept for ever."""
    row = find_group(ctx, request["logGroupName"])
    row.document.pop("retentionInDays", None)
    ctx.store.resources.update(row)
    return {}


@write
def delete_log_stream(ctx: Context, request: Request) -> Answer:
    """Take a stream away with its events."""
    _remove(ctx, find_stream(ctx, request["logGroupName"], request["logStreamName"]))
    return {}


@write
def delete_log_group(ctx: Context, request: Request) -> Answer:
    """Take a group away with its streams and their events."""
    row = find_group(ctx, request["logGroupName"])
    for stream in streams_of(ctx, row.name):
        _remove(ctx, stream)
    ctx.store.tags.clear(row.arn)
    ctx.store.resources.delete(row)
    return {}


@write
def tag_log_group(ctx: Context, request: Request) -> Answer:
    """Add tags to a group."""
    ctx.store.tags.put(find_group(ctx, request["logGroupName"]).arn, request["tags"])
    return {}


@write
def untag_log_group(ctx: Context, request: Request) -> Answer:
    """Take tags off a group."""
    ctx.store.tags.remove(find_group(ctx, request["logGroupName"]).arn, request["tags"])
    return {}


@read
def list_tags_log_group(ctx: Context, request: Request) -> Answer:
    """A group's tags."""
    return {"tags": ctx.store.tags.of(find_group(ctx, request["logGroupName"]).arn)}


@write
def tag_resource(ctx: Context, request: Request) -> Answer:
    """Add tags to the group of an ARN."""
    ctx.store.tags.put(_by_arn(ctx, request).arn, request["tags"])
    return {}


@write
def untag_resource(ctx: Context, request: Request) -> Answer:
    """Take tags off the group of an ARN."""
    ctx.store.tags.remove(_by_arn(ctx, request).arn, request["tagKeys"])
    return {}


@read
def list_tags_for_resource(ctx: Context, request: Request) -> Answer:
    """The tags of the group of an ARN."""
    return {"tags": ctx.store.tags.of(_by_arn(ctx, request).arn)}


def expire(ctx: Context) -> None:
    """Hide the events, of whatever account, that have outlived their group's retention; ``expired`` tells of them."""
    retained = {
        f"{row.arn.removesuffix(':*')}:log-stream:": row.document["retentionInDays"]
        for row in ctx.store.resources.all(LOG_GROUP)
        if "retentionInDays" in row.document
    }
    if not retained:
        return
    for stream in list(ctx.store.resources.all(LOG_STREAM)):
        group = stream.arn.removesuffix(stream.document["logStreamName"])
        if group in retained:
            _expire_stream(ctx, stream, int(ctx.now * 1000) - retained[group] * DAY)


def _expire_stream(ctx: Context, stream: Row, before: int) -> None:
    """Move a stream's beginning past its old events."""
    log = log_of(ctx, stream)
    if stream.internal.get("unsorted"):
        end = next((event.offset for event in log.events() if event.timestamp >= before), None)
        end = log.size() if end is None else end
    else:
        end = log.find(before)
    if end > log.start:
        stream.internal["start"] = end
        ctx.store.resources.update(stream)


def expired(store: Transaction) -> list[tuple[str, int, int]]:
    """The events that nobody sees any more and that are still on disk: file, first byte, byte after the last."""
    return [
        (row.internal["file"], row.internal.get("erased", 0), row.internal["start"])
        for row in store.resources.all(LOG_STREAM)
        if row.internal.get("erased", 0) < row.internal.get("start", 0)
    ]


def note_erased(store: Transaction, erased: dict[str, int]) -> None:
    """Remember up to which byte each file was erased."""
    for row in list(store.resources.all(LOG_STREAM)):
        if row.internal["file"] in erased:
            row.internal["erased"] = erased[row.internal["file"]]
            store.resources.update(row)


def _remove(ctx: Context, stream: Row) -> None:
    ctx.store.forsake_log(stream.internal["file"])
    ctx.store.resources.delete(stream)


def _by_arn(ctx: Context, request: Request) -> Row:
    row = ctx.store.resources.find_arn(f"{request['resourceArn'].removesuffix(':*')}:*")
    if row is None or row.kind != LOG_GROUP.name or row.account != ctx.account:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return row
