"""Who may ask, and what a request has to be."""

import pytest
from botocore.exceptions import ClientError
from tests.conftest import client, start_server
from tests.gateway.conftest import ACCOUNT, ask, signing_client

CALLS = {
    "s3": ("list_buckets", {}),
    "sagemaker": ("list_models", {}),
    "sts": ("get_caller_identity", {}),
    "sagemaker-runtime": ("invoke_endpoint", {"EndpointName": "none", "Body": b"1"}),
}


def refused(call, **request):
    """Status and code of the error that a call must give."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"], caught.value.response["Error"]["Code"]


def ask_service(url, service, key):
    call, request = CALLS[service]
    return refused(getattr(signing_client(url, service, key), call), **request)


@pytest.mark.parametrize("service", ["s3", "sagemaker", "sts", "iam", "logs"])
def test_the_owners_key_opens_every_service(strict, owner, service):
    """The one that was made at the first start."""
    call = {"iam": "get_role", "logs": "describe_log_groups"}.get(service) or CALLS[service][0]

    assert getattr(signing_client(strict.url, service, owner), call)(**({"RoleName": "a"} if service == "iam" else {}))


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("s3", (403, "SignatureDoesNotMatch")),
        ("sagemaker", (400, "InvalidSignatureException")),
        ("sts", (403, "SignatureDoesNotMatch")),
        ("sagemaker-runtime", (403, "InvalidSignatureException")),
    ],
)
def test_a_wrong_secret_is_refused(strict, owner, service, expected):
    """With the code that each protocol has for it."""
    assert ask_service(strict.url, service, owner | {"SecretAccessKey": "wrong"}) == expected


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("s3", (403, "InvalidAccessKeyId")),
        ("sagemaker", (400, "UnrecognizedClientException")),
        ("sts", (403, "InvalidClientTokenId")),
        ("sagemaker-runtime", (403, "UnrecognizedClientException")),
    ],
)
@pytest.mark.parametrize("access_key", ["AKIAUNKNOWNUNKNOWNUN", ACCOUNT])
def test_an_unknown_key_is_refused(strict, owner, service, expected, access_key):
    """A twelve-digit one as well: that is for ``--auth off`` alone."""
    assert ask_service(strict.url, service, owner | {"AccessKeyId": access_key}) == expected


@pytest.mark.parametrize(
    ("ahead", "service", "expected"),
    [
        (ahead, *entry)
        for ahead in (-16 * 60, 16 * 60)
        for entry in (
            ("s3", (403, "RequestTimeTooSkewed")),
            ("sagemaker", (400, "InvalidSignatureException")),
            ("sts", (403, "SignatureDoesNotMatch")),
            ("sagemaker-runtime", (403, "InvalidSignatureException")),
        )
    ],
)
def test_a_request_of_another_time_is_refused(gateway, ahead, service, expected):
    """A quarter of an hour is the most that clocks may differ, either way."""
    gateway.ahead = ahead

    assert ask_service(gateway.url, service, gateway.owner) == expected


@pytest.mark.parametrize("ahead", [-14 * 60, 14 * 60])
def test_clocks_may_differ_a_little(gateway, ahead):
    """By less than a quarter of an hour."""
    gateway.ahead = ahead

    assert gateway.client("sts").get_caller_identity()["Account"] == ACCOUNT


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/", {}, 403, b"<Code>AccessDenied</Code>"),
        ("GET", "/bucket/key", {}, 403, b"<Code>AccessDenied</Code>"),
        ("PUT", "/bucket", {}, 403, b"<Code>AccessDenied</Code>"),
        ("POST", "/", {"X-Amz-Target": "SageMaker.ListModels"}, 400, b"MissingAuthenticationTokenException"),
        ("POST", "/?Action=GetCallerIdentity&Version=2011-06-15", {}, 403, b"<Code>MissingAuthenticationToken</Code>"),
        ("POST", "/endpoints/none/invocations", {}, 403, b""),
    ],
)
def test_an_unsigned_request_is_refused(strict, method, path, headers, status, code):
    """Whatever it asks for, before it is looked at."""
    answer = ask(strict.url, method, path, headers=headers)

    assert answer.status == status
    assert code in answer.body


def test_a_body_that_was_changed_on_its_way_is_refused(strict, owner):
    """The signature holds for the bytes that were signed."""
    sagemaker = signing_client(strict.url, "sagemaker", owner)
    sagemaker.meta.events.register("before-send", change_body)

    assert refused(sagemaker.list_models, NameContains="aaa") == (400, "InvalidSignatureException")


def change_body(request, **_):
    request.body = request.body.replace(b"aaa", b"bbb")


def test_an_upload_that_was_changed_on_its_way_is_refused_and_nothing_stored(strict, owner):
    """S3's clients sign the body's hash."""
    s3 = signing_client(strict.url, "s3", owner, request_checksum_calculation="when_required")
    s3.create_bucket(Bucket="changed-on-its-way")
    s3.meta.events.register("before-send.s3.PutObject", change_upload)

    assert refused(s3.put_object, Bucket="changed-on-its-way", Key="key", Body=b"aaa") == (
        400,
        "XAmzContentSHA256Mismatch",
    )
    assert "Contents" not in s3.list_objects_v2(Bucket="changed-on-its-way")


def change_upload(request, **_):
    request.body = b"bbb"


def test_a_deletion_that_was_changed_on_its_way_is_refused(strict, owner):
    """The document that names the keys is held against its hash as well."""
    s3 = signing_client(strict.url, "s3", owner)
    s3.create_bucket(Bucket="changed-deletion")
    s3.put_object(Bucket="changed-deletion", Key="bbb", Body=b"")
    s3.meta.events.register("before-send.s3.DeleteObjects", change_body)

    request = {"Bucket": "changed-deletion", "Delete": {"Objects": [{"Key": "aaa"}]}}
    assert refused(s3.delete_objects, **request) == (400, "XAmzContentSHA256Mismatch")
    assert s3.list_objects_v2(Bucket="changed-deletion")["KeyCount"] == 1


@pytest.mark.parametrize("changed", ["path", "query"])
def test_an_address_that_was_changed_on_its_way_is_refused(strict, owner, changed):
    """Path and query are signed."""
    s3 = signing_client(strict.url, "s3", owner)

    def change(request, **_):
        request.url = request.url.replace("aaa", "bbb") if changed == "path" else f"{request.url}&prefix=b"

    s3.meta.events.register("before-send", change)

    assert refused(s3.list_objects_v2, Bucket="aaa") == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("access_key", "account"),
    [
        ("444455556666", "444455556666"),
        ("000000000000", "000000000000"),
        ("44445555666", ACCOUNT),
        ("4444555566667", ACCOUNT),
        ("44445555666a", ACCOUNT),
        ("AKIAEXAMPLE", ACCOUNT),
        ("test", ACCOUNT),
    ],
)
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_unchecked_keys_of_twelve_digits_are_accounts(server, access_key, account, region):
    """Anything else is the default account; the region is the request's."""
    assert client(server.url, "sts", access_key, region).get_caller_identity()["Account"] == account
    bucket = f"{region}-{access_key.lower()}-of-steps"
    s3 = client(server.url, "s3", access_key, region)
    s3.create_bucket(
        Bucket=bucket,
        **({} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}),
    )
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == region


