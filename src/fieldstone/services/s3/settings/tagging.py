"""The tags of buckets."""

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.objects.tags import read_tag_set, tag_set


@write
def put_bucket_tagging(ctx: Context, request: Request) -> Answer:
    """Set the bucket's tags anew."""
    bucket = find_bucket(ctx, request)
    tags = read_tag_set(request["Tagging"], "Bucket")
    ctx.store.tags.clear(bucket.arn)
    ctx.store.tags.put(bucket.arn, dict(tags))
    return {}


@read
def get_bucket_tagging(ctx: Context, request: Request) -> Answer:
    """The bucket's tags."""
    tags = ctx.store.tags.of(find_bucket(ctx, request).arn)
    if not tags:
        raise AwsError("NoSuchTagSet", "The TagSet does not exist", 404, BucketName=request["Bucket"])
    return {"TagSet": tag_set(list(tags.items()))}


@write
def delete_bucket_tagging(ctx: Context, request: Request) -> Answer:
    """Take every tag off the bucket."""
    ctx.store.tags.clear(find_bucket(ctx, request).arn)
    return {}
