"""Endpoints."""

from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.component_rows import components_on
from fieldstone.services.sagemaker.deployment_configs import check_deployment
from fieldstone.services.sagemaker.endpoint_configs import ENDPOINT_CONFIG
from fieldstone.services.sagemaker.models import MODEL
from fieldstone.services.sagemaker.resources import (
    amend,
    describe,
    draft,
    find,
    keep,
    listing,
    refuse_existing,
    wrong_status,
)
from fieldstone.services.sagemaker.serverless_checks import check_concurrency, check_shapes
from fieldstone.services.sagemaker.training_checks import refuse_duplicates
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
_SETTINGS: Final = ("AsyncInferenceConfig", "DataCaptureConfig", "ExplainerConfig")
"""What a configuration says of all of its variants."""


@write
def create_endpoint(ctx: Context, request: Request) -> Answer:
    """Write the endpoint down; the endpoint controller brings its model servers up.

    What it serves is settled here: the configuration and its models may be deleted afterwards.
    """
    refuse_existing(ctx, ENDPOINT, request["EndpointName"])
    config = find(ctx, ENDPOINT_CONFIG, request["EndpointConfigName"])
    row = draft(ctx, ENDPOINT, request, "Creating")
    row.internal = {"serving": None, "fleets": {}}
    fleet = _fleet(ctx, config)
    deployment = row.document.pop("DeploymentConfig", None)
    if deployment is not None:
        check_deployment(ctx, deployment, _counts(fleet))
        row.document["LastDeploymentConfig"] = deployment
    _bring(row, fleet, {}, ctx.now)  # there is nobody to take over from
    return keep(ctx, ENDPOINT, row, request)


@write
def update_endpoint(ctx: Context, request: Request) -> Answer:
    """Write down what the endpoint shall serve next, and how; the controller brings it up, and gives it the traffic."""
    row = _changeable(ctx, request)
    stuck = row.internal.pop("next", None)
    if stuck is not None:  # an update that could neither be done nor undone makes room for this one
        del row.internal["fleets"][str(stuck)]
    fleet = _fleet(ctx, find(ctx, ENDPOINT_CONFIG, request["EndpointConfigName"]))
    if request.get("RetainAllVariantProperties", False):
        excluded = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])}
        _retain(fleet, _serving(row), excluded)
    deployment = _deployment(row, request)
    check_deployment(ctx, deployment, _counts(fleet))
    _bring(row, fleet, deployment, ctx.now)
    row.document.pop("FailureReason", None)
    if deployment:
        row.document["LastDeploymentConfig"] = deployment
    ctx.store.resources.update(amend(row, ENDPOINT, ctx.now, "Updating"))
    return {"EndpointArn": row.arn}


@write
def update_endpoint_weights_and_capacities(ctx: Context, request: Request) -> Answer:
    """Write down which shares and how many instances the variants shall have; the controller sees to it."""
    row = _changeable(ctx, request)
    if row.internal.get("next") is not None:
        raise wrong_status(ENDPOINT, row)
    fleet, wanted = _serving(row), request["DesiredWeightsAndCapacities"]
    refuse_duplicates("variant", (item["VariantName"] for item in wanted))
    for item in wanted:
        _check_desired(row, fleet, item)
    desired = {item["VariantName"]: _desired(fleet, item) for item in wanted}
    row.internal["adjusting"] = {"since": ctx.now, "wanted": desired}
    row.document.pop("FailureReason", None)
    for summary in row.document["ProductionVariants"] + row.document.get("ShadowProductionVariants", []):
        own = desired.get(summary["VariantName"], {})
        summary |= {member: own[short] for member, short in _DESIRES if short in own}
        if "variant" in own:
            summary["DesiredServerlessConfig"] = own["variant"]["ServerlessConfig"]
    ctx.store.resources.update(amend(row, ENDPOINT, ctx.now, "Updating"))
    return {"EndpointArn": row.arn}


@write
def delete_endpoint(ctx: Context, request: Request) -> Answer:
    """Mark the endpoint; the controller stops its model servers and takes the row away."""
    row = find(ctx, ENDPOINT, request["EndpointName"])
    if components_on(ctx, row.name):
        raise validation_error(f'Cannot delete endpoint "{row.arn}" that has inference components. Delete these first.')
    ctx.store.resources.update(amend(row, ENDPOINT, ctx.now, "Deleting"))
    return {}


def _changeable(ctx: Context, request: Request) -> Row:
    row = find(ctx, ENDPOINT, request["EndpointName"])
    if row.status == "Failed":
        raise wrong_status(ENDPOINT, row)
    if row.status not in {"InService", "UpdateRollbackFailed"}:
        raise validation_error(f'Cannot update in-progress endpoint "{row.arn}".')
    return row


