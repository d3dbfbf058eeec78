"""What policies would allow."""

import pytest
from tests.services.conftest import refusal
from tests.services.iam.conftest import document

BUCKET = "arn:aws:s3:::data"


@pytest.fixture
def decide(iam, make_role):
    """Simulate a role with inline policies of these statements: the decision, for one action on one resource."""
    arn = make_role("Analyst")["Arn"]

    def decide(*statements, action="s3:GetObject", resource=f"{BUCKET}/a", **members):
        iam.put_role_policy(RoleName="Analyst", PolicyName="p", PolicyDocument=document(*statements))
        request = {"PolicySourceArn": arn, "ActionNames": [action], "ResourceArns": [resource], **members}
        (result,) = iam.simulate_principal_policy(**request)["EvaluationResults"]
        return result["EvalDecision"]

    return decide


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([], "implicitDeny"),
        ([{}], "allowed"),
        ([{"Action": "s3:getobject"}], "allowed"),
        ([{"Action": "s3:Get*"}], "allowed"),
        ([{"Action": ["s3:Put?????t", "s3:Get??????"]}], "allowed"),
        ([{"Action": "s3:Put*"}], "implicitDeny"),
        ([{"NotAction": "iam:*"}], "allowed"),
        ([{"NotAction": "s3:*"}], "implicitDeny"),
        ([{"Resource": f"{BUCKET}/*"}], "allowed"),
        ([{"Resource": BUCKET}], "implicitDeny"),
        ([{"Resource": f"{BUCKET}/A"}], "implicitDeny"),
        ([{"NotResource": f"{BUCKET}/secret/*"}], "allowed"),
        ([{}, {"Effect": "Deny", "Action": "s3:Get*"}], "explicitDeny"),
        ([{}, {"Effect": "Deny", "Action": "s3:Put*"}], "allowed"),
    ],
    ids=str,
)
def test_a_deny_wins_then_an_allow(decide, statements, decision):
    """What nothing speaks of is denied."""
    assert decide(*statements) == decision


@pytest.mark.parametrize(
    ("condition", "decision"),
    [
        ({"StringEquals": {"aws:user": "ann"}}, "allowed"),
        ({"StringEquals": {"AWS:USER": ["eve", "ann"]}}, "allowed"),
        ({"StringEquals": {"aws:user": "Ann"}}, "implicitDeny"),
        ({"StringEqualsIgnoreCase": {"aws:user": "Ann"}}, "allowed"),
        ({"StringNotEquals": {"aws:user": "ann"}}, "implicitDeny"),
        ({"StringLike": {"aws:user": "a*"}}, "allowed"),
        ({"StringNotLike": {"aws:user": "b*"}}, "allowed"),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, "allowed"),
        ({"NumericGreaterThan": {"s3:max-keys": "10"}}, "implicitDeny"),
        ({"StringEquals": {"not:given": "x"}}, "implicitDeny"),
        ({"StringEqualsIfExists": {"not:given": "x"}}, "allowed"),
        ({"Null": {"not:given": "true"}}, "allowed"),
        ({"Null": {"aws:user": "true"}}, "implicitDeny"),
        ({"Null": {"not:given": []}}, "implicitDeny"),
        ({"StringEquals": {"aws:user": []}}, "implicitDeny"),
        ({"DateLessThan": {"aws:user": "2030-01-01"}}, "implicitDeny"),
        ({"StringLike": {"aws:user": "a*"}, "Bool": {"aws:user": "true"}}, "implicitDeny"),
    ],
    ids=str,
)
def test_a_condition_is_held_against_what_is_given(decide, condition, decision):
    """What cannot be told does not hold."""
    given = [
        {"ContextKeyName": "aws:user", "ContextKeyValues": ["ann"], "ContextKeyType": "string"},
        {"ContextKeyName": "s3:max-keys", "ContextKeyValues": ["5"], "ContextKeyType": "numeric"},
    ]

    assert decide({"Condition": condition}, ContextEntries=given) == decision


def test_a_boundary_bounds(iam, decide):
    """Both have to allow."""
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=document({"Action": "s3:Get*"}))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="Analyst", PermissionsBoundary=bound)

    assert decide({}) == "allowed"
    assert decide({}, action="s3:PutObject") == "implicitDeny"


def test_a_role_that_nobody_created_may_do_everything(iam, account):
    """As it is told by every operation here; that is what the SageMaker SDK asks for."""
    actions = ["sagemaker:CreateTrainingJob", "s3:PutObject", "ecr:BatchGetImage"]
    answer = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{account}:role/service-role/Any", ActionNames=actions
    )

    assert [(item["EvalActionName"], item["EvalDecision"]) for item in answer["EvaluationResults"]] == [
        (action, "allowed") for action in actions
    ]


def test_awss_policy_for_sagemaker_says_what_it_allows(iam, make_role):
    """SageMaker, and buckets with its name."""
    arn = make_role("Analyst")["Arn"]
    iam.attach_role_policy(RoleName="Analyst", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["s3:PutObject"],
        ResourceArns=["arn:aws:s3:::sagemaker-us-east-1-1/a", "arn:aws:s3:::mine/a"],
    )

    assert [item["EvalDecision"] for item in answer["EvaluationResults"]] == ["allowed", "implicitDeny"]


def test_a_user_has_the_policies_of_its_groups(iam):
    """Beside its own; results come page by page."""
    arn = iam.create_user(UserName="ann")["User"]["Arn"]
    iam.create_group(GroupName="g")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=document({"Action": "s3:Get*"}))
    iam.add_user_to_group(GroupName="g", UserName="ann")
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn,
        ActionNames=["s3:GetObject", "s3:PutObject", "s3:GetBucketAcl"],
        PaginationConfig={"PageSize": 2},
    )

    assert [[item["EvalDecision"] for item in page["EvaluationResults"]] for page in pages] == [
        ["allowed", "implicitDeny"],
        ["allowed"],
    ]


def test_policies_can_be_tried_before_they_are_kept(iam):
    """SimulateCustomPolicy."""
    answer = iam.simulate_custom_policy(PolicyInputList=[document({"Action": "s3:*"})], ActionNames=["s3:ListBucket"])

    assert answer["EvaluationResults"][0]["EvalDecision"] == "allowed"


@pytest.mark.parametrize("arn", ["x" * 20, "arn:aws:s3:::bucket-of-mine", "arn:aws:iam::1:role/x"])
def test_what_is_nobody_cannot_be_simulated(iam, arn):
    """In AWS's words."""
    assert refusal(iam.simulate_principal_policy, PolicySourceArn=arn, ActionNames=["a:b"])[:2] == (400, "InvalidInput")
