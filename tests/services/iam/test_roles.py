"""Roles."""

import json

import pytest
from tests.conftest import client
from tests.services.conftest import refusal
from tests.services.iam.conftest import document

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def test_a_role_is_answered_as_it_was_created(iam, make_role, account):
    """Its trust policy is a document again in the end."""
    made = make_role("Analyst", Path="/team/", Description="reads", Tags=[{"Key": "a", "Value": "b"}])
    got = iam.get_role(RoleName="Analyst")["Role"]

    assert made == {name: value for name, value in got.items() if name != "RoleLastUsed"}
    assert got["Arn"] == f"arn:aws:iam::{account}:role/team/Analyst"
    assert got["AssumeRolePolicyDocument"] == TRUST
    assert (got["MaxSessionDuration"], got["Tags"]) == (3600, [{"Key": "a", "Value": "b"}])
    assert got["RoleId"].startswith("AROA")
    assert len(got["RoleId"]) == 21


def test_a_role_can_be_created_once(make_role, iam):
    """The second is refused."""
    make_role("Analyst")

    refused = refusal(iam.create_role, RoleName="Analyst", AssumeRolePolicyDocument=json.dumps(TRUST))
    assert refused[:3] == (409, "EntityAlreadyExists", "Role with name Analyst already exists.")


def test_any_role_is_there(iam, account):
    """Programs written for AWS come with role names of their own."""
    role = iam.get_role(RoleName="MyExecutionRole")["Role"]

    assert (role["RoleName"], role["Path"]) == ("MyExecutionRole", "/service-role/")
    assert role["Arn"] == f"arn:aws:iam::{account}:role/service-role/MyExecutionRole"
    assert role["AssumeRolePolicyDocument"] == TRUST
    assert role["RoleId"] == iam.get_role(RoleName="MyExecutionRole")["Role"]["RoleId"]


def test_what_changes_a_role_that_nobody_created_creates_it(iam, make_role):
    """So that a program that found it can go on with it."""
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["FieldstoneRole"]
    iam.attach_role_policy(RoleName="Mine", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    make_role("Other")

    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["FieldstoneRole", "Mine", "Other"]
    attached = iam.list_attached_role_policies(RoleName="Mine")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AdministratorAccess", "AmazonS3FullAccess"]


def test_a_role_can_be_changed(iam, make_role):
    """Its description, longest session and trust."""
    make_role("Analyst")
    iam.update_role(RoleName="Analyst", Description="new", MaxSessionDuration=7200)
    other = TRUST | {"Statement": [TRUST["Statement"][0] | {"Principal": {"AWS": "*"}}]}
    iam.update_assume_role_policy(RoleName="Analyst", PolicyDocument=json.dumps(other))

    role = iam.get_role(RoleName="Analyst")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("new", 7200)
    assert role["AssumeRolePolicyDocument"] == other


def test_roles_are_listed_page_by_page_below_a_path(iam, make_role):
    """By name."""
    for name in ("b", "a", "c"):
        make_role(name, Path="/team/")
    make_role("d")
    pages = iam.get_paginator("list_roles").paginate(PathPrefix="/team/", PaginationConfig={"PageSize": 2})

    assert [[role["RoleName"] for role in page["Roles"]] for page in pages] == [["a", "b"], ["c"]]


def test_a_marker_that_was_not_made_here_is_refused(iam):
    """It does no harm."""
    for marker in ("x", "ZnJvbTot", "ZnJvbTp4"):
        assert refusal(iam.list_roles, Marker=marker)[:2] == (400, "ValidationError")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "This policy contains invalid Json"),
        ("[1]", "Syntax errors in policy."),
        ("{}", "Syntax errors in policy."),
        ('{"Statement": 1}', "Syntax errors in policy."),
        (document({"Principal": "*"}), "Has prohibited field Resource"),
        ('{"Statement": {"Effect": "Allow", "Action": "a"}}', "Missing required field Principal"),
        ('{"Version": "x", "Statement": []}', "The policy must contain a valid version string"),
    ],
)
def test_a_trust_policy_that_is_none_is_refused(iam, text, words):
    """With what is wrong about it."""
    refused = refusal(iam.create_role, RoleName="a", AssumeRolePolicyDocument=text)

    assert refused[:3] == (400, "MalformedPolicyDocument", words)


def test_a_role_goes_once_nothing_holds_on_to_it(iam, make_role):
    """Policies are taken off first, and it is taken out of its instance profile."""
    make_role("Analyst")
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="Analyst")
    iam.attach_role_policy(RoleName="Analyst", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    iam.put_role_policy(RoleName="Analyst", PolicyName="own", PolicyDocument=document({}))

    words = "Cannot delete entity, must {} first."
    refused = refusal(iam.delete_role, RoleName="Analyst")
    assert refused[:3] == (409, "DeleteConflict", words.format("remove roles from instance profile"))
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="Analyst")
    assert refusal(iam.delete_role, RoleName="Analyst").message == words.format("detach all policies")
    iam.detach_role_policy(RoleName="Analyst", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    assert refusal(iam.delete_role, RoleName="Analyst").message == words.format("delete policies")
    iam.delete_role_policy(RoleName="Analyst", PolicyName="own")
    iam.delete_role(RoleName="Analyst")

    refused = refusal(iam.delete_role, RoleName="Analyst")
    assert refused[:3] == (404, "NoSuchEntity", "The role with name Analyst cannot be found.")


def test_a_role_has_tags(iam, make_role):
    """Added, changed and taken off."""
    make_role("Analyst", Tags=[{"Key": "a", "Value": "1"}])
    iam.tag_role(RoleName="Analyst", Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    iam.untag_role(RoleName="Analyst", TagKeys=["b", "none"])

    assert iam.list_role_tags(RoleName="Analyst")["Tags"] == [{"Key": "a", "Value": "2"}]


def test_another_account_sees_nothing(iam, make_role, server, stranger):
    """Roles belong to their account."""
    make_role("Analyst")
    other = client(server.url, "iam", stranger)

    assert [role["RoleName"] for role in other.list_roles()["Roles"]] == ["FieldstoneRole"]


@pytest.mark.parametrize("name", ["", "a/b", "a b", "a" * 65])
def test_a_name_that_breaks_the_rules_is_refused(iam, name):
    """In AWS's words."""
    refused = refusal(iam.get_role, RoleName=name)

    assert refused[:2] == (400, "ValidationError")
    assert "'roleName' failed to satisfy constraint" in refused.message
