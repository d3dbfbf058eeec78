"""Bodies that go to disk as they come: taken out of their chunks, hashed and written off the event loop."""

import hashlib
import re
from collections.abc import AsyncIterator, Iterable
from typing import Final

from fieldstone.core.digests import DIGESTS
from fieldstone.core.errors import AwsError
from fieldstone.core.threads import in_thread
from fieldstone.gateway.exchange import Read
from fieldstone.store.blobs import Blob, Blobs, GrowingBlob
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.chunks import Chunks, read_framing, strip_encoding
from fieldstone.wire.signatures.credentials import Seal

LARGEST: Final = 5 << 30
"""Bytes of the largest upload."""

_GATHERED: Final = 1 << 20
"""Bytes gathered before a thread is asked to write them."""
_CHECKSUM: Final = "x-amz-checksum-"
_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")


async def stage(read: Read, blobs: Blobs, headers: dict[str, str], payload_hash: str | None, seal: Seal | None) -> Blob:
    """Take a body to disk and check that it is what the request announced.

    What comes in chunks is taken out of them, and the headers made to say so: the trailers are among them then.

    Raises:
        AwsError: EntityTooLarge, IncompleteBody, XAmzContentSHA256Mismatch; what is wrong with a chunk or trailer.
        ClientGoneError: The client left.
    """
    chunks = read_framing(headers, seal)
    announced = chunks.length if chunks else int(headers.get("content-length", 0))
    _check_size(announced, LARGEST)
    blob = await grow(blobs, pieces(read), chunks, LARGEST, announced_digests(headers))
    try:
        _check(blob, headers, payload_hash, chunks)
    except AwsError:
        blobs.discard(blob.id)
        raise
    return blob


async def pieces(read: Read) -> AsyncIterator[bytes]:
    """A body in the pieces it comes in.

    Raises:
        ClientGoneError: The client left.
    """
    while piece := await read():
        yield piece


async def grow(
    blobs: Blobs, source: AsyncIterator[bytes], chunks: Chunks | None, most: int, digests: Iterable[str] = ()
) -> Blob:
    """Make a blob of what comes, at most so many bytes; nothing stays of one that fails.

    Raises:
        AwsError: EntityTooLarge; what is wrong with a chunk.
    """
    growing = blobs.begin(digests)
    try:
        gathered: list[bytes] = []
        size = total = 0
        async for piece in source:
            gathered.append(piece)
            size += len(piece)
            total += len(piece)
            if chunks is None:
                _check_size(total, most)
            if size >= _GATHERED:
                await in_thread(_write, growing, gathered, chunks)
                gathered, size = [], 0
        return await in_thread(_finish, growing, gathered, chunks)
    except BaseException:
        growing.abandon()
        raise


def announced_digests(headers: dict[str, str]) -> set[str]:
    """The checksums that a request has, or will have in its trailer."""
    named = {name.removeprefix(_CHECKSUM).upper() for name in headers if name.startswith(_CHECKSUM)}
    trailing = headers.get("x-amz-trailer", "").lower().split(",")
    named |= {name.strip().removeprefix(_CHECKSUM).upper() for name in trailing}
    return named & DIGESTS.keys()


def _write(growing: GrowingBlob, gathered: list[bytes], chunks: Chunks | None) -> None:
    data = b"".join(gathered)
    for piece in (data,) if chunks is None else chunks.feed(data):
        growing.write(piece)


def _finish(growing: GrowingBlob, gathered: list[bytes], chunks: Chunks | None) -> Blob:
    _write(growing, gathered, chunks)
    return growing.finish()


def check_body(request: Request, payload_hash: str | None, seal: Seal | None) -> None:
    """Hold a body in memory against its signature; take it out of its chunks, where it comes in chunks.

    Raises:
        AwsError: XAmzContentSHA256Mismatch; what is wrong with a chunk or trailer.
    """
    chunks = read_framing(request.headers, seal)
    if chunks is not None:
        request.body = b"".join(chunks.feed(request.body))
        request.headers |= chunks.finish()
        strip_encoding(request.headers, chunks.length)
    elif payload_hash is not None and _SHA256.fullmatch(payload_hash):
        computed = hashlib.sha256(request.body).hexdigest()
        if computed != payload_hash.lower():
            raise _hash_mismatch(payload_hash, computed)


def _check(blob: Blob, headers: dict[str, str], payload_hash: str | None, chunks: Chunks | None) -> None:
    if chunks is not None:
        headers |= chunks.finish()
        strip_encoding(headers, chunks.length)
        return
    announced = headers.get("content-length")
    if "aws-chunked" in headers.get("content-encoding", ""):
        strip_encoding(headers, blob.size)
    if announced is not None and int(announced) != blob.size:
        raise AwsError(
            "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
        )
    if payload_hash is not None and _SHA256.fullmatch(payload_hash) and payload_hash.lower() != blob.sha256:
        raise _hash_mismatch(payload_hash, blob.sha256)


def _check_size(proposed: int, most: int) -> None:
    if proposed > most:
        words = "Your proposed upload exceeds the maximum allowed size"
        raise AwsError("EntityTooLarge", words, ProposedSize=proposed, MaxSizeAllowed=most)


def _hash_mismatch(announced: str, computed: str) -> AwsError:
    return AwsError(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ClientComputedContentSHA256=announced,
        S3ComputedContentSHA256=computed,
    )
