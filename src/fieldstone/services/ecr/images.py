"""Images: manifests under their digests, and tags that name them."""

import hashlib
import json
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.ecr.repositories import IMAGE, find_repository, images_of, paged
from fieldstone.services.operation import Answer, Context, Request, read, write
from fieldstone.store.resources import Row

_MEDIA_TYPE: Final = "application/vnd.docker.distribution.manifest.v2+json"
_NOT_FOUND: Final = ("ImageNotFound", "Requested image not found")
_NEITHER: Final = ("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
_DIFFERS: Final = ("ImageTagDoesNotMatchDigest", "Requested image tag and digest do not match")


@write
def put_image(ctx: Context, request: Request) -> Answer:
    """Keep an image's manifest, and have a tag name it.

    Differs from AWS: the layers that it speaks of need not be there.
    """
    repository, manifest = find_repository(ctx, request), request["imageManifest"]
    digest, tag = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}", request.get("imageTag")
    _check_manifest(manifest, digest, request)
    name = f"{repository.name}@{digest}"
    row = ctx.store.resources.find(IMAGE, ctx.account, ctx.region, name)
    holder = next((image for image in images_of(ctx, repository.name) if tag in image.document["imageTags"]), None)
    if row is not None and (tag is None or (holder is not None and holder.name == name)):
        words = f"Image with digest '{digest}' and tag '{tag}' already exists in the repository with name"
        place = f"'{repository.name}' in registry with id '{ctx.account}'"
        raise AwsError("ImageAlreadyExistsException", f"{words} {place}")
    if holder is not None:
        _move_tag(ctx, repository, holder, request["imageTag"])
    if row is None:
        row = _insert(ctx, repository, digest, manifest, request.get("imageManifestMediaType"))
    if tag is not None:
        row.document["imageTags"] = sorted([*row.document["imageTags"], tag])
        ctx.store.resources.update(row)
    return {"image": _image(row, {"imageDigest": digest} | ({"imageTag": tag} if tag else {}))}


@read
def batch_get_image(ctx: Context, request: Request) -> Answer:
    """The manifests of images, by digest or tag."""
    repository = find_repository(ctx, request)
    images, failures = _find_all(images_of(ctx, repository.name), request["imageIds"])
    return {"images": [_image(row, wanted) for row, wanted in images], "failures": failures}


@write
def batch_delete_image(ctx: Context, request: Request) -> Answer:
    """Take images away: a tag alone where one is named and the image has others, the image with its tags else."""
    repository = find_repository(ctx, request)
    found, failures = _find_all(images_of(ctx, repository.name), request["imageIds"])
    gone: list[dict[str, str]] = []
    for row, wanted in found:
        tag, tags = wanted.get("imageTag"), row.document["imageTags"]
        removed = [tag] if tag and "imageDigest" not in wanted else list(tags)
        row.document["imageTags"] = [kept for kept in tags if kept not in removed]
        gone += [{"imageDigest": row.document["imageDigest"], "imageTag": name} for name in removed]
        if not removed:
            gone.append({"imageDigest": row.document["imageDigest"]})
        if row.document["imageTags"]:
            ctx.store.resources.update(row)
        elif ctx.store.resources.get(row.uid) is not None:
            ctx.store.resources.delete(row)
    return {"imageIds": gone, "failures": failures}


@read
def describe_images(ctx: Context, request: Request) -> Answer:
    """A page of a repository's images, or the ones that are named, without their manifests."""
    repository = find_repository(ctx, request)
    rows = images_of(ctx, repository.name)
    if "imageIds" in request:
        found, failures = _find_all(rows, request["imageIds"])
        if failures:
            shown = ", ".join(f"{key}:'{value}'" for key, value in failures[0]["imageId"].items())
            words = (
                f"The image with imageId {{{shown}}} does not exist within the repository with name '{repository.name}'"
            )
            raise AwsError("ImageNotFoundException", f"{words} in the registry with id '{ctx.account}'")
        rows = [row for row, _ in found]
    details = [row.document for row in rows if _passes(row, request)]
    return paged("imageDetails", [_detail(document) for document in details], request)


