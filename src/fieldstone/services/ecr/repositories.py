"""Repositories, their policies and tags."""

import base64
import json
from collections.abc import Callable
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.core.ids import session_token
from fieldstone.services.operation import Answer, Context, Handler, Request, read, write
from fieldstone.services.paging import cut_page
from fieldstone.store.kind import Kind
from fieldstone.store.resources import InvalidTokenError, Page, Row

REPOSITORY: Final = Kind("Repository", "ecr", "repository/{name}", id_member="repositoryName")
IMAGE: Final = Kind("Image", "ecr", "image/{name}")
"""An image's row is named ``repository@digest``."""

_MOST_RESULTS: Final = 100
_TOKEN_SECONDS: Final = 12 * 3600
_PAST_EVERY_NAME: Final = "\U0010ffff"


@write
def create_repository(ctx: Context, request: Request) -> Answer:
    """Make a repository."""
    name = request["repositoryName"]
    if ctx.store.resources.find(REPOSITORY, ctx.account, ctx.region, name):
        words = f"The repository with name '{name}' already exists in the registry with id '{ctx.account}'"
        raise AwsError("RepositoryAlreadyExistsException", words)
    arn = REPOSITORY.arn(ctx.account, ctx.region, name)
    document: dict[str, Any] = {
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False},
        "encryptionConfiguration": {"encryptionType": "AES256"},
        **{member: value for member, value in request.items() if member not in {"tags", "registryId"}},
        "repositoryArn": arn,
        "registryId": ctx.account,
        "repositoryUri": f"{registry(ctx)}/{name}",
        "createdAt": ctx.now,
    }
    row = Row(REPOSITORY.name, ctx.account, ctx.region, name, arn, document, created=ctx.now, modified=ctx.now)
    ctx.store.tags.put(arn, _tags(request))
    ctx.store.resources.insert(row)
    return {"repository": document}


@read
def describe_repositories(ctx: Context, request: Request) -> Answer:
    """A page of repositories by name, or the ones that are named."""
    if "repositoryNames" in request:
        rows = [find_repository(ctx, {"repositoryName": name}) for name in request["repositoryNames"]]
        return {"repositories": [row.document for row in rows]}
    page = Page(None, order="name", descending=False)
    rows, _ = ctx.store.resources.page(REPOSITORY, ctx.account, ctx.region, page)
    return paged("repositories", [row.document for row in rows], request)


@write
def delete_repository(ctx: Context, request: Request) -> Answer:
    """Take a repository away; one that holds images goes by force alone."""
    row, images = find_repository(ctx, request), images_of(ctx, request["repositoryName"])
    if images and not request.get("force"):
        place = f"The repository with name '{row.name}' in registry with id '{ctx.account}'"
        words = f"{place} cannot be deleted because it still contains images"
        raise AwsError("RepositoryNotEmptyException", words)
    for image in images:
        ctx.store.resources.delete(image)
    ctx.store.tags.clear(row.arn)
    ctx.store.resources.delete(row)
    return {"repository": row.document}


@read
def get_authorization_token(ctx: Context, _request: Request) -> Answer:
    """A user and password for the registry.

    Differs from AWS: there is no registry to push layers to, so it opens nothing.
    """
    token = base64.b64encode(f"AWS:{session_token()}".encode()).decode()
    data = {
        "authorizationToken": token,
        "expiresAt": ctx.now + _TOKEN_SECONDS,
        "proxyEndpoint": f"https://{registry(ctx)}",
    }
    return {"authorizationData": [data]}


@write
def put_image_tag_mutability(ctx: Context, request: Request) -> Answer:
    """Say whether a tag may be given to another image."""
    row = find_repository(ctx, request)
    row.document["imageTagMutability"] = request["imageTagMutability"]
    ctx.store.resources.update(row)
    return _named(row) | {"imageTagMutability": request["imageTagMutability"]}


@write
def put_image_scanning_configuration(ctx: Context, request: Request) -> Answer:
    """Say whether images are scanned; it is kept, and nothing is scanned."""
    row = find_repository(ctx, request)
    row.document["imageScanningConfiguration"] = request["imageScanningConfiguration"]
    ctx.store.resources.update(row)
    return _named(row) | {"imageScanningConfiguration": request["imageScanningConfiguration"]}


@write
def tag_resource(ctx: Context, request: Request) -> Answer:
    """Add tags to a repository."""
    ctx.store.tags.put(_by_arn(ctx, request).arn, _tags(request))
    return {}


