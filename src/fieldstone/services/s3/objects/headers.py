"""What is said of an object besides its bytes: kept with it, and answered with it."""

import re
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Request
from fieldstone.services.s3.objects.tags import parse_tagging
from fieldstone.store.resources import Row

KEPT: Final = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "StorageClass",
    "WebsiteRedirectLocation",
)
"""What PutObject is told of an object and GetObject answers again."""

OF_THE_COPY: Final = frozenset(
    {"ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled", "StorageClass", "WebsiteRedirectLocation"}
)
"""What a copy is told anew, whatever its source has."""

_REFUSED: Final = (
    "ObjectLockLegalHoldStatus",
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockEventHold",
    "ObjectLockEventHoldDurationDays",
    "ObjectLockEventHoldDurationYears",
    "SSECustomerAlgorithm",
    "SSECustomerKey",
    "WriteOffsetBytes",
)
"""What is not kept here: better refused than dropped without a word."""

_GRANTS: Final = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
_PRIVATE: Final = frozenset({"private", "bucket-owner-full-control"})
_ENCRYPTION: Final = ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled")
_OVERRIDES: Final = {
    f"Response{name}": name
    for name in ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires")
}
_HEADER_TEXT: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LONGEST_KEY: Final = 1024
_LARGEST_METADATA: Final = 2048


def described(bucket: Row, request: Request) -> dict[str, Any]:
    """What a request says of an object, to be kept with it.

    Raises:
        AwsError: It says what cannot be kept.
    """
    refuse_unkept(request)
    headers = {name: request[name] for name in KEPT if name in request}
    headers.setdefault("ContentType", "binary/octet-stream")
    _check_metadata(headers.get("Metadata", {}))
    encrypt(bucket, headers)
    if request.get("Tagging"):
        headers["Tags"] = parse_tagging(request["Tagging"])
    return headers


def encrypt(bucket: Row, headers: dict[str, Any]) -> None:
    """Add the bucket's own encryption where a request named none. It is said, not done."""
    default = bucket.internal.get("Encryption")
    if default and "ServerSideEncryption" not in headers:
        headers |= default


def encryption_of(headers: dict[str, Any]) -> dict[str, Any]:
    """What answers to writes say of encryption."""
    return {name: headers[name] for name in _ENCRYPTION if name in headers}


def refuse_unkept(request: Request) -> None:
    """Refuse what would be lost; private is what every object is.

    Raises:
        AwsError: NotImplemented, or AccessControlListNotSupported.
    """
    for member in _REFUSED:
        if member in request:
            raise AwsError("NotImplemented", f"{member} is not kept here; leave it out.", 501)
    if request.get("ACL", "private") not in _PRIVATE or any(name in request for name in _GRANTS):
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")


def check_key(key: str) -> bytes:
    """A key in bytes.

    Raises:
        AwsError: KeyTooLongError.
    """
    encoded = key.encode()
    if len(encoded) > _LONGEST_KEY:
        raise AwsError("KeyTooLongError", "Your key is too long", Size=str(len(encoded)), MaxSizeAllowed="1024")
    return encoded


def overrides(request: Request) -> dict[str, Any]:
    """What the answer's headers are to say, whatever the object's own are.

    Raises:
        AwsError: InvalidArgument: a header cannot hold it.
    """
    asked = {name: value for name, value in request.items() if name in _OVERRIDES}
    for name, value in asked.items():
        if isinstance(value, str) and not _HEADER_TEXT.fullmatch(value):
            raise AwsError(
                "InvalidArgument",
                "Header value cannot be represented using ISO-8859-1.",
                ArgumentName=re.sub(r"\B[A-Z]", r"-\g<0>", name).lower(),
                ArgumentValue=value,
            )
    return {_OVERRIDES[name]: value for name, value in asked.items()}


def _check_metadata(metadata: dict[str, str]) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > _LARGEST_METADATA:
        raise AwsError(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
            Size=size,
            MaxSizeAllowed=_LARGEST_METADATA,
        )
