"""Tags of topics."""

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.services.sns.rows import TOPIC, tags_of
from fieldstone.services.sns.topics import check_tags
from fieldstone.store.resources import Row


@write
def tag_resource(ctx: Context, request: Request) -> Answer:
    """Add tags to a topic, or change their values."""
    row = _find(ctx, request["ResourceArn"])
    ctx.store.tags.put(row.arn, tags_of(request["Tags"]))
    check_tags(ctx, row)
    return {}


@write
def untag_resource(ctx: Context, request: Request) -> Answer:
    """Take tags off a topic."""
    ctx.store.tags.remove(_find(ctx, request["ResourceArn"]).arn, request["TagKeys"])
    return {}


@read
def list_tags_for_resource(ctx: Context, request: Request) -> Answer:
    """A topic's tags."""
    tags = ctx.store.tags.of(_find(ctx, request["ResourceArn"]).arn)
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _find(ctx: Context, arn: str) -> Row:
    row = ctx.store.resources.find_arn(arn)
    if row is None or (row.kind, row.account) != (TOPIC.name, ctx.account):
        raise AwsError("ResourceNotFound", "Resource does not exist", 404)
    return row
