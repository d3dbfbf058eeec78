"""How far each operation is built: the services' models held against the registry."""

from typing import Literal

from fieldstone.gateway.invocations import OPERATIONS
from fieldstone.services.catalog import SERVICES
from fieldstone.services.operation import Handler
from fieldstone.wire.catalog import Catalog

Depth = Literal["real", "document"]
"""Whether an operation does what it says, or keeps the document and does no more."""


def coverage() -> dict[str, dict[str, Depth | None]]:
    """For each service, its operations in the model's order, and how far each is built; None is not at all."""
    catalog = Catalog(list(SERVICES))
    built: dict[tuple[str, str], Depth] = dict.fromkeys(OPERATIONS, "real")
    for service, modules in SERVICES.items():
        for module in modules:
            for name, value in vars(module).items():
                if isinstance(value, Handler):
                    built[service, name] = "document" if value.documents else "real"
    return {
        service: {
            name: built.get((service, catalog.operation(service, name).function))
            for name in catalog.operations(service)
        }
        for service in SERVICES
    }