def _serving(row: Row) -> dict[str, Any]:
    return row.internal["fleets"][str(row.internal["serving"])]


def _deployment(row: Row, request: Request) -> dict[str, Any]:
    """By which DeploymentConfig an update goes: its own, or the last one if that is to be retained."""
    if "DeploymentConfig" in request or not request.get("RetainDeploymentConfig", False):
        return request.get("DeploymentConfig", {})
    return row.document.get("LastDeploymentConfig", {})


def _bring(row: Row, fleet: dict[str, Any], deployment: dict[str, Any], now: float) -> None:
    """Have a fleet be the next to serve; its number is given only once, as servers are named by it."""
    number = row.internal.get("last", max(map(int, row.internal["fleets"]), default=0)) + 1
    row.internal["fleets"][str(number)] = fleet | {"made": now}
    row.internal |= {"last": number, "next": number}
    row.internal["rollout"] = {"config": deployment, "started": now, "since": now}


def _counts(fleet: dict[str, Any]) -> list[int]:
    return [entry["count"] for entry in fleet["variants"]]


def _fleet(ctx: Context, config: Row) -> dict[str, Any]:
    """What an endpoint serves by a configuration, which may be deleted afterwards, as its models may."""
    variants = [_variant(ctx, variant) for variant in config.document["ProductionVariants"]]
    shadows = [_variant(ctx, variant) for variant in config.document.get("ShadowProductionVariants", [])]
    settings = {member: config.document[member] for member in _SETTINGS if member in config.document}
    fleet = {"config": config.name, "variants": variants, "shadows": shadows, "settings": settings}
    check_shapes(fleet)
    return fleet


def _variant(ctx: Context, variant: dict[str, Any]) -> dict[str, Any]:
    """A production variant together with the model that it names, as both are now."""
    name = variant.get("ModelName")  # without, inference components come later
    return {
        "variant": variant,
        "model": None if name is None else find(ctx, MODEL, name).document,
        "weight": variant.get("InitialVariantWeight", 1.0),
        "count": variant.get("InitialInstanceCount", 1),
    }


def _retain(fleet: dict[str, Any], old: dict[str, Any], excluded: set[str]) -> None:
    """Let a fleet keep what its predecessor has now: counts and weights of variants of the same names, data capture."""
    before = {entry["variant"]["VariantName"]: entry for entry in old["variants"]}
    for entry in fleet["variants"]:
        same = before.get(entry["variant"]["VariantName"], {})
        entry |= {own: same[own] for member, own in _DESIRES if own in same and member not in excluded}
    capture = "DataCaptureConfig"
    if capture not in excluded:
        kept = {capture: old["settings"][capture]} if capture in old.get("settings", {}) else {}
        fleet["settings"] = {name: fleet["settings"][name] for name in fleet["settings"] if name != capture} | kept


def _desired(fleet: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What a variant's entry shall have."""
    own = {short: wanted[member] for member, short in _DESIRES if member in wanted}
    if "ServerlessUpdateConfig" in wanted:
        variant = _named(fleet, wanted["VariantName"])["variant"]
        own["variant"] = variant | {"ServerlessConfig": _serverless(variant, wanted)}
    return own


def _serverless(variant: dict[str, Any], wanted: dict[str, Any]) -> dict[str, int]:
    name = variant["VariantName"]
    if "ServerlessConfig" not in variant:
        raise validation_error(f"Variant {name} is not serverless: it has no ServerlessConfig to be updated.")
    config: dict[str, int] = variant["ServerlessConfig"] | wanted["ServerlessUpdateConfig"]
    check_concurrency(name, config)
    return config


def _named(fleet: dict[str, Any], name: str) -> dict[str, Any]:
    entries = fleet["variants"] + fleet.get("shadows", [])
    return next(entry for entry in entries if entry["variant"]["VariantName"] == name)


def _check_desired(row: Row, fleet: dict[str, Any], wanted: dict[str, Any]) -> None:
    name = wanted["VariantName"]
    if name not in {entry["variant"]["VariantName"] for entry in fleet["variants"] + fleet.get("shadows", [])}:
        raise validation_error(f'Could not find variant "{name}" of endpoint "{row.arn}".')
    if wanted.get("DesiredInstanceCount", 1) < 1 and "AsyncInferenceConfig" not in fleet.get("settings", {}):
        raise validation_error(
            f"Invalid DesiredInstanceCount 0 for variant {name}: only endpoints with an AsyncInferenceConfig can have "
            "no instances."
        )


describe_endpoint = describe(ENDPOINT)
list_endpoints = listing(ENDPOINT)
