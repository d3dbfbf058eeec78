"""How each kind of service words and numbers its refusal of a request's signature."""

from typing import Any, Final, NamedTuple

from fieldstone.core.errors import AwsError
from fieldstone.wire.http import Request
from fieldstone.wire.query import is_form


class Refusal(NamedTuple):
    """An error's code and status, and what it says where there is nothing more exact to say."""

    code: str
    status: int
    words: str = ""


_ABSENT: Final = "Request is missing Authentication Token"
_UNKNOWN: Final = "The security token included in the request is invalid."
_WRONG: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_NO_DATE: Final = "AWS authentication requires a valid Date or x-amz-date header"
_EXPIRED: Final = "The security token included in the request is expired"

# By the reason, then by who refuses.
REFUSALS: Final[dict[str, dict[str, Refusal]]] = {
    "absent": {
        "s3": Refusal("AccessDenied", 403, "Access Denied"),
        "json": Refusal("MissingAuthenticationTokenException", 400, _ABSENT),
        "rest": Refusal("MissingAuthenticationTokenException", 403, "Missing Authentication Token"),
        "query": Refusal("MissingAuthenticationToken", 403, _ABSENT),
    },
    "malformed": {
        "s3": Refusal("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; {}"),
        "json": Refusal("IncompleteSignatureException", 400),
        "rest": Refusal("IncompleteSignatureException", 403),
        "query": Refusal("IncompleteSignature", 400),
    },
    "malformed query": {
        "s3": Refusal("AuthorizationQueryParametersError", 400, "{}"),
        "json": Refusal("IncompleteSignatureException", 400),
        "rest": Refusal("IncompleteSignatureException", 403),
        "query": Refusal("IncompleteSignature", 400),
    },
    "no date": {
        "s3": Refusal("AccessDenied", 403, _NO_DATE),
        "json": Refusal("IncompleteSignatureException", 400, _NO_DATE),
        "rest": Refusal("IncompleteSignatureException", 403, _NO_DATE),
        "query": Refusal("IncompleteSignature", 400, _NO_DATE),
    },
    "unknown key": {
        "s3": Refusal("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
        "json": Refusal("UnrecognizedClientException", 400, _UNKNOWN),
        "rest": Refusal("UnrecognizedClientException", 403, _UNKNOWN),
        "query": Refusal("InvalidClientTokenId", 403, _UNKNOWN),
    },
    "wrong signature": {
        "s3": Refusal(
            "SignatureDoesNotMatch",
            403,
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
        ),
        "json": Refusal("InvalidSignatureException", 400, _WRONG),
        "rest": Refusal("InvalidSignatureException", 403, _WRONG),
        "query": Refusal("SignatureDoesNotMatch", 403, _WRONG),
    },
    "unsigned headers": {
        "s3": Refusal("AccessDenied", 403, "There were headers present in the request which were not signed"),
        "json": Refusal("InvalidSignatureException", 400),
        "rest": Refusal("InvalidSignatureException", 403),
        "query": Refusal("SignatureDoesNotMatch", 403),
    },
    "skewed": {
        "s3": Refusal(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        ),
        "json": Refusal("InvalidSignatureException", 400),
        "rest": Refusal("InvalidSignatureException", 403),
        "query": Refusal("SignatureDoesNotMatch", 403),
    },
    "wrong token": {
        "s3": Refusal("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
        "json": Refusal("UnrecognizedClientException", 400, _UNKNOWN),
        "rest": Refusal("UnrecognizedClientException", 403, _UNKNOWN),
        "query": Refusal("InvalidClientTokenId", 403, _UNKNOWN),
    },
    "expired token": {
        "s3": Refusal("ExpiredToken", 400, "The provided token has expired."),
        "json": Refusal("ExpiredTokenException", 400, _EXPIRED),
        "rest": Refusal("ExpiredTokenException", 403, _EXPIRED),
        "query": Refusal("ExpiredToken", 403, _EXPIRED),
    },
}


def speaker(request: Request, service: str | None) -> str:
    """Who answers a request, as far as it can be seen without routing it: ``s3``, ``json``, ``rest`` or ``query``.

    What is neither signed nor marked otherwise is taken for S3's, as AWS's own anonymous requests are.
    """
    if "x-amz-target" in request.headers:
        return "json"
    if service == "s3":
        return "s3"
    if is_form(request) or "Action=" in request.query:
        return "query"
    return "rest" if service else "s3"


def refusal(who: str, reason: str, words: str = "", **members: Any) -> AwsError:
    """The error ``who`` gives for a reason; ``words`` replace the usual ones, members are only S3's to show."""
    code, status, usual = REFUSALS[reason][who]
    if who == "s3":
        return AwsError(code, usual.format(words), status, **members)
    return AwsError(code, words or usual, status)


def hexadecimal(text: str) -> str:
    """The bytes of a string as S3's errors show them."""
    return text.encode("latin-1", "backslashreplace").hex(" ")
