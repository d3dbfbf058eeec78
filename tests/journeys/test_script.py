"""A script of the user's own, sent as the SageMaker SDK sends it: from S3 to a model, or to a reason."""

import io
import json
import tarfile
from textwrap import dedent
from typing import Any

import joblib
import pytest
from tests.conftest import wait_until
from tests.journeys.conftest import IMAGE, make_rows
from tests.journeys.test_failures import _if_failed
from tests.journeys.test_training import train

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
SCRIPT = """
    import argparse, os
    import joblib
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    if __name__ == "__main__":
        parser = argparse.ArgumentParser()
        parser.add_argument("-C", type=float)
        parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
        arguments = parser.parse_args()
        table = np.loadtxt(os.path.join(arguments.train, "part-0.csv"), delimiter=",")
        model = LogisticRegression(C=arguments.C).fit(table[:, 1:], table[:, 0])
        print(f"accuracy={model.score(table[:, 1:], table[:, 0])};")
        joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))
"""


def send(aws: Any, job: dict[str, Any], image: str, script: str, **hyperparameters: str) -> None:
    """Change a request so that it runs a script."""
    bucket = job["OutputDataConfig"]["S3OutputPath"].split("/")[2]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo("train.py")
        member.size = len(dedent(script))
        tar.addfile(member, io.BytesIO(dedent(script).encode()))
    aws("s3").put_object(Bucket=bucket, Key="job/source/sourcedir.tar.gz", Body=packed.getvalue())
    job["AlgorithmSpecification"]["TrainingImage"] = image
    job["HyperParameters"] = hyperparameters | {
        "sagemaker_program": '"train.py"',
        "sagemaker_submit_directory": json.dumps(f"s3://{bucket}/job/source/sourcedir.tar.gz"),
        "sagemaker_job_name": '"job"',
        "sagemaker_region": '"us-east-1"',
        "sagemaker_container_log_level": "20",
    }


def test_a_script_trains_a_model_that_predicts(aws: Any, bucket: str, training_job: dict[str, Any]) -> None:
    """With its own metric in the description, and a model.tar.gz of what it left."""
    send(aws, training_job, SKLEARN, SCRIPT, C="100.0")
    definitions = [{"Name": "accuracy", "Regex": "accuracy=(.*?);"}]
    training_job["AlgorithmSpecification"]["MetricDefinitions"] = definitions

    job = train(aws("sagemaker"), training_job)
    packed = aws("s3").get_object(Bucket=bucket, Key="models/job/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        model = joblib.load(io.BytesIO(tar.extractfile("model.joblib").read()))  # type: ignore[union-attr]
    rows = make_rows(100, seed=8)
    right = [model.predict([row[1:]])[0] == row[0] for row in rows]

    assert job["TrainingJobStatus"] == "Completed"
    assert job["FinalMetricDataList"][0]["Value"] > 0.9
    assert sum(right) > 90


@pytest.mark.parametrize("image", [SKLEARN, IMAGE], ids=["scikit-learn", "xgboost"])
def test_a_script_that_fails_ends_the_job_with_its_own_traceback(
    aws: Any, training_job: dict[str, Any], image: str
) -> None:
    """As AWS words it, and with what AWS leaves out."""
    send(aws, training_job, image, "def fit():\n    raise ValueError('no labels')\n\nfit()\n", epochs="1")
    sagemaker = aws("sagemaker")
    sagemaker.create_training_job(**training_job)
    reason = wait_until(lambda: _if_failed(sagemaker, "job"))["FailureReason"]

    assert reason.startswith(
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: no labels\n  File "'
    )
    assert "/code/train.py\", line 2, in fit\n    raise ValueError('no labels')\n" in reason
    assert reason.endswith('Command "python3 train.py --epochs 1", exit code: 1')
