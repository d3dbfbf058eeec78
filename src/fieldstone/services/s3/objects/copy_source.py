"""The header that names a copy's source."""

from typing import Any, NamedTuple
from urllib.parse import unquote

from fieldstone.core.errors import AwsError
from fieldstone.services.s3.objects.history import check_version


class CopySource(NamedTuple):
    """What a copy is made of; the newest version where none is named."""

    bucket: str
    key: str
    version: str | None


def parse_copy_source(source: Any) -> CopySource:
    """Read ``bucket/key`` or ``/bucket/key``, URL-encoded, perhaps with ``?versionId=``.

    Raises:
        AwsError: InvalidArgument.
    """
    path, asked, version = str(source).partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise AwsError(
            "InvalidArgument",
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ArgumentName="x-amz-copy-source",
            ArgumentValue=str(source),
        )
    if asked:
        check_version(version)
    return CopySource(bucket, key, version if asked else None)
