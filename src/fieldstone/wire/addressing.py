"""What a client of S3 may say in another place than the path and the headers, brought to where it is read.

The bucket may be a part of the Host (``bucket.localhost``, ``bucket.s3.us-east-1.amazonaws.com``), and a presigned
URL may carry headers in its query (``x-amz-acl=…``).
"""

import re
from functools import lru_cache
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.query import is_form
from fieldstone.wire.signatures.credentials import scope
from fieldstone.wire.signatures.presigned import fields_of
from fieldstone.wire.signatures.v2 import ALSO_IN_QUERY

_HOST: Final = re.compile(
    r"([a-z0-9][a-z0-9._-]*?)\.(?:(?:s3\.)?localhost(?:\.localstack\.cloud)?"
    r"|s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?)(?::[0-9]+)?",
    re.IGNORECASE,
)
_NO_BUCKETS: Final = frozenset(("s3",))
"""What stands where a bucket would and names the service."""
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_CONTROL: Final = "/v20180820/"
"""What the paths of S3's control service begin with; its hosts name an account, no bucket."""
_OF_SIGNING: Final = frozenset(
    f"x-amz-{name}"
    for name in ("algorithm", "credential", "date", "expires", "security-token", "signature", "signedheaders")
)


@lru_cache(maxsize=4096)
def bucket_of(host: str) -> str | None:
    """The bucket that a Host names."""
    found = _HOST.fullmatch(host)
    if found is None or found[1].lower() in _NO_BUCKETS:
        return None
    return found[1].lower()


def settle(request: Request) -> None:
    """Bring bucket and headers to their places, in a request for S3.

    Raises:
        AwsError: NotImplemented, where it is for S3's control service.
    """
    bucket = bucket_of(request.headers.get("host", ""))
    if bucket is not None and _for_s3(request):
        if _ACCOUNT.fullmatch(bucket) and request.path.startswith(_CONTROL):
            raise AwsError("NotImplemented", "S3's control operations are not built yet; nothing was done.", 501)
        request.sent_path = request.path
        request.path = f"/{bucket}{request.path}"
    if "Signature=" in request.query and _for_s3(request):
        _set_headers(request)


def _for_s3(request: Request) -> bool:
    if "x-amz-target" in request.headers:
        return False
    signed = scope(request)
    return signed.service == "s3" if signed else not (is_form(request) or "Action=" in request.query)


def _set_headers(request: Request) -> None:
    """Have what a presigned URL says in its query, where some SDKs put it, be what the headers say."""
    old = "X-Amz-Algorithm=" not in request.query
    for name, text in fields_of(request.query).items():
        lower = name.lower()
        if (lower.startswith("x-amz-") and lower not in _OF_SIGNING) or (old and lower in ALSO_IN_QUERY):
            request.headers[lower] = text
