"""Image classification from the client's side: boto3, and SDK v2 with the address of the image."""

import io
import json
import os
import re
import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.exceptions import WaiterError
from tests.algorithms.image_classification.conftest import (
    HYPERPARAMETERS,
    IMAGE,
    RECORDIO,
    TORCH,
    draw_images,
    png,
    rec,
)
from tests.conftest import wait_until
from tests.journeys.conftest import ROLE, training_request

PAGE = Path(__file__).parents[4] / "docs" / "algorithms" / "image-classification.md"
PROGRAM = "811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1"
PATIENCE = {"Delay": 1, "MaxAttempts": 300}
LEARNS = HYPERPARAMETERS | {"epochs": "12", "mini_batch_size": "8", "num_training_samples": "96"}


def put(bucket: str, objects: dict[str, bytes]) -> None:
    for key, body in objects.items():
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def channel(bucket: str, name: str, content_type: str, **source: Any) -> dict[str, Any]:
    found = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{name}/", "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "ContentType": content_type, "DataSource": {"S3DataSource": found | source}}


def request(bucket: str, channels: list[dict[str, Any]], name: str, mode: str = "File", **given: str) -> dict[str, Any]:
    asked = training_request(bucket, f"{bucket[-8:]}-{name}")
    asked["AlgorithmSpecification"] = {"TrainingImage": PROGRAM, "TrainingInputMode": mode}
    return asked | {"InputDataConfig": channels, "HyperParameters": LEARNS | given}


def run(asked: dict[str, Any]) -> dict[str, Any]:
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_training_job(**asked)
    name = asked["TrainingJobName"]
    with suppress(WaiterError):  # it has failed
        sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name, WaiterConfig=PATIENCE)
    return sagemaker.describe_training_job(TrainingJobName=name)


def metrics(job: dict[str, Any]) -> dict[str, float]:
    return {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}


def model_files(job: dict[str, Any]) -> list[str]:
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return sorted(name.removeprefix("./") for name in tar.getnames() if name != ".")


@pytest.fixture
def recorded(lake: str) -> list[dict[str, Any]]:
    """The channels of two files of records."""
    put(lake, {"train/a.rec": rec(*draw_images(96)), "validation/a.rec": rec(*draw_images(48, seed=1))})
    return [channel(lake, name, RECORDIO) for name in ("train", "validation")]


