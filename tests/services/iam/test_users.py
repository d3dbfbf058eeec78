"""Users, their groups and their access keys."""

import pytest
from tests.conftest import client
from tests.services.conftest import refusal


def test_a_user_is_answered_as_it_was_created(iam, account):
    """With its tags."""
    made = iam.create_user(UserName="ann", Path="/team/", Tags=[{"Key": "a", "Value": "b"}])["User"]

    assert iam.get_user(UserName="ann")["User"] == made
    assert made["Arn"] == f"arn:aws:iam::{account}:user/team/ann"
    assert made["UserId"].startswith("AIDA")


def test_a_user_can_be_created_once_and_is_not_found_before(iam):
    """In AWS's words."""
    refused = refusal(iam.get_user, UserName="ann")
    assert refused[:3] == (404, "NoSuchEntity", "The user with name ann cannot be found.")
    iam.create_user(UserName="ann")
    refused = refusal(iam.create_user, UserName="ann")
    assert refused[:3] == (409, "EntityAlreadyExists", "User with name ann already exists.")


def test_the_owner_is_the_accounts_root(iam, account):
    """Where no name is said."""
    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{account}:root"


def test_a_user_can_be_renamed(iam):
    """Its id, tags and policies go with it."""
    made = iam.create_user(UserName="ann", Tags=[{"Key": "a", "Value": "b"}])["User"]
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    iam.update_user(UserName="ann", NewUserName="eve", NewPath="/x/")

    user = iam.get_user(UserName="eve")["User"]
    assert (user["UserId"], user["Path"], user["Tags"]) == (made["UserId"], "/x/", made["Tags"])
    assert len(iam.list_attached_user_policies(UserName="eve")["AttachedPolicies"]) == 1
    assert refusal(iam.get_user, UserName="ann").code == "NoSuchEntity"


def test_keys_are_listed_without_their_secrets(iam):
    """Two there may be."""
    iam.create_user(UserName="ann")
    keys = [iam.create_access_key(UserName="ann")["AccessKey"] for _ in range(2)]
    iam.update_access_key(UserName="ann", AccessKeyId=keys[0]["AccessKeyId"], Status="Inactive")

    listed = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
    assert [(key["AccessKeyId"], key["Status"]) for key in listed] == [
        (keys[0]["AccessKeyId"], "Inactive"),
        (keys[1]["AccessKeyId"], "Active"),
    ]
    assert "SecretAccessKey" not in listed[0]
    refused = refusal(iam.create_access_key, UserName="ann")
    assert refused[:3] == (409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")


@pytest.mark.parametrize("call", ["update_access_key", "delete_access_key"])
def test_a_key_belongs_to_its_user(iam, call):
    """Another's is not found."""
    for name in ("ann", "eve"):
        iam.create_user(UserName=name)
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    request = {"UserName": "eve", "AccessKeyId": key} | ({"Status": "Inactive"} if call == "update_access_key" else {})

    refused = refusal(getattr(iam, call), **request)
    assert refused[:3] == (404, "NoSuchEntity", f"The Access Key with id {key} cannot be found.")


def test_a_user_goes_once_nothing_holds_on_to_it(iam):
    """Groups, policies and keys first."""
    policy = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]

    for words, undo in (
        ("remove users from group", lambda: iam.remove_user_from_group(GroupName="g", UserName="ann")),
        ("detach all policies", lambda: iam.detach_user_policy(UserName="ann", PolicyArn=policy)),
        ("delete access keys", lambda: iam.delete_access_key(UserName="ann", AccessKeyId=key)),
    ):
        refused = refusal(iam.delete_user, UserName="ann")
        assert refused[:3] == (409, "DeleteConflict", f"Cannot delete entity, must {words} first.")
        undo()
    iam.delete_user(UserName="ann")
    assert iam.list_users()["Users"] == []


def test_groups_hold_users(iam):
    """Page by page; a group with users does not go."""
    iam.create_group(GroupName="g")
    for name in ("c", "a", "b"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="g", UserName=name)
    pages = iam.get_paginator("get_group").paginate(GroupName="g", PaginationConfig={"PageSize": 2})

    assert [[user["UserName"] for user in page["Users"]] for page in pages] == [["a", "b"], ["c"]]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="a")["Groups"]] == ["g"]
    assert refusal(iam.delete_group, GroupName="g").code == "DeleteConflict"


def test_the_account_is_summed_up(iam, make_role):
    """What there is, and what there may be."""
    iam.create_user(UserName="ann")
    make_role("Analyst")

    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["Users"], summary["Roles"], summary["AccessKeysPerUserQuota"]) == (1, 1, 2)
    assert iam.list_account_aliases()["AccountAliases"] == []


def test_what_was_acknowledged_outlives_a_kill(own_server):
    """Users and their keys, and what was deleted stays deleted."""
    server = own_server("--auth", "off")
    iam = client(server.url, "iam", "123456789012")
    keys = []
    for number in range(10):
        iam.create_user(UserName=f"u{number}")
        keys.append(iam.create_access_key(UserName=f"u{number}")["AccessKey"]["AccessKeyId"])
    iam.update_access_key(UserName="u1", AccessKeyId=keys[1], Status="Inactive")
    iam.delete_access_key(UserName="u2", AccessKeyId=keys[2])
    server.kill()
    url = own_server("--auth", "off").url
    iam = client(url, "iam", "123456789012")

    listed = [iam.list_access_keys(UserName=f"u{number}")["AccessKeyMetadata"] for number in range(10)]
    assert [[key["AccessKeyId"] for key in of_user] for of_user in listed] == [
        [] if number == 2 else [key] for number, key in enumerate(keys)
    ]
    assert listed[1][0]["Status"] == "Inactive"
    assert client(url, "sts", keys[0]).get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/u0"
