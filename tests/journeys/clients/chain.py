"""A chain of jobs, as requests: rows are prepared, a model is trained on them, and asked; and what must come of it."""

import io
import math
import tarfile
from typing import Any

import numpy as np
import xgboost
from tests.journeys.conftest import IMAGE, ROLE, make_rows, to_csv
from tests.journeys.test_script import SKLEARN

ROWS = make_rows(400)
PREPARE = """
import numpy
root = "/opt/ml/processing"
rows = numpy.loadtxt(f"{root}/input/rows.csv", delimiter=",")
rows[:, 1:] = (rows[:, 1:] - rows[:, 1:].mean(axis=0)) / rows[:, 1:].std(axis=0)
for name, part in (("train", rows[:300]), ("validation", rows[300:])):
    numpy.savetxt(f"{root}/{name}/rows.csv", part, "%.12g", ",")
"""
FILES = {"raw/rows.csv": to_csv(ROWS), "code/prepare.py": PREPARE.encode()}
"""What lies in the bucket before the first job."""


def requests(bucket: str, name: str) -> dict[str, dict[str, Any]]:
    """What is created, one after the other, by the name of what it is."""
    here = f"s3://{bucket}"
    return {
        "processing-job": {
            "ProcessingJobName": name,
            "RoleArn": ROLE,
            "AppSpecification": {
                "ImageUri": SKLEARN,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/prepare.py"],
            },
            "ProcessingResources": {"ClusterConfig": _machine() | {"VolumeSizeInGB": 1}},
            "ProcessingInputs": [_given("input", f"{here}/raw/"), _given("code", f"{here}/code/prepare.py")],
            "ProcessingOutputConfig": {"Outputs": [_left(part, here) for part in ("train", "validation")]},
        },
        "training-job": {
            "TrainingJobName": name,
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "InputDataConfig": [_channel(part, here) for part in ("train", "validation")],
            "OutputDataConfig": {"S3OutputPath": f"{here}/models"},
            "ResourceConfig": _machine() | {"VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "HyperParameters": {"num_round": "10", "objective": "binary:logistic", "max_depth": "3"},
        },
        "model": {
            "ModelName": name,
            "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": f"{here}/models/{name}/output/model.tar.gz"},
            "ExecutionRoleArn": ROLE,
        },
        "transform-job": {
            "TransformJobName": name,
            "ModelName": name,
            "TransformInput": {
                "DataSource": _source(f"{here}/validation/"),
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {"S3OutputPath": f"{here}/scored", "AssembleWith": "Line"},
            "TransformResources": _machine(),
            "DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
        },
    }


def verify(train: bytes, validation: bytes, model: bytes, scored: bytes, logloss: float) -> None:
    """Hold what the jobs left against NumPy and XGBoost."""
    rows = np.array(ROWS)
    features = (rows[:, 1:] - rows[:, 1:].mean(axis=0)) / rows[:, 1:].std(axis=0)
    prepared = np.column_stack([rows[:, 0], features])
    assert np.allclose(_read(train), prepared[:300], atol=1e-9)
    assert np.allclose(_read(validation), prepared[300:], atol=1e-9)

    labels, scores = _read(scored).T
    expected = _booster(model).inplace_predict(prepared[300:, 1:])
    assert labels.tolist() == rows[300:, 0].tolist()
    assert np.allclose(scores, expected, atol=1e-6)
    assert ((scores > 0.5) == labels).mean() > 0.9
    told = [score if label else 1 - score for label, score in zip(labels, scores, strict=True)]
    assert math.isclose(-np.log(told).mean(), logloss, abs_tol=1e-5)


def _read(text: bytes) -> Any:
    return np.loadtxt(io.BytesIO(text), delimiter=",")


def _booster(archive: bytes) -> xgboost.Booster:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        file = tar.extractfile("xgboost-model")
        assert file is not None
        return xgboost.Booster(model_file=bytearray(file.read()))


def _machine() -> dict[str, Any]:
    return {"InstanceType": "ml.m5.large", "InstanceCount": 1}


def _source(uri: str) -> dict[str, Any]:
    return {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}


def _channel(name: str, here: str) -> dict[str, Any]:
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": _source(f"{here}/{name}/")}


def _given(name: str, uri: str) -> dict[str, Any]:
    place = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}


def _left(name: str, here: str) -> dict[str, Any]:
    place = {"S3Uri": f"{here}/{name}", "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": place}
