"""A script of the user's own, sent as the SageMaker SDK sends it: from S3 to a model, or to a reason."""

import io
import json
import tarfile
from textwrap import dedent
from typing import Any

import joblib
import pytest
from tests.conftest import wait_until
from tests.journeys.conftest import IMAGE, ROLE, make_rows, to_csv
from tests.journeys.programs import packed
from tests.journeys.test_failures import _if_failed
from tests.journeys.test_serving import deploy
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
    body = packed({"train.py": dedent(script)})
    aws("s3").put_object(Bucket=bucket, Key="job/source/sourcedir.tar.gz", Body=body)
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
    artifact = aws("s3").get_object(Bucket=bucket, Key="models/job/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(artifact)) as tar:
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


def test_a_model_with_its_code_beside_it_answers_for_an_endpoint_and_a_batch(aws: Any, bucket: str) -> None:
    """As the SDK packs it for PyTorch, and ModelBuilder for all."""
    script = "def model_fn(folder): return 10\ndef predict_fn(data, model): return data.reshape(-1, 2) @ [model, 1]\n"
    aws("s3").put_object(Bucket=bucket, Key="model.tar.gz", Body=packed({"code/inference.py": script}))
    aws("s3").put_object(Bucket=bucket, Key="batch/in.csv", Body=b"1,2\n3,4\n")
    places = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    container = {"Image": SKLEARN, "ModelDataUrl": f"s3://{bucket}/model.tar.gz", "Environment": places}
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)

    endpoint = deploy(sagemaker, "model")
    assert endpoint["EndpointStatus"] == "InService", endpoint
    answer = runtime.invoke_endpoint(EndpointName="endpoint", ContentType="application/json", Body=b"[[1, 2], [3, 4]]")
    sagemaker.create_transform_job(
        TransformJobName="batch",
        ModelName="model",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/batch/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": f"s3://{bucket}/scored", "AssembleWith": "Line", "Accept": "text/csv"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    waiter = sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName="batch", WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})

    assert json.loads(answer["Body"].read()) == [12.0, 34.0]
    scored = aws("s3").get_object(Bucket=bucket, Key="scored/in.csv.out")["Body"].read()
    assert [float(line) for line in scored.split()] == [12.0, 34.0]


def test_two_hosts_train_one_model_on_the_rows_of_both(aws: Any, bucket: str, training_job: dict[str, Any]) -> None:
    """By XGBoost's own collective, under the names that the hosts have; each host has half of the rows."""
    script = """
        import json, os, socket
        import numpy as np
        import xgboost

        me, hosts = os.environ["SM_CURRENT_HOST"], json.loads(os.environ["SM_HOSTS"])
        rows = np.loadtxt(os.path.join(os.environ["SM_CHANNEL_TRAIN"], f"{me}.csv"), delimiter=",")
        first = socket.gethostbyname(hosts[0])
        tracker = xgboost.tracker.RabitTracker(len(hosts), first, 9091) if me == hosts[0] else None
        if tracker:
            tracker.start()
        with xgboost.collective.CommunicatorContext(dmlc_tracker_uri=first, dmlc_tracker_port=9091, dmlc_retry=20):
            total = xgboost.collective.allreduce(rows.sum(axis=0), xgboost.collective.Op.SUM)
            booster = xgboost.train({"max_depth": 2}, xgboost.DMatrix(rows[:, 1:], rows[:, 0]), 3)
            dumps = json.dumps([len(rows), total.tolist(), booster.get_dump()])
            with open(os.path.join(os.environ["SM_MODEL_DIR"], f"{me}.json"), "w") as file:
                file.write(dumps)
        if tracker:
            tracker.wait_for(60)
    """
    send(aws, training_job, IMAGE, script)
    rows = make_rows(400)
    for host, part in (("algo-1", rows[:250]), ("algo-2", rows[250:])):
        aws("s3").put_object(Bucket=bucket, Key=f"data/halves/{host}.csv", Body=to_csv(part))
    source = training_job["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source |= {"S3Uri": f"s3://{bucket}/data/halves/", "S3DataDistributionType": "ShardedByS3Key"}
    training_job["ResourceConfig"]["InstanceCount"] = 2

    job = train(aws("sagemaker"), training_job)
    artifact = aws("s3").get_object(Bucket=bucket, Key="models/job/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(artifact)) as tar:
        told = [json.load(tar.extractfile(f"algo-{number}.json")) for number in (1, 2)]  # type: ignore[arg-type]

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert [count for count, _, _ in told] == [250, 150]
    assert [total for _, total, _ in told] == [pytest.approx([sum(column) for column in zip(*rows, strict=True)])] * 2
    assert told[0][2] == told[1][2]
    assert len(told[0][2]) == 3
