"""Who signed a request, and whether they did: AWS Signature Version 4 in the Authorization header.

What cannot be verified yet (presigned URLs, Version 2, bodies signed chunk by chunk) is refused, never let through.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, Generic, NamedTuple, TypeVar
from urllib.parse import unquote

from fieldstone.core.errors import AwsError
from fieldstone.wire.canonical import canonical_request
from fieldstone.wire.http import Request
from fieldstone.wire.refusals import refusal, speaker

ALGORITHM: Final = "AWS4-HMAC-SHA256"
MAX_SKEW: Final = 15 * 60
UNSIGNED: Final = "UNSIGNED-PAYLOAD"

_CREDENTIAL: Final = re.compile(r"Credential=([^,\s]+)")
_CREDENTIAL_FIELD: Final = re.compile(r"(?:^|&)X-Amz-Credential=([^&]+)")
_FIELD: Final = re.compile(r"(\w+)=([^,\s]+)")
_SIGNED_URL: Final = re.compile(r"(?:^|&)(?:X-Amz-)?Signature=")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_EXPECTED_CREDENTIAL: Final = "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"


@dataclass
class Credential:
    """A key a request may be signed with.

    Attributes:
        access_key: Its public part.
        secret_key: What signs.
        session_token: Has to be sent along, where there is one.
        account: Whose key it is, twelve digits.
        expires: When it stops working, in seconds since the epoch; None never.
    """

    access_key: str
    secret_key: str
    session_token: str | None
    account: str
    expires: float | None = None


C = TypeVar("C", bound=Credential)


class Scope(NamedTuple):
    """What a signature says it is for.

    Attributes:
        access_key: The key's public part.
        date: The day, ``YYYYMMDD``.
        region: Such as ``us-east-1``.
        service: The signing name, such as ``sagemaker``.
    """

    access_key: str
    date: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Verified(Generic[C]):
    """A request whose signature is right.

    Attributes:
        credential: The key it was signed with.
        region: The region it was signed for.
        service: The signing name it was signed for.
        payload_hash: SHA-256 of the body in hexadecimal: of S3's as declared (it may be ``UNSIGNED-PAYLOAD``; who
            reads the body compares), of others as computed.
    """

    credential: C
    region: str
    service: str
    payload_hash: str


class _Signature(NamedTuple):
    """An Authorization header, and when it was made."""

    scope: Scope
    signed_headers: tuple[str, ...]
    signature: str
    time: str


def scope(request: Request) -> Scope | None:
    """What a request says it is signed for, without verifying anything; None where it says nothing readable."""
    header = request.headers.get("authorization")
    found = _CREDENTIAL.search(header) if header else _CREDENTIAL_FIELD.search(request.query)
    return _read_scope(found[1] if header else unquote(found[1])) if found else None


def _read_scope(credential: str) -> Scope | None:
    """A key may hold slashes, so the parts are counted from the end."""
    parts = credential.rsplit("/", 4)
    return Scope(*parts[:4]) if len(parts) == 5 and parts[4] == "aws4_request" and parts[0] else None


def verify(request: Request, find: Callable[[str], C | None], now: float) -> Verified[C]:
    """Find out who signed a request.

    Args:
        request: As it was received: path and query raw, all headers, and, unless it is for S3, the whole body.
        find: Gives the credential of an access key, if there is one.
        now: Seconds since the epoch.

    Raises:
        AwsError: It is not signed, not rightly, not now, or not in a way that can be verified.
    """
    claimed = scope(request)
    who = speaker(request, claimed.service if claimed else None)
    signed = _read_signature(request, who)
    _check_time(signed, now, who)
    _check_coverage(request, signed.signed_headers, who)
    credential = find(signed.scope.access_key)
    if credential is None:
        raise refusal(who, "unknown key", AWSAccessKeyId=signed.scope.access_key)
    payload_hash = _declared_hash(request) if who == "s3" else sha256(request.body).hexdigest()
    _check_signature(request, signed, credential.secret_key, payload_hash, who)
    _check_token(request, credential, now, who)
    return Verified(credential, signed.scope.region, signed.scope.service, payload_hash)


def _read_signature(request: Request, who: str) -> _Signature:
    header = request.headers.get("authorization")
    if header is None:
        raise _not_in_header(request, who)
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise _other_algorithm(algorithm, who)
    fields = dict(_FIELD.findall(rest))
    missing = [name for name in ("Credential", "SignedHeaders", "Signature") if name not in fields]
    if missing:
        words = "".join(f"Authorization header requires '{name}' parameter. " for name in missing)
        raise refusal(who, "malformed", f"{words}Authorization={header}")
    found = _read_scope(fields["Credential"])
    if found is None:
        raise refusal(who, "malformed", f'the Credential is mal-formed; expecting "{_EXPECTED_CREDENTIAL}".')
    time = _signing_time(request, found, who)
    return _Signature(found, tuple(fields["SignedHeaders"].lower().split(";")), fields["Signature"], time)


def _not_in_header(request: Request, who: str) -> AwsError:
    if _SIGNED_URL.search(request.query):
        words = "Presigned URLs are not verified here yet: send the signature in an Authorization header."
        return AwsError("NotImplemented", words, 501)
    return refusal(who, "absent")


def _other_algorithm(algorithm: str, who: str) -> AwsError:
    if who == "s3":
        words = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        return AwsError("InvalidRequest", words)
    return refusal(who, "malformed", f"Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} is).")


def _signing_time(request: Request, found: Scope, who: str) -> str:
    """When the request was signed, as ``YYYYMMDDTHHMMSSZ``; the scope has to name the same day."""
    time = request.headers.get("x-amz-date") or _basic_date(request.headers.get("date", ""))
    if not time:
        raise refusal(who, "malformed", "AWS authentication requires a valid Date or x-amz-date header")
    if found.date != time[:8]:
        words = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        raise refusal(who, "wrong signature", f"{words}'{found.date}' != '{time[:8]}', from '{time}'.")
    return time


def _basic_date(text: str) -> str:
    """HTTP's Date as the basic form of ISO 8601, where it is not that already."""
    try:
        return _stamp(parsedate_to_datetime(text).timestamp())
    except ValueError:
        return text


