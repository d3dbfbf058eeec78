"""Endpoints."""

from typing import Any

from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.endpoint_configs import ENDPOINT_CONFIG
from fieldstone.services.sagemaker.models import MODEL
from fieldstone.services.sagemaker.resources import amend, describe, draft, find, keep, listing, lookup, refuse_existing
from fieldstone.store.kind import Kind

ENDPOINT = Kind(
    name="Endpoint",
    service="sagemaker",
    arn_resource="endpoint/{name}",
    noun="endpoint",
    id_member="EndpointName",
    arn_member="EndpointArn",
    status_member="EndpointStatus",
    list_member="Endpoints",
    settled=frozenset({"Failed"}),  # an endpoint in service is never done: its model servers must be kept up
)


@write
def create_endpoint(ctx: Context, request: Request) -> Answer:
    """Write the endpoint down; the endpoint controller brings its model servers up.

    What it serves is settled here: the configuration and its models may be deleted afterwards.
    """
    refuse_existing(ctx, ENDPOINT, request["EndpointName"])
    config = find(ctx, ENDPOINT_CONFIG, request["EndpointConfigName"])
    row = draft(ctx, ENDPOINT, request, "Creating")
    row.internal["variants"] = [_variant(ctx, variant) for variant in config.document["ProductionVariants"]]
    return keep(ctx, ENDPOINT, row, request)


@write
def delete_endpoint(ctx: Context, request: Request) -> Answer:
    """Mark the endpoint; the controller stops its model servers and takes the row away."""
    row = find(ctx, ENDPOINT, request["EndpointName"])
    ctx.store.resources.update(amend(row, ENDPOINT, ctx.now, "Deleting"))
    return {}


def _variant(ctx: Context, variant: dict[str, Any]) -> dict[str, Any]:
    """A production variant together with the model that it names, as both are now."""
    name = variant.get("ModelName")
    model = None if name is None else lookup(ctx, MODEL, name)
    if model is None:
        raise validation_error(f'Could not find model "{MODEL.arn(ctx.account, ctx.region, str(name))}".')
    return {"variant": variant, "model": model.document, "model_uid": model.uid}


describe_endpoint = describe(ENDPOINT)
list_endpoints = listing(ENDPOINT)
