"""Access keys of IAM's users: what is changed takes effect with the next request."""

import pytest
from botocore.exceptions import ClientError
from tests.conftest import wait_until
from tests.gateway.conftest import ACCOUNT, Gateway


def code(call, **request):
    """The code of the error that a call must give."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def iam(gateway):
    return gateway.client("iam")


@pytest.fixture
def user(iam, request):
    """A user's name and key."""
    name = request.node.name[:60].rstrip("[")
    iam.create_user(UserName=name)
    return name, iam.create_access_key(UserName=name)["AccessKey"]


def test_a_users_key_opens_every_service_as_its_user(gateway, user):
    """From the moment it was handed out."""
    name, key = user
    identity = gateway.client("sts", key).get_caller_identity()

    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{name}"
    assert identity["UserId"].startswith("AIDA")
    assert gateway.client("iam", key).get_user()["User"]["UserName"] == name
    assert gateway.client("s3", key).list_buckets()
    assert gateway.client("sagemaker", key).list_models()


def test_an_inactive_key_opens_nothing_until_it_is_active_again(gateway, iam, user):
    """At once, either way."""
    name, key = user
    sts, s3 = gateway.client("sts", key), gateway.client("s3", key)
    for _ in range(3):
        assert sts.get_caller_identity()
        iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
        assert code(sts.get_caller_identity) == "InvalidClientTokenId"
        assert code(s3.list_buckets) == "InvalidAccessKeyId"
        iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Active")


def test_a_deleted_key_opens_nothing(gateway, iam, user):
    """At once."""
    name, key = user
    sts = gateway.client("sts", key)
    assert sts.get_caller_identity()
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])

    assert code(sts.get_caller_identity) == "InvalidClientTokenId"


def test_a_key_tells_when_it_was_last_used(gateway, iam, user):
    """By when, where and for which service."""
    name, key = user

    def used():
        answer = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        assert answer["UserName"] == name
        return answer["AccessKeyLastUsed"]

    assert used() == {"ServiceName": "N/A", "Region": "N/A"}
    gateway.client("s3", key).list_buckets()
    wait_until(lambda: "LastUsedDate" in used())
    assert (used()["ServiceName"], used()["Region"]) == ("s3", "us-east-1")


def test_a_user_may_take_on_a_role_and_open_a_session_of_its_own(gateway, user):
    """The session speaks for the user; it may not open another one."""
    name, key = user
    sts = gateway.client("sts", key)
    role = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/FieldstoneRole", RoleSessionName="me")
    assert role["AssumedRoleUser"]["Arn"].endswith("assumed-role/FieldstoneRole/me")
    session = gateway.client("sts", sts.get_session_token(DurationSeconds=900)["Credentials"])

    assert session.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{name}"
    chained = gateway.client("sts", role["Credentials"])
    assert code(chained.get_session_token) == "AccessDenied"
    arn = f"arn:aws:iam::{ACCOUNT}:role/FieldstoneRole"
    long = {"RoleArn": arn, "RoleSessionName": "me", "DurationSeconds": 3601}
    assert code(chained.assume_role, **long) == "ValidationError"


def test_a_deleted_users_sessions_end_with_it(gateway, iam, user):
    """Whoever holds them."""
    name, key = user
    session = gateway.client("sts", gateway.client("sts", key).get_session_token()["Credentials"])
    assert session.get_caller_identity()
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)

    assert code(session.get_caller_identity) == "InvalidClientTokenId"


def test_keys_outlive_the_server(tmp_path):
    """Those that work, and those that do not."""
    first = Gateway(tmp_path / "data").start()
    iam = first.client("iam")
    iam.create_user(UserName="ann")
    works, does_not = (iam.create_access_key(UserName="ann")["AccessKey"] for _ in range(2))
    iam.update_access_key(UserName="ann", AccessKeyId=does_not["AccessKeyId"], Status="Inactive")
    first.stop()
    second = Gateway(tmp_path / "data").start()

    assert second.client("sts", works).get_caller_identity()["Arn"].endswith(":user/ann")
    assert code(second.client("sts", does_not).get_caller_identity) == "InvalidClientTokenId"
    second.stop()
