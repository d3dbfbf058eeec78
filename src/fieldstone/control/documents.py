"""What a program is told of its job: the documents in ``/opt/ml/input/config``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fieldstone.contract.paths import Layout

HOST: Final = "algo-1"
"""The name of a job's first host, and of its log stream."""


def training_documents(layout: Layout, job: dict[str, Any], host: str, hosts: Sequence[str]) -> dict[Path, Any]:
    """The documents of a training job's contract folder: hyperparameters, channels, hosts, checkpoints.

    Args:
        layout: The folder of one host.
        job: The job's document.
        host: The name of this host.
        hosts: Those of all.
    """
    resources = job["ResourceConfig"]
    instance_type = resources.get("InstanceType", "")
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance_type, "hosts": [*hosts]}
    documents: dict[Path, Any] = {
        layout.hyperparameters: job.get("HyperParameters", {}),
        layout.input_data_config: _channels(job),
        layout.resource_config: {
            "current_host": host,
            "current_instance_type": instance_type,
            "current_group_name": group["instance_group_name"],
            "hosts": [*hosts],
            "instance_groups": [group],
            "network_interface_name": "lo",
        },
    }
    if "CheckpointConfig" in job:
        local = job["CheckpointConfig"].get("LocalPath", "/opt/ml/checkpoints")
        documents[layout.checkpoint_config] = {"S3Uri": job["CheckpointConfig"]["S3Uri"], "LocalPath": local}
    return documents


def _channels(job: dict[str, Any]) -> dict[str, Any]:
    mode = job["AlgorithmSpecification"]["TrainingInputMode"]
    return {channel["ChannelName"]: _described(channel, mode) for channel in job.get("InputDataConfig", [])}


def _described(channel: dict[str, Any], job_mode: str) -> dict[str, str]:
    source = channel["DataSource"].get("S3DataSource", {})
    described = {
        "TrainingInputMode": channel.get("InputMode", job_mode),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return described | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})
