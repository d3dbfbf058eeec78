"""Requests signed by botocore once, as bytes that can be sent again and again (a signature is good for 15 minutes)."""

import json
from urllib.parse import urlsplit

from account import REGION
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from servers import Server

_SIGNED_AS = {"SageMaker": "sagemaker", "Logs_20140328": "logs"}
_UNSIGNED = (
    "User-Agent: Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython "
    "m/Z,N,E,b,e cfg/retry-mode#standard Botocore/1.44.5\r\n"
    "amz-sdk-invocation-id: 448db46b-914e-461e-87b9-fc95ad040b53\r\n"
    "amz-sdk-request: attempt=1; max=3\r\n"
)
"""What boto3 sends besides, so that these requests have the size of real ones."""


def sign_operation(server: Server, target: str, parameters: object, region: str = REGION) -> bytes:
    """A request for one of the operations that a header names, such as ``SageMaker.ListModels``."""
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    service = _SIGNED_AS[target.partition(".")[0]]
    return _sign(server, "/", (service, region), headers, json.dumps(parameters).encode())


def sign_invocation(server: Server, endpoint: str, row: bytes) -> bytes:
    """A request for the prediction of a row of CSV."""
    path = f"/endpoints/{endpoint}/invocations"
    return _sign(server, path, ("sagemaker", REGION), {"Content-Type": "text/csv"}, row)


def _sign(server: Server, path: str, scope: tuple[str, str], headers: dict[str, str], body: bytes) -> bytes:
    request = AWSRequest("POST", server.url + path, headers=headers, data=body)
    SigV4Auth(Credentials(server.key.access, server.key.secret), *scope).add_auth(request)
    signed = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    host = urlsplit(server.url).netloc
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{signed}{_UNSIGNED}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
