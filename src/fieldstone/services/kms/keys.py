"""Keys: documents that others name."""

import json
import secrets
import uuid
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Answer, Context, Handler, Request, document, read, write
from fieldstone.services.paging import cut_page
from fieldstone.store.kind import Kind
from fieldstone.store.resources import InvalidTokenError, Page, Row
from fieldstone.store.transaction import Transaction

KEY: Final = Kind("Key", "kms", "key/{name}", id_member="KeyId")
ALIAS: Final = Kind("Alias", "kms", "{name}", id_member="AliasName")

_DAY: Final = 24 * 3600
_MOST_KEYS: Final = 100
_MOST_ALIASES: Final = 50
_MOST_BYTES: Final = 1024
_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"


@document
@write
def create_key(ctx: Context, request: Request) -> Answer:
    """Make a key.

    Differs from AWS: there is no key behind it, so Encrypt, Sign and the like are not built.
    """
    name = str(uuid.uuid4())
    arn = KEY.arn(ctx.account, ctx.region, name)
    spec = request.get("KeySpec", request.get("CustomerMasterKeySpec", _SYMMETRIC))
    document: dict[str, Any] = {
        "AWSAccountId": ctx.account,
        "KeyId": name,
        "Arn": arn,
        "CreationDate": ctx.now,
        "Enabled": True,
        "Description": request.get("Description", ""),
        "KeyUsage": request.get("KeyUsage", "ENCRYPT_DECRYPT"),
        "KeyState": "Enabled",
        "Origin": request.get("Origin", "AWS_KMS"),
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": spec,
        "KeySpec": spec,
        "MultiRegion": request.get("MultiRegion", False),
        **({"EncryptionAlgorithms": [_SYMMETRIC]} if spec == _SYMMETRIC else {}),
    }
    row = Row(KEY.name, ctx.account, ctx.region, name, arn, document, created=ctx.now, modified=ctx.now)
    row.internal["policy"] = request.get("Policy", _usual_policy(ctx.account))
    ctx.store.tags.put(arn, {tag["TagKey"]: tag["TagValue"] for tag in request.get("Tags", [])})
    ctx.store.resources.insert(row)
    return {"KeyMetadata": document}


@document
@read
def describe_key(ctx: Context, request: Request) -> Answer:
    """A key, by its id, its ARN, or an alias's name or ARN."""
    return {"KeyMetadata": find_key(ctx, request["KeyId"]).document}


@document
@read
def list_keys(ctx: Context, request: Request) -> Answer:
    """A page of keys."""
    rows = everything(ctx, KEY)
    return paged("Keys", [{"KeyId": row.name, "KeyArn": row.arn} for row in rows], request, _MOST_KEYS)


@document
@write
def update_key_description(ctx: Context, request: Request) -> Answer:
    """Change what a key is for."""
    row = find_key(ctx, request["KeyId"], usable=True)
    row.document["Description"] = request["Description"]
    ctx.store.resources.update(row)
    return {}


def _enabling(*, enabled: bool) -> Handler:
    def enable(ctx: Context, request: Request) -> Answer:
        row = find_key(ctx, request["KeyId"], usable=True)
        row.document |= {"Enabled": enabled, "KeyState": "Enabled" if enabled else "Disabled"}
        ctx.store.resources.update(row)
        return {}

    return write(enable)


enable_key = document(_enabling(enabled=True))
disable_key = document(_enabling(enabled=False))


@document
@write
def schedule_key_deletion(ctx: Context, request: Request) -> Answer:
    """Have a key go in some days, thirty where nothing is said."""
    row, days = find_key(ctx, request["KeyId"], usable=True), request.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        raise AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive)")
    row.document |= {"Enabled": False, "KeyState": "PendingDeletion", "DeletionDate": ctx.now + days * _DAY}
    ctx.store.resources.update(row)
    shown = {member: row.document[member] for member in ("DeletionDate", "KeyState")}
    return {"KeyId": row.arn, "PendingWindowInDays": days, **shown}


@document
@write
def cancel_key_deletion(ctx: Context, request: Request) -> Answer:
    """Have a key stay; it is disabled."""
    row = find_key(ctx, request["KeyId"])
    if row.document["KeyState"] != "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{row.arn} is not pending deletion.")
    row.document |= {"KeyState": "Disabled"}
    del row.document["DeletionDate"]
    ctx.store.resources.update(row)
    return {"KeyId": row.arn}


@document
@read
def get_key_policy(ctx: Context, request: Request) -> Answer:
    """A key's policy; it is kept, not enforced."""
    return {"Policy": find_key(ctx, request["KeyId"]).internal["policy"], "PolicyName": "default"}


