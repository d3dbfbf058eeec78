"""Keys and aliases."""

import json

import pytest
from tests.conftest import client
from tests.services.conftest import refusal


@pytest.fixture
def kms(aws):
    return aws("kms")


@pytest.fixture
def key(kms):
    return kms.create_key(Description="mine", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]


def test_a_key_is_found_by_all_its_names(kms, key, account):
    """Id, ARN, alias, alias's ARN."""
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key["KeyId"])
    names = (key["KeyId"], key["Arn"], "alias/mine", f"arn:aws:kms:us-east-1:{account}:alias/mine")

    assert [kms.describe_key(KeyId=name)["KeyMetadata"] for name in names] == [key] * 4
    assert (key["KeyState"], key["KeySpec"], key["Description"]) == ("Enabled", "SYMMETRIC_DEFAULT", "mine")


def test_what_is_not_there_is_not_found(kms, account):
    """In AWS's words."""
    arn = f"arn:aws:kms:us-east-1:{account}:"
    refused = refusal(kms.describe_key, KeyId="none")
    assert refused[:3] == (400, "NotFoundException", f"Key '{arn}key/none' does not exist")
    refused = refusal(kms.describe_key, KeyId="alias/none")
    assert refused[:3] == (400, "NotFoundException", f"Alias {arn}alias/none is not found.")


def test_keys_and_aliases_are_listed_page_by_page(kms):
    """With the key that each alias stands for."""
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)]
    for number, name in enumerate(keys):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=name)
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    aliases = list(kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 2}))

    assert sorted(item["KeyId"] for page in pages for item in page["Keys"]) == sorted(keys)
    assert [len(page["Keys"]) for page in pages] == [2, 1]
    assert [item["TargetKeyId"] for page in aliases for item in page["Aliases"]] == keys
    (own,) = kms.list_aliases(KeyId=keys[1])["Aliases"]
    assert own["AliasName"] == "alias/1"


def test_an_alias_can_stand_for_another_key_and_go(kms, key):
    """It is given once."""
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key["KeyId"])
    assert refusal(kms.create_alias, AliasName="alias/mine", TargetKeyId=other).code == "AlreadyExistsException"
    kms.update_alias(AliasName="alias/mine", TargetKeyId=other)
    assert kms.describe_key(KeyId="alias/mine")["KeyMetadata"]["KeyId"] == other
    kms.delete_alias(AliasName="alias/mine")
    assert refusal(kms.delete_alias, AliasName="alias/mine").code == "NotFoundException"
    assert refusal(kms.create_alias, AliasName="mine", TargetKeyId=other).code == "ValidationException"


def test_a_key_can_be_turned_off_and_scheduled_to_go(kms, key):
    """And kept after all."""
    kms.disable_key(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key["KeyId"])
    answer = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert (answer["KeyState"], answer["PendingWindowInDays"]) == ("PendingDeletion", 7)
    assert refusal(kms.enable_key, KeyId=key["KeyId"]).code == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"


def test_a_key_has_a_policy_tags_and_rotation(kms, key):
    """As documents."""
    assert json.loads(kms.get_key_policy(KeyId=key["KeyId"])["Policy"])["Statement"][0]["Action"] == "kms:*"
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy='{"Statement": []}')
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == '{"Statement": []}'
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "c", "TagValue": "d"}])
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["a"])
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": "c", "TagValue": "d"}]
    kms.enable_key_rotation(KeyId=key["KeyId"])
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is True


def test_nothing_is_encrypted_here(kms, key):
    """It is said so; random bytes can be had."""
    assert refusal(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")[:2] == (501, "NotImplemented")
    assert len(kms.generate_random(NumberOfBytes=40)["Plaintext"]) == 40


def test_another_accounts_key_is_not_found(key, server, stranger):
    """Even by its ARN."""
    other = client(server.url, "kms", stranger)

    assert refusal(other.describe_key, KeyId=key["Arn"]).code == "NotFoundException"
