"""Models that AWS's older images trained, on an endpoint and in a batch transform, from boto3's side."""

import io
import json
import os
import pickle
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from tests.journeys.conftest import ROLE
from tests.journeys.test_serving import deploy
from tests.journeys.transforming import outputs, transform

OLD_MODELS = Path(__file__).parents[1] / "algorithms" / "xgboost" / "old_models" / "old_models.zip"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:0.90-2-cpu-py3"


def create_model(aws: Any, bucket: str, content: bytes) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    aws("s3").put_object(Bucket=bucket, Key="old.tar.gz", Body=buffer.getvalue())
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/old.tar.gz"}
    aws("sagemaker").create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)


def test_a_pickle_of_0_90_answers_as_it_did(aws: Any, bucket: str) -> None:
    """An endpoint, and a batch transform, give what that version predicted."""
    with zipfile.ZipFile(OLD_MODELS) as archive:
        content = archive.read("0.90-binary.pickle3")
        rows = json.loads(archive.read("rows.json"))
        predictions = json.loads(archive.read("0.90-binary.pickle3.json"))
    body = "".join(",".join("" if value is None else str(value) for value in row) + "\n" for row in rows)
    create_model(aws, bucket, content)
    aws("s3").put_object(Bucket=bucket, Key="batch/in.csv", Body=body.encode())

    assert deploy(aws("sagemaker"), "model")["EndpointStatus"] == "InService"
    answer = aws("sagemaker-runtime").invoke_endpoint(EndpointName="endpoint", ContentType="text/csv", Body=body)
    np.testing.assert_allclose([float(score) for score in answer["Body"].read().split(b",")], predictions, rtol=1e-6)

    assert transform(aws, bucket)["TransformJobStatus"] == "Completed"
    np.testing.assert_allclose(
        [float(line) for line in outputs(aws, bucket)["in.csv.out"].split()], predictions, rtol=1e-6
    )


class Attack:
    """Pickled, it is a command."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


def test_a_pickle_that_runs_a_command_runs_none(aws: Any, bucket: str, tmp_path: Path) -> None:
    """The endpoint fails, and says what the pickle asked for."""
    tmp_path.chmod(0o777)
    create_model(aws, bucket, pickle.dumps(Attack(f"touch {tmp_path}/ran"), protocol=3))
    endpoint = deploy(aws("sagemaker"), "model")

    assert endpoint["EndpointStatus"] == "Failed"
    assert "it asks for posix.system" in endpoint["FailureReason"]
    assert not (tmp_path / "ran").exists()