def answers(name: str, images: Any) -> list[list[float]]:
    """What an endpoint of the model of this name says of some images, and that it refuses what is none."""
    sagemaker, runtime = boto3.client("sagemaker"), boto3.client("sagemaker-runtime")
    variant = {"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=PATIENCE)
    replies = [runtime.invoke_endpoint(EndpointName=name, ContentType=IMAGE, Body=png(image)) for image in images]
    with pytest.raises(runtime.exceptions.ModelError, match="it is no JPEG or PNG image"):
        runtime.invoke_endpoint(EndpointName=name, ContentType=IMAGE, Body=b"hello")
    sagemaker.delete_endpoint(EndpointName=name)
    return [json.loads(reply["Body"].read()) for reply in replies]


def transformed(lake: str, name: str, images: Any) -> list[list[float]]:
    """What a transform of the model of this name says of some images, an object each."""
    sagemaker, s3 = boto3.client("sagemaker"), boto3.client("s3")
    put(lake, {f"batch/{number}.png": png(image) for number, image in enumerate(images)})
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{lake}/batch/"}}
    sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=name,
        TransformInput={"DataSource": source, "ContentType": IMAGE, "SplitType": "None"},
        TransformOutput={"S3OutputPath": f"s3://{lake}/out", "Accept": "application/jsonlines"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    sagemaker.get_waiter("transform_job_completed_or_stopped").wait(TransformJobName=name, WaiterConfig=PATIENCE)
    bodies = [s3.get_object(Bucket=lake, Key=f"out/{number}.png.out")["Body"].read() for number in range(len(images))]
    return [json.loads(body)["prediction"] for body in bodies]


def test_records_train_a_model_that_answers_and_transforms_images(lake: str, recorded: list[dict[str, Any]]) -> None:
    """Through pipes; an endpoint takes an image and gives a list, a transform one object each."""
    job = run(request(lake, recorded, "piped", "Pipe"))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert set(metrics(job)) == {"train:accuracy", "validation:accuracy"}
    _, *others = model_files(job)
    assert others == ["image-classification-symbol.json", "model-shapes.json"]
    container = {"Image": PROGRAM, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    name = lake[-8:]
    boto3.client("sagemaker").create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    images, labels = draw_images(9, seed=2)
    told = answers(name, images)

    assert np.mean(np.argmax(told, axis=1) == labels) > 0.8
    assert np.sum(told, axis=1) == pytest.approx(np.ones(9))
    np.testing.assert_allclose(transformed(lake, name, images), told, rtol=1e-4, atol=1e-6)


def test_a_model_is_trained_further_if_its_network_is_the_same(lake: str, recorded: list[dict[str, Any]]) -> None:
    """By the channel of incremental training; else the job is told what differs."""
    uri = run(request(lake, recorded, "first"))["ModelArtifacts"]["S3ModelArtifacts"]
    further = [*recorded, channel(lake, "model", "application/x-sagemaker-model", S3Uri=uri)]
    again = run(request(lake, further, "second", epochs="1", learning_rate="0"))
    other = run(request(lake, further, "third", num_layers="32"))

    assert again["TrainingJobStatus"] == "Completed", again.get("FailureReason")
    assert metrics(again)["validation:accuracy"] > 0.8
    assert other["FailureReason"].startswith(
        "ClientError: num_layers of the model in the model channel is 20, and num_layers of this job is 32"
    )


def test_an_augmented_manifest_is_learnt_from(lake: str) -> None:
    """Images and labels by their names, of several classes each, as Ground Truth writes them."""
    channels = []
    for name, count, seed in (("train", 96, 0), ("validation", 48, 1)):
        images, labels = draw_images(count, seed=seed)
        put(lake, {f"{name}/{number}.png": png(image) for number, image in enumerate(images)})
        lines = [
            {"source-ref": f"s3://{lake}/{name}/{number}.png", "class": [int(label)], "class-metadata": {"type": "x"}}
            for number, label in enumerate(labels)
        ]
        put(lake, {f"{name}.manifest": "\n".join(map(json.dumps, lines)).encode()})
        source = {
            "S3DataType": "AugmentedManifestFile", "S3Uri": f"s3://{lake}/{name}.manifest",
            "AttributeNames": ["source-ref", "class"],
        }  # fmt: skip
        found = channel(lake, name, f"{RECORDIO}; label-format=class-id", **source)
        channels.append(found | {"RecordWrapperType": "RecordIO", "InputMode": "Pipe"})
    job = run(request(lake, channels, "manifest", "Pipe", multi_label="1", use_weighted_loss="1"))

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert metrics(job)["validation:accuracy"] > 0.6


def test_two_instances_learn_one_network(lake: str, recorded: list[dict[str, Any]]) -> None:
    """Which the first one leaves."""
    asked = request(lake, recorded, "hosts", kv_store="dist_sync")
    asked["ResourceConfig"] |= {"InstanceCount": 2}
    job = run(asked)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert len(model_files(job)) == 3


def test_a_job_that_is_stopped_has_a_model(lake: str, recorded: list[dict[str, Any]]) -> None:
    """The best of its epochs."""
    sagemaker, asked = boto3.client("sagemaker"), request(lake, recorded, "stopped", epochs="100000")
    name = asked["TrainingJobName"]
    sagemaker.create_training_job(**asked)
    wait_until(
        lambda: (
            sagemaker.describe_training_job(TrainingJobName=name).get("FinalMetricDataList")
            or sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "Failed"
            or any("Epoch[1]" in event["message"] for event in events(name))
        ),
        120,
    )
    sagemaker.stop_training_job(TrainingJobName=name)
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name, WaiterConfig=PATIENCE)
    job = sagemaker.describe_training_job(TrainingJobName=name)

    assert job["TrainingJobStatus"] == "Stopped"
    assert len(model_files(job)) == 3


def events(name: str) -> list[dict[str, Any]]:
    logs = boto3.client("logs")
    found = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamNamePrefix": f"{name}/"}
    try:
        return logs.filter_log_events(**found)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []


def test_the_example_on_the_page_trains(pointed: str, tmp_path: Path) -> None:
    """Where Pillow is; with nothing but a bucket made before it."""
    boto3.client("s3").create_bucket(Bucket="my-bucket")
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    clients = {"PYTHONPATH": str(Path(boto3.__file__).parents[1])}
    subprocess.run([str(TORCH), "-c", example], cwd=tmp_path, env=os.environ | clients, check=True)
    sagemaker = boto3.client("sagemaker")
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName="digit-images", WaiterConfig=PATIENCE
    )
    job = sagemaker.describe_training_job(TrainingJobName="digit-images")

    assert job["TrainingJobStatus"] == "Completed"
    assert metrics(job)["validation:accuracy"] > 0.97


SDK = """
import json, pathlib
import sagemaker
from sagemaker import image_uris
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.predictor import Predictor
from sagemaker.serializers import IdentitySerializer
session = sagemaker.Session()
image = image_uris.retrieve("image-classification", session.boto_region_name)
estimator = Estimator(image, sagemaker.get_execution_role(), 1, "ml.m5.large", sagemaker_session=session)
estimator.set_hyperparameters(**json.loads(pathlib.Path("hyperparameters.json").read_text()))
kind = "application/x-image"
channels = {}
for name in ("train", "validation"):
    uploaded = session.upload_data(name, key_prefix=f"images/{name}")
    listed = session.upload_data(f"{name}.lst", key_prefix=f"images/{name}_lst")
    channels[name] = TrainingInput(uploaded, content_type=kind)
    channels[f"{name}_lst"] = TrainingInput(listed, content_type=kind)
estimator.fit(channels, logs="All")
predictor = estimator.deploy(1, "ml.m5.large", serializer=IdentitySerializer(kind))
told = [json.loads(predictor.predict(file.read_bytes())) for file in sorted(pathlib.Path("held").iterdir())]
predictor.delete_endpoint()
print()
print(json.dumps(told))
"""


@pytest.mark.client("sdk2")
def test_the_sdk_trains_on_listed_images_deploys_and_asks(client_program: Any, tmp_path: Any) -> None:
    """By the address of the image, as AWS's notebooks do; not a line is changed for it."""
    for name, count, seed in (("train", 96, 0), ("validation", 48, 1), ("held", 9, 2)):
        images, labels = draw_images(count, size=20, seed=seed)
        (tmp_path / name).mkdir()
        for number, image in enumerate(images):
            (tmp_path / name / f"{number}.png").write_bytes(png(image))
        lines = [f"{number}\t{label}\t{number}.png\n" for number, label in enumerate(labels)]
        (tmp_path / f"{name}.lst").write_text("".join(lines))
    given = LEARNS | {"resize": "16"}
    (tmp_path / "hyperparameters.json").write_text(json.dumps(given))

    said = client_program(SDK)
    told = json.loads(said.splitlines()[-1])

    assert "Saved checkpoint to" in said
    assert np.mean(np.argmax(told, axis=1) == draw_images(9)[1]) > 0.8
