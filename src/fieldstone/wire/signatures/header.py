"""Signature Version 4 in the Authorization header."""

import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Final

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.clock import basic_date, check_skew
from fieldstone.wire.signatures.credentials import EXPECTED_CREDENTIAL, UNSIGNED, C, Scope, Verified, read_scope
from fieldstone.wire.signatures.refusals import refusal, speaker
from fieldstone.wire.signatures.v4 import Claim, check_coverage, names, verify_claim

_BEGINNING: Final = re.compile(r"\S+ +Credential=([^,\s]+)(?:, *| +)SignedHeaders=([^,\s]+)(?:, *| +)Signature=")
_SIGNATURE: Final = 64
"""Hexadecimal digits of a signature."""
_FIELD: Final = re.compile(r"(\w+)=([^,\s]+)")
_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")
_HASHES: Final = frozenset(
    (
        UNSIGNED,
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
    )
)
_BAD_HASH: Final = (
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or "
    "a valid sha256 value."
)


def verify_header(request: Request, header: str, find: Callable[[str], C | None], now: float) -> Verified[C]:
    """Find out who signed a request in its Authorization header.

    Raises:
        AwsError: It is not signed rightly, or not now.
    """
    fields = _fields(header)
    found = read_scope(fields.get("Credential", ""))
    who = speaker(request, found.service if found else None)
    payload_hash = _declared_hash(request) if who == "s3" else sha256(request.body).hexdigest()
    sent, time = _time(request, who)
    check_skew(time, sent, now, who)
    signed_headers, signature = _required(fields, header, who)
    if found is None:
        raise refusal(who, "malformed", EXPECTED_CREDENTIAL)
    _check_date(found, time, who)
    signed = names(signed_headers)
    check_coverage(request, signed, who)
    token = request.headers.get("x-amz-security-token")
    return verify_claim(request, Claim(found, signed, signature, time, payload_hash, token), find, now, who)


def _fields(header: str) -> dict[str, str]:
    signature = header[-_SIGNATURE:]
    if signature.isalnum() and (usual := _beginning(header[:-_SIGNATURE])) is not None:
        return {**usual, "Signature": signature}
    return dict(_FIELD.findall(header))


@lru_cache(maxsize=1024)
def _beginning(text: str) -> dict[str, str] | None:
    """The fields before the signature, which for a day are the same in all of a client's requests of a kind."""
    found = _BEGINNING.fullmatch(text)
    return {"Credential": found[1], "SignedHeaders": found[2]} if found is not None else None


def _required(fields: dict[str, str], header: str, who: str) -> tuple[str, str]:
    if "Credential" in fields and "SignedHeaders" in fields and "Signature" in fields:
        return fields["SignedHeaders"], fields["Signature"]
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in fields]
    if who == "s3":
        words = "the authorization header requires three components: Credential, SignedHeaders, and Signature."
        raise refusal(who, "malformed", words)
    words = "".join(f"Authorization header requires '{name}' parameter. " for name in missing)
    raise refusal(who, "malformed", f"{words}Authorization={header}")


def _time(request: Request, who: str) -> tuple[str, str]:
    """When the request says it was signed, and the same as ``YYYYMMDDTHHMMSSZ``."""
    sent = request.headers.get("x-amz-date")
    if sent is not None:
        return sent, sent
    sent = request.headers.get("date")
    if not sent:
        raise refusal(who, "no date")
    return sent, basic_date(sent)


def _check_date(found: Scope, time: str, who: str) -> None:
    if found.date == time[:8]:
        return
    if who == "s3":
        raise refusal(who, "malformed", "Invalid credential date. Date is not the same as X-Amz-Date.")
    words = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
    raise refusal(who, "wrong signature", f"{words}'{found.date}' != '{time[:8]}', from '{time}'.")


def _declared_hash(request: Request) -> str:
    declared = request.headers.get("x-amz-content-sha256")
    if declared is None:
        raise AwsError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if declared not in _HASHES and not _HASH.fullmatch(declared):
        raise AwsError("InvalidArgument", _BAD_HASH, ArgumentName="x-amz-content-sha256", ArgumentValue=declared)
    return declared
