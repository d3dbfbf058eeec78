r"""Bodies in aws-chunked encoding: read as they come, each chunk held against its signature, then the trailers.

    size;chunk-signature=…\r\n  bytes\r\n   …   0;chunk-signature=…\r\n  name:value\r\n  …  \r\n

The encoding is AWS's own and may come inside HTTP's chunks, which are gone by now.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.wire.signatures.credentials import Seal
from fieldstone.wire.signatures.refusals import hexadecimal, refusal

_KINDS: Final = {
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": True,
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": True,
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": False,
}
"""By what x-amz-content-sha256 says: whether the chunks are signed."""

_HEAD: Final = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;chunk-signature=([0-9a-f]{64}))?[ \t]*\r?")
_LONGEST_HEAD: Final = 1024
_MOST_TRAILERS: Final = 16 << 10
_SMALLEST: Final = 8192
"""Bytes of the smallest chunk but the last."""
_EMPTY: Final = sha256(b"").hexdigest()
_TRAILER_SIGNATURE: Final = "x-amz-trailer-signature"
_CHECKSUMS: Final = {"crc32": 4, "crc32c": 4, "crc64nvme": 8, "sha1": 20, "sha256": 32}
"""The checksums that may come in a trailer, and how many bytes they have."""
_CHECKSUM: Final = "x-amz-checksum-"


def read_framing(headers: Mapping[str, str], seal: Seal | None) -> "Chunks | None":
    """What takes a body out of its chunks; None where it has none.

    Args:
        headers: The request's.
        seal: What signed chunks are held against; None where signatures are not checked.

    Raises:
        AwsError: The headers do not say enough, or ask for something else.
    """
    kind = headers.get("x-amz-content-sha256", "")
    if not kind.startswith("STREAMING-"):
        return None
    if kind not in _KINDS:
        raise AwsError("NotImplemented", f"{kind} is not verified here; AWS4-HMAC-SHA256 is.", 501)
    length = headers.get("x-amz-decoded-content-length")
    if length is None:
        raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    if not re.fullmatch(r"[0-9]{1,15}", length):
        words = "The value provided for x-amz-decoded-content-length is not a valid long"
        raise AwsError("InvalidArgument", words, ArgumentName="x-amz-decoded-content-length", ArgumentValue=length)
    trailers = _declared(headers.get("x-amz-trailer", "")) if kind.endswith("-TRAILER") else []
    return Chunks(int(length), trailers, seal if _KINDS[kind] else None)


def _declared(header: str) -> list[str]:
    names = [name.strip().lower() for name in header.split(",") if name.strip()]
    if any(name.removeprefix(_CHECKSUM) not in _CHECKSUMS for name in names):
        raise AwsError("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
    return names


def strip_encoding(headers: dict[str, str], length: int) -> None:
    """Have the headers say what the body is without its chunks."""
    left = [part.strip() for part in headers.get("content-encoding", "").split(",")]
    left = [part for part in left if part and part.lower() != "aws-chunked"]
    headers.pop("content-encoding", None)
    if left:
        headers["content-encoding"] = ",".join(left)
    headers["content-length"] = str(length)


class Chunks:
    """Takes a body out of its chunks, whatever pieces it comes in. Holds one chunk's head at most.

    Args:
        length: Bytes of the body without its chunks.
        trailers: The trailers that were announced, in lower case.
        seal: What the chunks are signed with; None where they are not, or nobody checks.
    """

    def __init__(self, length: int, trailers: list[str], seal: Seal | None) -> None:
        self.length = length
        self._declared = trailers
        self._seal = seal
        self._previous = seal.signature if seal else ""
        self._pending = b""  # a chunk's head so far, or the trailers
        self._left = 0  # bytes that the chunk still has to bring
        self._within = False
        self._size = _SMALLEST
        self._number = 0
        self._total = 0
        self._signature = ""
        self._hash = sha256()
        self._ended = False

    def feed(self, data: bytes) -> list[bytes]:
        """The body's bytes in the next piece.

        Raises:
            AwsError: The piece is not in the encoding, or its signature is wrong.
        """
        pieces: list[bytes] = []
        rest = self._pending + data if self._pending else data
        at = 0
        while not self._ended:
            piece = rest[at : at + self._left]
            if piece:
                at += len(piece)
                self._take(piece)
                pieces.append(piece)
            start, at = at, self._read_head(rest, at)
            if at == start:
                break
        self._pending = rest[at:]
        if len(self._pending) > (_MOST_TRAILERS if self._ended else _LONGEST_HEAD):
            raise _malformed_trailer() if self._ended else _incomplete()
        return pieces

    def finish(self) -> dict[str, str]:
        """The trailers, once everything was fed.

        Raises:
            AwsError: The body is cut short, or the trailers are not what was announced, or their signature is wrong.
        """
        if not self._ended or self._total != self.length:
            raise _incomplete()
        found = _read_trailers(self._pending)
        signature = found.pop(_TRAILER_SIGNATURE, "")
        if sorted(found) != sorted(self._declared):
            raise _malformed_trailer()
        if self._seal is not None and self._declared:
            canonical = "".join(f"{name}:{text}\n" for name, text in found.items())
            self._check("TRAILER", sha256(canonical.encode("latin-1")).hexdigest(), signature)
        return found

    def _take(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._seal is not None:
            self._hash.update(piece)
            if not self._left:
                self._check("PAYLOAD", f"{_EMPTY}\n{self._hash.hexdigest()}", self._signature)

    def _read_head(self, rest: bytes, at: int) -> int:
        """Read the next chunk's head, with the line's end before it; where it ends, or ``at`` where it is not whole."""
        if self._left:
            return at
        begin = at
        if self._within:
            if len(rest) - at < 2:
                return at
            if rest[at : at + 2] != b"\r\n":
                raise _incomplete()
            begin += 2
        end = rest.find(b"\n", begin, begin + _LONGEST_HEAD)
        if end < 0:
            return at
        self._begin(rest[begin:end])
        return end + 1

    def _begin(self, head: bytes) -> None:
        found = _HEAD.fullmatch(head)
        if found is None:
            raise _incomplete()
        size = int(found[1], 16)
        self._number += 1
        if size and self._size < _SMALLEST:
            words = "Only the last chunk is allowed to have a size less than 8192 bytes"
            raise AwsError("InvalidChunkSizeError", words, Chunk=self._number, BadChunkSize=self._size)
        self._total += size
        if self._total > self.length:
            raise _incomplete()
        self._size = self._left = size
        self._within = True
        self._ended = not size
        self._signature = found[2].decode() if found[2] else ""
        self._hash = sha256()
        if self._ended and self._seal is not None:
            self._check("PAYLOAD", f"{_EMPTY}\n{_EMPTY}", self._signature)

    def _check(self, what: str, hashed: str, signature: str) -> None:
        """Hold a signature against the one that follows the last."""
        seal = self._seal
        assert seal is not None
        text = f"AWS4-HMAC-SHA256-{what}\n{seal.time}\n{seal.scope}\n{self._previous}\n{hashed}"
        expected = hmac.digest(seal.key, text.encode(), "sha256").hex()
        if not hmac.compare_digest(expected.encode(), signature.encode("latin-1")):
            shown = {"StringToSign": text, "SignatureProvided": signature, "StringToSignBytes": hexadecimal(text)}
            raise refusal("s3", "wrong signature", AWSAccessKeyId=seal.access_key, **shown)
        self._previous = expected


def _read_trailers(tail: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in tail.decode("latin-1").split("\n"):
        if text := line.strip():
            name, colon, value = text.partition(":")
            name, value = name.strip().lower(), value.strip()
            if not colon or name in found:
                raise _malformed_trailer()
            _check_checksum(name, value)
            found[name] = value
    return found


def _check_checksum(name: str, value: str) -> None:
    size = _CHECKSUMS.get(name.removeprefix(_CHECKSUM)) if name.startswith(_CHECKSUM) else None
    try:
        right = size is None or len(base64.b64decode(value, validate=True)) == size
    except (binascii.Error, ValueError):
        right = False
    if not right:
        raise AwsError("InvalidRequest", f"Value for {name} trailing header is invalid.")


def _incomplete() -> AwsError:
    return AwsError("IncompleteBody", "The request body terminated unexpectedly")


def _malformed_trailer() -> AwsError:
    words = "The request contained trailing data that was not well-formed or did not conform to our published schema."
    return AwsError("MalformedTrailerError", words)
