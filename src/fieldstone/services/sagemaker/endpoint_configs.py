"""Endpoint configurations: which models an endpoint serves, and in which shares."""

from typing import Final

from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.models import MODEL
from fieldstone.services.sagemaker.resources import deletion, describe, draft, find, keep, listing, refuse_existing
from fieldstone.services.sagemaker.serverless_checks import check_serverless
from fieldstone.services.sagemaker.training_checks import refuse_duplicates
from fieldstone.store.kind import Kind

ENDPOINT_CONFIG = Kind(
    name="EndpointConfig",
    service="sagemaker",
    arn_resource="endpoint-config/{name}",
    noun="endpoint configuration",
    id_member="EndpointConfigName",
    arn_member="EndpointConfigArn",
    list_member="EndpointConfigs",
)

_WITH_SHADOW: Final = 2
_NO_VARIANT: Final = (
    "1 validation error detected: Value '[]' at 'productionVariants' failed to satisfy constraint: Member must have "
    "length greater than or equal to 1"
)


@write
def create_endpoint_config(ctx: Context, request: Request) -> Answer:
    """Write the configuration down; its models must be there."""
    refuse_existing(ctx, ENDPOINT_CONFIG, request["EndpointConfigName"])
    variants, shadows = request["ProductionVariants"], request.get("ShadowProductionVariants", [])
    if not variants:  # which only the lenient validation lets pass
        raise validation_error(_NO_VARIANT)
    refuse_duplicates("variant", (variant["VariantName"] for variant in variants + shadows))
    if shadows and len(variants) + len(shadows) > _WITH_SHADOW:
        raise validation_error(
            "If you use ShadowProductionVariants, you can only specify one variant for ProductionVariants and one "
            "variant for ShadowProductionVariants."
        )
    for variant in variants + shadows:
        check_serverless(variant)
        if "ModelName" in variant:
            find(ctx, MODEL, variant["ModelName"])
        elif "ServerlessConfig" in variant:
            raise validation_error("ModelName is required for serverless variants.")
        elif "ExecutionRoleArn" not in request:
            raise validation_error("ExecutionRoleArn is required where inference components are to be deployed.")
    return keep(ctx, ENDPOINT_CONFIG, draft(ctx, ENDPOINT_CONFIG, request), request)


describe_endpoint_config = describe(ENDPOINT_CONFIG)
list_endpoint_configs = listing(ENDPOINT_CONFIG)
delete_endpoint_config = deletion(ENDPOINT_CONFIG)
