"""Sets of tags: read from a header or a document, and held against S3's rules."""

from typing import Any, Final
from urllib.parse import parse_qsl

from fieldstone.core.errors import AwsError

_MOST: Final = {"Object": 10, "Bucket": 50}
_LONGEST_KEY: Final = 128
_LONGEST_VALUE: Final = 256

Tags = list[tuple[str, str]]


def parse_tagging(header: str) -> Tags:
    """The tags of ``x-amz-tagging``, which is encoded as a query is.

    Raises:
        AwsError: InvalidArgument, InvalidTag or BadRequest.
    """
    try:
        found = parse_qsl(header, keep_blank_values=True, strict_parsing=True, errors="strict")
    except (ValueError, UnicodeError):
        raise _invalid_header(header) from None
    if len({key for key, _ in found}) < len(found):
        raise _invalid_header(header)
    _check(found, "Object")
    return found


def read_tag_set(tagging: dict[str, Any], owner: str) -> Tags:
    """The tags of a Tagging document for an ``Object`` or a ``Bucket``.

    Raises:
        AwsError: InvalidTag or BadRequest.
    """
    found = [(str(tag["Key"]), str(tag["Value"])) for tag in tagging.get("TagSet") or []]
    if len({key for key, _ in found}) < len(found):
        raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key")
    _check(found, owner)
    return found


def tag_set(tags: list[Any]) -> list[dict[str, str]]:
    """Tags as S3's documents have them."""
    return [{"Key": key, "Value": value} for key, value in tags]


def _check(tags: Tags, owner: str) -> None:
    if len(tags) > _MOST[owner]:
        raise AwsError("BadRequest", f"{owner} tags cannot be greater than {_MOST[owner]}")
    for key, value in tags:
        if not 0 < len(key) <= _LONGEST_KEY:
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid", TagKey=key)
        if len(value) > _LONGEST_VALUE:
            raise AwsError("InvalidTag", "The TagValue you have provided is invalid", TagKey=key, TagValue=value)
        if key.lower().startswith("aws:"):
            raise AwsError("InvalidTag", "System tags cannot be added/updated by requester")


def _invalid_header(header: str) -> AwsError:
    return AwsError(
        "InvalidArgument",
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
        "duplicates.",
        ArgumentName="x-amz-tagging",
        ArgumentValue=header,
    )
