"""What can be scaled: variants of endpoints and inference components, by the operations of SageMaker."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from fieldstone.core.errors import AwsError, validation_error
from fieldstone.services.operation import Answer, Context, Request

NAMESPACE: Final = "sagemaker"

_NAMES: Final = {"endpoint": "EndpointName", "variant": "VariantName", "component": "InferenceComponentName"}
"""What the parts of a resource are called as dimensions of metrics."""


class Subject(NamedTuple):
    """One count that is scaled.

    Attributes:
        resource: Such as ``endpoint/churn/variant/AllTraffic``.
        dimension: Such as ``sagemaker:variant:DesiredInstanceCount``.
    """

    resource: str
    dimension: str

    def __str__(self) -> str:
        return f"service namespace: {NAMESPACE}, resource ID: {self.resource}, scalable dimension: {self.dimension}"


class Capacity(NamedTuple):
    """How many there are.

    Attributes:
        ready: Whether nothing is being changed, so that the count can be.
        trouble: Why the last change was not made, if it was not.
    """

    current: int
    desired: int
    ready: bool
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Dimension:
    """How one kind of count is read and set."""

    pattern: re.Pattern[str]
    noun: str
    what: str
    read: Callable[[Context, re.Match[str]], Capacity | None]
    request: Callable[[re.Match[str], int], tuple[str, Request]]


def subject_of(request: Request) -> Subject:
    """What a request is about.

    Raises:
        AwsError: ValidationException, where that cannot be scaled here.
    """
    subject = Subject(request["ResourceId"], request["ScalableDimension"])
    dimension = _DIMENSIONS.get(subject.dimension) if request["ServiceNamespace"] == NAMESPACE else None
    if dimension is None or not dimension.pattern.fullmatch(subject.resource):
        raise validation_error("Unsupported service namespace, resource type or scalable dimension")
    return subject


def noun_of(subject: Subject) -> str:
    """What is counted: instances or copies."""
    return _DIMENSIONS[subject.dimension].noun


def metric_dimensions(subject: Subject) -> list[dict[str, str]]:
    """What the metrics of a subject are told by."""
    match = _match(subject)
    return [{"Name": _NAMES[part], "Value": value} for part, value in match.groupdict().items()]


def capacity_of(ctx: Context, subject: Subject) -> Capacity | None:
    """How many there are; None where the endpoint or component is gone, or is going."""
    try:
        return _DIMENSIONS[subject.dimension].read(ctx, _match(subject))
    except AwsError:
        return None


def require(ctx: Context, subject: Subject) -> None:
    """Refuse what is not there.

    Raises:
        AwsError: ValidationException.
    """
    if capacity_of(ctx, subject) is None:
        raise validation_error(f"{_DIMENSIONS[subject.dimension].what} doesn't exist: {subject.resource}")


def set_capacity(ctx: Context, subject: Subject, count: int) -> None:
    """Have so many, as the caller could by the operation of SageMaker.

    Raises:
        AwsError: What that operation answers.
    """
    ctx.call(NAMESPACE, *_DIMENSIONS[subject.dimension].request(_match(subject), count))


def _match(subject: Subject) -> re.Match[str]:
    match = _DIMENSIONS[subject.dimension].pattern.fullmatch(subject.resource)
    assert match is not None  # as subject_of has seen
    return match


def _read_variant(ctx: Context, match: re.Match[str]) -> Capacity | None:
    endpoint = ctx.call(NAMESPACE, "describe_endpoint", {"EndpointName": match["endpoint"]})
    if endpoint["EndpointStatus"] == "Deleting":
        return None
    found: list[dict[str, Any]] = endpoint.get("ProductionVariants", [])
    variant = next((item for item in found if item["VariantName"] == match["variant"]), {})
    if "CurrentInstanceCount" not in variant:
        return _being_made(endpoint, "EndpointStatus")
    return Capacity(
        variant["CurrentInstanceCount"],
        variant["DesiredInstanceCount"],
        endpoint["EndpointStatus"] == "InService",
        endpoint.get("FailureReason", ""),
    )


def _read_component(ctx: Context, match: re.Match[str]) -> Capacity | None:
    name = {"InferenceComponentName": match["component"]}
    component = ctx.call(NAMESPACE, "describe_inference_component", name)
    status = component["InferenceComponentStatus"]
    if status == "Deleting":
        return None
    counts = component["RuntimeConfig"]
    trouble = component.get("FailureReason", "")
    return Capacity(counts["CurrentCopyCount"], counts["DesiredCopyCount"], status == "InService", trouble)


def _being_made(description: Answer, member: str) -> Capacity | None:
    """What is not there yet has no counts to be told."""
    return Capacity(0, 0, ready=False) if description[member] == "Creating" else None


def _set_variant(match: re.Match[str], count: int) -> tuple[str, Request]:
    wanted = {"VariantName": match["variant"], "DesiredInstanceCount": count}
    request = {"EndpointName": match["endpoint"], "DesiredWeightsAndCapacities": [wanted]}
    return "update_endpoint_weights_and_capacities", request


def _set_component(match: re.Match[str], count: int) -> tuple[str, Request]:
    request = {"InferenceComponentName": match["component"], "DesiredRuntimeConfig": {"CopyCount": count}}
    return "update_inference_component_runtime_config", request


_DIMENSIONS: Final = {
    "sagemaker:variant:DesiredInstanceCount": _Dimension(
        re.compile(r"endpoint/(?P<endpoint>[^/]+)/variant/(?P<variant>[^/]+)"),
        "instance",
        "SageMaker endpoint variant",
        _read_variant,
        _set_variant,
    ),
    "sagemaker:inference-component:DesiredCopyCount": _Dimension(
        re.compile(r"inference-component/(?P<component>[^/]+)"),
        "copy",
        "SageMaker inference component",
        _read_component,
        _set_component,
    ),
}
