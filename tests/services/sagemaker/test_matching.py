"""Search expressions over documents."""

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.services.sagemaker.matching import check_expression, matches, values_of

JOB = {
    "TrainingJobName": "churn-1",
    "TrainingJobStatus": "Completed",
    "CreationTime": 1_790_000_000.5,  # 2026-09-21T14:13:20.5
    "BillableTimeInSeconds": 42,
    "EnableManagedSpotTraining": False,
    "HyperParameters": {"eta": "0.3", "num_round": "100", "objective": "binary:logistic", "a.b": "dotted"},
    "FinalMetricDataList": [{"MetricName": "validation:auc", "Value": 0.91}],
    "InputDataConfig": [
        {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://one/train/"}}},
        {"ChannelName": "validation", "DataSource": {"S3DataSource": {"S3Uri": "s3://two/validation/"}}},
    ],
    "Tags": [{"Key": "team", "Value": "growth"}, {"Key": "cost.center", "Value": "7"}],
}
URI = "InputDataConfig.DataSource.S3DataSource.S3Uri"


def condition(name, operator=None, value=None):
    given = {"Name": name, "Operator": operator, "Value": value}
    return {member: said for member, said in given.items() if said is not None}


def test_values_are_found_by_their_path():
    """Through structures, lists, maps, tags and metrics."""
    assert values_of(JOB, "TrainingJobName") == ["churn-1"]
    assert values_of(JOB, "InputDataConfig.ChannelName") == ["train", "validation"]
    assert values_of(JOB, "HyperParameters.a.b") == ["dotted"]
    assert values_of(JOB, "Tags.cost.center") == ["7"]
    assert values_of(JOB, "Metrics.validation:auc") == [0.91]
    assert values_of(JOB, "Nothing.Of.This") == values_of(JOB, "TrainingJobName.Of") == []


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        (condition("TrainingJobName", "Equals", "churn-1"), True),
        (condition("TrainingJobName", None, "churn"), False),
        (condition("TrainingJobName", "NotEquals", "churn-1"), False),
        (condition("FailureReason", "NotEquals", "x"), True),
        (condition("TrainingJobName", "Contains", "churn"), True),
        (condition("TrainingJobName", "Contains", "Churn"), False),
        (condition("TrainingJobStatus", "In", "Failed, Completed"), True),
        (condition("TrainingJobStatus", "In", "Failed,Stopped"), False),
        (condition("FailureReason"), False),
        (condition("TrainingJobName"), True),
        (condition("FailureReason", "NotExists"), True),
        (condition("EnableManagedSpotTraining", "Equals", "FALSE"), True),
        (condition("EnableManagedSpotTraining", "Equals", "true"), False),
        (condition("BillableTimeInSeconds", "GreaterThan", "41.5"), True),
        (condition("BillableTimeInSeconds", "LessThanOrEqualTo", "42"), True),
        (condition("BillableTimeInSeconds", "LessThan", "42"), False),
        (condition("BillableTimeInSeconds", "GreaterThanOrEqualTo", "43"), False),
        (condition("CreationTime", "GreaterThan", "2026-09-21T14:13:20"), True),
        (condition("CreationTime", "LessThan", "2026-09-21T14:13:20Z"), False),
        (condition("CreationTime", "LessThan", "2026-09-21T16:13:21+02:00"), True),
        (condition("HyperParameters.eta", "LessThan", "0.5"), True),
        (condition("HyperParameters.eta", "Equals", "0.30"), True),
        (condition("HyperParameters.eta", "Equals", "0"), True),  # an integer leaves what follows the point
        (condition("HyperParameters.num_round", "GreaterThan", "9"), True),
        (condition("HyperParameters.objective", "Contains", "logistic"), True),
        (condition("HyperParameters.objective", "GreaterThan", "a"), False),  # texts have no order
        (condition("Metrics.validation:auc", "GreaterThanOrEqualTo", "0.9"), True),
        (condition("Tags.team", "Equals", "growth"), True),
        (condition("Tags.team", "Equals", "nan"), False),
        (condition(URI, "Contains", "two"), True),
        (condition("HyperParameters", "Contains", "eta"), False),  # a structure has no text
        (condition("HyperParameters"), True),
    ],
)
def test_a_filter_holds_or_does_not(given, holds):
    """Truths, numbers, times and texts, each by what it is."""
    assert matches(JOB, {"Filters": [given]}) is holds


def test_conditions_are_joined_by_and_unless_or_is_said():
    """Filters, nested filters and inner expressions alike."""
    right, wrong = condition("TrainingJobName"), condition("FailureReason")
    inner = {"Filters": [wrong, right], "Operator": "Or"}

    assert not matches(JOB, {"Filters": [right, wrong]})
    assert matches(JOB, {"Filters": [right], "SubExpressions": [inner]})
    assert not matches(JOB, {"Filters": [right], "SubExpressions": [inner | {"Operator": "And"}]})


@pytest.mark.parametrize(("channel", "holds"), [("train", True), ("validation", False)])
def test_nested_filters_want_one_member_that_satisfies_all(channel, holds):
    """Not one channel's name and another's address."""
    filters = [condition("InputDataConfig.ChannelName", "Equals", channel), condition(URI, "Contains", "one/train")]
    nested = {"NestedPropertyName": "InputDataConfig", "Filters": filters}

    assert matches(JOB, {"NestedFilters": [nested]}) is holds


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ({}, "at least one subexpression, filter, or nested filter"),
        ({"SubExpressions": [{}]}, "at least one subexpression, filter, or nested filter"),
        ({"SubExpressions": [{"Filters": [condition("A")] * 20}] * 3}, "more than 50"),
    ],
)
def test_an_expression_says_something_and_not_too_much(expression, said):
    """As AWS wants it."""
    with pytest.raises(AwsError, match=said):
        check_expression(expression)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (condition("TrainingJobName", "Equals"), "the operator Equals needs a Value"),
        (condition("BillableTimeInSeconds", "GreaterThan", "many"), "many is neither a number nor a date-time"),
    ],
)
def test_a_filter_that_cannot_be_asked_is_refused(given, said):
    """With what is wrong with it."""
    with pytest.raises(AwsError, match=said):
        matches(JOB, {"Filters": [given]})
