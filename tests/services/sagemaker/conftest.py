"""The families of SageMaker's resources: what creates one, and what AWS says of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore import xform_name

ROLE = "arn:aws:iam::123456789012:role/service-role/FieldstoneRole"
NOBODYS_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/nobodys:1"
"""No program runs for it: what serves it fails at once, and nothing is started."""
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
GPUS = "ml.g5.xlarge"
"""A job on it fails at once where there is no GPU, and nothing is started."""

MODEL = {"ModelName": "the-model", "PrimaryContainer": {"Image": NOBODYS_IMAGE}, "ExecutionRoleArn": ROLE}
VARIANT = {
    "VariantName": "all",
    "ModelName": "the-model",
    "InitialInstanceCount": 1,
    "InstanceType": "ml.m5.large",
    "InitialVariantWeight": 1.0,
}


@dataclass(frozen=True)
class Family:
    """One kind of resource.

    Attributes:
        kind: AWS's name for it.
        arn: The last part of its ARN, before the name.
        listed: The member of List's answer that holds the page.
        request: What creates one, but for its name.
        missing: What AWS says when there is none; ``{}`` stands for the ARN.
        taken: The code and the words when there is one already.
        needs: What has to be created first.
        ascending: Whether List begins with the oldest one.
        ends_as: The status it comes to by itself, where it has one.
        deletable: Whether it can be deleted at once.
    """

    kind: str
    arn: str
    listed: str
    request: dict[str, Any]
    missing: str
    taken: tuple[str, str]
    needs: dict[str, dict[str, Any]] = field(default_factory=dict)
    ascending: bool = False
    ends_as: str = ""
    deletable: bool = False

    def __str__(self) -> str:
        return self.kind

    def call(self, verb: str, *, plural: bool = False) -> str:
        return xform_name(f"{verb}{self.kind}{'s' * plural}")


FAMILIES = [
    Family(
        "TrainingJob",
        "training-job",
        "TrainingJobSummaries",
        {
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
            "ResourceConfig": {"InstanceType": GPUS, "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "HyperParameters": {"num_round": "10"},
        },
        "Requested resource not found.",
        ("ResourceInUse", "Training job names must be unique within an AWS account and region"),
        ascending=True,
        ends_as="Failed",
    ),
    Family(
        "ProcessingJob",
        "processing-job",
        "ProcessingJobSummaries",
        {
            "AppSpecification": {
                "ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/x.py"],
            },
            "ProcessingResources": {"ClusterConfig": {"InstanceType": GPUS, "InstanceCount": 1, "VolumeSizeInGB": 30}},
            "RoleArn": ROLE,
            "Environment": {"A": "1"},
            "NetworkConfig": {
                "EnableNetworkIsolation": True,
                "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
            },
            "ExperimentConfig": {"ExperimentName": "e", "TrialComponentDisplayName": "c"},
        },
        "Requested resource not found.",
        ("ResourceInUse", "Processing job names must be unique within an AWS account and region"),
        ascending=True,
    ),
    Family(
        "TransformJob",
        "transform-job",
        "TransformJobSummaries",
        {
            "ModelName": "the-model",
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/"}},
                "ContentType": "text/csv",
            },
            "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
        "Requested resource not found.",
        ("ResourceInUse", "Transform job names must be unique within an AWS account and region"),
        needs={"create_model": MODEL},
        ends_as="Failed",
    ),
    Family(
        "Model",
        "model",
        "Models",
        {"PrimaryContainer": {"Image": NOBODYS_IMAGE, "Environment": {"A": "1"}}, "ExecutionRoleArn": ROLE},
        'Could not find model "{}".',
        ("ValidationException", "Cannot create already existing model "),
        deletable=True,
    ),
    Family(
        "EndpointConfig",
        "endpoint-config",
        "EndpointConfigs",
        {"ProductionVariants": [VARIANT]},
        'Could not find endpoint configuration "{}".',
        ("ValidationException", "Cannot create already existing endpoint configuration "),
        needs={"create_model": MODEL},
        deletable=True,
    ),
    Family(
        "Endpoint",
        "endpoint",
        "Endpoints",
        {"EndpointConfigName": "the-config"},
        'Could not find endpoint "{}".',
        ("ValidationException", "Cannot create already existing endpoint "),
        needs={
            "create_model": MODEL,
            "create_endpoint_config": {"EndpointConfigName": "the-config", "ProductionVariants": [VARIANT]},
        },
        ends_as="Failed",
    ),
]


class Resources:
    """The resources of one family, as a client of one account sees them."""

    def __init__(self, family: Family, sagemaker: Any) -> None:
        self.family = family
        self.sagemaker = sagemaker

    def prepare(self) -> None:
        """Create what the family needs."""
        for call, request in self.family.needs.items():
            getattr(self.sagemaker, call)(**request)

    def create(self, name: str, **more: Any) -> str:
        """Create one; its ARN."""
        return self._call("Create", name, **self.family.request, **more)[f"{self.family.kind}Arn"]

    def describe(self, name: str) -> dict[str, Any]:
        return self._call("Describe", name)

    def delete(self, name: str) -> None:
        self._call("Delete", name)

    def page(self, **request: Any) -> dict[str, Any]:
        return getattr(self.sagemaker, self.family.call("List", plural=True))(**request)

    def names(self, **request: Any) -> list[str]:
        return [item[f"{self.family.kind}Name"] for item in self.page(**request)[self.family.listed]]

    def status(self, name: str) -> str:
        return self.describe(name)[f"{self.family.kind}Status"]

    def _call(self, verb: str, name: str, **request: Any) -> dict[str, Any]:
        return getattr(self.sagemaker, self.family.call(verb))(**{f"{self.family.kind}Name": name}, **request)


@pytest.fixture
def sagemaker(aws: Callable[..., Any]) -> Any:
    return aws("sagemaker")


@pytest.fixture(params=FAMILIES, ids=str)
def family(request: pytest.FixtureRequest) -> Family:
    """Each family in turn."""
    return request.param


@pytest.fixture
def resources(family: Family, sagemaker: Any) -> Resources:
    """Each family's resources in turn, with what they need."""
    resources = Resources(family, sagemaker)
    resources.prepare()
    return resources
