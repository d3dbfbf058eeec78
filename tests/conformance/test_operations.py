"""Every operation of every served service, asked for by boto3: an answer, a refusal or a plain no; never a failure."""

import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape
from tests.conftest import Server

from fieldstone.gateway.coverage import coverage
from fieldstone.services.catalog import SERVICES

ROLE = "arn:aws:iam::{account}:role/service-role/FieldstoneRole"
CANDIDATES = (
    "name-1",
    ROLE,
    "arn:aws:sagemaker:us-east-1:{account}:model/name-1",
    "s3://{bucket}/key",
    "https://example.com/a",
    "2026-11-22",
    "123456789012",
    "us-east-1",
    "AKIAEXAMPLEEXAMPLE",
    "a" * 40,
    "1",
    "/",
)
"""Strings to try against a pattern; what fits none of them is refused by the server, which is an answer too."""
GIVEN = {"Bucket": "{bucket}", "CopySource": "{bucket}/key", "RoleArn": ROLE, "ContentLength": 0}
"""What the model does not say of a member."""
SCALARS = {"blob": b"x", "boolean": True, "timestamp": 1_790_000_000}


class Author:
    """Writes requests from botocore's model."""

    def __init__(self, account: str, bucket: str) -> None:
        self._known = {"account": account, "bucket": bucket}

    def minimal(self, operation: OperationModel) -> dict[str, Any]:
        """The required members alone."""
        return self._structure(operation.input_shape) if operation.input_shape else {}

    def extended(self, operation: OperationModel) -> Iterator[tuple[str, dict[str, Any]]]:
        """The required members with each optional one in turn."""
        minimal = self.minimal(operation)
        for name, shape in operation.input_shape.members.items() if operation.input_shape else ():
            if name not in minimal:
                yield name, minimal | {name: self._value(shape, name, 1)}

    def _structure(self, shape: Shape, depth: int = 0) -> dict[str, Any]:
        members = shape.required_members or (list(shape.members)[:1] if shape.is_tagged_union else [])
        return {name: self._value(shape.members[name], name, depth + 1) for name in members}

    def _value(self, shape: Shape, name: str, depth: int) -> Any:
        if name in GIVEN and shape.type_name not in {"structure", "list", "map"}:
            return self._fill(GIVEN[name])
        match shape.type_name:
            case "structure":
                return self._structure(shape, depth)
            case "list":
                return [self._value(shape.member, name, depth + 1)] * max(1, shape.metadata.get("min", 0))
            case "map":
                return {self._value(shape.key, "", depth + 1): self._value(shape.value, "", depth + 1)}
            case "string":
                return self._text(shape)
            case kind:
                return SCALARS.get(kind) or max(1, shape.metadata.get("min", 1))

    def _text(self, shape: Shape) -> str:
        if shape.enum:
            return shape.enum[0]
        pattern = shape.metadata.get("pattern", "")
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 20)
        candidates = [self._fill(candidate) for candidate in CANDIDATES]
        fitting = (text for text in candidates if least <= len(text) <= most and matches(pattern, text))
        return next(fitting, "a" * max(least, 1))

    def _fill(self, value: Any) -> Any:
        return value.format(**self._known) if isinstance(value, str) else value


def matches(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern or ".*", text) is not None
    except re.error:  # a pattern of Java's
        return False


@pytest.fixture(scope="module")
def account() -> str:
    """An account for all of this."""
    return "987654321098"


@pytest.fixture(scope="module")
def author(server: Server, account: str) -> Author:
    """Writes requests about a bucket with an object in it."""
    s3 = make_client(server, "s3", account)
    bucket = f"conformance-{account}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    return Author(account, bucket)


def make_client(server: Server, service: str, account: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="unchecked",
        config=Config(retries={"max_attempts": 0}, parameter_validation=False, inject_host_prefix=False),
    )


def ask(client: Any, operation: str, request: dict[str, Any]) -> tuple[int, str]:
    """Status and error code of the answer, which boto3 must be able to read."""
    try:
        answer = getattr(client, xform_name(operation))(**request)
    except ClientError as refused:
        answer = refused.response
    assert answer["ResponseMetadata"].get("RequestId"), operation
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer.get("Error", {}).get("Code", "")


def is_plain(status: int, code: str, *, head: bool) -> bool:
    """Whether an answer is one that a client can do something with: a success, a refusal with a code, or a plain no."""
    if status < 300:
        return True
    if status >= 500:
        return (status, code) == (501, "NotImplemented") or (head and status == 501)
    return head or not code.isdigit()


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_answered(server, account, author, service):
    """A minimal request gives an answer, a refusal in the service's envelope, or 501 where nothing is built."""
    client = make_client(server, service, account)
    model = client.meta.service_model
    built = coverage()[service]
    strange = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        status, code = ask(client, name, author.minimal(operation))
        plain = is_plain(status, code, head=operation.http.get("method") == "HEAD")
        if not plain or (built[name] and status == 501) or (not built[name] and status < 400):
            strange[name] = (status, code)

    assert strange == {}


@pytest.mark.parametrize("service", SERVICES)
def test_every_member_of_every_operation_that_is_built_is_answered(server, account, author, service):
    """Each optional member in turn beside the required ones: none of them makes the server fail."""
    client = make_client(server, service, account)
    model = client.meta.service_model
    strange = {}
    for name in (name for name, built in coverage()[service].items() if built):
        operation = model.operation_model(name)
        for member, request in author.extended(operation):
            status, code = ask(client, name, request)
            if not is_plain(status, code, head=operation.http["method"] == "HEAD"):
                strange[name, member] = (status, code)

    assert strange == {}
