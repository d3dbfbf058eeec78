"""The tags of objects."""

from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.events import note_event
from fieldstone.services.s3.objects.history import find_object, shown_version
from fieldstone.services.s3.objects.tags import Tags, read_tag_set, tag_set


@write
def put_object_tagging(ctx: Context, request: Request) -> Answer:
    """Set the tags of an object or a version anew."""
    return _replace(ctx, request, read_tag_set(request["Tagging"], "Object"), "ObjectTagging:Put")


@read
def get_object_tagging(ctx: Context, request: Request) -> Answer:
    """The tags of an object or a version."""
    bucket = find_bucket(ctx, request)
    found = find_object(ctx, bucket, request)
    return {"TagSet": tag_set(found.headers.get("Tags", [])), **shown_version(bucket, found)}


@write
def delete_object_tagging(ctx: Context, request: Request) -> Answer:
    """Take every tag off an object or a version."""
    return _replace(ctx, request, [], "ObjectTagging:Delete")


def _replace(ctx: Context, request: Request, tags: Tags, event: str) -> Answer:
    bucket = find_bucket(ctx, request)
    found = find_object(ctx, bucket, request)
    found.headers.pop("Tags", None)
    if tags:
        found.headers["Tags"] = tags
    (ctx.store.versions if found.rank else ctx.store.objects).amend(found)
    note_event(ctx, bucket, found, event)
    return {**shown_version(bucket, found)}
