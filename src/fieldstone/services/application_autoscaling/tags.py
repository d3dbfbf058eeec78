"""Tags of scalable targets."""

from fieldstone.core.errors import AwsError
from fieldstone.services.application_autoscaling.rows import TARGET
from fieldstone.services.operation import Answer, Context, Request, read, write


@write
def tag_resource(ctx: Context, request: Request) -> Answer:
    """Add tags to the target of an ARN."""
    ctx.store.tags.put(_known(ctx, request), request["Tags"])
    return {}


@write
def untag_resource(ctx: Context, request: Request) -> Answer:
    """Take tags off the target of an ARN."""
    ctx.store.tags.remove(_known(ctx, request), request["TagKeys"])
    return {}


@read
def list_tags_for_resource(ctx: Context, request: Request) -> Answer:
    """The tags of the target of an ARN."""
    return {"Tags": ctx.store.tags.of(_known(ctx, request))}


def _known(ctx: Context, request: Request) -> str:
    arn = request["ResourceARN"]
    row = ctx.store.resources.find_arn(arn)
    if row is None or row.kind != TARGET.name or row.account != ctx.account:
        raise AwsError("ResourceNotFoundException", f"The resource {arn} is not found.")
    return row.arn
