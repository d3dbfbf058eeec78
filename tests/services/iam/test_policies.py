"""Managed and inline policies."""

import json

import pytest
from tests.services.conftest import refusal
from tests.services.iam.conftest import document

S3 = "arn:aws:iam::aws:policy/AmazonS3FullAccess"


@pytest.fixture
def policy(iam):
    return iam.create_policy(PolicyName="own", PolicyDocument=document({"Action": "s3:*"}))["Policy"]


def test_a_policy_is_answered_as_it_was_created(iam, policy, account):
    """Its document is asked for by version."""
    got = iam.get_policy(PolicyArn=policy["Arn"])["Policy"]
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v1")["PolicyVersion"]

    assert got == policy
    assert (got["Arn"], got["DefaultVersionId"]) == (f"arn:aws:iam::{account}:policy/own", "v1")
    assert version["Document"] == json.loads(document({"Action": "s3:*"}))
    assert version["IsDefaultVersion"]


def test_a_policy_has_five_versions_of_which_one_counts(iam, policy):
    """The sixth is refused; the one that counts cannot go."""
    arn = policy["Arn"]
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document({}), SetAsDefault=True)
    refused = refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=document({}))
    assert refused[:2] == (409, "LimitExceeded")
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v5")[:2] == (409, "DeleteConflict")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")

    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(version["VersionId"], version["IsDefaultVersion"]) for version in versions] == [
        ("v5", False),
        ("v4", False),
        ("v3", False),
        ("v2", True),
    ]
    assert refusal(iam.delete_policy, PolicyArn=arn).message.startswith("This policy has more than one version.")


def test_a_policy_is_attached_until_it_is_detached(iam, policy, make_role):
    """Twice is once; an attached policy cannot go."""
    make_role("Analyst")
    for arn in (policy["Arn"], policy["Arn"], S3):
        iam.attach_role_policy(RoleName="Analyst", PolicyArn=arn)

    attached = iam.list_attached_role_policies(RoleName="Analyst")["AttachedPolicies"]
    assert attached == [
        {"PolicyName": "own", "PolicyArn": policy["Arn"]},
        {"PolicyName": "AmazonS3FullAccess", "PolicyArn": S3},
    ]
    assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["AttachmentCount"] == 1
    roles = iam.list_entities_for_policy(PolicyArn=policy["Arn"])["PolicyRoles"]
    assert [role["RoleName"] for role in roles] == ["Analyst"]
    refused = refusal(iam.delete_policy, PolicyArn=policy["Arn"])
    assert refused[:3] == (409, "DeleteConflict", "Cannot delete a policy attached to entities.")
    iam.detach_role_policy(RoleName="Analyst", PolicyArn=policy["Arn"])
    iam.delete_policy(PolicyArn=policy["Arn"])
    assert refusal(iam.get_policy, PolicyArn=policy["Arn"])[:2] == (404, "NoSuchEntity")


def test_a_policy_that_is_not_there_cannot_be_attached(iam, make_role):
    """Neither one's own nor one of AWS's."""
    make_role("Analyst")
    for arn in (S3 + "x", S3.replace("aws:policy", "123:policy")):
        refused = refusal(iam.attach_role_policy, RoleName="Analyst", PolicyArn=arn)
        assert refused[:3] == (404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")


@pytest.mark.parametrize("kind", ["user", "role", "group"])
def test_an_inline_policy_is_kept_with_its_entity(iam, make_role, kind):
    """Put, got, listed, deleted."""
    make = {"user": iam.create_user, "group": iam.create_group, "role": lambda **who: make_role(who["RoleName"])}
    who = {f"{kind.capitalize()}Name": "a"}
    make[kind](**who)
    getattr(iam, f"put_{kind}_policy")(**who, PolicyName="p", PolicyDocument=document({"Action": "s3:*"}))

    got = getattr(iam, f"get_{kind}_policy")(**who, PolicyName="p")
    assert got["PolicyDocument"] == json.loads(document({"Action": "s3:*"}))
    list_name = f"list_{kind}_policies"
    assert getattr(iam, list_name)(**who)["PolicyNames"] == ["p"]
    getattr(iam, f"delete_{kind}_policy")(**who, PolicyName="p")
    refused = refusal(getattr(iam, f"get_{kind}_policy"), **who, PolicyName="p")
    assert refused[:3] == (404, "NoSuchEntity", f"The {kind} policy with name p cannot be found.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "This policy contains invalid Json"),
        (document({"Principal": "*"}), "Policy document should not specify a principal."),
        ('{"Statement": [{"Effect": "Allow", "Action": "a"}]}', "Policy statement must contain resources."),
        ('{"Statement": [{"Effect": "Allow", "Resource": "*"}]}', "Policy statement must contain actions."),
        (document({"Effect": "Maybe"}), "Syntax errors in policy."),
        (document({"Condition": [1]}), "Syntax errors in policy."),
        (document({"Condition": {"StringEquals": 1}}), "Syntax errors in policy."),
        ('{"Statement": [1]}', "Syntax errors in policy."),
        ("[" * 5000, "This policy contains invalid Json"),
    ],
)
def test_a_document_that_is_no_policy_is_refused(iam, text, words):
    """With what is wrong about it."""
    refused = refusal(iam.create_policy, PolicyName="p", PolicyDocument=text)

    assert refused[:3] == (400, "MalformedPolicyDocument", words)


def test_policies_are_listed_by_scope(iam, policy):
    """The account's own, AWS's, or all."""
    names = {
        scope: {item["PolicyName"] for item in iam.list_policies(Scope=scope)["Policies"]}
        for scope in ("All", "AWS", "Local")
    }

    assert names["Local"] == {"own"}
    assert "AmazonSageMakerFullAccess" in names["AWS"]
    assert names["All"] == names["AWS"] | names["Local"]
