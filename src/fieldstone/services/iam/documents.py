"""Policy documents: checked when they come, kept as they came, sent as IAM sends them."""

import json
from typing import Any, Final, cast
from urllib.parse import quote

from fieldstone.core.errors import AwsError

Statement = dict[str, Any]

_VERSIONS: Final = ("2012-10-17", "2008-10-17")


def check_permissions(text: str) -> str:
    """A policy of permissions, as it came.

    Raises:
        AwsError: MalformedPolicyDocument.
    """
    for statement in _statements(text):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise _malformed("Policy document should not specify a principal.")
        if not {"Action", "NotAction"} & statement.keys():
            raise _malformed("Policy statement must contain actions.")
        if not {"Resource", "NotResource"} & statement.keys():
            raise _malformed("Policy statement must contain resources.")
    return text


def check_trust(text: str) -> str:
    """A policy of who may take a role on, as it came.

    Raises:
        AwsError: MalformedPolicyDocument.
    """
    for statement in _statements(text):
        if {"Resource", "NotResource"} & statement.keys():
            raise _malformed("Has prohibited field Resource")
        if not {"Principal", "NotPrincipal"} & statement.keys():
            raise _malformed("Missing required field Principal")
        if not {"Action", "NotAction"} & statement.keys():
            raise _malformed("Missing required field Action")
    return text


def on_the_wire(text: str) -> str:
    """A document as IAM answers it: percent-encoded."""
    return quote(text, safe="")


def read_statements(text: str) -> list[Statement]:
    """The statements of a document that was checked, or is AWS's own."""
    found = json.loads(text)["Statement"]
    return cast(list[Statement], found if isinstance(found, list) else [found])


def _statements(text: str) -> list[Statement]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _malformed("This policy contains invalid Json") from None
    if not isinstance(document, dict) or "Statement" not in document:
        raise _malformed("Syntax errors in policy.")
    if cast(Any, document).get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise _malformed("The policy must contain a valid version string")
    statements = read_statements(text)
    for statement in cast(list[Any], statements):
        if not isinstance(statement, dict) or cast(Any, statement).get("Effect") not in ("Allow", "Deny"):
            raise _malformed("Syntax errors in policy.")
        condition: Any = statement.get("Condition", {})
        if not isinstance(condition, dict) or not all(
            isinstance(asked, dict) for asked in cast(dict[str, Any], condition).values()
        ):
            raise _malformed("Syntax errors in policy.")
    return statements


def _malformed(words: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", words)
