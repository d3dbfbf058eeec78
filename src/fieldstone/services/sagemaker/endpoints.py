"""Endpoints."""

from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.endpoint_configs import ENDPOINT_CONFIG
from fieldstone.services.sagemaker.models import MODEL
from fieldstone.services.sagemaker.resources import amend, describe, draft, find, keep, listing, lookup, refuse_existing
from fieldstone.store.kind import Kind
from fieldstone.store.resources import Row

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

_DESIRES: Final = (("DesiredWeight", "weight"), ("DesiredInstanceCount", "count"))
"""What the variants of an endpoint shall have, as Describe and as the endpoint's row call it."""


@write
def create_endpoint(ctx: Context, request: Request) -> Answer:
    """Write the endpoint down; the endpoint controller brings its model servers up.

    What it serves is settled here: the configuration and its models may be deleted afterwards.
    """
    refuse_existing(ctx, ENDPOINT, request["EndpointName"])
    config = find(ctx, ENDPOINT_CONFIG, request["EndpointConfigName"])
    row = draft(ctx, ENDPOINT, request, "Creating")
    row.internal |= {"serving": None, "next": 1, "fleets": {"1": _fleet(ctx, config)}}
    return keep(ctx, ENDPOINT, row, request)


@write
def update_endpoint(ctx: Context, request: Request) -> Answer:
    """Write down what the endpoint shall serve next; the controller brings it up, and then gives it the traffic."""
    row = _in_service(ctx, request)
    config = find(ctx, ENDPOINT_CONFIG, request["EndpointConfigName"])
    number = max(map(int, row.internal["fleets"])) + 1
    row.internal["fleets"][str(number)] = _fleet(ctx, config)
    row.internal["next"] = number
    if request.get("RetainAllVariantProperties", False):
        _retain(row, number, request.get("ExcludeRetainedVariantProperties", []))
    ctx.store.resources.update(amend(row, ENDPOINT, ctx.now, "Updating"))
    return {"EndpointArn": row.arn}


@write
def update_endpoint_weights_and_capacities(ctx: Context, request: Request) -> Answer:
    """Write down which shares and how many instances the variants shall have; the controller sees to it."""
    row = _in_service(ctx, request)
    entries = {entry["variant"]["VariantName"]: entry for entry in _serving(row)["variants"]}
    described = {variant["VariantName"]: variant for variant in row.document["ProductionVariants"]}
    for wanted in request["DesiredWeightsAndCapacities"]:
        name = wanted["VariantName"]
        if name not in entries:
            raise validation_error(f'Could not find variant "{name}" of endpoint "{row.arn}".')
        for member, own in _DESIRES:
            if member in wanted:
                entries[name][own] = described[name][member] = wanted[member]
    ctx.store.resources.update(amend(row, ENDPOINT, ctx.now, "Updating"))
    return {"EndpointArn": row.arn}


@write
def delete_endpoint(ctx: Context, request: Request) -> Answer:
    """Mark the endpoint; the controller stops its model servers and takes the row away."""
    row = find(ctx, ENDPOINT, request["EndpointName"])
    ctx.store.resources.update(amend(row, ENDPOINT, ctx.now, "Deleting"))
    return {}


def _in_service(ctx: Context, request: Request) -> Row:
    row = find(ctx, ENDPOINT, request["EndpointName"])
    if row.status != "InService":
        raise validation_error(f'Cannot update in-progress endpoint "{row.arn}".')
    return row


def _serving(row: Row) -> dict[str, Any]:
    return row.internal["fleets"][str(row.internal["serving"])]


def _fleet(ctx: Context, config: Row) -> dict[str, Any]:
    """What an endpoint serves by a configuration, which may be deleted afterwards, as its models may."""
    variants = [_variant(ctx, variant) for variant in config.document["ProductionVariants"]]
    return {"config": config.name, "variants": variants, "capture": config.document.get("DataCaptureConfig")}


def _variant(ctx: Context, variant: dict[str, Any]) -> dict[str, Any]:
    """A production variant together with the model that it names, as both are now."""
    name = variant.get("ModelName")
    model = None if name is None else lookup(ctx, MODEL, name)
    if model is None:
        raise validation_error(f'Could not find model "{MODEL.arn(ctx.account, ctx.region, str(name))}".')
    return {
        "variant": variant,
        "model": model.document,
        "weight": variant.get("InitialVariantWeight", 1.0),
        "count": variant.get("InitialInstanceCount", 1),
    }


def _retain(row: Row, number: int, excluded: list[dict[str, Any]]) -> None:
    """Let a fleet capture as now, and its variants keep the counts and weights that those of the same names have."""
    dropped = {item["VariantPropertyType"] for item in excluded}
    if "DataCaptureConfig" not in dropped:
        row.internal["fleets"][str(number)]["capture"] = _serving(row).get("capture")
    before = {entry["variant"]["VariantName"]: entry for entry in _serving(row)["variants"]}
    for entry in row.internal["fleets"][str(number)]["variants"]:
        old = before.get(entry["variant"]["VariantName"])
        if old is not None:
            entry |= {own: old[own] for member, own in _DESIRES if member not in dropped}


describe_endpoint = describe(ENDPOINT)
list_endpoints = listing(ENDPOINT)
