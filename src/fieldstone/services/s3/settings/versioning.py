"""Whether a bucket keeps versions."""

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.services.s3.buckets import find_bucket


@write
def put_bucket_versioning(ctx: Context, request: Request) -> Answer:
    """Keep versions from now on, or keep no more of them; those that are there stay."""
    bucket = find_bucket(ctx, request)
    configuration = request["VersioningConfiguration"]
    if configuration.get("MFADelete") == "Enabled":
        raise AwsError("NotImplemented", "MFADelete is not kept here; leave it out.", 501)
    status = configuration.get("Status")
    if status is None:
        words = "The Versioning element must be specified"
        raise AwsError("IllegalVersioningConfigurationException", words)
    bucket.document["Versioning"] = status
    ctx.store.resources.update(bucket)
    return {}


@read
def get_bucket_versioning(ctx: Context, request: Request) -> Answer:
    """Enabled, Suspended, or nothing in a bucket that never kept versions."""
    return {"Status": find_bucket(ctx, request).document.get("Versioning")}
