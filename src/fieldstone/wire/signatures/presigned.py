"""Signature Version 4 in the query: presigned URLs.

S3 keeps to X-Amz-Expires, up to a week. Other services take a presigned request for a quarter of an hour at most, as
they take any other; what X-Amz-Expires says can only make that less.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Final
from urllib.parse import unquote

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.clock import MAX_SKEW, check_skew, iso, seconds, stamp
from fieldstone.wire.signatures.credentials import EXPECTED_CREDENTIAL, UNSIGNED, C, Scope, Verified, read_scope
from fieldstone.wire.signatures.refusals import refusal, speaker
from fieldstone.wire.signatures.v4 import ALGORITHM, Claim, check_coverage, names, verify_claim

LONGEST: Final = 7 * 24 * 3600
"""Seconds of the longest X-Amz-Expires."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}")
_REQUIRED: Final = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")
_S3_REQUIRED: Final = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
    "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)
_PARSING: Final = "Error parsing the X-Amz-Credential parameter; "


def fields_of(query: str) -> dict[str, str]:
    """The fields of a query, the first of each name, as text of one character for each byte."""
    found: dict[str, str] = {}
    for field in query.split("&"):
        name, _, text = field.partition("=")
        found.setdefault(name, unquote(text.replace("+", " "), encoding="latin-1"))
    return found


def verify_presigned(request: Request, find: Callable[[str], C | None], now: float) -> Verified[C]:
    """Find out who presigned a request.

    Raises:
        AwsError: It is not signed rightly, not yet good or no more.
    """
    fields = fields_of(request.query)
    found = read_scope(fields.get("X-Amz-Credential", ""))
    who = speaker(request, found.service if found else None)
    _check_presence(fields, who)
    time = fields["X-Amz-Date"]
    _check_time(fields, time, now, who)
    checked = _check_scope(found, time, who)
    signed = names(fields["X-Amz-SignedHeaders"])
    check_coverage(_without_hoisted(request, fields), signed, who)
    payload_hash = (
        request.headers.get("x-amz-content-sha256", UNSIGNED) if who == "s3" else sha256(request.body).hexdigest()
    )
    token = fields.get("X-Amz-Security-Token", request.headers.get("x-amz-security-token"))
    claim = Claim(checked, signed, fields["X-Amz-Signature"], time, payload_hash, token)
    return verify_claim(_unsigned(request), claim, find, now, who)


def _check_presence(fields: Mapping[str, str], who: str) -> None:
    if fields["X-Amz-Algorithm"] != ALGORITHM:
        words = 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
        raise refusal(who, "malformed query", words)
    missing = [name for name in _REQUIRED if name not in fields]
    if who == "s3":
        if missing or "X-Amz-Expires" not in fields:
            raise refusal(who, "malformed query", _S3_REQUIRED)
    elif missing:
        words = "".join(f"AWS query-string parameters must include '{name}'. " for name in missing)
        raise refusal(who, "malformed query", f"{words}Re-examine the query-string parameters.")


def _check_time(fields: Mapping[str, str], time: str, now: float, who: str) -> None:
    try:
        begins = seconds(time)
    except ValueError:
        words = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        raise refusal(who, "malformed query", words) from None
    lasts = _lasting(fields.get("X-Amz-Expires", str(MAX_SKEW)), who)
    if who == "s3":
        _check_s3_time(fields, begins, lasts, now)
        return
    check_skew(time, time, now, who)
    if now > begins + lasts:
        words = f"Signature expired: {time} is now earlier than {stamp(now - lasts)} ({stamp(now)} - {lasts} sec.)"
        raise refusal(who, "skewed", words)


def _lasting(text: str, who: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise refusal(who, "malformed query", "X-Amz-Expires should be a number")
    if int(text) < 0:
        raise refusal(who, "malformed query", "X-Amz-Expires must be non-negative")
    if int(text) > LONGEST:
        words = (
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{LONGEST} seconds"
        )
        raise refusal(who, "malformed query", words)
    return int(text)


def _check_s3_time(fields: Mapping[str, str], begins: float, lasts: int, now: float) -> None:
    ends = {"Expires": iso(begins + lasts), "ServerTime": iso(now)}
    if begins - now > MAX_SKEW:
        shown = {"X-Amz-Date": str(int(begins * 1000)), **ends}
        raise AwsError("AccessDenied", "Request is not yet valid", 403, **shown)
    if now > begins + lasts:
        raise AwsError("AccessDenied", "Request has expired", 403, **{"X-Amz-Expires": fields["X-Amz-Expires"]}, **ends)


def _check_scope(found: Scope | None, time: str, who: str) -> Scope:
    if found is None:
        raise refusal(who, "malformed query", _PARSING + EXPECTED_CREDENTIAL)
    if found.date != time[:8]:
        words = f'Invalid credential date "{found.date}". This date is not the same as X-Amz-Date: "{time[:8]}".'
        raise refusal(who, "malformed query", words)
    return found


def _without_hoisted(request: Request, fields: Mapping[str, str]) -> Request:
    """The request without the headers that came in the query, which is signed as a whole."""
    said = {name.lower(): text for name, text in fields.items()}
    return replace(request, headers={n: t for n, t in request.headers.items() if said.get(n) != t})


def _unsigned(request: Request) -> Request:
    """The request as it was when it was signed: without the signature."""
    left = request.query.split("&")
    left.remove(next(field for field in left if field.startswith("X-Amz-Signature=")))
    return replace(request, query="&".join(left))
