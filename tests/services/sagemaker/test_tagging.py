"""Tags by ARN."""

import pytest
from tests.conftest import client
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import MODEL


@pytest.fixture
def arn(sagemaker):
    return sagemaker.create_model(**MODEL)["ModelArn"]


def tags(*pairs):
    return [{"Key": key, "Value": value} for key, value in pairs]


def test_adding_answers_with_all_tags(sagemaker, arn):
    """A key that is there already gets the new value."""
    sagemaker.add_tags(ResourceArn=arn, Tags=tags(("a", "1"), ("b", "2")))

    assert sagemaker.add_tags(ResourceArn=arn, Tags=tags(("a", "3")))["Tags"] == tags(("a", "3"), ("b", "2"))


def test_deleting_takes_the_named_keys(sagemaker, arn):
    """Those that are not there are passed over."""
    sagemaker.add_tags(ResourceArn=arn, Tags=tags(("a", "1"), ("b", "2")))
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a", "c"])

    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags(("b", "2"))


def test_a_resource_has_fifty_tags_at_the_most(sagemaker, arn):
    """One more changes nothing."""
    fifty = tags(*((f"k{at:02}", "v") for at in range(50)))
    sagemaker.add_tags(ResourceArn=arn, Tags=fifty)

    assert refusal(sagemaker.add_tags, ResourceArn=arn, Tags=tags(("more", "v")))[:2] == (400, "ValidationException")
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == fifty


def test_a_resource_of_another_service_is_none_of_sagemakers(sagemaker, aws):
    """It has tags of its own."""
    ecr = aws("ecr")
    arn = ecr.create_repository(repositoryName="mine")["repository"]["repositoryArn"]

    assert refusal(sagemaker.add_tags, ResourceArn=arn, Tags=tags(("a", "1")))[:2] == (400, "ValidationException")
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == []


@pytest.mark.parametrize(
    ("call", "request_"),
    [("add_tags", {"Tags": tags(("a", "1"))}), ("list_tags", {}), ("delete_tags", {"TagKeys": ["a"]})],
)
@pytest.mark.parametrize("whose", ["nobody's", "another account's"])
def test_only_ones_own_resources_have_tags(sagemaker, arn, server, call, request_, whose, stranger):
    """What is not there and what is another's are told apart by nobody."""
    caller = sagemaker if whose == "nobody's" else client(server.url, "sagemaker", stranger)
    named = arn + "-not" if whose == "nobody's" else arn
    refused = refusal(getattr(caller, call), ResourceArn=named, **request_)

    assert refused[:2] == (400, "ValidationException")
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
