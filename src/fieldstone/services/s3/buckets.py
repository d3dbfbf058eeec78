"""Buckets."""

import re
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.store.kind import Kind, Scope
from fieldstone.store.objects import PAST_EVERY_KEY
from fieldstone.store.resources import Page, Row

BUCKET = Kind("Bucket", "s3", "{name}", scope=Scope.SERVER)

_NAME: Final = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")


@write
def create_bucket(ctx: Context, request: Request) -> Answer:
    """Make a bucket. Making one's own again is an error but in us-east-1, as at AWS."""
    name = request["Bucket"]
    if not _NAME.fullmatch(name):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
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
    page = Page(None, order="name", descending=False)
    rows, _ = ctx.store.resources.page(BUCKET, "", "", page)
    start, region = request.get("ContinuationToken", ""), request.get("BucketRegion")
    buckets = [
        row.document
        for row in rows
        if row.document["Owner"] == ctx.account
        and row.name > start
        and row.name.startswith(request.get("Prefix", ""))
        and region in {None, row.document["BucketRegion"]}
    ]
    most = request.get("MaxBuckets", len(buckets))
    token = buckets[most - 1]["Name"] if most < len(buckets) else None
    return {"Buckets": buckets[:most], "Owner": {"ID": owner_id(ctx)}, "ContinuationToken": token}


@write
def delete_bucket(ctx: Context, request: Request) -> Answer:
    """Take an empty bucket away."""
    bucket = find_bucket(ctx, request)
    if ctx.store.objects.range(bucket.uid, b"", PAST_EVERY_KEY, 1):
        raise AwsError(
            "BucketNotEmpty", "The bucket you tried to delete is not empty", 409, BucketName=request["Bucket"]
        )
    ctx.store.resources.delete(bucket)
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
    ctx.store.resources.insert(Row(BUCKET.name, "", "", name, arn, document, created=ctx.now, modified=ctx.now))


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