@lru_cache(maxsize=256)
def _seconds(stamp: str) -> float:
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")


def _check_time(signed: _Signature, now: float, who: str) -> None:
    try:
        ahead = _seconds(signed.time) - now
    except ValueError:
        words = (
            f"Date must be in ISO-8601 'basic format'. Got '{signed.time}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )
        raise refusal(who, "malformed", words) from None
    if abs(ahead) <= MAX_SKEW:
        return
    sign, when, side = ("+", "not yet current", "still later") if ahead > 0 else ("-", "expired", "now earlier")
    limit = _stamp(now + MAX_SKEW if ahead > 0 else now - MAX_SKEW)
    words = f"Signature {when}: {signed.time} is {side} than {limit} ({_stamp(now)} {sign} 15 min.)"
    shown = {"RequestTime": signed.time, "ServerTime": _stamp(now), "MaxAllowedSkewMilliseconds": MAX_SKEW * 1000}
    raise refusal(who, "skewed", words, **shown)


def _check_coverage(request: Request, signed_headers: tuple[str, ...], who: str) -> None:
    """What steers a request has to be signed: its host, and whatever is AWS's own."""
    if "host" not in signed_headers:
        raise refusal(who, "unsigned headers", "'Host' must be a 'SignedHeader' in the AWS Authorization.")
    left = [name for name in request.headers if name.startswith("x-amz-") and name not in signed_headers]
    if left:
        words = f"There were headers present in the request which were not signed: {', '.join(left)}"
        raise refusal(who, "unsigned headers", words, HeadersNotSigned=", ".join(left))


def _declared_hash(request: Request) -> str:
    declared = request.headers.get("x-amz-content-sha256")
    if declared is None:
        raise AwsError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if declared.startswith("STREAMING-"):
        words = (
            f"Bodies sent in chunks ({declared}) are not read here yet: sign the whole body or UNSIGNED-PAYLOAD, "
            "for instance with request_checksum_calculation='when_required' in the client's configuration."
        )
        raise AwsError("NotImplemented", words, 501)
    if declared != UNSIGNED and not _HASH.fullmatch(declared):
        words = f"x-amz-content-sha256 must be {UNSIGNED}, STREAMING-AWS4-HMAC-SHA256-PAYLOAD or a valid sha256 value."
        raise AwsError("InvalidArgument", words, ArgumentName="x-amz-content-sha256", ArgumentValue=declared)
    return declared


@lru_cache(maxsize=1024)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _check_signature(request: Request, signed: _Signature, secret: str, payload_hash: str, who: str) -> None:
    _, date, region, service = signed.scope
    try:
        canonical = canonical_request(request, signed.signed_headers, payload_hash, s3=who == "s3")
    except KeyError as absent:
        words = f"A signed header was not sent: {absent.args[0]}"
        raise refusal(who, "wrong signature", words) from None
    hashed = sha256(canonical.encode("latin-1", "backslashreplace")).hexdigest()
    text = f"{ALGORITHM}\n{signed.time}\n{date}/{region}/{service}/aws4_request\n{hashed}"
    expected = hmac.digest(_signing_key(secret, date, region, service), text.encode(), "sha256").hex()
    if not hmac.compare_digest(expected.encode(), signed.signature.encode()):
        shown = {"StringToSign": text, "SignatureProvided": signed.signature, "CanonicalRequest": canonical}
        raise refusal(who, "wrong signature", AWSAccessKeyId=signed.scope.access_key, **shown)


def _check_token(request: Request, credential: Credential, now: float, who: str) -> None:
    sent = request.headers.get("x-amz-security-token")
    if credential.expires is not None and credential.expires <= now:
        raise refusal(who, "expired token")
    if not hmac.compare_digest((sent or "").encode(), (credential.session_token or "").encode()):
        raise refusal(who, "wrong token")
