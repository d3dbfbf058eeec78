"""What all forms of Signature Version 4 share: the signing key, the string to sign, the comparison."""

import hmac
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.canonical import canonical_request
from fieldstone.wire.signatures.credentials import C, Credential, Scope, Seal, Verified
from fieldstone.wire.signatures.refusals import hexadecimal, refusal

ALGORITHM: Final = "AWS4-HMAC-SHA256"


class Claim(NamedTuple):
    """A Version 4 signature as a request brings it.

    Attributes:
        scope: What it says it is for.
        headers: The names of the signed headers, in their order.
        signature: In hexadecimal.
        time: As it was signed.
        payload_hash: As it was signed.
        token: The session token that came along.
    """

    scope: Scope
    headers: tuple[str, ...]
    signature: str
    time: str
    payload_hash: str
    token: str | None


@lru_cache(maxsize=1024)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key of a day, a region and a service."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=1024)
def _signer(key: bytes) -> hmac.HMAC:
    """What signs with a key; a copy of it is made in half the time of a fresh one."""
    return hmac.new(key, digestmod="sha256")


@lru_cache(maxsize=1024)
def names(signed_headers: str) -> tuple[str, ...]:
    """The names in SignedHeaders."""
    return tuple(signed_headers.split(";"))


def check_coverage(request: Request, signed: tuple[str, ...], who: str) -> None:
    """What steers a request has to be signed: its host, and whatever is AWS's own.

    Raises:
        AwsError: A header of that kind is not signed.
    """
    if who == "s3":
        _check_s3_coverage(request, signed)
        return
    if "host" not in signed:
        raise refusal(who, "unsigned headers", "'Host' must be a 'SignedHeader' in the AWS Authorization.")
    left = [name for name in request.headers if name.startswith("x-amz-") and name not in signed]
    if left:
        words = f"'{left[0]}' must be a 'SignedHeader' in the AWS Authorization."
        raise refusal(who, "unsigned headers", words)


def _check_s3_coverage(request: Request, signed: tuple[str, ...]) -> None:
    left = [
        name
        for name in request.headers
        if (name.startswith("x-amz-") or name in ("host", "content-md5")) and name not in signed
    ]
    if left and left != ["x-amz-content-sha256"]:  # which is signed in any case, as the payload's hash
        named = ", ".join(sorted(name for name in left if name != "x-amz-content-sha256"))
        raise refusal("s3", "unsigned headers", HeadersNotSigned=named)


def verify_claim(request: Request, claim: Claim, find: Callable[[str], C | None], now: float, who: str) -> Verified[C]:
    """Hold a signature against what the key's owner would have made of the request.

    Raises:
        AwsError: The key is unknown or over, the signature or the session token is wrong.
    """
    access_key, date, region, service = claim.scope
    credential = find(access_key)
    if credential is None:
        raise refusal(who, "unknown key", AWSAccessKeyId=access_key)
    key = signing_key(credential.secret_key, date, region, service)
    _check_signature(request, claim, key, who)
    check_token(credential, claim.token, now, who)
    seal = None
    if claim.payload_hash.startswith("STREAMING-"):
        seal = Seal(access_key, key, claim.time, f"{date}/{region}/{service}/aws4_request", claim.signature)
    return Verified(credential, region, service, claim.payload_hash, seal)


def _check_signature(request: Request, claim: Claim, key: bytes, who: str) -> None:
    _, date, region, service = claim.scope
    try:
        canonical = canonical_request(request, claim.headers, claim.payload_hash, s3=who == "s3")
    except KeyError as absent:
        raise refusal(who, "wrong signature", f"A signed header was not sent: {absent.args[0]}") from None
    hashed = sha256(canonical.encode("latin-1", "backslashreplace")).hexdigest()
    text = f"{ALGORITHM}\n{claim.time}\n{date}/{region}/{service}/aws4_request\n{hashed}"
    signer = _signer(key).copy()
    signer.update(text.encode())
    if not hmac.compare_digest(signer.hexdigest().encode(), claim.signature.encode()):
        raise _mismatch(claim, text, canonical, who)


def _mismatch(claim: Claim, text: str, canonical: str, who: str) -> AwsError:
    if who == "s3":
        return refusal(
            who,
            "wrong signature",
            AWSAccessKeyId=claim.scope.access_key,
            StringToSign=text,
            SignatureProvided=claim.signature,
            StringToSignBytes=hexadecimal(text),
            CanonicalRequest=canonical,
            CanonicalRequestBytes=hexadecimal(canonical),
        )
    return refusal(who, "wrong signature")


def check_token(credential: Credential, sent: str | None, now: float, who: str) -> None:
    """Hold a session token against the key's own, and the key against the clock.

    Raises:
        AwsError: The token is not the key's, or the key is over.
    """
    if credential.expires is not None and credential.expires <= now:
        raise refusal(who, "expired token")
    if not hmac.compare_digest((sent or "").encode(), (credential.session_token or "").encode()):
        raise refusal(who, "wrong token")
