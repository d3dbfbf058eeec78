"""What a job's instance types promise, held against this machine."""

from typing import Any

from fieldstone.control.failures import JobFailedError
from fieldstone.core.instances import gpus_of, instance_types
from fieldstone.engine.accelerators import count_accelerators


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
