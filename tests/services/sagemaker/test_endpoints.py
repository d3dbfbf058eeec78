"""Endpoints, as far as they are rows; what serves is tested in the journeys."""

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import FAMILIES, MODEL, VARIANT, Resources

(ENDPOINT,) = (family for family in FAMILIES if family.kind == "Endpoint")


@pytest.fixture
def endpoints(sagemaker):
    endpoints = Resources(ENDPOINT, sagemaker)
    endpoints.prepare()
    return endpoints


def test_an_endpoint_of_a_configuration_that_is_not_there_is_refused(sagemaker, account):
    """With the configuration's ARN."""
    refused = refusal(sagemaker.create_endpoint, EndpointName="a", EndpointConfigName="none")

    config = f"arn:aws:sagemaker:us-east-1:{account}:endpoint-config/none"
    assert refused[:3] == (400, "ValidationException", f'Could not find endpoint configuration "{config}".')
    assert sagemaker.list_endpoints()["Endpoints"] == []


def test_an_endpoint_of_a_model_that_is_gone_is_refused(sagemaker):
    """It could never come up."""
    sagemaker.create_model(**MODEL)
    sagemaker.create_endpoint_config(EndpointConfigName="a", ProductionVariants=[VARIANT])
    sagemaker.delete_model(ModelName="the-model")
    refused = refusal(sagemaker.create_endpoint, EndpointName="a", EndpointConfigName="a")

    assert refused[:2] == (400, "ValidationException")
    assert refused.message.startswith("Could not find model ")


def test_an_endpoint_whose_image_nobody_knows_fails_and_says_why(endpoints):
    """It stays, so that it can be looked at."""
    endpoints.create("mine")
    wait_until(lambda: endpoints.status("mine") == "Failed")

    assert "nobodys:1" in endpoints.describe("mine")["FailureReason"]


def test_a_failed_endpoint_can_be_deleted(endpoints):
    """Soon it is gone, and its name free."""
    arn = endpoints.create("mine")
    wait_until(lambda: endpoints.status("mine") == "Failed")
    endpoints.delete("mine")
    wait_until(lambda: endpoints.names() == [])

    assert refusal(endpoints.describe, name="mine").message == f'Could not find endpoint "{arn}".'
    assert endpoints.create("mine") == arn


def test_an_endpoint_can_be_deleted_at_once(endpoints):
    """Before it came up."""
    endpoints.create("mine")
    endpoints.delete("mine")

    wait_until(lambda: endpoints.names() == [])
