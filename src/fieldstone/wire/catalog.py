"""The services that are served, and which operation a request is for.

X-Amz-Target ──────────────► JSON service and operation
signed for a service ──────► those that sign so: by Action, by path
neither ───────────────────► by Action, by the path of a REST service, else S3
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeVar

from fieldstone.core.errors import AwsError
from fieldstone.wire import envelopes
from fieldstone.wire.http import Request, Response
from fieldstone.wire.models import Metadata, ServiceModel, read_metadata, read_model
from fieldstone.wire.operation import PROTOCOLS, Operation
from fieldstone.wire.query import is_form, read_form
from fieldstone.wire.rest import s3
from fieldstone.wire.rest.routing import Router
from fieldstone.wire.signatures.credentials import scope

K = TypeVar("K")
V = TypeVar("V")


class Catalog:
    """The operations of a number of services, by botocore's names for them; each model is read when first needed."""

    def __init__(self, services: Sequence[str]) -> None:
        self._services = tuple(services)
        self._models: dict[str, ServiceModel] = {}
        self._routers: dict[str, Router] = {}
        self._operations: dict[tuple[str, str], Operation] = {}
        self._targets: dict[str, Operation] = {}

    def operation(self, service: str, name: str) -> Operation:
        """An operation by its names, such as ``("sagemaker", "CreateTrainingJob")``.

        Raises:
            KeyError: It is not served.
        """
        return _kept(self._operations, (service, name), lambda: Operation(self._model(service).operation(name)))

    def operations(self, service: str) -> list[str]:
        """The names of a service's operations, in the model's order.

        Raises:
            KeyError: The service is not served.
        """
        return list(self._model(service).operations)

    def route(self, request: Request) -> Operation:
        """The operation a request is for.

        Raises:
            AwsError: There is none. ``render_error`` answers it in the protocol of the likeliest service.
        """
        target = request.headers.get("x-amz-target")
        if target is not None:
            return self._targets.get(target) or self._by_target(target)
        services = self._candidates(request)
        if not services:
            raise AwsError("UnknownOperationException", "No service here answers to this request's signature.")
        action = self._action(request, services)
        if action is not None:
            return action
        return self._by_path(request, [name for name in services if self._speaks(name, "rest-")])

    def render_error(self, request: Request, error: AwsError, request_id: str) -> Response:
        """The response for an error that came before the operation was known."""
        model = self._model(self._likeliest(request))
        return envelopes.render_error(model, error, request_id, head=request.method == "HEAD")

    def _model(self, service: str) -> ServiceModel:
        if service not in self._services:
            raise KeyError(service)
        return _kept(self._models, service, lambda: read_model(service))

    def _router(self, service: str) -> Router:
        without = s3.ELSEWHERE if service == "s3" else frozenset[str]()
        return _kept(self._routers, service, lambda: Router(self._model(service), without=without))

    @cached_property
    def _metadata(self) -> dict[str, Metadata]:
        found = {service: read_metadata(service) for service in self._services}
        for service, metadata in found.items():
            if metadata.wire not in PROTOCOLS:
                raise LookupError(f"{service} speaks {metadata.wire}, which is not served")
        return found

    @cached_property
    def _by_prefix(self) -> dict[str, str]:
        """Services by the first part of their X-Amz-Target."""
        return {metadata.target_prefix: name for name, metadata in self._metadata.items() if metadata.target_prefix}

    @cached_property
    def _by_signing_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name, metadata in self._metadata.items():
            found[metadata.signed_as].append(name)
        return dict(found)

    def _speaks(self, service: str, protocol: str) -> bool:
        return self._metadata[service].wire.startswith(protocol)

    def _by_target(self, target: str) -> Operation:
        prefix, _, name = target.rpartition(".")
        service = self._by_prefix.get(prefix)
        if service is None or name not in self._model(service).operations:
            raise AwsError("UnknownOperationException", f"There is no operation {target!r} here.")
        self._targets[target] = self.operation(service, name)
        return self._targets[target]

    def _candidates(self, request: Request) -> list[str]:
        """The services a request without target may be for, the likeliest first and S3 last."""
        signed = scope(request)
        named = self._by_signing_name.get(signed.service, []) if signed else self._services
        return sorted(named, key=lambda name: (name == "s3", not self._speaks(name, "rest-")))

    def _action(self, request: Request, services: list[str]) -> Operation | None:
        """The operation a query request's Action names; None where some service is told by path instead."""
        spoken = [name for name in services if self._speaks(name, "query")]
        form = read_form(request) if spoken and _may_be_query(request) else {}
        name, version = form.get("Action"), form.get("Version")
        for service in spoken:
            if name in self._model(service).operations and version in (None, self._metadata[service].api_version):
                return self.operation(service, name)
        if name is None and spoken != services:
            return None
        raise AwsError("InvalidAction", f"Could not find operation {name} for version {version}")

    def _by_path(self, request: Request, services: list[str]) -> Operation:
        for service in services:
            if service == "s3":
                return self.operation(service, s3.find(self._router(service), request))
            name = self._router(service).find(request)
            if name is not None:
                return self.operation(service, name)
        raise AwsError("UnknownOperationException", f"There is no operation at {request.method} {request.path}.", 404)

    def _likeliest(self, request: Request) -> str:
        target = request.headers.get("x-amz-target")
        if target is not None:
            return self._by_prefix.get(target.rpartition(".")[0]) or self._first("json")
        candidates = self._candidates(request) or list(self._services)
        if _may_be_query(request):
            return next((name for name in candidates if self._speaks(name, "query")), candidates[0])
        if scope(request) is None and "s3" in self._services:
            return "s3"
        return candidates[0]

    def _first(self, protocol: str) -> str:
        return next((name for name in self._services if self._speaks(name, protocol)), self._services[0])


def _may_be_query(request: Request) -> bool:
    return request.path in ("/", "") and (is_form(request) or "Action=" in request.query)


def _kept(cache: dict[K, V], key: K, make: Callable[[], V]) -> V:
    if key not in cache:
        cache[key] = make()
    return cache[key]
