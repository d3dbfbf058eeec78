"""Models."""

import pytest
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import NOBODYS_IMAGE, ROLE

CONTAINER = {"Image": NOBODYS_IMAGE}


@pytest.mark.parametrize("request_", [{}, {"PrimaryContainer": CONTAINER, "Containers": [CONTAINER]}])
def test_a_model_has_one_container_or_a_row_of_them(sagemaker, request_):
    """Not neither, and not both."""
    refused = refusal(sagemaker.create_model, ModelName="a", ExecutionRoleArn=ROLE, **request_)

    assert refused[:2] == (400, "ValidationException")
    assert sagemaker.list_models()["Models"] == []


def test_a_model_of_several_containers_is_kept(sagemaker):
    """In their order."""
    containers = [{"Image": NOBODYS_IMAGE, "ContainerHostname": name} for name in ("one", "two")]
    sagemaker.create_model(ModelName="a", ExecutionRoleArn=ROLE, Containers=containers)

    assert sagemaker.describe_model(ModelName="a")["Containers"] == containers


@pytest.mark.parametrize("said", [{}, {"EnableNetworkIsolation": True}])
def test_whether_the_network_is_shut_off_is_always_told(sagemaker, said):
    """It is not, unless that was asked for."""
    sagemaker.create_model(ModelName="a", ExecutionRoleArn=ROLE, PrimaryContainer=CONTAINER, **said)

    assert sagemaker.describe_model(ModelName="a")["EnableNetworkIsolation"] is bool(said)
