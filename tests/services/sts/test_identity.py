"""Who the caller is."""

import pytest


def test_the_caller_is_a_session_of_the_servers_role(aws, account):
    """So that the SageMaker SDK finds an execution role."""
    identity = aws("sts").get_caller_identity()

    assert identity["Account"] == account
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/FieldstoneRole/fieldstone"
    role = aws("iam").get_role(RoleName="FieldstoneRole")["Role"]
    assert identity["UserId"] == f"{role['RoleId']}:fieldstone"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-southeast-2"])
def test_the_caller_is_the_same_everywhere(aws, account, region):
    """STS answers in each region."""
    assert aws("sts", region).get_caller_identity()["Account"] == account
