"""botocore's service models: what AWS's operations are called, take and give, as data.

Only the JSON is read, never botocore's classes; documentation is skipped, so a model costs milliseconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import msgspec

from fieldstone.wire.library import model_file

# SageMaker's list of instance types ends where AWS's machines do; users also ask for this one.
LOCAL_INSTANCE_TYPES: Final = ("local", "local_gpu")

# What a member's mention of a shape may say over the shape's own traits.
_MENTIONED: Final = (
    "location",
    "location_name",
    "flattened",
    "streaming",
    "timestamp_format",
    "xml_namespace",
    "xml_attribute",
    "jsonvalue",
    "result_wrapper",
    "eventheader",
    "eventpayload",
)

# botocore's order: what a request does not say otherwise of itself is in the first of these its service speaks.
_PROTOCOLS: Final = ("json", "rest-json", "rest-xml", "query", "smithy-rpc-v2-cbor")

P = ParamSpec("P")
T = TypeVar("T")


class ErrorTraits(msgspec.Struct, rename="camel", frozen=True):
    """How an error shape travels."""

    code: str | None = None
    http_status_code: int | None = None


class Traits(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A shape, or a mention of one, as the model writes it; what is not said has its empty value."""

    shape: str = ""
    type: str = ""
    members: dict[str, "Traits"] = {}
    required: tuple[str, ...] = ()
    payload: str | None = None
    member: "Traits | None" = None
    key: "Traits | None" = None
    value: "Traits | None" = None
    enum: tuple[str, ...] = ()
    min: int | float | None = None
    max: int | float | None = None
    pattern: str | None = None
    sensitive: bool = False
    location: str | None = None
    location_name: str | None = None
    flattened: bool = False
    streaming: bool = False
    eventstream: bool = False
    event: bool = False
    eventheader: bool = False
    eventpayload: bool = False
    document: bool = False
    timestamp_format: str | None = None
    xml_namespace: dict[str, str] | str | None = None
    xml_attribute: bool = False
    jsonvalue: bool = False
    result_wrapper: str | None = None
    exception: bool = False
    error: ErrorTraits = ErrorTraits()


class Http(msgspec.Struct, rename="camel", frozen=True):
    """Where a REST operation lives."""

    method: str
    request_uri: str
    response_code: int = 200


class OperationTraits(msgspec.Struct, frozen=True):
    """An operation as the model writes it."""

    http: Http
    input: Traits | None = None
    output: Traits | None = None
    errors: tuple[Traits, ...] = ()
    deprecated: bool = False
    requestcompression: dict[str, Any] | None = None


class Metadata(msgspec.Struct, rename="camel", frozen=True):
    """What a model says of its service as a whole."""

    protocol: str
    endpoint_prefix: str
    api_version: str
    protocols: tuple[str, ...] = ()
    json_version: str = "1.0"
    target_prefix: str | None = None
    signing_name: str | None = None
    xml_namespace: dict[str, str] | str | None = None
    aws_query_compatible: dict[str, Any] | None = None

    @property
    def spoken(self) -> tuple[str, ...]:
        """The protocols the service is served in, the usual one first."""
        listed = self.protocols or (self.protocol,)
        return tuple(name for name in _PROTOCOLS if name in listed)

    @property
    def wire(self) -> str:
        """The protocol of a request that says nothing of it."""
        return next(iter(self.spoken), self.protocol)

    @property
    def signed_as(self) -> str:
        """The service's name in a signature's credential scope."""
        return self.signing_name or self.endpoint_prefix


class _Head(msgspec.Struct, frozen=True):
    metadata: Metadata


class _Document(msgspec.Struct, frozen=True):
    metadata: Metadata
    operations: dict[str, OperationTraits]
    shapes: dict[str, Traits]


