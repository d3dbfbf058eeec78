"""Lifecycle rules: what goes when. ``control`` carries them out."""

from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.core.ids import opaque_id
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.s3.buckets import find_bucket
from fieldstone.services.s3.settings.documents import Setting, deleting, getting, store_setting

LIFECYCLE: Final = Setting(
    "lifecycle",
    "LifecycleConfiguration",
    missing=("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
)

_ACTIONS: Final = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)
_DAY: Final = 86_400


@write
def put_bucket_lifecycle_configuration(ctx: Context, request: Request) -> Answer:
    """Keep the rules. Transitions are kept and do nothing: there is one storage class."""
    bucket = find_bucket(ctx, request)
    document: dict[str, Any] = request.get("LifecycleConfiguration") or {}
    rules: list[dict[str, Any]] = document.get("Rules") or []
    if not rules:
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    for rule in rules:
        rule.setdefault("ID", opaque_id())
        _check(rule)
    if len({rule["ID"] for rule in rules}) < len(rules):
        raise AwsError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    store_setting(ctx, bucket, LIFECYCLE, {"Rules": rules})
    return {}


get_bucket_lifecycle_configuration = getting(LIFECYCLE)
delete_bucket_lifecycle = deleting(LIFECYCLE)

put_bucket_lifecycle = put_bucket_lifecycle_configuration  # their older names
get_bucket_lifecycle = get_bucket_lifecycle_configuration


def _check(rule: dict[str, Any]) -> None:
    if len(rule["ID"]) > 255:
        raise AwsError("InvalidArgument", "ID length should not exceed allowed limit of 255")
    if not any(rule.get(name) for name in _ACTIONS):
        raise AwsError("InvalidRequest", "At least one action needs to be specified in a rule.")
    expiration: dict[str, Any] = rule.get("Expiration") or {}
    days, date = expiration.get("Days"), expiration.get("Date")
    if days is not None and days <= 0:
        words = "'Days' for Expiration action must be a positive integer"
        raise AwsError("InvalidArgument", words, ArgumentName="Days", ArgumentValue=days)
    if date is not None and date % _DAY:
        words = "'Date' must be at midnight GMT"
        raise AwsError("InvalidArgument", words, ArgumentName="Date", ArgumentValue=date)