@document
@write
def put_key_policy(ctx: Context, request: Request) -> Answer:
    """Change a key's policy."""
    row = find_key(ctx, request["KeyId"])
    try:
        json.loads(request["Policy"])
    except (ValueError, RecursionError):
        raise AwsError("MalformedPolicyDocumentException", "The policy is no JSON.") from None
    row.internal["policy"] = request["Policy"]
    ctx.store.resources.update(row)
    return {}


@document
@read
def list_key_policies(ctx: Context, request: Request) -> Answer:
    """The name of a key's policy."""
    find_key(ctx, request["KeyId"])
    return {"PolicyNames": ["default"], "Truncated": False}


def _rotating(*, rotating: bool) -> Handler:
    def rotate(ctx: Context, request: Request) -> Answer:
        row = find_key(ctx, request["KeyId"], usable=True)
        row.internal["rotating"] = rotating
        ctx.store.resources.update(row)
        return {}

    return write(rotate)


enable_key_rotation = document(_rotating(rotating=True))
disable_key_rotation = document(_rotating(rotating=False))


@document
@read
def get_key_rotation_status(ctx: Context, request: Request) -> Answer:
    """Whether a key is said to be rotated."""
    row = find_key(ctx, request["KeyId"])
    return {"KeyId": row.arn, "KeyRotationEnabled": row.internal.get("rotating", False)}


@read
def generate_random(_ctx: Context, request: Request) -> Answer:
    """Bytes that nobody can guess."""
    return {"Plaintext": secrets.token_bytes(min(max(request.get("NumberOfBytes", 32), 1), _MOST_BYTES))}


@document
@write
def tag_resource(ctx: Context, request: Request) -> Answer:
    """Add tags to a key."""
    tags = {tag["TagKey"]: tag["TagValue"] for tag in request["Tags"]}
    ctx.store.tags.put(find_key(ctx, request["KeyId"], usable=True).arn, tags)
    return {}


@document
@write
def untag_resource(ctx: Context, request: Request) -> Answer:
    """Take tags off a key."""
    ctx.store.tags.remove(find_key(ctx, request["KeyId"], usable=True).arn, request["TagKeys"])
    return {}


@document
@read
def list_resource_tags(ctx: Context, request: Request) -> Answer:
    """A page of a key's tags."""
    tags = ctx.store.tags.of(find_key(ctx, request["KeyId"]).arn)
    return paged("Tags", [{"TagKey": key, "TagValue": value} for key, value in tags.items()], request, _MOST_ALIASES)


def forget_deleted(store: Transaction, now: float) -> None:
    """Take away every key whose time has come, with its aliases."""
    gone = {row.name: row for row in store.resources.all(KEY) if row.document.get("DeletionDate", now) < now}
    for alias in list(store.resources.all(ALIAS)) if gone else ():
        if alias.document["TargetKeyId"] in gone:
            store.resources.delete(alias)
    for row in gone.values():
        store.tags.clear(row.arn)
        store.resources.delete(row)


def find_key(ctx: Context, name: str, *, usable: bool = False) -> Row:
    """The key of an id, an ARN, or an alias's name or ARN; ``usable`` refuses one that is about to go.

    Raises:
        AwsError: NotFoundException, KMSInvalidStateException.
    """
    prefix = KEY.arn(ctx.account, ctx.region, "").removesuffix("key/")
    plain = name.removeprefix(prefix)
    if plain.startswith("alias/"):
        alias = ctx.store.resources.find(ALIAS, ctx.account, ctx.region, plain)
        if alias is None:
            raise AwsError("NotFoundException", f"Alias {prefix}{plain} is not found.")
        plain = alias.document["TargetKeyId"]
    plain = plain.removeprefix("key/")
    row = ctx.store.resources.find(KEY, ctx.account, ctx.region, plain)
    if row is None:
        shown = name if name.startswith("arn:") else f"{prefix}key/{plain}"
        raise AwsError("NotFoundException", f"Key '{shown}' does not exist")
    if usable and row.document["KeyState"] == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{row.arn} is pending deletion.")
    return row


def everything(ctx: Context, kind: Kind) -> list[Row]:
    """Every row of a kind of the caller's, by name."""
    return ctx.store.resources.page(kind, ctx.account, ctx.region, Page(None, order="name", descending=False))[0]


def paged(member: str, items: list[Any], request: Request, usual: int) -> Answer:
    """The page of a list that a request asks for.

    Raises:
        AwsError: InvalidMarkerException.
    """
    try:
        page, marker = cut_page(items, request.get("Limit", usual), request.get("Marker"))
    except InvalidTokenError:
        raise AwsError("InvalidMarkerException", "Could not deserialize marker") from None
    return {member: page, "NextMarker": marker, "Truncated": marker is not None}


def _usual_policy(account: str) -> str:
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]})
