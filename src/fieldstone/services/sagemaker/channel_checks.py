"""What the channels and checkpoints of a training job may not be, refused when they are asked for."""

from pathlib import PurePosixPath
from typing import Any, Final

from fieldstone.core.errors import validation_error
from fieldstone.services.operation import Request

_ROOT: Final = PurePosixPath("/opt/ml")
_INPUT: Final = _ROOT / "input"


def check_channels(request: Request) -> None:
    """Refuse data that cannot reach a job, or cannot here.

    Raises:
        AwsError: ValidationException; in AWS's words where they are known.
    """
    groups = [group["InstanceGroupName"] for group in request["ResourceConfig"].get("InstanceGroups", [])]
    for channel in request.get("InputDataConfig", []):
        _check_channel(channel, channel.get("InputMode", request["AlgorithmSpecification"]["TrainingInputMode"]))
        _check_groups(channel, groups)
    _check_checkpoints(request.get("CheckpointConfig", {}))


def _check_channel(channel: dict[str, Any], mode: str) -> None:
    name = channel["ChannelName"]
    if len(channel["DataSource"]) != 1:
        raise validation_error(f"Invalid DataSource of channel {name}. Specify exactly one.")
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise validation_error(
            f"Invalid data source for channel {name}: only S3DataSource is available here. There is no Amazon EFS or "
            "FSx file system to mount; put the data into S3 and use FastFile mode."
        )
    _check_source(name, source, mode)
    if mode != "Pipe":
        for what, member in (("compression type", "CompressionType"), ("record wrapper type", "RecordWrapperType")):
            if (value := channel.get(member, "None")) != "None":
                raise validation_error(
                    f"Invalid {what} for channel {name}: {mode} mode only supports NONE, got {value} instead"
                )


def _check_source(name: str, source: dict[str, Any], mode: str) -> None:
    data_type = source["S3DataType"]
    invalid = f"Invalid S3DataType for channel {name}: "
    if data_type == "Converse":
        raise validation_error(invalid + "Converse belongs to serverless jobs, which do not run here.")
    if data_type == "AugmentedManifestFile" and mode != "Pipe":
        raise validation_error(invalid + f"AugmentedManifestFile can only be used in Pipe mode, got {mode} instead")
    if data_type == "AugmentedManifestFile" and not source.get("AttributeNames"):
        raise validation_error(invalid + "AugmentedManifestFile needs AttributeNames")
    if data_type != "S3Prefix" and mode == "FastFile":
        raise validation_error(invalid + f"FastFile mode only supports S3Prefix, got {data_type} instead")


def _check_groups(channel: dict[str, Any], groups: list[str]) -> None:
    for group in channel["DataSource"].get("S3DataSource", {}).get("InstanceGroupNames", []):
        if group not in groups:
            name = channel["ChannelName"]
            raise validation_error(f"Invalid InstanceGroupNames for channel {name}: there is no instance group {group}")


def _check_checkpoints(config: dict[str, Any]) -> None:
    given = config.get("LocalPath", "/opt/ml/checkpoints")
    path = PurePosixPath(given)
    inside = path.is_relative_to(_ROOT) and path != _ROOT and not path.is_relative_to(_INPUT)
    if not inside or ".." in path.parts:
        raise validation_error(
            f"Invalid LocalPath {given} in CheckpointConfig: here it must be a folder below /opt/ml, and not in "
            "/opt/ml/input"
        )
