"""Groups of users."""

from fieldstone.services.iam.entities import (
    GROUP,
    USER,
    conflict,
    draft,
    everything,
    find,
    keep,
    paged,
    remove,
)
from fieldstone.services.operation import Answer, Context, Request, read, write


@write
def create_group(ctx: Context, request: Request) -> Answer:
    """Make a group."""
    row = draft(ctx, GROUP, request)
    keep(ctx, row, request)
    return {"Group": row.document}


@read
def get_group(ctx: Context, request: Request) -> Answer:
    """A group and a page of its users."""
    row = find(ctx, GROUP, request["GroupName"])
    members = [user.document for user in everything(ctx, USER) if row.name in user.internal.get("groups", [])]
    return {"Group": row.document, **paged("Users", members, request)}


@read
def list_groups(ctx: Context, request: Request) -> Answer:
    """A page of groups, by name."""
    return paged("Groups", [row.document for row in everything(ctx, GROUP, request)], request)


@read
def list_groups_for_user(ctx: Context, request: Request) -> Answer:
    """A page of the groups that a user is in."""
    user = find(ctx, USER, request["UserName"])
    groups = [find(ctx, GROUP, name).document for name in sorted(user.internal.get("groups", []))]
    return paged("Groups", groups, request)


@write
def add_user_to_group(ctx: Context, request: Request) -> Answer:
    """Put a user into a group; one that is in it stays so."""
    group, user = find(ctx, GROUP, request["GroupName"]), find(ctx, USER, request["UserName"])
    groups: list[str] = user.internal.setdefault("groups", [])
    if group.name not in groups:
        groups.append(group.name)
        ctx.store.resources.update(user)
    return {}


@write
def remove_user_from_group(ctx: Context, request: Request) -> Answer:
    """Take a user out of a group; one that is not in it stays so."""
    group, user = find(ctx, GROUP, request["GroupName"]), find(ctx, USER, request["UserName"])
    if group.name in user.internal.get("groups", []):
        user.internal["groups"].remove(group.name)
        ctx.store.resources.update(user)
    return {}


@write
def delete_group(ctx: Context, request: Request) -> Answer:
    """Take an empty group away."""
    row = find(ctx, GROUP, request["GroupName"])
    if any(row.name in user.internal.get("groups", []) for user in everything(ctx, USER)):
        raise conflict("remove users from group")
    if row.internal.get("attached"):
        raise conflict("detach all policies")
    if row.internal.get("inline"):
        raise conflict("delete policies")
    remove(ctx, row)
    return {}
