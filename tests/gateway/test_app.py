"""From request to response: what is not built, what is not known, what goes wrong."""

import http.client
import json
from types import ModuleType
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.conftest import client
from tests.gateway.conftest import Gateway, ask

from fieldstone.services.operation import read

NOT_BUILT = {
    "sagemaker": ("list_pipelines", {}),
    "s3": ("list_bucket_metrics_configurations", {"Bucket": "bucket"}),
    "sts": ("get_federation_token", {"Name": "somebody"}),
    "iam": ("list_virtual_mfa_devices", {}),
    "logs": ("describe_metric_filters", {}),
}


@pytest.mark.parametrize("service", NOT_BUILT)
def test_an_operation_that_is_not_built_says_so_and_is_not_retried(server, service):
    """501 in the service's own envelope; a client with its usual retries asks once."""
    call, request = NOT_BUILT[service]
    caller = boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="x",
        config=Config(retries={"mode": "standard", "max_attempts": 5}),
    )
    sent = []
    caller.meta.events.register("before-send", lambda request, **_: sent.append(request.url))
    with pytest.raises(ClientError) as caught:
        getattr(caller, call)(**request)

    answer = caught.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (501, "NotImplemented")
    assert "not built yet" in answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["RequestId"]
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("target", "content_type"),
    [("SageMaker.MakeCoffee", "1.1"), ("Logs_20140328.MakeCoffee", "1.1"), ("Coffee.Make", "1.1"), ("", "1.1")],
)
def test_an_unknown_target_is_an_unknown_operation(server, target, content_type):
    """As JSON, with the name that was not known."""
    headers = {"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{content_type}"}
    answer = ask(server.url, "POST", "/", b"{}", headers)

    assert answer.status == 400
    assert json.loads(answer.body)["__type"] == "UnknownOperationException"


def test_an_unknown_action_is_invalid(server):
    """As XML, in the envelope of the query protocol."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = ask(server.url, "POST", "/", b"Action=MakeCoffee&Version=2011-06-15", form)

    assert answer.status == 400
    assert b"<Code>InvalidAction</Code>" in answer.body


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'"text"', b"\xff", b'{"NameContains": 5}', b'{"MaxResults": "x"}']
)
def test_a_body_that_cannot_be_read_is_a_serialization_exception(server, body):
    """Whatever is wrong with it."""
    headers = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    answer = ask(server.url, "POST", "/", body, headers)

    assert answer.status == 400
    assert json.loads(answer.body)["__type"] == "SerializationException"


def test_a_body_that_is_too_large_to_be_kept_in_memory_is_refused(server):
    """Sixteen megabytes are enough for any document."""
    headers = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    answer = ask(server.url, "POST", "/", b" " * (17 << 20), headers)

    assert (answer.status, json.loads(answer.body)["__type"]) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize("service", ["sagemaker", "s3", "sts"])
def test_a_failure_of_ours_is_answered_without_a_traceback(tmp_path, complaints, service):
    """The client gets a request id; the log has the traceback under the same id."""
    broken = ModuleType("broken")
    vars(broken).update(list_models=read(fail), list_buckets=read(fail), get_caller_identity=read(fail))
    gateway = Gateway(tmp_path / "data")
    gateway.services[service] = (broken,)
    gateway.start("off")
    call = {"sagemaker": "list_models", "s3": "list_buckets", "sts": "get_caller_identity"}[service]
    with pytest.raises(ClientError) as caught:
        getattr(client(gateway.url, service, "123456789012"), call)()
    gateway.stop()

    error, metadata = caught.value.response["Error"], caught.value.response["ResponseMetadata"]
    assert (metadata["HTTPStatusCode"], error["Code"]) == (
        500,
        "InternalError" if service == "s3" else "InternalFailure",
    )
    assert "RuntimeError" not in error["Message"]
    assert metadata["RequestId"] in error["Message"]
    (complaint,) = complaints()
    assert metadata["RequestId"] in complaint
    assert "RuntimeError: secret" in complaint


def fail(ctx, request):
    raise RuntimeError("secret")


def test_every_answer_has_a_request_id(server):
    """In the header of its protocol, a new one each time."""
    metadata = [client(server.url, "sagemaker", "123456789012").list_models()["ResponseMetadata"] for _ in range(2)]

    assert all(item["HTTPHeaders"]["x-amzn-requestid"] == item["RequestId"] for item in metadata)
    assert metadata[0]["RequestId"] != metadata[1]["RequestId"]


def test_a_head_request_has_the_headers_of_a_get_and_no_body(server):
    """The length is that of the object; the connection stays in step."""
    s3 = client(server.url, "s3", "123456789012")
    s3.create_bucket(Bucket="head-of-app")
    s3.put_object(Bucket="head-of-app", Key="key", Body=b"0123456789")
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    for method, path, status, body in (
        ("HEAD", "/head-of-app/key", 200, b""),
        ("GET", "/head-of-app/key", 200, b"0123456789"),
        ("HEAD", "/head-of-app/none", 404, b""),
        ("GET", "/head-of-app/key", 200, b"0123456789"),
    ):
        connection.request(method, path)
        response = connection.getresponse()
        assert (response.status, response.read()) == (status, body)
    connection.close()


def test_a_connection_is_kept_for_the_next_request(server):
    """Over one socket: reads, writes, refusals, and what has not changed."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    connection.connect()
    socket = connection.sock
    connection.request("PUT", "/kept-of-app")
    connection.getresponse().read()
    connection.request("PUT", "/kept-of-app/key", b"data")
    response = connection.getresponse()
    etag = response.headers["ETag"]
    response.read()
    for headers, status in (({"If-None-Match": etag}, 304), ({"If-Match": '"other"'}, 412), ({}, 200)):
        connection.request("GET", "/kept-of-app/key", headers=headers)
        response = connection.getresponse()
        response.read()
        assert response.status == status
        assert connection.sock is socket
    connection.close()
