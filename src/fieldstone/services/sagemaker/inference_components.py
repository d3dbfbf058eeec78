"""Inference components: models on an endpoint's instances, each with a share of them and as many copies as wanted."""

from typing import Any, Final

from fieldstone.core.errors import AwsError, validation_error
from fieldstone.services.operation import Answer, Context, Request, write
from fieldstone.services.sagemaker.component_rows import INFERENCE_COMPONENT
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.services.sagemaker.models import MODEL
from fieldstone.services.sagemaker.resources import amend, describe, draft, find, keep, listing, refuse_existing
from fieldstone.store.resources import Row

_UNBUILT: Final = ("BaseInferenceComponentName", "DataCacheConfig", "SchedulingConfig", "InstanceType")
_NEEDS: Final = "ComputeResourceRequirements"


@write
def create_inference_component(ctx: Context, request: Request) -> Answer:
    """Write the component down; the controller finds room for its copies and brings them up.

    Differs from AWS: adapters and caches are refused with 501, and the endpoint has to be in service.
    """
    refuse_existing(ctx, INFERENCE_COMPONENT, request["InferenceComponentName"])
    endpoint = find(ctx, ENDPOINT, request["EndpointName"])
    if endpoint.status != "InService":
        raise validation_error(
            f'Cannot create inference component on endpoint "{endpoint.arn}" in status {endpoint.status}.'
        )
    for member in ("VariantName", "Specification", "RuntimeConfig"):
        if member not in request:
            raise validation_error(f"{member} is required to create an inference component.")
    count = request["RuntimeConfig"]["CopyCount"]
    if count < 1:
        raise validation_error("Inference components copy count an integer larger than 0")
    variant = _vacant_variant(endpoint, request["VariantName"])
    entry = _entry(ctx, variant, request["Specification"], count)
    row = draft(ctx, INFERENCE_COMPONENT, request, "Creating", EndpointArn=endpoint.arn)
    row.internal = {"serving": None, "next": 1, "entries": {"1": entry}}
    row.document["Specification"] = entry["summary"]
    row.document["RuntimeConfig"] = {"DesiredCopyCount": count, "CurrentCopyCount": 0}
    return keep(ctx, INFERENCE_COMPONENT, row, request)


@write
def update_inference_component(ctx: Context, request: Request) -> Answer:
    """Write down another specification, another number of copies, or both; what serves goes on until that is there."""
    row = _in_service(ctx, request)
    serving: int = row.internal["serving"]
    old = row.internal["entries"][str(serving)]
    count = request.get("RuntimeConfig", {}).get("CopyCount", old["count"])
    if "Specification" not in request:
        return _resize(ctx, row, count)
    old_needs = {_NEEDS: old["summary"].get(_NEEDS, {})}
    row.internal["entries"][str(serving + 1)] = _entry(ctx, old["own"], old_needs | request["Specification"], count)
    row.internal["next"] = serving + 1
    return _begin(ctx, row, count)


@write
def update_inference_component_runtime_config(ctx: Context, request: Request) -> Answer:
    """Write down how many copies there shall be; the controller sees to it."""
    return _resize(ctx, _in_service(ctx, request), request["DesiredRuntimeConfig"]["CopyCount"])


@write
def delete_inference_component(ctx: Context, request: Request) -> Answer:
    """Mark the component; the controller ends its copies and takes the row away."""
    row = find(ctx, INFERENCE_COMPONENT, request["InferenceComponentName"])
    ctx.store.resources.update(amend(row, INFERENCE_COMPONENT, ctx.now, "Deleting"))
    return {}


def _resize(ctx: Context, row: Row, count: int) -> Answer:
    row.internal["wanted"] = count
    return _begin(ctx, row, count)


def _begin(ctx: Context, row: Row, count: int) -> Answer:
    row.document.pop("FailureReason", None)
    row.document["RuntimeConfig"]["DesiredCopyCount"] = count
    ctx.store.resources.update(amend(row, INFERENCE_COMPONENT, ctx.now, "Updating"))
    return {"InferenceComponentArn": row.arn}


def _in_service(ctx: Context, request: Request) -> Row:
    row = find(ctx, INFERENCE_COMPONENT, request["InferenceComponentName"])
    if row.status != "InService":
        raise validation_error(f'Cannot update inference component "{row.arn}" in status {row.status}.')
    return row


def _vacant_variant(endpoint: Row, name: str) -> dict[str, Any]:
    """The endpoint's variant of that name, which has no model of its own."""
    fleet = endpoint.internal["fleets"][str(endpoint.internal["serving"])]
    found = next((entry for entry in fleet["variants"] if entry["variant"]["VariantName"] == name), None)
    if found is None:
        raise validation_error(f'Could not find variant "{name}" of endpoint "{endpoint.arn}".')
    if found["model"] is not None:
        raise validation_error(
            f'Variant "{name}" of endpoint "{endpoint.arn}" has a model: inference components are for endpoint '
            "configurations whose variants have none."
        )
    return found["variant"]


def _entry(ctx: Context, variant: dict[str, Any], specification: dict[str, Any], count: int) -> dict[str, Any]:
    """What is served, as it is now: the model that is named may be deleted afterwards."""
    for member in _UNBUILT:
        if member in specification:
            raise AwsError("NotImplemented", f"{member} of inference components is not built yet.", 501)
    if ("ModelName" in specification) == ("Container" in specification):
        raise validation_error("Exactly one of ModelName and Container must be specified in the Specification.")
    if not specification.get(_NEEDS):
        raise validation_error(f"{_NEEDS} must be specified in the Specification.")
    startup = specification.get("StartupParameters", {})
    return {
        "own": variant,
        "variant": variant | startup,
        "model": _model(ctx, specification),
        "count": count,
        "summary": _summary(ctx, specification),
    }


def _model(ctx: Context, specification: dict[str, Any]) -> dict[str, Any]:
    if "ModelName" in specification:
        return find(ctx, MODEL, specification["ModelName"]).document
    given = specification["Container"]
    if "Image" not in given:
        raise validation_error("An Image must be specified in the Container.")
    names = {"Image": "Image", "ArtifactUrl": "ModelDataUrl", "Environment": "Environment"}
    return {"PrimaryContainer": {own: given[member] for member, own in names.items() if member in given}}


def _summary(ctx: Context, specification: dict[str, Any]) -> dict[str, Any]:
    """The specification as Describe shows it."""
    if "Container" not in specification:
        return specification
    given = dict(specification["Container"])
    image = given.pop("Image")
    deployed = {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": ctx.now}
    return specification | {"Container": given | {"DeployedImage": deployed}}


describe_inference_component = describe(INFERENCE_COMPONENT)
list_inference_components = listing(INFERENCE_COMPONENT)
