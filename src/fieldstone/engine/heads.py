"""The heads of a model server's usual answers, each read once: they repeat, but for the length."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 1024
"""Bytes of a head that is looked for here."""
_USUAL: Final = re.compile(rb"HTTP/1\.1 ([2-5]\d\d) [ -~]*((?:\r\n[A-Za-z0-9-]+: ?[ -~]*)+)\r\n\r\n")
_UNUSUAL: Final = frozenset(("transfer-encoding", "connection", "upgrade", "trailer"))
_BODILESS: Final = frozenset((204, 304))


class Head(NamedTuple):
    """Status line and headers of an answer whose body has a length, on a connection that stays open.

    Attributes:
        status: Of HTTP.
        headers: Names in lower case.
        length: Bytes of the body.
    """

    status: int
    headers: Mapping[str, str]
    length: int


@lru_cache(maxsize=1024)
def read_head(text: bytes) -> Head | None:
    """Read a head, to the empty line at its end; None for one that is not as usual, which a parser has to see."""
    found = _USUAL.fullmatch(text)
    if found is None:
        return None
    fields = [line.split(b":", 1) for line in found[2].split(b"\r\n")[1:]]
    headers = {name.decode("latin-1").lower(): value.strip().decode("latin-1") for name, value in fields}
    length = headers.get("content-length", "")
    if len(headers) < len(fields) or headers.keys() & _UNUSUAL or not length.isdecimal() or int(found[1]) in _BODILESS:
        return None
    return Head(int(found[1]), headers, int(length))
