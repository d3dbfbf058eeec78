"""The checksums that come with an upload."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from fieldstone.core.errors import AwsError
from fieldstone.services.operation import Request
from fieldstone.store.blobs import Blob


def verify_checksums(request: Request, blob: Blob) -> dict[str, str]:
    """The checksums to keep with an object, once they are found to be true.

    Raises:
        AwsError: BadDigest where one is not true, InvalidDigest or InvalidRequest where it is none; NotImplemented.
    """
    _verify_md5(request.get("ContentMD5"), blob)
    known = {"ChecksumCRC32": blob.crc32.to_bytes(4, "big"), "ChecksumSHA256": bytes.fromhex(blob.sha256)}
    for name in _announced(request):
        if name not in known:
            raise AwsError("NotImplemented", f"{name} is not verified here yet; send ChecksumCRC32.", 501)
        algorithm, sent = name.removeprefix("Checksum"), _decode(request[name])
        if sent is None or len(sent) != len(known[name]):
            raise AwsError("InvalidRequest", f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")
        if sent != known[name]:
            raise AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    return {name: request[name] for name in known if name in request}


def _announced(request: Request) -> Iterator[str]:
    return (name for name in request if name.startswith("Checksum") and name != "ChecksumAlgorithm")


def _verify_md5(announced: Any, blob: Blob) -> None:
    if announced is None:
        return
    sent = _decode(announced)
    if sent is None or len(sent) != 16:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", **{"Content-MD5": announced})
    if sent.hex() != blob.md5:
        raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.")


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
