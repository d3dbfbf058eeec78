"""The checksums of objects and parts: announced, verified, added."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from fieldstone.core.digests import DIGESTS, SIZES
from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Request
from fieldstone.store.blobs import Blob

MEMBERS: Final[Mapping[str, str]] = {f"Checksum{name}": name for name in DIGESTS}
"""Algorithms by the member that holds their checksum."""

DEFAULT: Final = "CRC64NVME"
"""What S3 computes where a client announces nothing."""


def verify_checksums(request: Request, blob: Blob) -> dict[str, str]:
    """The one checksum to keep of some bytes, by member name: the announced one, if it is true, or S3's own.

    Raises:
        AwsError: BadDigest where one is not true, InvalidDigest or InvalidRequest where it is none.
    """
    _verify_md5(request.get("ContentMD5"), blob)
    announced = announced_checksum(request)
    if announced is None:
        _check_promise(request)
        return checksum_of(blob, DEFAULT)
    algorithm, sent = announced
    if sent != blob.digests[algorithm]:
        raise AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    return checksum_of(blob, algorithm)


def announced_checksum(request: Request) -> tuple[str, bytes] | None:
    """The algorithm and the value of the checksum in a request's headers, if there is one.

    Raises:
        AwsError: InvalidRequest: it is none, or there are several.
    """
    names = [name for name in MEMBERS if name in request]
    if not names:
        return None
    if len(names) > 1:
        raise AwsError(
            "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    algorithm = MEMBERS[names[0]]
    sent = decode(request[names[0]])
    if sent is None or len(sent) != SIZES[algorithm]:
        raise AwsError("InvalidRequest", f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")
    return algorithm, sent


def checksum_of(blob: Blob, algorithm: str) -> dict[str, str]:
    """A blob's checksum, by member name."""
    return {f"Checksum{algorithm}": encode(blob.digests[algorithm])}


def encode(digest: bytes) -> str:
    """A checksum as S3 writes it."""
    return base64.b64encode(digest).decode()


def decode(text: str) -> bytes | None:
    """A checksum as S3 writes it, read; None where it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def kept_checksum(headers: Mapping[str, Any]) -> dict[str, str]:
    """The checksum among an object's headers, with its type."""
    return {name: value for name, value in headers.items() if name in MEMBERS or name == "ChecksumType"}


def _check_promise(request: Request) -> None:
    if request.get("ChecksumAlgorithm") is not None:
        raise AwsError(
            "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found.",
        )


def _verify_md5(announced: Any, blob: Blob) -> None:
    if announced is None:
        return
    sent = decode(announced)
    if sent is None or len(sent) != 16:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", **{"Content-MD5": announced})
    if sent != blob.digests["MD5"]:
        raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.")
