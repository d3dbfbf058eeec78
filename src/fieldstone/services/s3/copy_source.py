"""The header that names a copy's source."""

from typing import Any
from urllib.parse import unquote

from fieldstone.core.errors import AwsError


def parse_copy_source(source: Any) -> tuple[str, str]:
    """Bucket and key of ``bucket/key`` or ``/bucket/key``, URL-encoded.

    Raises:
        AwsError: InvalidArgument; or NotImplemented where a version is named.
    """
    path, _, version = str(source).partition("?versionId=")
    if version not in {"", "null"}:
        raise AwsError("NotImplemented", "Versions of objects are not kept here yet.", 501)
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise AwsError(
            "InvalidArgument",
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ArgumentName="x-amz-copy-source",
            ArgumentValue=str(source),
        )
    return bucket, key
