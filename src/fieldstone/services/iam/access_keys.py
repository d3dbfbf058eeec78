"""Access keys of users: whoever signs with one acts as its user, from the next request on."""

from typing import Any, Final

from fieldstone.core import ids
from fieldstone.core.errors import AwsError
from fieldstone.services.iam.entities import USER, find, paged
from fieldstone.services.iam.users import caller_name
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.store.kind import Kind, Scope
from fieldstone.store.resources import Row
from fieldstone.store.transaction import Transaction

ACCESS_KEY: Final = Kind("AccessKey", "iam", "access-key/{name}", scope=Scope.SERVER)
"""A user's access key. Its document names account, user and status; its secret stays internal."""

_MOST_KEYS: Final = 2
_NEVER: Final = {"ServiceName": "N/A", "Region": "N/A"}


@write
def create_access_key(ctx: Context, request: Request) -> Answer:
    """Make a key for a user; its secret is told now and never again."""
    user = _user(ctx, request)
    keys: list[str] = user.internal.setdefault("keys", [])
    if len(keys) >= _MOST_KEYS:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {_MOST_KEYS}")
    key, secret = ids.access_key_id(temporary=False), ids.secret_access_key()
    document = {
        "UserName": user.name,
        "AccessKeyId": key,
        "Status": "Active",
        "CreateDate": ctx.now,
        "Account": ctx.account,
        "Arn": user.arn,
    }
    row = Row(ACCESS_KEY.name, "", "", key, ACCESS_KEY.arn("", "", key), document, created=ctx.now, modified=ctx.now)
    row.internal["SecretAccessKey"] = secret
    ctx.store.resources.insert(row)
    keys.append(key)
    ctx.store.resources.update(user)
    return {"AccessKey": document | {"SecretAccessKey": secret}}


@read
def list_access_keys(ctx: Context, request: Request) -> Answer:
    """A page of a user's keys, without their secrets."""
    user = _user(ctx, request)
    return paged("AccessKeyMetadata", [_key(ctx, user, key).document for key in user.internal.get("keys", [])], request)


@write
def update_access_key(ctx: Context, request: Request) -> Answer:
    """Have a key work, or not; the next request that it signs is answered so."""
    row = _key(ctx, _user(ctx, request), request["AccessKeyId"])
    row.document["Status"] = request["Status"]
    ctx.store.resources.update(row)
    return {}


@write
def delete_access_key(ctx: Context, request: Request) -> Answer:
    """Take a key away; the next request that it signs is refused."""
    user = _user(ctx, request)
    ctx.store.resources.delete(_key(ctx, user, request["AccessKeyId"]))
    user.internal["keys"].remove(request["AccessKeyId"])
    ctx.store.resources.update(user)
    return {}


@read
def get_access_key_last_used(ctx: Context, request: Request) -> Answer:
    """Whose key it is, and when it last signed a request: to a quarter of an hour, as with AWS."""
    key = request["AccessKeyId"]
    row = ctx.store.resources.find(ACCESS_KEY, "", "", key)
    if row is None or row.document["Account"] != ctx.account:
        raise _unknown(key)
    return {"UserName": row.document["UserName"], "AccessKeyLastUsed": row.internal.get("used", _NEVER)}


def note_use(store: Transaction, key: str, used: dict[str, Any]) -> None:
    """Remember when, where and for which service a key last signed a request."""
    row = store.resources.find(ACCESS_KEY, "", "", key)
    if row is not None:
        row.internal["used"] = used
        store.resources.update(row)


def _user(ctx: Context, request: Request) -> Row:
    name = request.get("UserName") or caller_name(ctx)
    if name is None:
        raise AwsError("ValidationError", "Must specify userName: the server's own key is not kept in IAM.")
    return find(ctx, USER, name)


def _key(ctx: Context, user: Row, key: str) -> Row:
    row = ctx.store.resources.find(ACCESS_KEY, "", "", key) if key in user.internal.get("keys", []) else None
    if row is None:
        raise _unknown(key)
    return row


def _unknown(key: str) -> AwsError:
    return AwsError("NoSuchEntity", f"The Access Key with id {key} cannot be found.")
