"""Who signed a request: whichever way it was signed."""

import re
from collections.abc import Callable
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.credentials import C, Verified, scope
from fieldstone.wire.signatures.header import verify_header
from fieldstone.wire.signatures.presigned import verify_presigned
from fieldstone.wire.signatures.refusals import refusal, speaker
from fieldstone.wire.signatures.v2 import verify_old_header, verify_old_query
from fieldstone.wire.signatures.v4 import ALGORITHM

_PRESIGNED: Final = re.compile(r"(?:^|&)X-Amz-Algorithm=")
_OLD_QUERY: Final = re.compile(r"(?:^|&)Signature=")
_SIGNED: Final = "AWS4-HMAC-SHA256 "
_ONE_ONLY: Final = (
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
    "Signature query string parameter or the Authorization header should be specified"
)


def verify(request: Request, find: Callable[[str], C | None], now: float) -> Verified[C]:
    """Find out who signed a request.

    Args:
        request: As it was received: path and query raw, all headers, and, unless it is for S3, the whole body.
        find: Gives the credential of an access key, if there is one.
        now: Seconds since the epoch.

    Raises:
        AwsError: It is not signed, not rightly, not now, or not in a way that can be verified.
    """
    header, query = request.headers.get("authorization"), request.query
    presigned = bool(query) and _PRESIGNED.search(query) is not None
    old = bool(query) and _OLD_QUERY.search(query) is not None
    if (header is not None) + presigned + old > 1:
        shown = {"ArgumentName": "Authorization"} | ({} if header is None else {"ArgumentValue": header})
        raise AwsError("InvalidArgument", _ONE_ONLY, 400, **shown)
    if header is not None:
        return _verify_header(request, header, find, now)
    if presigned:
        return verify_presigned(request, find, now)
    who = speaker(request, "s3" if old else None)
    if old and who == "s3":
        return verify_old_query(request, find, now)
    raise refusal(who, "absent")


def _verify_header(request: Request, header: str, find: Callable[[str], C | None], now: float) -> Verified[C]:
    if header.startswith(_SIGNED):
        return verify_header(request, header, find, now)
    claimed = scope(request)
    who = speaker(request, claimed.service if claimed else None)
    algorithm, space, _ = header.partition(" ")
    if who != "s3":
        raise refusal(who, "malformed", f"Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} is).")
    if algorithm == "AWS" and space:
        return verify_old_header(request, header, find, now)
    words = "Unsupported Authorization Type"
    if not space:
        words = "Authorization header is invalid -- one and only one ' ' (space) required"
    raise AwsError("InvalidArgument", words, ArgumentName="Authorization", ArgumentValue=header)