@read
def list_images(ctx: Context, request: Request) -> Answer:
    """A page of digests and tags."""
    repository = find_repository(ctx, request)
    found: list[dict[str, str]] = []
    for row in images_of(ctx, repository.name):
        digest = {"imageDigest": row.document["imageDigest"]}
        if _passes(row, request):
            found += [digest | {"imageTag": tag} for tag in row.document["imageTags"]] or [digest]
    return paged("imageIds", found, request)


def _check_manifest(manifest: str, digest: str, request: Request) -> None:
    try:
        json.loads(manifest)
    except (ValueError, RecursionError):
        words = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
        raise AwsError("InvalidParameterException", words) from None
    if request.get("imageDigest", digest) != digest:
        words = f"Calculated digest '{digest}' does not match the given digest '{request['imageDigest']}'"
        raise AwsError("ImageDigestDoesNotMatchException", words)


def _move_tag(ctx: Context, repository: Row, holder: Row, tag: str) -> None:
    if repository.document["imageTagMutability"] == "IMMUTABLE":
        words = f"The image tag '{tag}' already exists in the '{repository.name}' repository"
        raise AwsError(
            "ImageTagAlreadyExistsException", f"{words} and cannot be overwritten because the repository is immutable."
        )
    holder.document["imageTags"].remove(tag)
    ctx.store.resources.update(holder)


def _insert(ctx: Context, repository: Row, digest: str, manifest: str, media_type: str | None) -> Row:
    content: Any = json.loads(manifest)
    fields: dict[str, Any] = content if isinstance(content, dict) else {}
    layers = fields.get("layers")
    sizes = [layer.get("size", 0) for layer in layers if isinstance(layer, dict)] if isinstance(layers, list) else []
    document = {
        "registryId": ctx.account,
        "repositoryName": repository.name,
        "imageDigest": digest,
        "imageTags": [],
        "imageSizeInBytes": sum(size for size in sizes if isinstance(size, int)),
        "imagePushedAt": ctx.now,
        "imageManifestMediaType": media_type or str(fields.get("mediaType", _MEDIA_TYPE)),
    }
    name = f"{repository.name}@{digest}"
    arn = IMAGE.arn(ctx.account, ctx.region, name)
    row = Row(IMAGE.name, ctx.account, ctx.region, name, arn, document, created=ctx.now, modified=ctx.now)
    row.internal["manifest"] = manifest
    return ctx.store.resources.insert(row)


def _find_all(
    rows: list[Row], wanted: list[dict[str, str]]
) -> tuple[list[tuple[Row, dict[str, str]]], list[dict[str, Any]]]:
    """The image of each identifier, and a failure for each that has none."""
    found: list[tuple[Row, dict[str, str]]] = []
    failures: list[dict[str, Any]] = []
    for identifier in wanted:
        row = _find(rows, identifier)
        if isinstance(row, Row):
            found.append((row, identifier))
        else:
            failures.append({"imageId": identifier, "failureCode": row[0], "failureReason": row[1]})
    return found, failures


def _find(rows: list[Row], identifier: dict[str, str]) -> Row | tuple[str, str]:
    digest, tag = identifier.get("imageDigest"), identifier.get("imageTag")
    if digest is None and tag is None:
        return _NEITHER
    by_digest = next((row for row in rows if row.document["imageDigest"] == digest), None)
    by_tag = next((row for row in rows if tag in row.document["imageTags"]), None)
    if digest is not None and tag is not None and by_digest and by_tag and by_digest is not by_tag:
        return _DIFFERS
    return (by_digest if digest is not None else by_tag) or _NOT_FOUND


def _image(row: Row, identifier: dict[str, str]) -> dict[str, Any]:
    document = row.document
    return {
        "registryId": document["registryId"],
        "repositoryName": document["repositoryName"],
        "imageId": {"imageDigest": document["imageDigest"]} | identifier,
        "imageManifest": row.internal["manifest"],
        "imageManifestMediaType": document["imageManifestMediaType"],
    }


def _detail(document: dict[str, Any]) -> dict[str, Any]:
    return (
        document if document["imageTags"] else {name: value for name, value in document.items() if name != "imageTags"}
    )


def _passes(row: Row, request: Request) -> bool:
    status = request.get("filter", {}).get("tagStatus", "ANY")
    return status == "ANY" or bool(row.document["imageTags"]) is (status == "TAGGED")
