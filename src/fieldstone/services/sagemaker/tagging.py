"""Tags of any SageMaker resource, by its ARN."""

from fieldstone.core.arn import parse_arn
from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Answer, Context, Request, read, write

_MOST_TAGS = 50


@write
def add_tags(ctx: Context, request: Request) -> Answer:
    """Add tags to a resource, or change their values."""
    arn = _resource(ctx, request["ResourceArn"])
    ctx.store.tags.put(arn, {tag["Key"]: tag["Value"] for tag in request["Tags"]})
    tags = _described(ctx.store.tags.of(arn))
    if len(tags) > _MOST_TAGS:
        raise validation_error(f"Number of tags exceeds the limit: at most {_MOST_TAGS} tags per resource.")
    return {"Tags": tags}


@read
def list_tags(ctx: Context, request: Request) -> Answer:
    """A resource's tags, all on one page: there are never more than fifty."""
    return {"Tags": _described(ctx.store.tags.of(_resource(ctx, request["ResourceArn"])))}


@write
def delete_tags(ctx: Context, request: Request) -> Answer:
    """Take tags off a resource."""
    ctx.store.tags.remove(_resource(ctx, request["ResourceArn"]), request["TagKeys"])
    return {}


def _resource(ctx: Context, arn: str) -> str:
    row = ctx.store.resources.find_arn(arn)
    if row is None or (row.account, parse_arn(arn).service) != (ctx.account, "sagemaker"):
        raise validation_error(f"Could not find resource with ARN {arn}.")
    return arn


def _described(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
