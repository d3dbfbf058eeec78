"""The canonical request of Signature Version 4: what both sides hash.

S3 takes the path as it was sent; every other service normalises it and encodes it once more. The query is taken in
AWS's encoding, so that a client's own (``+`` for a space, small hexadecimal digits) means the same.
"""

import posixpath
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from fieldstone.wire.http import Request

_ENCODED: Final = re.compile(r"(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*")
_SPACES: Final = re.compile(r" {2,}")


def canonical_request(request: Request, signed_headers: Iterable[str], payload_hash: str, *, s3: bool) -> str:
    """The text whose hash is signed.

    Raises:
        KeyError: A signed header was not sent.
    """
    sent = request.path if request.sent_path is None else request.sent_path
    path = sent if s3 else canonical_path(sent)
    names = tuple(signed_headers)
    sent_headers = request.headers
    headers = "\n".join([f"{name}:{_trimmed(sent_headers[name])}" for name in names])
    query = canonical_query(request.query) if request.query else ""
    return f"{request.method}\n{path}\n{query}\n{headers}\n\n{';'.join(names)}\n{payload_hash}"


@lru_cache(maxsize=1024)
def canonical_path(path: str) -> str:
    """A path without empty and dot segments, encoded again."""
    if path in ("/", ""):
        return "/"
    inner = posixpath.normpath(path).strip("/")
    return quote(f"/{inner}/" if inner and path.endswith("/") else f"/{inner}", safe="/~", encoding="latin-1")


def canonical_query(query: str) -> str:
    """Fields in AWS's encoding, in order of name and then value."""
    pairs = (field.partition("=") for field in query.split("&") if field)
    return "&".join([f"{name}={text}" for name, text in sorted((_encoded(n), _encoded(t)) for n, _, t in pairs)])


def _encoded(text: str) -> str:
    if _ENCODED.fullmatch(text):
        return text
    return quote(unquote(text.replace("+", " "), encoding="latin-1"), safe="-_.~", encoding="latin-1")


def _trimmed(value: str) -> str:
    return _SPACES.sub(" ", value.strip()) if "  " in value else value.strip()
