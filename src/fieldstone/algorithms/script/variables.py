"""The SM_ variables: everything that a script may ask of its job, as AWS's training toolkit names it."""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from fieldstone.algorithms.script.frameworks import count_cores, count_gpus
from fieldstone.algorithms.script.hyperparameters import to_arguments
from fieldstone.algorithms.script.setting import Setting

_GROUP: Final = "homogeneousCluster"
_INFO: Final = 20
_ONLY_IN_THE_WHOLE: Final = (
    "additional_framework_parameters",
    "channel_input_dirs",
    "distribution_hosts",
    "hyperparameters",
    "is_master",
    "is_modelparallel_enabled",
    "is_smddpmprun_installed",
    "is_smddprun_installed",
    "job_name",
    "master_hostname",
)
"""What has no variable of its own, and stands in SM_TRAINING_ENV alone."""
_OPTIONAL: Final = ("topology",)


def script_variables(setting: Setting) -> dict[str, str]:
    """The variables of a script: SM_ and those few that the toolkit sets beside them."""
    facts = _paths(setting) | _hosts(setting) | _program(setting) | _machine()
    facts["channel_input_dirs"] = {name: str(setting.layout.channel(name)) for name in setting.channels}
    alone = {
        name: value
        for name, value in facts.items()
        if name not in _ONLY_IN_THE_WHOLE and (value or name not in _OPTIONAL)
    }
    alone |= {
        "hps": facts["hyperparameters"],
        "framework_params": facts["additional_framework_parameters"],
        "channels": sorted(setting.channels),
        "training_env": facts,
        "user_args": to_arguments(setting.parameters.own),
        **{f"channel_{name}": path for name, path in facts["channel_input_dirs"].items()},
        **{f"hp_{name}": value for name, value in setting.parameters.own.items()},
    }
    return _to_variables(alone) | _beside(setting)


def _paths(setting: Setting) -> dict[str, Any]:
    layout = setting.layout
    return {
        "input_dir": str(layout.root / "input"),
        "input_config_dir": str(layout.input_config),
        "output_dir": str(layout.output),
        "output_data_dir": str(layout.output_data),
        "output_intermediate_dir": str(layout.intermediate),
        "model_dir": str(layout.model),
        "module_dir": setting.source,
    }


def _hosts(setting: Setting) -> dict[str, Any]:
    resources = setting.resources
    group = resources.get("current_group_name", _GROUP)
    groups = {item["instance_group_name"]: item for item in resources.get("instance_groups", [])}
    spread = _distributed_groups(setting, group)
    hosts = [host for name, item in groups.items() if name in spread for host in item["hosts"]]
    distributed = hosts if groups else list(setting.hosts)
    master = (distributed or setting.hosts)[0]
    return {
        "hosts": setting.hosts,
        "current_host": resources["current_host"],
        "current_instance_type": resources.get("current_instance_type", "local"),
        "current_instance_group": group,
        "current_instance_group_hosts": groups.get(group, {}).get("hosts", []),
        "instance_groups": list(groups),
        "instance_groups_dict": groups,
        "distribution_instance_groups": spread,
        "distribution_hosts": distributed,
        "is_hetero": len(groups) > 1,
        "is_master": resources["current_host"] == master,
        "master_hostname": master,
        "network_interface_name": resources.get("network_interface_name", "eth0"),
        "topology": resources.get("topology", []),
        "resource_config": resources,
    }


def _distributed_groups(setting: Setting, group: str) -> list[str]:
    asked = setting.parameters.framework
    if "sagemaker_distribution_instance_groups" in asked:
        return asked["sagemaker_distribution_instance_groups"]
    return [group] if any(name.endswith("_enabled") and value for name, value in asked.items()) else []


def _program(setting: Setting) -> dict[str, Any]:
    return {
        "hyperparameters": setting.parameters.own,
        "additional_framework_parameters": setting.parameters.framework,
        "input_data_config": setting.channels,
        "user_entry_point": setting.program,
        "module_name": setting.module,
        "framework_module": setting.framework.entry or None,
        "log_level": setting.parameters.platform.get("sagemaker_container_log_level", _INFO),
        "job_name": os.environ.get("TRAINING_JOB_NAME"),
    }


def _machine() -> dict[str, Any]:
    return {
        "num_cpus": count_cores(),
        "num_gpus": count_gpus(),
        "num_neurons": 0,
        "is_modelparallel_enabled": None,
        "is_smddprun_installed": False,
        "is_smddpmprun_installed": False,
    }


def _beside(setting: Setting) -> dict[str, str]:
    platform = setting.parameters.platform
    region = platform.get("sagemaker_region") or os.environ.get("AWS_REGION", "")
    return {
        "CURRENT_HOST": setting.resources["current_host"],
        "SAGEMAKER_JOB_NAME": str(platform.get("sagemaker_job_name", "")),
        "SAGEMAKER_REGION": str(region),
    } | ({"MASTER_ADDR": setting.hosts[0], "MASTER_PORT": "7777"} if setting.framework.name == "pytorch" else {})


def _to_variables(facts: Mapping[str, Any]) -> dict[str, str]:
    return {f"SM_{name.upper()}": _text(value) for name, value in facts.items() if "=" not in name}


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
