"""Roles."""

import pytest
from tests.services.conftest import refusal


@pytest.fixture
def iam(aws):
    return aws("iam")


def test_any_role_is_there(iam, account):
    """Programs written for AWS come with role names of their own."""
    role = iam.get_role(RoleName="MyExecutionRole")["Role"]

    assert (role["RoleName"], role["Path"]) == ("MyExecutionRole", "/service-role/")
    assert role["Arn"] == f"arn:aws:iam::{account}:role/service-role/MyExecutionRole"
    assert role["RoleId"].startswith("AROA")


def test_its_trust_policy_is_one_that_boto3_decodes(iam):
    """URL-encoded on the wire, a document in the end; it trusts SageMaker."""
    policy = iam.get_role(RoleName="a")["Role"]["AssumeRolePolicyDocument"]

    assert policy["Statement"][0]["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert policy["Statement"][0]["Action"] == "sts:AssumeRole"


def test_a_role_is_always_the_same(iam):
    """Its id does not change between two looks."""
    assert iam.get_role(RoleName="a")["Role"]["RoleId"] == iam.get_role(RoleName="a")["Role"]["RoleId"]
    assert iam.get_role(RoleName="a")["Role"]["RoleId"] != iam.get_role(RoleName="b")["Role"]["RoleId"]


@pytest.mark.parametrize("name", ["", "a/b", "a b", "a" * 65])
def test_a_name_that_breaks_the_rules_is_refused(iam, name):
    """In AWS's words."""
    refused = refusal(iam.get_role, RoleName=name)

    assert refused[:2] == (400, "ValidationError")
    assert "'roleName' failed to satisfy constraint" in refused.message
