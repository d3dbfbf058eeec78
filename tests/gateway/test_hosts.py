"""Buckets in the Host, as SDKs for other languages send them."""

import http.client
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from tests.gateway.conftest import Answer, ask, signing_client
from tests.gateway.test_presigned import VERSIONS, code

BUCKET = "by-host.of-tests"


@pytest.fixture
def s3(strict, owner):
    client = signing_client(strict.url, "s3", owner)
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="a b/é", Body=b"data")
    return client


def send(url, prepared):
    """Send a request to the server, whatever address it is for."""
    parts = urlsplit(prepared.url)
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    headers = {name: text for name, text in prepared.headers.items() if name.lower() not in {"expect", "host"}}
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    chunked = "Transfer-Encoding" in headers
    connection.request(prepared.method, target, prepared.body, {"Host": parts.netloc} | headers, encode_chunked=chunked)
    response = connection.getresponse()
    answer = Answer(response.status, response.headers, response.read())
    connection.close()
    return answer


class Sent(Exception):  # noqa: N818
    """What a client would have sent."""

    def __init__(self, request):
        self.request = request


def prepared(client, call, **params):
    def stop(request, **_):
        raise Sent(request)

    client.meta.events.register("before-send", stop)
    with pytest.raises(Sent) as caught:
        getattr(client, call)(**params)
    client.meta.events.unregister("before-send", stop)
    return caught.value.request


def virtual(strict, owner, endpoint, **config):
    return boto3.client(
        "s3",
        endpoint_url=endpoint and endpoint.replace("PORT", strict.url.rsplit(":", 1)[1]),
        region_name="eu-west-1",
        aws_access_key_id=owner["AccessKeyId"],
        aws_secret_access_key=owner["SecretAccessKey"],
        config=Config(s3={"addressing_style": "virtual"}, retries={"max_attempts": 0}, **config),
    )


@pytest.mark.parametrize("endpoint", ["http://localhost:PORT", "http://s3.localhost:PORT", "http://localhost", None])
@pytest.mark.parametrize("version", [{"signature_version": "s3v4"}, {"signature_version": "s3"}])
def test_a_host_may_name_the_bucket(strict, owner, s3, endpoint, version):
    """Here or at AWS's own addresses; Version 4 signs the path that is sent, Version 2 the bucket as well."""
    client = virtual(strict, owner, endpoint, **version)
    request = prepared(client, "get_object", Bucket="byhost", Key="a b/é")
    assert urlsplit(request.url).netloc.startswith("byhost.")
    s3.create_bucket(Bucket="byhost")
    put = prepared(client, "put_object", Bucket="byhost", Key="a b/é", Body=b"new", ContentType="a/b")
    assert send(strict.url, put).status == 200
    assert send(strict.url, request).body == b"new"
    assert b"<KeyCount>1</KeyCount>" in send(strict.url, prepared(client, "list_objects_v2", Bucket="byhost")).body
    assert send(strict.url, prepared(client, "delete_object", Bucket="byhost", Key="a b/é")).status == 204
    assert send(strict.url, prepared(client, "delete_bucket", Bucket="byhost")).status == 204
    assert send(strict.url, prepared(client, "list_buckets")).status == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_a_presigned_url_may_name_the_bucket_in_its_host(strict, owner, s3, version):
    """As boto3 makes it for AWS's own addresses."""
    s3.create_bucket(Bucket="byhosturl")
    s3.put_object(Bucket="byhosturl", Key="k", Body=b"data")
    client = virtual(strict, owner, None, **VERSIONS[version])
    url = client.generate_presigned_url("get_object", Params={"Bucket": "byhosturl", "Key": "k"})
    parts = urlsplit(url)
    assert parts.netloc.startswith("byhosturl.s3.")
    answer = ask(strict.url, "GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
    assert (answer.status, answer.body) == (200, b"data")


@pytest.mark.parametrize(
    "host",
    [
        "by-host.of-tests.localhost",
        "by-host.of-tests.localhost:4566",
        "By-Host.of-tests.s3.localhost:1",
        "by-host.of-tests.s3.amazonaws.com",
        "by-host.of-tests.s3.us-east-1.amazonaws.com",
        "by-host.of-tests.s3-us-west-2.amazonaws.com",
        "by-host.of-tests.s3.dualstack.us-east-1.amazonaws.com",
        "by-host.of-tests.s3.cn-north-1.amazonaws.com.cn",
        "by-host.of-tests.s3.localhost.localstack.cloud:4566",
    ],
)
def test_every_form_of_host_is_understood(server, host):
    """Of those that AWS has, and of those that point here."""
    ask(server.url, "PUT", f"/{BUCKET}")
    assert ask(server.url, "PUT", "/key", b"data", {"Host": host}).status == 200
    assert ask(server.url, "GET", f"/{BUCKET}/key").body == b"data"
    assert b"<Name>by-host.of-tests</Name>" in ask(server.url, "GET", "/?list-type=2", headers={"Host": host}).body


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "s3.localhost", "s3.us-east-1.amazonaws.com", "example.com", "", "[::1]"]
)
def test_other_hosts_name_no_bucket(server, host):
    """The path does, as ever."""
    ask(server.url, "PUT", f"/{BUCKET}")
    assert b"<Name>by-host.of-tests</Name>" in ask(server.url, "GET", f"/{BUCKET}", headers={"Host": host}).body


def test_other_services_hosts_name_no_bucket(server, aws, account):
    """A target, a form or a signature says whose they are."""
    target = {"Host": "models.localhost", "X-Amz-Target": "SageMaker.ListModels"}
    assert b'"Models"' in ask(server.url, "POST", "/", b"{}", target).body
    form = {"Host": "sts.localhost", "Content-Type": "application/x-www-form-urlencoded"}
    answer = ask(server.url, "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", form)
    assert b"<Account>" in answer.body


def test_s3_control_is_not_taken_for_a_bucket(server):
    """Its hosts name an account."""
    host = {"Host": "123456789012.localhost:4566", "x-amz-account-id": "123456789012"}
    answer = ask(server.url, "PUT", "/v20180820/bucket/name/policy", b"x", host)
    assert code(answer) == (501, "NotImplemented")


def test_a_form_may_name_its_bucket_in_the_host(server):
    """Its answer's Location names it there, too."""
    ask(server.url, "PUT", "/form-by-host")
    body = b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
    body += b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\ndata\r\n--x--\r\n'
    headers = {"Host": "form-by-host.localhost:1", "Content-Type": 'multipart/form-data; boundary="x"'}
    answer = ask(server.url, "POST", "/", body, headers)
    assert (answer.status, answer.headers["location"]) == (204, "http://form-by-host.localhost:1/k")
    assert ask(server.url, "GET", "/form-by-host/k").body == b"data"
