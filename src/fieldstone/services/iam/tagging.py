"""Tags of users, roles, policies and instance profiles."""

from collections.abc import Callable

from fieldstone.services.iam.entities import INSTANCE_PROFILE, USER, find, paged, tags_of
from fieldstone.services.iam.policies import find_policy
from fieldstone.services.iam.roles import obtain, suppose
from fieldstone.services.operation import Answer, Context, Handler, Request, read, write
from fieldstone.store.resources import Row

Locate = Callable[[Context, str], Row]


def tagging(member: str, locate: Locate) -> Handler:
    """The operation that adds tags to what the request's member names."""

    def tag(ctx: Context, request: Request) -> Answer:
        ctx.store.tags.put(
            locate(ctx, request[member]).arn, {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
        )
        return {}

    return write(tag)


def untagging(member: str, locate: Locate) -> Handler:
    """The operation that takes tags off what the request's member names."""

    def untag(ctx: Context, request: Request) -> Answer:
        ctx.store.tags.remove(locate(ctx, request[member]).arn, request["TagKeys"])
        return {}

    return write(untag)


def listing_tags(member: str, locate: Locate) -> Handler:
    """The operation that lists the tags of what the request's member names."""

    def listing(ctx: Context, request: Request) -> Answer:
        return paged("Tags", tags_of(ctx, locate(ctx, request[member])), request)

    return read(listing)


def _user(ctx: Context, name: str) -> Row:
    return find(ctx, USER, name)


def _profile(ctx: Context, name: str) -> Row:
    return find(ctx, INSTANCE_PROFILE, name)


tag_user, untag_user, list_user_tags = (
    tagging("UserName", _user),
    untagging("UserName", _user),
    listing_tags("UserName", _user),
)
tag_role, untag_role, list_role_tags = (
    tagging("RoleName", obtain),
    untagging("RoleName", obtain),
    listing_tags("RoleName", suppose),
)
tag_policy, untag_policy = tagging("PolicyArn", find_policy), untagging("PolicyArn", find_policy)
list_policy_tags = listing_tags("PolicyArn", find_policy)
tag_instance_profile = tagging("InstanceProfileName", _profile)
untag_instance_profile = untagging("InstanceProfileName", _profile)
list_instance_profile_tags = listing_tags("InstanceProfileName", _profile)
