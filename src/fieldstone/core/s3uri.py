"""Addresses of S3 objects, in the forms that clients write them."""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

_VIRTUAL_HOST: Final = re.compile(r"(?P<bucket>.+)\.s3[.-][a-z0-9-.]*amazonaws\.com(\.cn)?")
_PATH_HOST: Final = re.compile(r"s3[.-][a-z0-9-.]*amazonaws\.com(\.cn)?")


class S3Uri(NamedTuple):
    """A bucket and a key, or a prefix of keys; printed as ``s3://bucket/key``."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def child(self, path: str) -> "S3Uri":
        """The address of ``path`` below this one taken as a folder."""
        folder = self.key.rstrip("/")
        return S3Uri(self.bucket, f"{folder}/{path}" if folder else path)


def parse_s3_uri(text: str) -> S3Uri:
    """Read ``s3://bucket/key``, ``https://bucket.s3.region.amazonaws.com/key`` or ``https://s3…/bucket/key``.

    Raises:
        ValueError: It is none of these.
    """
    if text.startswith("s3://"):
        bucket, _, key = text.removeprefix("s3://").partition("/")
    else:
        bucket, key = _parse_https(text)
    if not bucket:
        raise ValueError(f"{text!r} is no address of an S3 object")
    return S3Uri(bucket, key)


def _parse_https(text: str) -> tuple[str, str]:
    parts = urlsplit(text)
    path, host = unquote(parts.path).removeprefix("/"), parts.hostname or ""
    if parts.scheme == "https" and (match := _VIRTUAL_HOST.fullmatch(host)):
        return match["bucket"], path
    if parts.scheme == "https" and _PATH_HOST.fullmatch(host):
        bucket, _, key = path.partition("/")
        return bucket, key
    return "", ""
