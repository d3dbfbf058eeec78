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


def test_the_variants_of_a_configuration_have_names_of_their_own(sagemaker):
    """Its shadows too."""
    sagemaker.create_model(**MODEL)
    refused = refusal(
        sagemaker.create_endpoint_config,
        EndpointConfigName="a",
        ProductionVariants=[VARIANT],
        ShadowProductionVariants=[VARIANT],
    )

    assert refused[:2] == (400, "ValidationException")
    assert "variant names must be unique" in refused.message


def test_a_configuration_with_a_shadow_has_one_variant(sagemaker):
    """AWS has it so."""
    sagemaker.create_model(**MODEL)
    first, second, shadow = ({**VARIANT, "VariantName": name} for name in ("first", "second", "shadow"))
    create = sagemaker.create_endpoint_config
    refused = refusal(
        create, EndpointConfigName="a", ProductionVariants=[first, second], ShadowProductionVariants=[shadow]
    )
    create(EndpointConfigName="a", ProductionVariants=[first], ShadowProductionVariants=[shadow])

    assert "you can only specify one variant for ProductionVariants" in refused.message
    assert sagemaker.describe_endpoint_config(EndpointConfigName="a")["ShadowProductionVariants"] == [shadow]
