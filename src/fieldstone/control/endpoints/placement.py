"""Room for the copies of inference components on the instances of an endpoint."""

import os
from typing import Any, Final, NamedTuple

from fieldstone.control.failures import JobFailedError
from fieldstone.core.instances import find_instance
from fieldstone.services.operation import Context
from fieldstone.services.sagemaker.component_rows import components_on
from fieldstone.services.sagemaker.endpoints import ENDPOINT
from fieldstone.services.sagemaker.resources import lookup
from fieldstone.store.resources import Row

_MACHINE: Final = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
_MIB: Final = 1 << 20


class Share(NamedTuple):
    """A part of an instance, or what is left of one."""

    cores: float
    memory: float
    accelerators: float = 0

    def without(self, taken: "Share") -> "Share | None":
        """What is left; None where it is not enough."""
        left = Share(*(mine - others for mine, others in zip(self, taken, strict=True)))
        return left if min(left) >= 0 else None


def find_room(ctx: Context, component: Row, entry: dict[str, Any], count: int) -> None:
    """See whether so many copies of a component fit beside those of the others.

    Raises:
        JobFailedError: They do not, in AWS's words.
    """
    free = _instances(ctx, component)
    for other in components_on(ctx, component.document["EndpointName"]):
        if other.uid != component.uid and other.document["VariantName"] == component.document["VariantName"]:
            _place(free, _needs(_held(other)), _copies(other, before=other.uid < component.uid))
    if _place(free, _needs(entry), count) < count:
        raise JobFailedError(
            "There is not enough hardware resources on the instances for this endpoint to create a copy of the "
            "inference component."
        )


def _place(free: list[Share], needed: Share, count: int) -> int:
    """Give each copy to the first instance that has room for it; how many found one."""
    for placed in range(count):
        for number, share in enumerate(free):
            left = share.without(needed)
            if left is not None:
                free[number] = left
                break
        else:
            return placed
    return count


def _copies(component: Row, *, before: bool) -> int:
    """How many copies of another component have their room; of one that came before, also those that are coming."""
    counts = component.document["RuntimeConfig"]
    if component.status == "Failed":
        return 0
    return max(counts.values()) if before else counts["CurrentCopyCount"]


def _held(component: Row) -> dict[str, Any]:
    serving = component.internal["serving"] or component.internal["next"]
    return component.internal["entries"][str(serving)]


def _needs(entry: dict[str, Any]) -> Share:
    asked = entry["summary"]["ComputeResourceRequirements"]
    memory = asked["MinMemoryRequiredInMb"] * _MIB
    accelerators = asked.get("NumberOfAcceleratorDevicesRequired", 0.0)
    return Share(asked.get("NumberOfCpuCoresRequired", 0.0), memory, accelerators)


def _instances(ctx: Context, component: Row) -> list[Share]:
    endpoint = lookup(ctx, ENDPOINT, component.document["EndpointName"])
    if endpoint is None:
        return []
    fleet = endpoint.internal["fleets"][str(endpoint.internal["serving"])]
    return [
        _whole(entry["variant"])
        for entry in fleet["variants"]
        if entry["variant"]["VariantName"] == component.document["VariantName"]
        for _ in range(entry["count"])
    ]


def _whole(variant: dict[str, Any]) -> Share:
    """What an instance of AWS's has; where it is none of AWS's, this machine."""
    found = find_instance(variant.get("InstanceType", "local"))
    return Share(os.cpu_count() or 1, _MACHINE) if found is None else Share(found.vcpus, found.memory, found.gpus)
