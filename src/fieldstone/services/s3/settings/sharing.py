"""Which other web sites may ask: CORS."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from fieldstone.core.errors import AwsError
from fieldstone.services.s3.settings.documents import Setting, deleting, getting, putting
from fieldstone.store.resources import Row

_METHODS: Final = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})

Rule = dict[str, Any]


def _check(document: dict[str, Any]) -> None:
    rules: list[Rule] = document.get("CORSRules") or []
    if not rules:
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    for rule in rules:
        for method in rule.get("AllowedMethods", []):
            if method not in _METHODS:
                words = f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                raise AwsError("InvalidRequest", words)
        for origin in rule.get("AllowedOrigins", []):
            if origin.count("*") > 1:
                words = f'AllowedOrigin "{origin}" can not have more than one wildcard.'
                raise AwsError("InvalidRequest", words)


def _note(bucket: Row, document: dict[str, Any] | None) -> None:
    bucket.internal.pop("Cors", None)
    if document is not None:
        bucket.internal["Cors"] = document["CORSRules"]


CORS: Final = Setting(
    "cors",
    "CORSConfiguration",
    missing=("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    check=_check,
    noted=_note,
)

put_bucket_cors = putting(CORS)
get_bucket_cors = getting(CORS)
delete_bucket_cors = deleting(CORS)


def find_rule(rules: Sequence[Rule], origin: str, method: str, headers: Sequence[str] = ()) -> Rule | None:
    """The first rule that lets a site ask with a method and these request headers."""
    for rule in rules:
        if (
            method in rule.get("AllowedMethods", [])
            and any(_fits(pattern, origin) for pattern in rule.get("AllowedOrigins", []))
            and all(
                any(_fits(pattern.lower(), header.lower()) for pattern in rule.get("AllowedHeaders") or [])
                for header in headers
            )
        ):
            return rule
    return None


def _fits(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern with at most one star; brackets and question marks mean themselves."""
    return fnmatchcase(text, pattern.replace("[", "[[]").replace("?", "[?]"))
