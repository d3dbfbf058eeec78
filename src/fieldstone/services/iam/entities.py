"""What users, roles, groups, policies and instance profiles do alike."""

from collections.abc import Iterable
from typing import Any, Final

from fieldstone.core.errors import AwsError, validation_error
from fieldstone.core.ids import unique_id
from fieldstone.services.operation import Answer, Context, Request
from fieldstone.services.paging import cut_page
from fieldstone.store.kind import Kind, Scope
from fieldstone.store.resources import InvalidTokenError, Page, Row

USER: Final = Kind("User", "iam", "user/{name}", Scope.ACCOUNT, noun="user", id_member="UserName")
ROLE: Final = Kind("Role", "iam", "role/{name}", Scope.ACCOUNT, noun="role", id_member="RoleName")
GROUP: Final = Kind("Group", "iam", "group/{name}", Scope.ACCOUNT, noun="group", id_member="GroupName")
POLICY: Final = Kind("Policy", "iam", "policy/{name}", Scope.ACCOUNT, noun="policy", id_member="PolicyName")
INSTANCE_PROFILE: Final = Kind(
    "InstanceProfile",
    "iam",
    "instance-profile/{name}",
    Scope.ACCOUNT,
    noun="Instance Profile",
    id_member="InstanceProfileName",
)

_PREFIXES: Final = {"User": "AIDA", "Role": "AROA", "Group": "AGPA", "Policy": "ANPA", "InstanceProfile": "AIPA"}
_MOST_ITEMS: Final = 100


def draft(ctx: Context, kind: Kind, request: Request, **members: Any) -> Row:
    """The row of a new entity, not yet kept.

    Raises:
        AwsError: EntityAlreadyExists.
    """
    name, path = request[kind.id_member], request.get("Path", "/")
    if lookup(ctx, kind, name) is not None:
        raise AwsError("EntityAlreadyExists", _already_there(kind, name))
    arn = kind.arn(ctx.account, "", f"{path[1:]}{name}")
    document = {
        "Path": path,
        kind.id_member: name,
        f"{kind.name}Id": unique_id(_PREFIXES[kind.name]),
        "Arn": arn,
        "CreateDate": ctx.now,
        **members,
    }
    return Row(kind.name, ctx.account, "", name, arn, document, created=ctx.now, modified=ctx.now)


def keep(ctx: Context, row: Row, request: Request) -> None:
    """Add a drafted row with the request's tags."""
    ctx.store.resources.insert(row)
    ctx.store.tags.put(row.arn, {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])})


def lookup(ctx: Context, kind: Kind, name: str) -> Row | None:
    """The account's entity of that name, if there is one."""
    return ctx.store.resources.find(kind, ctx.account, "", name)


def find(ctx: Context, kind: Kind, name: str) -> Row:
    """The account's entity of that name.

    Raises:
        AwsError: NoSuchEntity.
    """
    row = lookup(ctx, kind, name)
    if row is None:
        raise not_found(kind, name)
    return row


def not_found(kind: Kind, name: str) -> AwsError:
    """The error for an entity that is not there."""
    called = f"Instance Profile {name}" if kind is INSTANCE_PROFILE else f"The {kind.noun} with name {name}"
    return AwsError("NoSuchEntity", f"{called} cannot be found.")


def everything(ctx: Context, kind: Kind, request: Request | None = None) -> list[Row]:
    """Every entity of a kind under the request's PathPrefix, by name."""
    rows, _ = ctx.store.resources.page(kind, ctx.account, "", Page(None, order="name", descending=False))
    prefix = (request or {}).get("PathPrefix", "/")
    return [row for row in rows if row.document["Path"].startswith(prefix)]


def remove(ctx: Context, row: Row) -> None:
    """Take an entity away, and its tags."""
    ctx.store.tags.clear(row.arn)
    ctx.store.resources.delete(row)


def tagged(ctx: Context, row: Row) -> dict[str, Any]:
    """An entity's document with its tags, where it has any."""
    tags = tags_of(ctx, row)
    return row.document | ({"Tags": tags} if tags else {})


def tags_of(ctx: Context, row: Row) -> list[dict[str, str]]:
    """An entity's tags as IAM lists them."""
    return [{"Key": key, "Value": value} for key, value in ctx.store.tags.of(row.arn).items()]


def paged(member: str, items: Iterable[Any], request: Request) -> Answer:
    """The page of a list that a request asks for.

    Raises:
        AwsError: ValidationError, for a marker that was not made here.
    """
    try:
        page, marker = cut_page(list(items), request.get("MaxItems", _MOST_ITEMS), request.get("Marker"))
    except InvalidTokenError:
        error = validation_error(f"Invalid Marker: {request['Marker']}")
        error.code = "ValidationError"
        raise error from None
    return {member: page, "IsTruncated": marker is not None, "Marker": marker}


def conflict(words: str) -> AwsError:
    """The error for an entity that something else still holds on to."""
    return AwsError("DeleteConflict", f"Cannot delete entity, must {words} first.")


def _already_there(kind: Kind, name: str) -> str:
    if kind is POLICY:
        return f"A policy called {name} already exists. Duplicate names are not allowed."
    if kind is INSTANCE_PROFILE:
        return f"Instance Profile {name} already exists."
    return f"{kind.name} with name {name} already exists."
