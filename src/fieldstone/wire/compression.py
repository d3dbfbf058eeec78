"""Compressed requests: a few operations take their body in gzip, and clients send it so once it is large enough."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from fieldstone.wire.http import Request
from fieldstone.wire.jsonshape import serialization_error

# Of the body as it is meant: what was gathered is small, what it swells to need not be.
_MOST: Final = 64 << 20
_GZIP: Final = 16 + zlib.MAX_WBITS


def plain_parser(parse: Callable[[Request], dict[str, Any]]) -> Callable[[Request], dict[str, Any]]:
    """What parses a request whose body may be compressed."""
    return lambda request: parse(unpacked(request))


def unpacked(request: Request) -> Request:
    """A request with its body as it is meant.

    Raises:
        AwsError: SerializationException, where it is no gzip, or swells to more than 64 MiB.
    """
    *before, last = [coding.strip() for coding in request.headers.get("content-encoding", "").split(",")]
    if last.lower() != "gzip" or not request.body:
        return request
    decompressor = zlib.decompressobj(_GZIP)
    try:
        body = decompressor.decompress(request.body, _MOST)
    except zlib.error as error:
        raise serialization_error(f"The body could not be decompressed: {error}") from None
    if not decompressor.eof:
        raise serialization_error("The body is not whole, or larger than 64 MiB when decompressed")
    headers = request.headers | {"content-encoding": ", ".join(before)}
    if not before:
        del headers["content-encoding"]
    return replace(request, headers=headers, body=body)
