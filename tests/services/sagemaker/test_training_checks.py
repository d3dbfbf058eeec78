"""What CreateTrainingJob refuses."""

from typing import Any

import pytest
from tests.services.conftest import refusal

CHANNEL = "InputDataConfig.0."
SOURCE = CHANNEL + "DataSource.S3DataSource."
GROUP = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "a"}
FILE_SYSTEM = {
    "FileSystemId": "fs-00000000000000001",
    "FileSystemAccessMode": "ro",
    "FileSystemType": "EFS",
    "DirectoryPath": "/data",
}


def training_job() -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train/"}
    return {
        "TrainingJobName": "job",
        "AlgorithmSpecification": {"TrainingImage": "xgboost:1", "TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::123456789012:role/Role",
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


def set_member(request: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    target: Any = request
    for name in parents:
        target = target[int(name) if name.isdigit() else name]
    target[last] = value


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {CHANNEL + "CompressionType": "Gzip"},
            "Invalid compression type for channel train: File mode only supports NONE, got Gzip instead",
        ),
        (
            {CHANNEL + "RecordWrapperType": "RecordIO", CHANNEL + "InputMode": "FastFile"},
            "Invalid record wrapper type for channel train: FastFile mode only supports NONE, got RecordIO instead",
        ),
        (
            {SOURCE + "S3DataType": "AugmentedManifestFile", SOURCE + "AttributeNames": ["a"]},
            (
                "Invalid S3DataType for channel train: AugmentedManifestFile can only be used in Pipe mode, "
                "got File instead"
            ),
        ),
        (
            {SOURCE + "S3DataType": "AugmentedManifestFile", CHANNEL + "InputMode": "Pipe"},
            "Invalid S3DataType for channel train: AugmentedManifestFile needs AttributeNames",
        ),
        (
            {SOURCE + "S3DataType": "ManifestFile", CHANNEL + "InputMode": "FastFile"},
            "Invalid S3DataType for channel train: FastFile mode only supports S3Prefix, got ManifestFile instead",
        ),
        (
            {CHANNEL + "DataSource": {"FileSystemDataSource": FILE_SYSTEM}},
            (
                "Invalid data source for channel train: only S3DataSource is available here. There is no Amazon EFS or "
                "FSx file system to mount; put the data into S3 and use FastFile mode."
            ),
        ),
        (
            {"InputDataConfig": training_job()["InputDataConfig"] * 2},
            "Invalid request: channel names must be unique, and train is given more than once.",
        ),
        (
            {"ResourceConfig": {"InstanceGroups": [GROUP], "VolumeSizeInGB": 1}, SOURCE + "InstanceGroupNames": ["b"]},
            "Invalid InstanceGroupNames for channel train: there is no instance group b",
        ),
        (
            {"StoppingCondition.MaxWaitTimeInSeconds": 60},
            "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true",
        ),
        (
            {"StoppingCondition.MaxWaitTimeInSeconds": 59, "EnableManagedSpotTraining": True},
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds",
        ),
        (
            {"CheckpointConfig": {"S3Uri": "s3://bucket/kept", "LocalPath": "/opt/ml/../../etc"}},
            (
                "Invalid LocalPath /opt/ml/../../etc in CheckpointConfig: here it must be a folder below /opt/ml, "
                "and not in /opt/ml/input"
            ),
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(aws: Any, changes: dict[str, Any], message: str) -> None:
    """Before anything is written down."""
    request = training_job()
    for path, value in changes.items():
        set_member(request, path, value)

    refused = refusal(aws("sagemaker").create_training_job, **request)

    assert (refused.code, refused.message) == ("ValidationException", message)
    assert not aws("sagemaker").list_training_jobs()["TrainingJobSummaries"]
