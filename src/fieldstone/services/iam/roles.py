"""Roles."""

import hashlib
import json
from typing import Any, Final

from fieldstone.services.iam.documents import check_trust, on_the_wire
from fieldstone.services.iam.entities import (
    INSTANCE_PROFILE,
    ROLE,
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
from fieldstone.store.resources import Row

BUILT_IN: Final = "FieldstoneRole"
"""The role that the server's owner acts in; it is there before anybody creates it."""

ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
_HOUR: Final = 3600
_SUPPOSED_PATH: Final = "/service-role/"
_TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
)


@write
def create_role(ctx: Context, request: Request) -> Answer:
    """Make a role."""
    members: dict[str, Any] = {
        "AssumeRolePolicyDocument": check_trust(request["AssumeRolePolicyDocument"]),
        "MaxSessionDuration": request.get("MaxSessionDuration", _HOUR),
    }
    if "Description" in request:
        members["Description"] = request["Description"]
    row = draft(ctx, ROLE, request, **members)
    if "PermissionsBoundary" in request:
        row.document["PermissionsBoundary"] = _boundary(request["PermissionsBoundary"])
    keep(ctx, row, request)
    return {"Role": _described(ctx, row)}


@read
def get_role(ctx: Context, request: Request) -> Answer:
    """A role.

    Differs from AWS: a name that nobody created is answered too, as a role that trusts SageMaker and may do everything,
    since programs written for AWS come with role names of their own. Changing it creates it.
    """
    row = suppose(ctx, request["RoleName"])
    return {"Role": _described(ctx, row) | {"RoleLastUsed": {}}}


@read
def list_roles(ctx: Context, request: Request) -> Answer:
    """A page of the roles that were created, and the server's own, by name."""
    rows = everything(ctx, ROLE, request)
    own = suppose(ctx, BUILT_IN)
    if own.uid == 0 and own.document["Path"].startswith(request.get("PathPrefix", "/")):
        rows = sorted([*rows, own], key=lambda row: row.name)
    return paged("Roles", [_encoded(row.document) for row in rows], request)


@write
def update_role(ctx: Context, request: Request) -> Answer:
    """Change a role's description or its longest session."""
    row = obtain(ctx, request["RoleName"])
    row.document |= {member: request[member] for member in ("Description", "MaxSessionDuration") if member in request}
    ctx.store.resources.update(row)
    return {}


@write
def update_role_description(ctx: Context, request: Request) -> Answer:
    """Change a role's description."""
    row = obtain(ctx, request["RoleName"])
    row.document["Description"] = request["Description"]
    ctx.store.resources.update(row)
    return {"Role": _described(ctx, row)}


@write
def update_assume_role_policy(ctx: Context, request: Request) -> Answer:
    """Change who may take a role on; it is kept, not enforced."""
    row = obtain(ctx, request["RoleName"])
    row.document["AssumeRolePolicyDocument"] = check_trust(request["PolicyDocument"])
    ctx.store.resources.update(row)
    return {}


@write
def put_role_permissions_boundary(ctx: Context, request: Request) -> Answer:
    """Set the policy that bounds a role's permissions."""
    row = obtain(ctx, request["RoleName"])
    row.document["PermissionsBoundary"] = _boundary(request["PermissionsBoundary"])
    ctx.store.resources.update(row)
    return {}


@write
def delete_role_permissions_boundary(ctx: Context, request: Request) -> Answer:
    """Take the bounds off a role's permissions."""
    row = find(ctx, ROLE, request["RoleName"])
    row.document.pop("PermissionsBoundary", None)
    ctx.store.resources.update(row)
    return {}


@write
def delete_role(ctx: Context, request: Request) -> Answer:
    """Take a role away that nothing holds on to."""
    row = find(ctx, ROLE, request["RoleName"])
    if any(row.name in profile.internal["roles"] for profile in everything(ctx, INSTANCE_PROFILE)):
        raise conflict("remove roles from instance profile")
    if row.internal.get("attached"):
        raise conflict("detach all policies")
    if row.internal.get("inline"):
        raise conflict("delete policies")
    remove(ctx, row)
    return {}


def suppose(ctx: Context, name: str) -> Row:
    """The role of that name; where nobody created it, one as it would be, not kept."""
    return lookup(ctx, ROLE, name) or _supposed(ctx, name)


def obtain(ctx: Context, name: str) -> Row:
    """The role of that name, to be changed; where nobody created it, it is created now."""
    row = suppose(ctx, name)
    return row if row.uid else ctx.store.resources.insert(row)


def _supposed(ctx: Context, name: str) -> Row:
    arn = ROLE.arn(ctx.account, "", f"{_SUPPOSED_PATH[1:]}{name}")
    document = {
        "Path": _SUPPOSED_PATH,
        "RoleName": name,
        "RoleId": "AROA" + hashlib.sha256(arn.encode()).hexdigest()[:17].upper(),
        "Arn": arn,
        "CreateDate": 0.0,
        "AssumeRolePolicyDocument": _TRUST,
        "MaxSessionDuration": 12 * _HOUR if name == BUILT_IN else _HOUR,
    }
    row = Row(ROLE.name, ctx.account, "", name, arn, document, created=ctx.now, modified=ctx.now)
    row.internal["attached"] = [ADMINISTRATOR]
    return row


def _described(ctx: Context, row: Row) -> dict[str, Any]:
    return _encoded(tagged(ctx, row))


def _encoded(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"AssumeRolePolicyDocument": on_the_wire(document["AssumeRolePolicyDocument"])}


def _boundary(arn: str) -> dict[str, str]:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
