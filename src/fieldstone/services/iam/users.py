"""Users."""

from typing import Any, Final

from fieldstone.core.arn import parse_arn
from fieldstone.core.errors import AwsError
from fieldstone.services.iam.entities import (
    GROUP,
    ROLE,
    USER,
    conflict,
    draft,
    everything,
    find,
    keep,
    lookup,
    paged,
    remove,
    tagged,
)
from fieldstone.services.operation import Answer, Context, Request, read, write

_OWNER: Final = "assumed-role/FieldstoneRole/fieldstone"


@write
def create_user(ctx: Context, request: Request) -> Answer:
    """Make a user."""
    row = draft(ctx, USER, request)
    keep(ctx, row, request)
    return {"User": tagged(ctx, row)}


@read
def get_user(ctx: Context, request: Request) -> Answer:
    """A user; without a name, the caller.

    Differs from AWS: the server's owner is answered as the account's root. Sessions of roles are refused, as AWS does.
    """
    if "UserName" in request:
        return {"User": tagged(ctx, find(ctx, USER, request["UserName"]))}
    return {"User": tagged(ctx, find(ctx, USER, name)) if (name := caller_name(ctx)) else _root(ctx)}


@read
def list_users(ctx: Context, request: Request) -> Answer:
    """A page of users, by name."""
    return paged("Users", [row.document for row in everything(ctx, USER, request)], request)


@write
def update_user(ctx: Context, request: Request) -> Answer:
    """Change a user's name or path.

    Differs from AWS: a user that has access keys or sits in groups keeps its name; the request is refused.
    """
    row = find(ctx, USER, request["UserName"])
    name, path = request.get("NewUserName", row.name), request.get("NewPath", row.document["Path"])
    if name != row.name and lookup(ctx, USER, name) is not None:
        raise AwsError("EntityAlreadyExists", f"User with name {name} already exists.")
    if row.internal.get("keys") or row.internal.get("groups"):
        raise AwsError("DeleteConflict", "A user with access keys or groups cannot be renamed here.")
    tags, internal, old = ctx.store.tags.of(row.arn), row.internal, row.document
    remove(ctx, row)
    renamed = draft(ctx, USER, {"UserName": name, "Path": path})
    renamed.document |= {"UserId": old["UserId"], "CreateDate": old["CreateDate"]}
    renamed.internal = internal
    ctx.store.resources.insert(renamed)
    ctx.store.tags.put(renamed.arn, tags)
    return {}


@write
def delete_user(ctx: Context, request: Request) -> Answer:
    """Take a user away that nothing holds on to."""
    row = find(ctx, USER, request["UserName"])
    if row.internal.get("groups"):
        raise conflict("remove users from group")
    if row.internal.get("attached"):
        raise conflict("detach all policies")
    if row.internal.get("inline"):
        raise conflict("delete policies")
    if row.internal.get("keys"):
        raise conflict("delete access keys")
    remove(ctx, row)
    ctx.call("sts", "revoke_sessions", {"Arn": row.arn})
    return {}


@read
def get_account_summary(ctx: Context, _request: Request) -> Answer:
    """How many entities the account has, and how many it may have."""
    counts = {f"{kind.name}s": len(everything(ctx, kind)) for kind in (USER, ROLE, GROUP)}
    quotas = {
        "UsersQuota": 5000,
        "RolesQuota": 1000,
        "GroupsQuota": 300,
        "GroupsPerUserQuota": 10,
        "AccessKeysPerUserQuota": 2,
        "AttachedPoliciesPerUserQuota": 10,
        "AttachedPoliciesPerRoleQuota": 10,
        "AttachedPoliciesPerGroupQuota": 10,
        "VersionsPerPolicyQuota": 5,
        "AccountMFAEnabled": 0,
        "AccountAccessKeysPresent": 1,
    }
    return {"SummaryMap": counts | quotas}


@read
def list_account_aliases(_ctx: Context, _request: Request) -> Answer:
    """The account's alias; it has none."""
    return {"AccountAliases": [], "IsTruncated": False}


def caller_name(ctx: Context) -> str | None:
    """The name of the user who asks; None for the server's owner.

    Raises:
        AwsError: ValidationError, for a session of a role.
    """
    caller = parse_arn(ctx.caller.arn)
    if caller.resource.startswith("user/"):
        return caller.resource.rpartition("/")[2]
    if caller.resource != _OWNER:
        raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
    return None


def _root(ctx: Context) -> dict[str, Any]:
    return {
        "Path": "/",
        "UserName": "root",
        "UserId": ctx.account,
        "Arn": f"arn:aws:iam::{ctx.account}:root",
        "CreateDate": 0.0,
    }
