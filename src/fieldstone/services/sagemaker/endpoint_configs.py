"""Endpoint configurations: which models an endpoint serves, and in which shares."""

from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.models import MODEL
from fieldstone.services.sagemaker.resources import deletion, describe, draft, find, keep, listing, refuse_existing
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


@write
def create_endpoint_config(ctx: Context, request: Request) -> Answer:
    """Write the configuration down; its models must be there."""
    refuse_existing(ctx, ENDPOINT_CONFIG, request["EndpointConfigName"])
    for variant in request["ProductionVariants"]:
        if "ModelName" in variant:
            find(ctx, MODEL, variant["ModelName"])
    return keep(ctx, ENDPOINT_CONFIG, draft(ctx, ENDPOINT_CONFIG, request), request)


describe_endpoint_config = describe(ENDPOINT_CONFIG)
list_endpoint_configs = listing(ENDPOINT_CONFIG)
delete_endpoint_config = deletion(ENDPOINT_CONFIG)