def test_unsigned_requests_are_the_default_accounts_where_nothing_is_checked(server):
    """In us-east-1."""
    identity = ask(server.url, "POST", "/?Action=GetCallerIdentity&Version=2011-06-15")
    bucket = ask(server.url, "PUT", "/unsigned-bucket-of-steps")

    assert f"<Account>{ACCOUNT}</Account>".encode() in identity.body
    assert bucket.status == 200
    s3 = client(server.url, "s3", ACCOUNT)
    assert s3.head_bucket(Bucket="unsigned-bucket-of-steps")["BucketRegion"] == "us-east-1"


def test_a_presigned_url_tells_the_account_where_nothing_is_checked(server):
    """Its key and region are in the query."""
    s3 = client(server.url, "s3", "444455556666")
    s3.create_bucket(Bucket="presigned-of-steps")
    s3.put_object(Bucket="presigned-of-steps", Key="key", Body=b"data")
    credential = "444455556666%2F20261122%2Fus-east-1%2Fs3%2Faws4_request"
    path = f"/presigned-of-steps/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Signature=0"

    assert ask(server.url, "GET", path).body == b"data"
    assert ask(server.url, "GET", "/presigned-of-steps/key").status == 403


@pytest.fixture(scope="module")
def lenient(tmp_path_factory):
    """A client of a server that validates leniently."""
    server = start_server(tmp_path_factory.mktemp("lenient") / "data", "--auth", "off", "--validation", "lenient")
    yield client(server.url, "sagemaker", ACCOUNT)
    server.stop()


def make_job(**changes):
    """A request for a training job that breaks every pattern and every limit, but no type and no enum."""
    return {
        "TrainingJobName": "a_b",
        "RoleArn": "no role",
        "AlgorithmSpecification": {"TrainingImage": "xgboost:1", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "nowhere"},
        "ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "KeepAlivePeriodInSeconds": -1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 0},
        **changes,
    }


def test_strict_validation_looks_at_every_constraint(server):
    """All of them are told at once."""
    with pytest.raises(ClientError, match="validation errors detected") as caught:
        client(server.url, "sagemaker", ACCOUNT).create_training_job(**make_job())

    places = ("trainingJobName", "roleArn", "s3OutputPath", "keepAlivePeriodInSeconds", "maxRuntimeInSeconds")
    assert all(place in str(caught.value) for place in places)


def test_lenient_validation_passes_over_patterns_and_limits(lenient):
    """For programs that were written against something laxer than AWS."""
    assert lenient.create_training_job(**make_job())["TrainingJobArn"]


@pytest.mark.parametrize(
    "changes",
    [
        {"TrainingJobName": None},
        {"TrainingJobName": 5},
        {"AlgorithmSpecification": {"TrainingImage": "none:1", "TrainingInputMode": "Nonsense"}},
        {"ResourceConfig": {"InstanceType": "ml.nonsense"}},
    ],
    ids=str,
)
def test_lenient_validation_looks_at_members_types_and_enums(lenient, changes):
    """Without these nobody knows what was meant."""
    assert refused(lenient.create_training_job, **make_job(**changes))[0] == 400
