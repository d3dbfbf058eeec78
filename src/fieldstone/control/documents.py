"""What a program is told of its job: the documents in ``/opt/ml/input/config``."""

from pathlib import Path
from typing import Any

from fieldstone.contract.paths import Layout
from fieldstone.control.checkpoints import checkpoint_path
from fieldstone.control.hosts import Host, describe_hosts, hosts_of

_TENSORS = "/opt/ml/output/tensors"


def training_documents(layout: Layout, job: dict[str, Any], host: int = 0) -> dict[Path, Any]:
    """The documents in the contract folder of one of a training job's hosts, by path.

    Hyperparameters, channels and hosts are always told; checkpoints and the debugger's hook if the job has them.
    """
    hosts = hosts_of(job["ResourceConfig"])
    documents: dict[Path, Any] = {
        layout.hyperparameters: job.get("HyperParameters", {}),
        layout.input_data_config: _channels(job, hosts[host]),
        layout.resource_config: describe_hosts(hosts, host),
    }
    if "CheckpointConfig" in job:
        documents[layout.checkpoint_config] = job["CheckpointConfig"] | {"LocalPath": checkpoint_path(job)}
    if "DebugHookConfig" in job:
        documents[layout.debug_hook_config] = {"LocalPath": _TENSORS, **job["DebugHookConfig"]}
    return documents


def _channels(job: dict[str, Any], host: Host) -> dict[str, Any]:
    mode = job["AlgorithmSpecification"]["TrainingInputMode"]
    return {
        channel["ChannelName"]: _described(channel, mode)
        for channel in job.get("InputDataConfig", [])
        if host.group in channel["DataSource"].get("S3DataSource", {}).get("InstanceGroupNames", [host.group])
    }


def _described(channel: dict[str, Any], job_mode: str) -> dict[str, str]:
    """A channel as ``inputdataconfig.json`` tells it; AWS calls FastFile mode File there."""
    source = channel["DataSource"].get("S3DataSource", {})
    mode = channel.get("InputMode", job_mode)
    described = {
        "TrainingInputMode": "File" if mode == "FastFile" else mode,
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return described | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})
