"""Signature Version 2, which S3 alone takes: in the Authorization header, and in the query of older presigned URLs.

boto3 still makes such URLs for endpoints of one's own.
"""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

from fieldstone.core.errors import AwsError
from fieldstone.core.settings import DEFAULT_REGION
from fieldstone.wire.http import Request
from fieldstone.wire.signatures.clock import basic_date, check_skew, iso
from fieldstone.wire.signatures.credentials import UNSIGNED, C, Verified
from fieldstone.wire.signatures.presigned import fields_of
from fieldstone.wire.signatures.refusals import hexadecimal, refusal
from fieldstone.wire.signatures.v4 import check_token

_EXPIRES: Final = re.compile(r"[+-]?[0-9]{1,10}")
_LATEST: Final = 2**31
ALSO_IN_QUERY: Final = ("content-md5", "content-type")
"""Headers that a presigned URL may hold in its query, besides AWS's own."""

# The query fields that are a part of the resource.
_RESOURCES: Final = frozenset(
    (
        *("accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location"),
        *("logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication"),
        *("requestPayment", "restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId"),
        *("uploads", "versionId", "versioning", "versions", "website"),
        *("response-cache-control", "response-content-disposition", "response-content-encoding"),
        *("response-content-language", "response-content-type", "response-expires"),
    )
)


def verify_old_header(request: Request, header: str, find: Callable[[str], C | None], now: float) -> Verified[C]:
    """Find out who signed a request with ``Authorization: AWS key:signature``.

    Raises:
        AwsError: It is not signed rightly, or not now.
    """
    access_key, colon, signature = header[4:].partition(":")
    if not colon or not signature or ":" in signature:
        words = "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"
        raise AwsError("InvalidArgument", words, ArgumentName="Authorization", ArgumentValue=header)
    own = request.headers.get("x-amz-date")
    date = request.headers.get("date", "")
    if not (own or date):
        raise refusal("s3", "no date")
    sent = own or date
    check_skew(basic_date(sent), sent, now, "s3")
    return _verify(request, request.headers, (access_key, signature, "" if own else date), find, now)


def verify_old_query(request: Request, find: Callable[[str], C | None], now: float) -> Verified[C]:
    """Find out who presigned a request with AWSAccessKeyId, Expires and Signature.

    Raises:
        AwsError: It is not signed rightly, or no longer good.
    """
    fields = fields_of(request.query)
    if not {"AWSAccessKeyId", "Expires", "Signature"} <= fields.keys():
        words = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        raise AwsError("AccessDenied", words, 403)
    expires = fields["Expires"]
    if not _EXPIRES.fullmatch(expires) or int(expires) >= _LATEST:
        raise AwsError("AccessDenied", f"Invalid date (should be seconds since epoch): {expires}", 403)
    if now > int(expires):
        shown = {"Expires": iso(max(int(expires), 0)), "ServerTime": iso(now)}
        raise AwsError("AccessDenied", "Request has expired", 403, **shown)
    said = {name.lower(): text for name, text in fields.items()}
    moved = {name: text for name, text in said.items() if name.startswith("x-amz-") or name in ALSO_IN_QUERY}
    claim = (fields["AWSAccessKeyId"], fields["Signature"], expires)
    return _verify(request, request.headers | moved, claim, find, now)


def _verify(
    request: Request,
    headers: Mapping[str, str],
    claim: tuple[str, str, str],
    find: Callable[[str], C | None],
    now: float,
) -> Verified[C]:
    """Hold a claim (key, signature, date) against what the key's owner would have signed."""
    access_key, signature, date = claim
    credential = find(access_key)
    if credential is None:
        raise refusal("s3", "unknown key", AWSAccessKeyId=access_key)
    texts = [string_to_sign(request, headers, date, path) for path in _paths(request.path)]
    if not any(_equal(sign(credential.secret_key, text), signature) for text in texts):
        shown = {"StringToSign": texts[0], "SignatureProvided": signature, "StringToSignBytes": hexadecimal(texts[0])}
        raise refusal("s3", "wrong signature", AWSAccessKeyId=access_key, **shown)
    check_token(credential, headers.get("x-amz-security-token"), now, "s3")
    return Verified(credential, DEFAULT_REGION, "s3", UNSIGNED)


def sign(secret: str, text: str) -> str:
    """The signature of a text, in base 64."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode("latin-1", "backslashreplace"), "sha1")).decode()


def _equal(expected: str, signature: str) -> bool:
    return hmac.compare_digest(expected.encode(), signature.encode())


def _paths(path: str) -> tuple[str, ...]:
    """The path as sent; of a bucket also with the slash that botocore signs and does not send."""
    return (path, f"{path}/") if path.count("/") == 1 and path != "/" else (path,)


def string_to_sign(request: Request, headers: Mapping[str, str], date: str, path: str) -> str:
    """What Version 2 signs of a request."""
    own = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers) if name.startswith("x-amz-"))
    standard = [headers.get(name, "").strip() for name in ALSO_IN_QUERY]
    return "\n".join([request.method, *standard, date, f"{own}{path}{_resources(request.query)}"])


def _resources(query: str) -> str:
    pairs = (field.partition("=") for field in query.split("&"))
    kept = sorted((pair for pair in pairs if pair[0] in _RESOURCES), key=lambda pair: pair[0])
    shown = "&".join(f"{name}{sign}{unquote(text, encoding='latin-1')}" for name, sign, text in kept)
    return f"?{shown}" if shown else ""
