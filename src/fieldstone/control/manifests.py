"""Manifests: JSON files that list objects by a prefix and the paths below it."""

import json
from typing import Any, cast

from fieldstone.core.s3uri import S3Uri, parse_s3_uri


class ManifestError(Exception):
    """A file is no manifest."""


def read_manifest(data: bytes) -> list[tuple[str, S3Uri]]:
    """The path and the address of everything that a manifest lists, in its order.

    Args:
        data: ``[{"prefix": "s3://bucket/a/prefix/"}, "relative/path", …]``; without a prefix the paths are addresses.

    Raises:
        ManifestError: It is something else.
    """
    try:
        entries: Any = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        raise ManifestError(f"the manifest is no JSON: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise ManifestError("the manifest is no JSON array of a prefix and paths")
    first, *paths = cast(list[Any], entries)
    prefix = cast(dict[str, Any], first).get("prefix") if isinstance(first, dict) else ""
    paths = paths if isinstance(first, dict) else [first, *paths]
    if not isinstance(prefix, str) or not all(isinstance(path, str) for path in paths):
        raise ManifestError("the manifest does not begin with a prefix, or lists something else than paths")
    return [_entry(prefix, path) for path in paths]


def _entry(prefix: str, path: str) -> tuple[str, S3Uri]:
    try:
        target = parse_s3_uri(prefix + path)
    except ValueError as error:
        raise ManifestError(f"the manifest lists what is no object: {error}") from None
    return (path if prefix else target.key), target
