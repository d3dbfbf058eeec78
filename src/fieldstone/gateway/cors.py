"""What browsers are told of S3's buckets: preflight requests, and the headers that let other sites read an answer."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote

from fieldstone.core.errors import AwsError
from fieldstone.services.s3.buckets import BUCKET
from fieldstone.services.s3.settings.sharing import Rule, find_rule
from fieldstone.store.resources import Row
from fieldstone.store.store import Store
from fieldstone.wire.http import Request, Response

_VARY: Final = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


class Cors:
    """Answers by the CORS rules of buckets."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def preflight(self, request: Request) -> Response:
        """Answer an OPTIONS request for a bucket or an object.

        Raises:
            AwsError: What AWS answers to a site that may not ask.
        """
        origin = request.headers.get("origin")
        method = request.headers.get("access-control-request-method")
        if not origin:
            raise AwsError("BadRequest", "Insufficient information. Origin request header needed.")
        if method is None:
            raise AwsError("BadRequest", "Invalid Access-Control-Request-Method: null")
        bucket = self._bucket(request)
        kind = "OBJECT" if "/" in request.path.strip("/") else "BUCKET"
        if bucket is None:
            raise _forbidden("CORSResponse: Bucket not found", method, kind)
        rules = bucket.internal.get("Cors")
        if not rules:
            raise _forbidden("CORSResponse: CORS is not enabled for this bucket.", method, kind)
        asked = request.headers.get("access-control-request-headers", "")
        headers = [name.strip() for name in asked.split(",") if name.strip()]
        rule = find_rule(rules, origin, method, headers)
        if rule is None:
            raise _forbidden(
                "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
                "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted "
                "by the resource's CORS spec.",
                method,
                kind,
            )
        return Response(200, _headers(rule, origin, headers), b"")

    def allow(self, request: Request, response: Response) -> None:
        """Add to an answer what lets the site that asked read it, if a rule does."""
        bucket = self._bucket(request)
        rules: Sequence[Rule] = bucket.internal.get("Cors", []) if bucket is not None else []
        origin = request.headers["origin"]
        rule = find_rule(rules, origin, request.method)
        if rule is not None:
            response.headers |= _headers(rule, origin, [])

    def _bucket(self, request: Request) -> Row | None:
        name = unquote(request.path.lstrip("/").partition("/")[0])
        return self._store.read(lambda tx: tx.resources.find(BUCKET, "", "", name)) if name else None


def _headers(rule: Rule, origin: str, asked: Sequence[str]) -> dict[str, str]:
    anybody = "*" in rule["AllowedOrigins"]
    said: dict[str, Any] = {
        "access-control-allow-origin": "*" if anybody else origin,
        "access-control-allow-methods": ", ".join(rule["AllowedMethods"]),
        "access-control-allow-credentials": None if anybody else "true",
        "access-control-allow-headers": ", ".join(name.lower() for name in asked) or None,
        "access-control-expose-headers": ", ".join(rule.get("ExposeHeaders") or []) or None,
        "access-control-max-age": rule.get("MaxAgeSeconds"),
        "vary": _VARY,
    }
    return {name: str(value) for name, value in said.items() if value is not None}


def _forbidden(words: str, method: str, kind: str) -> AwsError:
    return AwsError("AccessForbidden", words, 403, Method=method, ResourceType=kind)