@write
def untag_resource(ctx: Context, request: Request) -> Answer:
    """Take tags off a repository."""
    ctx.store.tags.remove(_by_arn(ctx, request).arn, request["tagKeys"])
    return {}


@read
def list_tags_for_resource(ctx: Context, request: Request) -> Answer:
    """A repository's tags."""
    tags = ctx.store.tags.of(_by_arn(ctx, request).arn)
    return {"tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _putting(member: str, key: str) -> Handler:
    def put(ctx: Context, request: Request) -> Answer:
        row, text = find_repository(ctx, request), request[member]
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            words = f"Invalid parameter at '{member}' failed to satisfy constraint: 'Invalid JSON'"
            raise AwsError("InvalidParameterException", words) from None
        row.internal[key] = text
        ctx.store.resources.update(row)
        return _named(row) | {member: text}

    return write(put)


def _getting(member: str, key: str, absent: Callable[[Row], AwsError], *, remove: bool) -> Handler:
    def get(ctx: Context, request: Request) -> Answer:
        row = find_repository(ctx, request)
        if key not in row.internal:
            raise absent(row)
        answer = _named(row) | {member: row.internal[key]}
        if remove:
            del row.internal[key]
            ctx.store.resources.update(row)
        return answer

    return write(get) if remove else read(get)


def _no_policy(row: Row) -> AwsError:
    words = f"Repository policy does not exist for the repository with name '{row.name}'"
    return AwsError("RepositoryPolicyNotFoundException", f"{words} in the registry with id '{row.account}'")


def _no_lifecycle(row: Row) -> AwsError:
    words = f"Lifecycle policy does not exist for the repository with name '{row.name}'"
    return AwsError("LifecyclePolicyNotFoundException", f"{words} in the registry with id '{row.account}'")


set_repository_policy = _putting("policyText", "policy")
get_repository_policy = _getting("policyText", "policy", _no_policy, remove=False)
delete_repository_policy = _getting("policyText", "policy", _no_policy, remove=True)
put_lifecycle_policy = _putting("lifecyclePolicyText", "lifecycle")
get_lifecycle_policy = _getting("lifecyclePolicyText", "lifecycle", _no_lifecycle, remove=False)
delete_lifecycle_policy = _getting("lifecyclePolicyText", "lifecycle", _no_lifecycle, remove=True)


def find_repository(ctx: Context, request: Request) -> Row:
    """The repository that a request names, in the caller's registry.

    Raises:
        AwsError: RepositoryNotFoundException.
    """
    name, owner = request["repositoryName"], request.get("registryId", ctx.account)
    row = ctx.store.resources.find(REPOSITORY, ctx.account, ctx.region, name) if owner == ctx.account else None
    if row is None:
        words = f"The repository with name '{name}' does not exist in the registry with id '{owner}'"
        raise AwsError("RepositoryNotFoundException", words)
    return row


def images_of(ctx: Context, repository: str) -> list[Row]:
    """Every image of a repository, by digest."""
    names = {"name_from": f"{repository}@", "name_before": f"{repository}@{_PAST_EVERY_NAME}"}
    page = Page(None, order="name", descending=False, filters=names)
    return ctx.store.resources.page(IMAGE, ctx.account, ctx.region, page)[0]


def registry(ctx: Context) -> str:
    """The address of the caller's registry, as image URIs begin."""
    return f"{ctx.account}.dkr.ecr.{ctx.region}.amazonaws.com"


def paged(member: str, items: list[Any], request: Request) -> Answer:
    """The page of a list that a request asks for.

    Raises:
        AwsError: InvalidParameterException, for a token that was not made here.
    """
    try:
        page, token = cut_page(items, request.get("maxResults", _MOST_RESULTS), request.get("nextToken"))
    except InvalidTokenError:
        raise AwsError("InvalidParameterException", "Invalid parameter at 'nextToken'") from None
    return {member: page, "nextToken": token}


def _named(row: Row) -> Answer:
    return {"registryId": row.account, "repositoryName": row.name}


def _by_arn(ctx: Context, request: Request) -> Row:
    arn = request["resourceArn"]
    row = ctx.store.resources.find_arn(arn)
    if row is None or row.kind != REPOSITORY.name or row.account != ctx.account:
        raise AwsError(
            "RepositoryNotFoundException", f"The repository with name '{arn.rpartition('/')[2]}' does not exist"
        )
    return row


def _tags(request: Request) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in request.get("tags", [])}
