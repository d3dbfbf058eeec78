"""What the tests of services share: how a refusal looks, and requests that boto3 would not make."""

import http.client
import json
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Server


class Refusal(NamedTuple):
    """An error as boto3 tells it."""

    status: int
    code: str
    message: str
    details: dict[str, Any]


def refusal(call: Callable[..., Any], **request: Any) -> Refusal:
    """The error that a call must give."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return Refusal(
        caught.value.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error.get("Message", ""), error
    )


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


Http = Callable[..., Answer]


@pytest.fixture
def stranger() -> str:
    """Another fresh account."""
    return str(secrets.randbelow(9 * 10**11) + 10**11)


@pytest.fixture
def make_role(aws: Callable[..., Any]) -> Callable[..., Any]:
    """Create a role that SageMaker may take on."""

    def make(name: str, **members: Any) -> Any:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, **members)["Role"]

    return make


@pytest.fixture
def http_client(server: Server, account: str) -> Http:
    """Send a request as it stands, as the fresh account: ``http_client("GET", "/bucket/key", headers={...})``."""

    def send(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
        scope = f"Credential={account}/20261122/us-east-1/s3/aws4_request"
        signed = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"} | (headers or {})
        connection.request(method, path, body, signed)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer

    return send