class Shape:
    """A shape at the place that mentions it: its own traits, overridden by the mention's.

    Attributes:
        model: The model it belongs to.
        name: The shape's name.
        type: ``structure``, ``list``, ``map``, ``string``, ``blob``, ``timestamp``, …
        traits: Everything else that is said about it.
    """

    def __init__(self, model: "ServiceModel", name: str, traits: Traits) -> None:
        self.model = model
        self.name = name
        self.type = traits.type
        self.traits = traits

    @cached_property
    def members(self) -> dict[str, "Shape"]:
        """A structure's members, in the model's order."""
        return {name: self.model.shape(mention) for name, mention in self.traits.members.items()}

    @cached_property
    def member(self) -> "Shape":
        """A list's member."""
        return self._part(self.traits.member)

    @cached_property
    def key(self) -> "Shape":
        """A map's key."""
        return self._part(self.traits.key)

    @cached_property
    def value(self) -> "Shape":
        """A map's value."""
        return self._part(self.traits.value)

    def located(self, location: str | None) -> dict[str, "Shape"]:
        """The members that travel in one place: ``uri``, ``querystring``, ``header``, …; None is the body."""
        return {name: member for name, member in self.members.items() if member.traits.location == location}

    def wire_name(self, name: str) -> str:
        """What a member called ``name`` that has this shape is called on the wire."""
        return name if self.traits.location_name is None else self.traits.location_name

    def _part(self, mention: Traits | None) -> "Shape":
        assert mention is not None, f"{self.name} is a {self.type}"
        return self.model.shape(mention)


@dataclass(frozen=True, slots=True)
class OperationModel:
    """An operation in one protocol, and the shapes it takes and gives."""

    model: "ServiceModel"
    name: str
    wire: str
    http: Http
    input: Shape | None
    output: Shape | None
    errors: tuple[str, ...]
    deprecated: bool
    compressed: bool


class ServiceModel:
    """One service's model.

    Attributes:
        name: botocore's name of the service, such as ``sagemaker-runtime``.
        metadata: What holds for all of it.
        operations: Every operation, as the model writes it.
    """

    def __init__(self, name: str, document: _Document) -> None:
        self.name = name
        self.metadata = document.metadata
        self.operations = document.operations
        self._shapes = document.shapes
        self._compiled: dict[tuple[Any, ...], Any] = {}

    def shape(self, mention: Traits) -> Shape:
        """The shape a mention speaks of, with the mention's traits over its own."""
        traits = self._shapes[mention.shape]
        over = {trait: said for trait in _MENTIONED if (said := getattr(mention, trait)) or said == ""}
        if traits.enum and mention.shape.endswith("InstanceType") and self.name == "sagemaker":
            over["enum"] = (*traits.enum, *LOCAL_INSTANCE_TYPES)
        return Shape(self, mention.shape, msgspec.structs.replace(traits, **over) if over else traits)

    def operation(self, name: str, wire: str | None = None) -> OperationModel:
        """One operation with its shapes, in the service's usual protocol or in the one that is named.

        Raises:
            KeyError: The service has no such operation.
        """
        traits = self.operations[name]
        return OperationModel(
            model=self,
            name=name,
            wire=wire or self.metadata.wire,
            http=traits.http,
            input=self.shape(traits.input) if traits.input else None,
            output=self.shape(traits.output) if traits.output else None,
            errors=tuple(mention.shape for mention in traits.errors),
            deprecated=traits.deprecated,
            compressed=traits.requestcompression is not None,
        )

    @cached_property
    def errors(self) -> dict[str, Shape]:
        """The error shapes, by name and by the code they travel under."""
        found = {name: Shape(self, name, traits) for name, traits in self._shapes.items() if traits.exception}
        return {shape.traits.error.code or name: shape for name, shape in found.items()} | found

    def compiled(self, key: tuple[Any, ...], build: Callable[[], T]) -> T:
        """What ``build`` makes, made once for a key; two threads may at worst make it twice."""
        if key not in self._compiled:
            self._compiled[key] = build()
        return self._compiled[key]


def per_shape(build: Callable[Concatenate[Shape, P], T]) -> Callable[Concatenate[Shape, P], T]:
    """Make a builder of closures build once for each shape's name (and further arguments)."""

    @wraps(build)
    def built(shape: Shape, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (build, shape.name, *args, *kwargs.values())
        return shape.model.compiled(key, lambda: build(shape, *args, **kwargs))

    return built


def read_metadata(service: str, added: Path | None = None) -> Metadata:
    """Read only what a service's model says of the whole.

    Raises:
        LookupError: There is no model of such a service.
    """
    return msgspec.json.decode(model_file(service, added), type=_Head).metadata


def read_model(service: str, added: Path | None = None) -> ServiceModel:
    """Read a service's model, its latest version; ``added`` is a folder with models of more services.

    Raises:
        LookupError: There is no model of such a service.
    """
    return decode_model(service, model_file(service, added))


def decode_model(name: str, data: bytes) -> ServiceModel:
    """The model of a service called ``name`` from the JSON of a ``service-2.json``.

    Raises:
        ValueError: It is no model.
    """
    return ServiceModel(name, msgspec.json.decode(data, type=_Document))
