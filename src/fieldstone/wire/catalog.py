"""The services that are served, and which operation a request is for.

X-Amz-Target ──────────────► JSON service and operation
smithy-protocol ───────────► CBOR service and operation, by path
signed for a service ──────► those that sign so: by Action, by path
neither ───────────────────► by Action, by the path of a REST service, else S3
"""

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

from fieldstone.core.errors import AwsError
from fieldstone.wire import envelopes
from fieldstone.wire.http import Request, Response
from fieldstone.wire.library import added_services
from fieldstone.wire.models import Metadata, ServiceModel, read_metadata, read_model
from fieldstone.wire.operation import Operation
from fieldstone.wire.query import is_form, read_form
from fieldstone.wire.rest import s3
from fieldstone.wire.rest.routing import Router
from fieldstone.wire.signatures.credentials import scope

_JSON: Final = "json"
_QUERY: Final = "query"
CBOR: Final = "smithy-rpc-v2-cbor"
_RPC_PATH: Final = re.compile(r"/service/(?P<service>[^/]+)/operation/(?P<operation>[^/]+)/?$")

_log = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")


class Catalog:
    """The operations of a number of services, by botocore's names for them; each model is read when first needed.

    Args:
        services: Their names.
        added: A folder with models that a user adds: their services are served too.
    """

    def __init__(self, services: Sequence[str], added: Path | None = None) -> None:
        self._added = added
        self._services = (*services, *readable_services(added)) if added else tuple(services)
        self._models: dict[str, ServiceModel] = {}
        self._routers: dict[str, Router] = {}
        self._operations: dict[tuple[str, str, str | None], Operation] = {}
        self._targets: dict[str, Operation] = {}

    def operation(self, service: str, name: str, wire: str | None = None) -> Operation:
        """An operation by its names, such as ``("sagemaker", "CreateTrainingJob")``, in a protocol of the service.

        Raises:
            KeyError: It is not served.
        """
        key = (service, name, wire)
        return _kept(self._operations, key, lambda: Operation(self._model(service).operation(name, wire)))

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
        if "smithy-protocol" in request.headers:
            return self._by_rpc(request)
        services = self._candidates(request)
        if not services:
            raise AwsError("UnknownOperationException", "No service here answers to this request's signature.")
        action = self._action(request, services)
        if action is not None:
            return action
        return self._by_path(request, [name for name in services if self._speaks(name, "rest-")])

    def render_error(self, request: Request, error: AwsError, request_id: str) -> Response:
        """The response for an error that came before the operation was known."""
        service, wire = self._likeliest(request)
        return envelopes.render_error(self._model(service), wire, error, request_id, head=request.method == "HEAD")

    def _model(self, service: str) -> ServiceModel:
        if service not in self._services:
            raise KeyError(service)
        return _kept(self._models, service, lambda: read_model(service, self._added))

    def _router(self, service: str) -> Router:
        without = s3.ELSEWHERE if service == "s3" else frozenset[str]()
        return _kept(self._routers, service, lambda: Router(self._model(service), without=without))

    @cached_property
    def _metadata(self) -> dict[str, Metadata]:
        found = {service: read_metadata(service, self._added) for service in self._services}
        for service, metadata in found.items():
            if not metadata.spoken:
                raise LookupError(f"{service} speaks {metadata.wire}, which is not served")
        return found

    @cached_property
    def _spoken(self) -> dict[str, tuple[str, ...]]:
        return {name: metadata.spoken for name, metadata in self._metadata.items()}

    @cached_property
    def _by_prefix(self) -> dict[str, str]:
        """JSON services by the first part of their X-Amz-Target."""
        found = self._metadata.items()
        return {
            metadata.target_prefix: name
            for name, metadata in found
            if metadata.target_prefix and _JSON in self._spoken[name]
        }

    @cached_property
    def _by_rpc_name(self) -> dict[str, str]:
        """CBOR services by the name they have in a path."""
        found = self._metadata.items()
        return {
            (metadata.target_prefix or "").rpartition(".")[2]: name
            for name, metadata in found
            if CBOR in self._spoken[name]
        }

    @cached_property
    def _by_signing_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name, metadata in self._metadata.items():
            found[metadata.signed_as].append(name)
        return dict(found)

    def _speaks(self, service: str, protocol: str) -> bool:
        return any(wire.startswith(protocol) for wire in self._spoken[service])

    def _by_target(self, target: str) -> Operation:
        prefix, _, name = target.rpartition(".")
        service = self._by_prefix.get(prefix)
        if service is None or name not in self._model(service).operations:
            raise AwsError("UnknownOperationException", f"There is no operation {target!r} here.")
        self._targets[target] = self.operation(service, name, _JSON)
        return self._targets[target]

    def _by_rpc(self, request: Request) -> Operation:
        found = _RPC_PATH.search(request.path)
        service = self._by_rpc_name.get(found["service"]) if found else None
        if request.headers["smithy-protocol"] != "rpc-v2-cbor" or found is None or service is None:
            raise AwsError("UnknownOperationException", f"There is no operation at {request.path} here.", 404)
        if request.method != "POST" or found["operation"] not in self._model(service).operations:
            raise AwsError("UnknownOperationException", f"There is no operation {found['operation']!r} here.", 404)
        return self.operation(service, found["operation"], CBOR)

    def _candidates(self, request: Request) -> list[str]:
        """The services a request without target may be for, the likeliest first and S3 last."""
        signed = scope(request)
        named = self._by_signing_name.get(signed.service, []) if signed else self._services
        return sorted(named, key=lambda name: (name == "s3", not self._speaks(name, "rest-")))

    def _action(self, request: Request, services: list[str]) -> Operation | None:
        """The operation a query request's Action names; None where some service is told by path instead."""
        spoken = [name for name in services if self._speaks(name, _QUERY)]
        form = read_form(request) if spoken and _may_be_query(request) else {}
        name, version = form.get("Action"), form.get("Version")
        for service in spoken:
            if name in self._model(service).operations and version in (None, self._metadata[service].api_version):
                return self.operation(service, name, _QUERY)
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

    def _likeliest(self, request: Request) -> tuple[str, str]:
        """The service that a request nobody knows was probably for, and the protocol to answer it in."""
        target = request.headers.get("x-amz-target")
        if target is not None:
            service = self._by_prefix.get(target.rpartition(".")[0]) or self._first(_JSON)
            return service, _JSON if service in self._by_prefix.values() else self._metadata[service].wire
        candidates = self._candidates(request) or list(self._services)
        if "smithy-protocol" in request.headers:
            return next((name for name in candidates if self._speaks(name, CBOR)), candidates[0]), CBOR
        if _may_be_query(request):
            for service in candidates:
                if self._speaks(service, _QUERY):
                    return service, _QUERY
        elif scope(request) is None and "s3" in self._services:
            return "s3", self._metadata["s3"].wire
        return candidates[0], self._metadata[candidates[0]].wire

    def _first(self, protocol: str) -> str:
        return next((name for name in self._services if self._speaks(name, protocol)), self._services[0])


def readable_services(folder: Path) -> list[str]:
    """The services that a folder adds; a model that cannot be read or served is logged and left out."""
    return [name for name in added_services(folder) if _is_readable(name, folder)]


def _is_readable(service: str, folder: Path) -> bool:
    try:
        model = read_model(service, folder)
    except (ValueError, OSError) as error:
        _log.warning("the model of %s in %s cannot be read: %s", service, folder, error)
        return False
    if not model.metadata.spoken:
        _log.warning("%s, whose model is in %s, speaks %s, which is not served", service, folder, model.metadata.wire)
    return bool(model.metadata.spoken)


def _may_be_query(request: Request) -> bool:
    return request.path in ("/", "") and (is_form(request) or "Action=" in request.query)


def _kept(cache: dict[K, V], key: K, make: Callable[[], V]) -> V:
    if key not in cache:
        cache[key] = make()
    return cache[key]
