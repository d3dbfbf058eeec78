"""A client of a fresh account, and documents that IAM takes."""

import json
from typing import Any

import pytest


def document(*statements: dict[str, Any]) -> str:
    """A policy document of these statements; what they do not say is Allow, everything, everywhere."""
    usual = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    full = [usual | statement for statement in statements]
    for statement in full:
        for member in ("Action", "Resource"):
            if f"Not{member}" in statement:
                del statement[member]
    return json.dumps({"Version": "2012-10-17", "Statement": full})


@pytest.fixture
def iam(aws: Any) -> Any:
    return aws("iam")
