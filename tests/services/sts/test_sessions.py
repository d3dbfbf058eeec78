"""AssumeRole; what its keys can do is tested with the gateway."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import client
from tests.services.conftest import refusal


@pytest.fixture
def sts(aws):
    return aws("sts")


@pytest.fixture
def role(make_role):
    return make_role("Analyst", Path="/service-role/", MaxSessionDuration=43200)["Arn"]


def test_a_session_has_keys_and_a_principal(sts, role, account):
    """The principal is of the role's last name, whatever its path."""
    answer = sts.assume_role(RoleArn=role, RoleSessionName="me")

    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/Analyst/me"
    assert answer["AssumedRoleUser"]["AssumedRoleId"].endswith(":me")
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert answer["Credentials"]["SecretAccessKey"]
    assert answer["Credentials"]["SessionToken"]


@pytest.mark.parametrize("seconds", [None, 900, 43200])
def test_a_session_lasts_as_long_as_was_asked(sts, role, seconds):
    """An hour where nothing is said."""
    asked = {} if seconds is None else {"DurationSeconds": seconds}
    expires = sts.assume_role(RoleArn=role, RoleSessionName="me", **asked)["Credentials"]["Expiration"]

    left = expires - datetime.now(UTC)
    assert timedelta(seconds=(seconds or 3600) - 30) < left <= timedelta(seconds=seconds or 3600)


@pytest.mark.parametrize("seconds", [899, 43201])
def test_a_session_is_not_shorter_or_longer_than_aws_has_it(sts, role, seconds):
    """Fifteen minutes to twelve hours."""
    refused = refusal(sts.assume_role, RoleArn=role, RoleSessionName="me", DurationSeconds=seconds)

    assert refused[:2] == (400, "ValidationError")
    assert "'durationSeconds' failed to satisfy constraint" in refused.message


def test_every_session_has_keys_of_its_own(sts, role):
    """Even for the same role and name."""
    keys = [sts.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]["AccessKeyId"] for _ in range(5)]

    assert len(set(keys)) == 5


def test_another_accounts_role_cannot_be_assumed(sts):
    """In AWS's words."""
    refused = refusal(sts.assume_role, RoleArn="arn:aws:iam::444455556666:role/Analyst", RoleSessionName="me")

    assert refused[:2] == (403, "AccessDenied")
    assert "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/Analyst" in (
        refused.message
    )


@pytest.mark.parametrize("arn", ["arn:aws:iam::111122223333:user/me", "arn:aws:s3:::bucket/role", "x" * 25])
def test_what_is_no_role_cannot_be_assumed(sts, arn):
    """Another ARN, or none."""
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me").status == 400


def test_a_session_key_speaks_for_its_session_even_unchecked(sts, role, server, account):
    """With ``--auth off`` it is known all the same."""
    key = sts.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]["AccessKeyId"]

    identity = client(server.url, "sts", key).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:sts::{account}:assumed-role/Analyst/me")


def test_a_role_that_nobody_created_cannot_be_assumed(sts, account):
    """But the server's own can."""
    arn = f"arn:aws:iam::{account}:role/"

    assert refusal(sts.assume_role, RoleArn=arn + "None", RoleSessionName="me")[:2] == (403, "AccessDenied")
    assert sts.assume_role(RoleArn=arn + "service-role/FieldstoneRole", RoleSessionName="me")["Credentials"]


def test_a_session_is_not_longer_than_its_role_allows(sts, make_role):
    """An hour where nothing is said."""
    refused = refusal(sts.assume_role, RoleArn=make_role("Short")["Arn"], RoleSessionName="me", DurationSeconds=3601)

    assert refused.code == "ValidationError"
    assert refused.message == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


def test_the_account_of_a_key_is_told(sts, role, account, server, stranger):
    """To its own account."""
    key = sts.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]["AccessKeyId"]

    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == account
    assert refusal(client(server.url, "sts", stranger).get_access_key_info, AccessKeyId=key).code == "ValidationError"
    assert refusal(sts.get_access_key_info, AccessKeyId="AKIAUNKNOWNUNKNOWN00").code == "ValidationError"
