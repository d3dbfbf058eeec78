"""Buckets."""

import re
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.store.kind import Kind, Scope
from fieldstone.store.objects.stored import PAST_EVERY_KEY
from fieldstone.store.resources import Page, Row

BUCKET = Kind("Bucket", "s3", "{name}", scope=Scope.SERVER)
OWNED_BUCKET = Kind("OwnedBucket", "s3", "{name}?owned", scope=Scope.ACCOUNT)
"""A bucket among those of its account: names are the server's, lists the account's."""

SETTING = Kind("BucketSetting", "s3", "{name}", scope=Scope.SERVER)
"""A document that a bucket has, such as its policy; named ``bucket/setting``."""

_MOST_BUCKETS: Final = 10_000

_NAME: Final = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")


@write
def create_bucket(ctx: Context, request: Request) -> Answer:
    """Make a bucket. Making one's own again is an error but in us-east-1, as at AWS."""
    name = request["Bucket"]
    if not _NAME.fullmatch(name):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
    if request.get("ObjectLockEnabledForBucket"):
        raise AwsError("NotImplemented", "Objects cannot be locked here; leave ObjectLockEnabledForBucket out.", 501)
    region = _location(ctx, request.get("CreateBucketConfiguration", {}).get("LocationConstraint"))
    bucket = ctx.store.resources.find(BUCKET, "", "", name)
    if bucket is None:
        _insert(ctx, name, region)
    elif bucket.document["Owner"] != ctx.account:
        raise AwsError(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            "Please select a different name and try again.",
            409,
            BucketName=name,
        )
    elif ctx.region != "us-east-1":
        raise AwsError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            409,
            BucketName=name,
        )
    return {"Location": f"/{name}"}


@read
def head_bucket(ctx: Context, request: Request) -> Answer:
    """Whether the bucket is there and the caller's."""
    return {"BucketRegion": find_bucket(ctx, request).document["BucketRegion"]}


@read
def get_bucket_location(ctx: Context, request: Request) -> Answer:
    """The region of the bucket; us-east-1 has no name here."""
    region = find_bucket(ctx, request).document["BucketRegion"]
    return {"LocationConstraint": None if region == "us-east-1" else region}


@read
def list_buckets(ctx: Context, request: Request) -> Answer:
    """The caller's buckets in the order of their names."""
    prefix, after = request.get("Prefix", ""), request.get("ContinuationToken", "")
    most = request.get("MaxBuckets", _MOST_BUCKETS)
    if not 1 <= most <= _MOST_BUCKETS:
        words = f"Argument max-buckets must be an integer between 1 and {_MOST_BUCKETS}"
        raise AwsError("InvalidArgument", words, ArgumentName="max-buckets", ArgumentValue=most)
    filters = {"name_from": max(prefix, after + "\0" if after else ""), "name_before": prefix + "\U0010ffff"}
    page = Page(None, order="name", descending=False, filters=filters)
    rows, _ = ctx.store.resources.page(OWNED_BUCKET, ctx.account, "", page)
    region = request.get("BucketRegion")
    buckets = [row.document for row in rows if region in {None, row.document["BucketRegion"]}]
    token = buckets[most - 1]["Name"] if most < len(buckets) else None
    return {
        "Buckets": buckets[:most],
        "Owner": {"ID": owner_id(ctx)},
        "ContinuationToken": token,
        "Prefix": request.get("Prefix"),
    }


@write
def delete_bucket(ctx: Context, request: Request) -> Answer:
    """Take an empty bucket away, with its settings and what was uploaded to it only in parts."""
    bucket = find_bucket(ctx, request)
    name = request["Bucket"]
    if ctx.store.objects.range(bucket.uid, b"", PAST_EVERY_KEY, 1):
        raise AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409, BucketName=name)
    if ctx.store.versions.any(bucket.uid):
        words = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        raise AwsError("BucketNotEmpty", words, 409, BucketName=name)
    ctx.store.clear_bucket(bucket.uid)
    ctx.store.tags.clear(bucket.arn)
    filters = {"name_from": f"{name}/", "name_before": f"{name}0"}  # 0 follows /
    settings, _ = ctx.store.resources.page(SETTING, "", "", Page(None, order="name", filters=filters))
    owned = ctx.store.resources.find(OWNED_BUCKET, ctx.account, "", name)
    for row in (*settings, owned, bucket):
        if row is not None:
            ctx.store.resources.delete(row)
    return {}


def find_bucket(ctx: Context, request: Request) -> Row:
    """The row of the request's bucket.

    Raises:
        AwsError: NoSuchBucket; or AccessDenied, when it is another account's or not the expected owner's.
    """
    bucket = ctx.store.resources.find(BUCKET, "", "", request["Bucket"])
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=request["Bucket"])
    owner = bucket.document["Owner"]
    if owner != ctx.account or request.get("ExpectedBucketOwner", owner) != owner:
        raise AwsError("AccessDenied", "Access Denied", 403)
    return bucket


def owner_id(ctx: Context) -> str:
    """The caller's canonical user id: 64 letters made of the account."""
    return ctx.account.rjust(64, "0")


def _insert(ctx: Context, name: str, region: str) -> None:
    document = {"Name": name, "CreationDate": ctx.now, "Owner": ctx.account, "BucketRegion": region}
    arn = f"arn:aws:s3:::{name}"
    owned = Row(OWNED_BUCKET.name, ctx.account, "", name, f"{arn}?owned", document, created=ctx.now, modified=ctx.now)
    ctx.store.resources.insert(Row(BUCKET.name, "", "", name, arn, document, created=ctx.now, modified=ctx.now))
    ctx.store.resources.insert(owned)


def _location(ctx: Context, wanted: str | None) -> str:
    """The region of a new bucket: us-east-1 makes them anywhere, the other regions at home, and want to be told."""
    region = "eu-west-1" if wanted == "EU" else wanted
    if ctx.region not in {"us-east-1", region}:
        raise AwsError(
            "IllegalLocationConstraintException",
            f"The {wanted or 'unspecified'} location constraint is incompatible for the region specific endpoint this "
            "request was sent to.",
        )
    return region or "us-east-1"
