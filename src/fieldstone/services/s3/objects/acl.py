"""Access control lists: everything is its owner's alone, and says so."""

from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, document, read, write
from fieldstone.services.s3.buckets import find_bucket, owner_id
from fieldstone.services.s3.objects.headers import refuse_unkept
from fieldstone.services.s3.objects.history import find_object, shown_version


@document
@read
def get_bucket_acl(ctx: Context, request: Request) -> Answer:
    """The owner has full control."""
    find_bucket(ctx, request)
    return _private(ctx)


@document
@read
def get_object_acl(ctx: Context, request: Request) -> Answer:
    """The owner has full control."""
    find_object(ctx, find_bucket(ctx, request), request)
    return _private(ctx)


@document
@write
def put_bucket_acl(ctx: Context, request: Request) -> Answer:
    """Take ``private``, which it is; anything else is refused, as AWS does where ACLs are disabled."""
    find_bucket(ctx, request)
    _check(ctx, request)
    return {}


@document
@write
def put_object_acl(ctx: Context, request: Request) -> Answer:
    """Take ``private``, which it is; anything else is refused, as AWS does where ACLs are disabled."""
    bucket = find_bucket(ctx, request)
    found = find_object(ctx, bucket, request)
    _check(ctx, request)
    return {**shown_version(bucket, found)}


def _private(ctx: Context) -> Answer:
    owner = {"ID": owner_id(ctx)}
    return {"Owner": owner, "Grants": [{"Grantee": owner | {"Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]}


def _check(ctx: Context, request: Request) -> None:
    refuse_unkept(request)
    policy: dict[str, Any] | None = request.get("AccessControlPolicy")
    if policy is None and "ACL" not in request:
        words = "Your request was missing a required header"
        raise AwsError("MissingSecurityHeader", words, MissingHeaderName="x-amz-acl")
    for grant in (policy or {}).get("Grants") or []:
        if (grant.get("Grantee", {}).get("ID"), grant.get("Permission")) != (owner_id(ctx), "FULL_CONTROL"):
            raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
