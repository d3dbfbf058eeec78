"""What a job's instance types promise, held against this machine."""

import os
from typing import Any, Final

from fieldstone.control.failures import JobFailedError
from fieldstone.core.instances import cores_of, gpus_of, instance_types, memory_of
from fieldstone.engine.accelerators import count_accelerators

_MACHINE: Final = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def cores_for(resources: dict[str, Any], everything: int) -> int:
    """The cores that each host of a job asks for; of instances that differ, the largest.

    Args:
        resources: A ResourceConfig, ClusterConfig or TransformResources.
        everything: The cores of this machine.
    """
    return max((cores_of(name, everything) for name in instance_types(resources)), default=everything)


def memory_for(resources: dict[str, Any]) -> int:
    """The bytes of memory that each host of a job may take: its instance's, at most this machine's."""
    return max((memory_of(name, _MACHINE) for name in instance_types(resources)), default=_MACHINE)


def require_gpus(resources: dict[str, Any]) -> None:
    """Fail a job on instances with GPUs where there is none; on a machine that has some, it takes what there is.

    Args:
        resources: A ResourceConfig, ClusterConfig or TransformResources.

    Raises:
        JobFailedError: In AWS's words for instances that are not to be had.
    """
    for instance_type in instance_types(resources):
        if gpus_of(instance_type) and not count_accelerators():
            raise JobFailedError(
                "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML "
                f"instance type: {instance_type} has a GPU, and this machine has none."
            )
