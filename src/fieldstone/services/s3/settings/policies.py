"""Who may what: policies, public access, ownership. Kept and answered; nothing is denied by them."""

import json
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Request, document, read, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.settings.documents import (
    Setting,
    deleting,
    find_setting,
    getting,
    missing,
    putting,
    store_setting,
)

POLICY: Final = Setting("policy", "Policy", missing=("NoSuchBucketPolicy", "The bucket policy does not exist"))

PUBLIC_ACCESS: Final = Setting(
    "public-access-block",
    "PublicAccessBlockConfiguration",
    wrapped=True,
    missing=("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    default=dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True),
)

OWNERSHIP: Final = Setting(
    "ownership",
    "OwnershipControls",
    wrapped=True,
    missing=("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
    default={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
)

_MALFORMED: Final = "Policies must be valid JSON and the first byte must be '{'"


@document
@write
def put_bucket_policy(ctx: Context, request: Request) -> Answer:
    """Keep the policy's text, if it is one."""
    bucket = find_bucket(ctx, request)
    text: str = request.get("Policy", "")
    _read(text)
    store_setting(ctx, bucket, POLICY, {"Policy": text})
    return {}


get_bucket_policy = document(getting(POLICY))
delete_bucket_policy = document(deleting(POLICY))


@document
@read
def get_bucket_policy_status(ctx: Context, request: Request) -> Answer:
    """Whether the policy lets anybody in, by its principals alone."""
    document = find_setting(ctx, find_bucket(ctx, request), POLICY)
    if not document:
        raise missing(POLICY, request)
    statements = _read(document["Policy"]).get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    return {"PolicyStatus": {"IsPublic": any(_is_public(statement) for statement in listed)}}


put_public_access_block = document(putting(PUBLIC_ACCESS))
get_public_access_block = document(getting(PUBLIC_ACCESS))
delete_public_access_block = document(deleting(PUBLIC_ACCESS))

put_bucket_ownership_controls = document(putting(OWNERSHIP))
get_bucket_ownership_controls = document(getting(OWNERSHIP))
delete_bucket_ownership_controls = document(deleting(OWNERSHIP))


def _read(text: str) -> dict[str, Any]:
    try:
        policy = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict):
        raise AwsError("MalformedPolicy", _MALFORMED)
    if "Statement" not in policy:
        raise AwsError("MalformedPolicy", "Missing required field Statement")
    return policy


def _is_public(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") != "Allow" or statement.get("Condition"):
        return False
    principal = statement.get("Principal")
    return "*" in (principal.values() if isinstance(principal, dict) else [principal])
