"""Policies of users, roles and groups: managed ones attached, inline ones kept within."""

from collections.abc import Callable
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.services.iam.documents import check_permissions, on_the_wire
from fieldstone.services.iam.entities import GROUP, ROLE, USER, find, paged
from fieldstone.services.iam.policies import policy_document
from fieldstone.services.iam.roles import obtain, suppose
from fieldstone.services.operation import Answer, Context, Handler, Request, read, write
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row

_MOST_ATTACHED: Final = 10

Locate = Callable[[Context, str], Row]


def attaching(kind: Kind, locate: Locate) -> Handler:
    """The operation that attaches a managed policy; one that is attached stays so."""

    def attach(ctx: Context, request: Request) -> Answer:
        row, arn = locate(ctx, request[kind.id_member]), request["PolicyArn"]
        try:
            policy_document(ctx, arn)
        except AwsError:
            raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.") from None
        attached: list[str] = row.internal.setdefault("attached", [])
        if arn in attached:
            return {}
        if len(attached) >= _MOST_ATTACHED:
            raise AwsError("LimitExceeded", f"Cannot exceed quota for PoliciesPer{kind.name}: {_MOST_ATTACHED}")
        attached.append(arn)
        ctx.store.resources.update(row)
        return {}

    return write(attach)


def detaching(kind: Kind, locate: Locate) -> Handler:
    """The operation that detaches a managed policy."""

    def detach(ctx: Context, request: Request) -> Answer:
        row, arn = locate(ctx, request[kind.id_member]), request["PolicyArn"]
        if arn not in row.internal.get("attached", []):
            raise AwsError("NoSuchEntity", f"Policy {arn} was not found.")
        row.internal["attached"].remove(arn)
        ctx.store.resources.update(row)
        return {}

    return write(detach)


def listing_attached(kind: Kind, locate: Locate) -> Handler:
    """The operation that lists the managed policies attached to an entity."""

    def listing(ctx: Context, request: Request) -> Answer:
        attached = locate(ctx, request[kind.id_member]).internal.get("attached", [])
        prefix = request.get("PathPrefix", "/")
        shown = [
            {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}
            for arn in attached
            if arn.partition(":policy")[2].startswith(prefix)
        ]
        return paged("AttachedPolicies", shown, request)

    return read(listing)


def putting(kind: Kind, locate: Locate) -> Handler:
    """The operation that sets an inline policy."""

    def put(ctx: Context, request: Request) -> Answer:
        row = locate(ctx, request[kind.id_member])
        document = check_permissions(request["PolicyDocument"])
        row.internal.setdefault("inline", {})[request["PolicyName"]] = document
        ctx.store.resources.update(row)
        return {}

    return write(put)


def getting(kind: Kind, locate: Locate) -> Handler:
    """The operation that shows an inline policy."""

    def get(ctx: Context, request: Request) -> Answer:
        row, name = locate(ctx, request[kind.id_member]), request["PolicyName"]
        document = _inline(kind, row, name)
        return {kind.id_member: row.name, "PolicyName": name, "PolicyDocument": on_the_wire(document)}

    return read(get)


def listing_inline(kind: Kind, locate: Locate) -> Handler:
    """The operation that lists the names of an entity's inline policies."""

    def listing(ctx: Context, request: Request) -> Answer:
        return paged("PolicyNames", sorted(locate(ctx, request[kind.id_member]).internal.get("inline", {})), request)

    return read(listing)


def deleting(kind: Kind, locate: Locate) -> Handler:
    """The operation that takes an inline policy away."""

    def delete(ctx: Context, request: Request) -> Answer:
        row, name = locate(ctx, request[kind.id_member]), request["PolicyName"]
        _inline(kind, row, name)
        del row.internal["inline"][name]
        ctx.store.resources.update(row)
        return {}

    return write(delete)


def _inline(kind: Kind, row: Row, name: str) -> str:
    try:
        return row.internal.get("inline", {})[name]
    except KeyError:
        raise AwsError("NoSuchEntity", f"The {kind.noun} policy with name {name} cannot be found.") from None


def _user(ctx: Context, name: str) -> Row:
    return find(ctx, USER, name)


def _group(ctx: Context, name: str) -> Row:
    return find(ctx, GROUP, name)


attach_user_policy = attaching(USER, _user)
detach_user_policy = detaching(USER, _user)
list_attached_user_policies = listing_attached(USER, _user)
put_user_policy = putting(USER, _user)
get_user_policy = getting(USER, _user)
list_user_policies = listing_inline(USER, _user)
delete_user_policy = deleting(USER, _user)

attach_role_policy = attaching(ROLE, obtain)
detach_role_policy = detaching(ROLE, obtain)
list_attached_role_policies = listing_attached(ROLE, suppose)
put_role_policy = putting(ROLE, obtain)
get_role_policy = getting(ROLE, suppose)
list_role_policies = listing_inline(ROLE, suppose)
delete_role_policy = deleting(ROLE, suppose)

attach_group_policy = attaching(GROUP, _group)
detach_group_policy = detaching(GROUP, _group)
list_attached_group_policies = listing_attached(GROUP, _group)
put_group_policy = putting(GROUP, _group)
get_group_policy = getting(GROUP, _group)
list_group_policies = listing_inline(GROUP, _group)
delete_group_policy = deleting(GROUP, _group)
