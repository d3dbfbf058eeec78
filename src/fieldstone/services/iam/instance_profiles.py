"""Instance profiles: documents that hold a role."""

from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.iam.documents import on_the_wire
from fieldstone.services.iam.entities import (
    INSTANCE_PROFILE,
    conflict,
    draft,
    everything,
    find,
    keep,
    paged,
    remove,
    tagged,
)
from fieldstone.services.iam.roles import suppose
from fieldstone.services.operation import Answer, Context, Request, document, read, write
from fieldstone.store.resources import Row


@document
@write
def create_instance_profile(ctx: Context, request: Request) -> Answer:
    """Make an instance profile."""
    row = draft(ctx, INSTANCE_PROFILE, request)
    row.internal["roles"] = []
    keep(ctx, row, request)
    return {"InstanceProfile": _described(ctx, row)}


@document
@read
def get_instance_profile(ctx: Context, request: Request) -> Answer:
    """An instance profile with its role."""
    return {"InstanceProfile": _described(ctx, find(ctx, INSTANCE_PROFILE, request["InstanceProfileName"]))}


@document
@read
def list_instance_profiles(ctx: Context, request: Request) -> Answer:
    """A page of instance profiles, by name."""
    rows = everything(ctx, INSTANCE_PROFILE, request)
    return paged("InstanceProfiles", [_described(ctx, row) for row in rows], request)


@document
@read
def list_instance_profiles_for_role(ctx: Context, request: Request) -> Answer:
    """A page of the instance profiles that hold a role."""
    role = suppose(ctx, request["RoleName"]).name
    rows = [row for row in everything(ctx, INSTANCE_PROFILE) if role in row.internal["roles"]]
    return paged("InstanceProfiles", [_described(ctx, row) for row in rows], request)


@document
@write
def add_role_to_instance_profile(ctx: Context, request: Request) -> Answer:
    """Put the role into a profile that has none."""
    row = find(ctx, INSTANCE_PROFILE, request["InstanceProfileName"])
    role = suppose(ctx, request["RoleName"])
    if row.internal["roles"]:
        raise AwsError("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    row.internal["roles"].append(role.name)
    ctx.store.resources.update(row)
    return {}


@document
@write
def remove_role_from_instance_profile(ctx: Context, request: Request) -> Answer:
    """Take the role out of a profile."""
    row = find(ctx, INSTANCE_PROFILE, request["InstanceProfileName"])
    if request["RoleName"] not in row.internal["roles"]:
        raise AwsError("NoSuchEntity", f"The role with name {request['RoleName']} cannot be found.")
    row.internal["roles"].remove(request["RoleName"])
    ctx.store.resources.update(row)
    return {}


@document
@write
def delete_instance_profile(ctx: Context, request: Request) -> Answer:
    """Take an instance profile away that holds no role."""
    row = find(ctx, INSTANCE_PROFILE, request["InstanceProfileName"])
    if row.internal["roles"]:
        raise conflict("remove roles from instance profile")
    remove(ctx, row)
    return {}


def _described(ctx: Context, row: Row) -> dict[str, Any]:
    roles = [suppose(ctx, name).document for name in row.internal["roles"]]
    shown = [role | {"AssumeRolePolicyDocument": on_the_wire(role["AssumeRolePolicyDocument"])} for role in roles]
    return tagged(ctx, row) | {"Roles": shown}
