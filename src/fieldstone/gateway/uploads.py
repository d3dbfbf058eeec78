"""Bodies that go to disk as they come: hashed and written off the event loop."""

import asyncio
import re
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.gateway.exchange import ClientGoneError, Receive
from fieldstone.store.blobs import Blob, Blobs, GrowingBlob

_GATHERED: Final = 1 << 20
"""Bytes gathered before a thread is asked to write them."""
_LARGEST: Final = 5 << 30
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


async def stage(receive: Receive, blobs: Blobs, headers: dict[str, str], payload_hash: str | None) -> Blob:
    """Take a body to disk and check that it is what the request announced.

    Raises:
        AwsError: EntityTooLarge, IncompleteBody, XAmzContentSHA256Mismatch; NotImplemented for chunk signatures.
        ClientGoneError: The client left.
    """
    _refuse_chunks(headers)
    growing = await asyncio.to_thread(blobs.begin)
    try:
        await _fill(growing, receive)
        blob = await asyncio.to_thread(growing.finish)
    except BaseException:
        growing.abandon()
        raise
    try:
        _check(blob, headers, payload_hash)
    except AwsError:
        blobs.discard(blob.id)
        raise
    return blob


async def _fill(growing: GrowingBlob, receive: Receive) -> None:
    gathered: list[bytes] = []
    size = total = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        piece: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        gathered.append(piece)
        size += len(piece)
        total += len(piece)
        if total > _LARGEST:
            raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
        if size >= _GATHERED or not more:
            await asyncio.to_thread(growing.write, b"".join(gathered))
            gathered, size = [], 0


def _refuse_chunks(headers: dict[str, str]) -> None:
    if headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        raise AwsError(
            "NotImplemented",
            "Bodies in aws-chunked encoding are not taken yet; send the body as it is (over http, boto3 does).",
            501,
        )


def _check(blob: Blob, headers: dict[str, str], payload_hash: str | None) -> None:
    announced = headers.get("content-length")
    if announced is not None and int(announced) != blob.size:
        raise AwsError(
            "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
        )
    if payload_hash is not None and _SHA256.fullmatch(payload_hash) and payload_hash != blob.sha256:
        raise hash_mismatch(payload_hash, blob.sha256)


def hash_mismatch(announced: str, computed: str) -> AwsError:
    """The error for a body that is not the one that was signed."""
    return AwsError(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ClientComputedContentSHA256=announced,
        S3ComputedContentSHA256=computed,
    )
