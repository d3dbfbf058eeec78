"""Which operations are built: the services' models held against the registry."""

from fieldstone.gateway.invocations import OPERATION
from fieldstone.services.catalog import SERVICES
from fieldstone.services.operation import Handler
from fieldstone.wire.catalog import Catalog


def coverage() -> dict[str, dict[str, bool]]:
    """For each service, its operations in the model's order, and whether each is built."""
    catalog = Catalog(list(SERVICES))
    built = {OPERATION} | {
        (service, name)
        for service, modules in SERVICES.items()
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Handler)
    }
    return {
        service: {
            name: (service, catalog.operation(service, name).function) in built for name in catalog.operations(service)
        }
        for service in SERVICES
    }
