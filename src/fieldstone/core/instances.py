"""Instance types: what AWS's machines have, and how much of this machine stands for them."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

_GIB: Final = 1 << 30
_VCPUS: Final = {"medium": 1, "large": 2, "xlarge": 4}
_SIZE: Final = re.compile(r"(?P<factor>[1-9]\d*)?(?P<size>medium|large|xlarge)")


class Instance(NamedTuple):
    """What an instance type has.

    Attributes:
        vcpus: How many programs run at a time.
        memory: In bytes.
        gpus: GPUs, or Trainium, Inferentia and Gaudi chips.
    """

    vcpus: int
    memory: int
    gpus: int


@cache
def find_instance(instance_type: str) -> Instance | None:
    """What AWS's ``ml.FAMILY.SIZE`` has; None for ``local`` and what is no such type."""
    table = _table()
    name = instance_type.removeprefix("ml.")
    if name in table["exceptions"]:
        vcpus, gib, gpus = table["exceptions"][name]
        return Instance(vcpus, gib * _GIB, gpus)
    family, _, size = name.partition(".")
    match = _SIZE.fullmatch(size)
    if match is None or family not in table["gib_per_vcpu"]:
        return None
    vcpus = int(match["factor"] or 1) * _VCPUS[match["size"]]
    return Instance(vcpus, int(vcpus * table["gib_per_vcpu"][family] * _GIB), 0)


def cores_of(instance_type: str, everything: int) -> int:
    """The cores that a job on an instance type asks for.

    Args:
        instance_type: Such as ``ml.m5.xlarge``; ``local`` and what is no type of AWS's get ``everything``.
        everything: The cores of this machine; no type has more here.
    """
    instance = find_instance(instance_type)
    return everything if instance is None else min(instance.vcpus, everything)


def memory_of(instance_type: str, everything: int) -> int:
    """The bytes of memory that a job on an instance type may use, by the same rules as its cores."""
    instance = find_instance(instance_type)
    return everything if instance is None else min(instance.memory, everything)


def gpus_of(instance_type: str) -> int:
    """The GPUs, or other accelerators, that an instance type promises; ``local_gpu`` promises one."""
    instance = find_instance(instance_type)
    return int(instance_type == "local_gpu") if instance is None else instance.gpus


def instance_types(resources: dict[str, Any]) -> list[str]:
    """The types of a job's instances: its groups', the one selected from its preferences, or the one it names.

    Args:
        resources: A ResourceConfig, ClusterConfig or TransformResources, as its job's document has it.
    """
    groups: list[dict[str, Any]] = resources.get("InstanceGroups") or [resources]
    named = (group.get("InstanceType") or group.get("SelectedInstanceType") for group in groups)
    return [name for name in named if name]


def select_instances(resources: dict[str, Any]) -> dict[str, Any]:
    """What a job's document says of the type selected from its preferences: the first, for all are to be had here."""
    if "InstancePreferences" not in resources:
        return {}
    first = resources["InstancePreferences"][0]
    count = first.get("InstanceCount", resources.get("InstanceCount", 1))
    return {"SelectedInstanceType": first["InstanceType"], "SelectedInstanceCount": count}


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("fieldstone.core").joinpath("instances.toml").read_text())
