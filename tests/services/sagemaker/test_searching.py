"""Search, and suggestions of what to search for."""

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import FAMILIES, MODEL, Resources

(TRAINING_JOB,) = (family for family in FAMILIES if family.kind == "TrainingJob")
ROUNDS = {"a": "5", "b": "50", "c": "500"}


@pytest.fixture
def jobs(sagemaker):
    """Three training jobs of different lengths; the first one has a tag."""
    jobs = Resources(TRAINING_JOB, sagemaker)
    for name, rounds in ROUNDS.items():
        tags = [{"Key": "team", "Value": "growth"}] if name == "a" else []
        request = TRAINING_JOB.request | {"HyperParameters": {"num_round": rounds}}
        sagemaker.create_training_job(TrainingJobName=name, Tags=tags, **request)
    return jobs


def names(answer):
    return [result["TrainingJob"]["TrainingJobName"] for result in answer["Results"]]


def where(name, operator, value):
    return {"Filters": [{"Name": name, "Operator": operator, "Value": value}]}


def test_jobs_are_found_by_what_they_are(jobs):
    """Each with its description and its tags."""
    answer = jobs.sagemaker.search(Resource="TrainingJob", SearchExpression=where("Tags.team", "Equals", "growth"))

    (found,) = answer["Results"]
    described = jobs.describe("a")
    assert found["TrainingJob"]["TrainingJobArn"] == described["TrainingJobArn"]
    assert found["TrainingJob"]["HyperParameters"] == {"num_round": "5"}
    assert found["TrainingJob"]["Tags"] == [{"Key": "team", "Value": "growth"}]
    assert answer["TotalHits"] == {"Value": 1, "Relation": "EqualTo"}


def test_without_an_expression_all_are_found_newest_first(jobs):
    """By the time of the last change."""
    wait_until(lambda: {jobs.status(name) for name in ROUNDS} == {"Failed"})
    changed = {name: jobs.describe(name)["LastModifiedTime"] for name in ROUNDS}

    found = names(jobs.sagemaker.search(Resource="TrainingJob"))
    assert sorted(found) == list(ROUNDS)
    assert found == sorted(found, key=lambda name: changed[name], reverse=True)


def test_what_is_found_can_be_sorted_by_any_property(jobs):
    """Either way; what does not have it comes last."""
    search = jobs.sagemaker.search

    assert names(search(Resource="TrainingJob", SortBy="TrainingJobName", SortOrder="Ascending")) == ["a", "b", "c"]
    assert names(search(Resource="TrainingJob", SortBy="CreationTime", SortOrder="Descending")) == ["c", "b", "a"]
    assert names(search(Resource="TrainingJob", SortBy="Tags.team"))[0] == "a"
    assert names(search(Resource="TrainingJob", SortBy="Tags.team", SortOrder="Ascending"))[0] == "a"


def test_pages_add_up_to_the_whole(jobs):
    """boto3's paginator finds everything once."""
    paginator = jobs.sagemaker.get_paginator("search")
    expression = where("HyperParameters.num_round", "GreaterThan", "1")
    pages = paginator.paginate(
        Resource="TrainingJob",
        SearchExpression=expression,
        SortBy="TrainingJobName",
        SortOrder="Ascending",
        PaginationConfig={"PageSize": 2},
    )

    assert [names(page) for page in pages] == [["a", "b"], ["c"]]


def test_a_token_that_was_not_made_here_is_refused(jobs):
    """As in lists."""
    refused = refusal(jobs.sagemaker.search, Resource="TrainingJob", NextToken="rubbish")

    assert refused[:2] == (400, "ValidationException")


def test_models_and_endpoints_are_found_too(sagemaker):
    """As the records that AWS has for them."""
    sagemaker.create_model(**MODEL)
    variant = {"VariantName": "v", "ModelName": "the-model", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName="config", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="end", EndpointConfigName="config")

    expression = where("ModelName", "Contains", "the")
    (model,) = sagemaker.search(Resource="Model", SearchExpression=expression)["Results"]
    expression = where("EndpointConfigName", "Equals", "config")
    (endpoint,) = sagemaker.search(Resource="Endpoint", SearchExpression=expression)["Results"]
    assert model["Model"]["Model"]["ModelName"] == "the-model"
    assert endpoint["Endpoint"]["EndpointName"] == "end"


def test_nothing_is_shared_between_accounts(jobs):
    """So what others made discoverable is nothing."""
    assert jobs.sagemaker.search(Resource="TrainingJob", CrossAccountFilterOption="CrossAccount")["Results"] == []


@pytest.mark.parametrize("call", ["search", "get_search_suggestions"])
def test_a_kind_that_is_not_there_is_plainly_not_built(sagemaker, call):
    """501, which no client asks again for."""
    assert refusal(getattr(sagemaker, call), Resource="HubContent")[:2] == (501, "NotImplemented")


def test_an_expression_must_say_something(sagemaker):
    """AWS wants at least one condition."""
    refused = refusal(sagemaker.search, Resource="TrainingJob", SearchExpression={"Operator": "Or"})

    assert refused[:2] == (400, "ValidationException")


@pytest.mark.parametrize(
    ("hint", "suggested"),
    [
        ("", ["HyperParameters.num_round", "Tags.team"]),
        ("Hyper", ["HyperParameters.num_round"]),
        ("Tags.t", ["Tags.team"]),
        ("Metrics.", []),
    ],
)
def test_hyperparameters_metrics_and_tags_are_suggested(jobs, hint, suggested):
    """Those there are, by how their names begin."""
    query = {"PropertyNameQuery": {"PropertyNameHint": hint}}
    answer = jobs.sagemaker.get_search_suggestions(Resource="TrainingJob", SuggestionQuery=query)

    assert [item["PropertyName"] for item in answer["PropertyNameSuggestions"]] == suggested
