"""The hosts of a job: their names, instance types and groups."""

from dataclasses import dataclass
from typing import Any, Final

HOST: Final = "algo-1"
"""The name of a job's first host, and of its log stream."""

_ONE_GROUP: Final = "homogeneousCluster"


@dataclass(frozen=True, slots=True)
class Host:
    """One host of a job."""

    name: str
    instance_type: str
    group: str


def hosts_of(resources: dict[str, Any]) -> list[Host]:
    """The hosts that a job's ResourceConfig asks for, numbered through all its groups."""
    groups: list[dict[str, Any]] = resources.get("InstanceGroups") or [{"InstanceGroupName": _ONE_GROUP, **resources}]
    kinds = [
        (group.get("InstanceType", ""), group["InstanceGroupName"])
        for group in groups
        for _ in range(group.get("InstanceCount", 1))
    ]
    return [Host(f"algo-{number}", *kind) for number, kind in enumerate(kinds, 1)]


def describe_hosts(hosts: list[Host], current: int) -> dict[str, Any]:
    """What ``resourceconfig.json`` says on one of the hosts; names are in the order of their letters, as AWS has it."""
    groups = {host.group: host.instance_type for host in hosts}
    here = hosts[current]
    return {
        "current_host": here.name,
        "current_instance_type": here.instance_type,
        "current_group_name": here.group,
        "hosts": sorted(host.name for host in hosts),
        "instance_groups": [
            {
                "instance_group_name": group,
                "instance_type": instance_type,
                "hosts": sorted(host.name for host in hosts if host.group == group),
            }
            for group, instance_type in groups.items()
        ],
        "network_interface_name": "lo",
    }
