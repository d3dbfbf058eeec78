"""Endpoint configurations."""

from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import MODEL, VARIANT


def test_a_configuration_of_a_model_that_is_not_there_is_refused(sagemaker, account):
    """With the model's ARN."""
    refused = refusal(sagemaker.create_endpoint_config, EndpointConfigName="a", ProductionVariants=[VARIANT])

    model = f"arn:aws:sagemaker:us-east-1:{account}:model/the-model"
    assert refused[:3] == (400, "ValidationException", f'Could not find model "{model}".')
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []


def test_a_configuration_outlives_its_model(sagemaker):
    """It names it; that is all."""
    sagemaker.create_model(**MODEL)
    sagemaker.create_endpoint_config(EndpointConfigName="a", ProductionVariants=[VARIANT])
    sagemaker.delete_model(ModelName="the-model")

    assert sagemaker.describe_endpoint_config(EndpointConfigName="a")["ProductionVariants"] == [VARIANT]


def test_a_configuration_needs_a_variant(sagemaker):
    """At least one."""
    refused = refusal(sagemaker.create_endpoint_config, EndpointConfigName="a", ProductionVariants=[])

    assert refused[:2] == (400, "ValidationException")
    assert "'productionVariants' failed to satisfy constraint" in refused.message
