"""One object as the tables keep it."""

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

NULL_VERSION: Final = "null"
"""The version of what was put while its bucket kept no versions."""

PAST_EVERY_KEY: Final = b"\xff"
"""No UTF-8 string begins with this byte."""


@dataclass(slots=True)
class StoredObject:
    """One object, or a delete marker.

    Attributes:
        bucket: The uid of its bucket's row.
        key: UTF-8.
        blob: The id of its bytes: of a file, or of a list of parts.
        size: Bytes.
        etag: Without quotes: the MD5 of the bytes in hexadecimal letters, or of the parts' MD5s with their count.
        modified: Seconds since the epoch.
        headers: What GetObject answers besides: ContentType, Metadata, checksums and the like, by member name.
        version: Its version id.
        marker: It is a delete marker, and has no bytes.
        rank: Among the versions of its key that are not current, the least is the newest; 0 for the current one.
    """

    bucket: int
    key: bytes
    blob: str
    size: int
    etag: str
    modified: float
    headers: dict[str, Any] = field(default_factory=dict[str, Any])
    version: str = NULL_VERSION
    marker: bool = False
    rank: int = 0


FIELDS: Final = ("bucket", "key", "blob", "size", "etag", "modified", "headers", "version")
"""The columns that objects and versions share."""

_decode: Final = msgspec.json.Decoder().decode


def values_of(item: StoredObject) -> dict[str, Any]:
    """The values of ``FIELDS``."""
    values = {name: getattr(item, name) for name in FIELDS}
    values["headers"] = msgspec.json.encode(item.headers)
    return values


def read_object(values: tuple[Any, ...]) -> StoredObject:
    """An object of the values of ``FIELDS``."""
    bucket, key, blob, size, etag, modified, headers, version = values
    return StoredObject(bucket, key, blob, size, etag, modified, _decode(headers), version)


def end_of_prefix(prefix: bytes) -> bytes:
    """The least byte string above every UTF-8 string that begins with ``prefix``."""
    return prefix + PAST_EVERY_KEY
