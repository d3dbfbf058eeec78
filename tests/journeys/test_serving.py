"""Endpoints and batch transform over a trained model, from boto3's side."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import wait_until
from tests.journeys.conftest import IMAGE, ROLE, make_rows, to_csv
from tests.journeys.programs import packed
from tests.journeys.test_training import train

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


@pytest.fixture
def model(aws: Any, training_job: dict[str, Any]) -> str:
    """The name of a model of a finished training job."""
    job = train(aws("sagemaker"), training_job)
    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    aws("sagemaker").create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    return "model"


def deploy(sagemaker: Any, model: str, name: str = "endpoint") -> dict[str, Any]:
    """Bring an endpoint of one variant into service, or to its failure."""
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return wait_until(lambda: _unless_creating(sagemaker.describe_endpoint(EndpointName=name)))


def _unless_creating(endpoint: dict[str, Any]) -> dict[str, Any] | None:
    return None if endpoint["EndpointStatus"] == "Creating" else endpoint


def predict(runtime: Any, body: bytes, name: str = "endpoint") -> list[float]:
    """The endpoint's scores of CSV rows."""
    answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=body)["Body"].read()
    return [float(score) for score in answer.split()]


def features(count: int) -> bytes:
    return to_csv([row[1:] for row in make_rows(count, seed=9)])


def test_an_endpoint_answers_with_the_models_scores(aws: Any, model: str) -> None:
    """Each row gets a score, and the scores know the rule."""
    endpoint = deploy(aws("sagemaker"), model)
    assert endpoint["EndpointStatus"] == "InService", endpoint

    scores = predict(aws("sagemaker-runtime"), features(50))

    assert sum((score > 0.5) == (row[0] == 1) for score, row in zip(scores, make_rows(50, seed=9), strict=True)) >= 45


def test_a_batch_transform_gives_what_the_endpoint_gives(aws: Any, bucket: str, model: str) -> None:
    """The same rows get the same scores, line by line."""
    s3, sagemaker = aws("s3"), aws("sagemaker")
    s3.put_object(Bucket=bucket, Key="batch/in.csv", Body=features(50))
    deploy(sagemaker, model)

    sagemaker.create_transform_job(
        TransformJobName="batch",
        ModelName=model,
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/batch/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": f"s3://{bucket}/scored", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    waiter = sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName="batch", WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})

    assert sagemaker.describe_transform_job(TransformJobName="batch")["TransformJobStatus"] == "Completed"
    lines = s3.get_object(Bucket=bucket, Key="scored/in.csv.out")["Body"].read().split()
    assert [float(line) for line in lines] == pytest.approx(predict(aws("sagemaker-runtime"), features(50)))


def test_a_row_of_the_wrong_width_is_the_models_error(aws: Any, model: str) -> None:
    """The container's refusal comes through as ModelError with its own status and words."""
    deploy(aws("sagemaker"), model)

    with pytest.raises(ClientError) as caught:
        predict(aws("sagemaker-runtime"), b"1,2,3,4,5,6\n")

    assert caught.value.response["Error"]["Code"] == "ModelError"
    assert caught.value.response["OriginalStatusCode"] == 400


def test_a_deleted_endpoint_is_gone(aws: Any, model: str) -> None:
    """Neither Describe nor a prediction finds it, and no process is left."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    deploy(sagemaker, model)

    sagemaker.delete_endpoint(EndpointName="endpoint")
    wait_until(lambda: not sagemaker.list_endpoints()["Endpoints"])

    with pytest.raises(ClientError, match=r"not found"):
        predict(runtime, features(1))


def test_an_endpoint_without_its_artifact_fails_with_the_reason(aws: Any, bucket: str) -> None:
    """FailureReason names the address at which nothing is."""
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/nothing/model.tar.gz"}
    aws("sagemaker").create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)

    endpoint = deploy(aws("sagemaker"), "model")

    assert endpoint["EndpointStatus"] == "Failed"
    assert f"s3://{bucket}/nothing/model.tar.gz" in endpoint["FailureReason"]


def test_an_endpoint_whose_code_fails_says_where(aws: Any, bucket: str) -> None:
    """The last lines of the traceback, of code from S3; and the address, where no code is."""
    reasons = []
    for name, body in (
        ("bad", packed({"serve.py": "def model_fn(folder):\n    raise OSError('no weights')\n"})),
        ("none", None),
    ):
        if body is not None:
            aws("s3").put_object(Bucket=bucket, Key=f"{name}.tar.gz", Body=body)
        places = {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{bucket}/{name}.tar.gz"}
        container = {"Image": SKLEARN, "Environment": places}
        aws("sagemaker").create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
        reasons.append(deploy(aws("sagemaker"), name, name)["FailureReason"])

    assert "serve.py\", line 2, in model_fn | raise OSError('no weights') | OSError: no weights" in reasons[0]
    assert f"the code at s3://{bucket}/none.tar.gz cannot be downloaded" in reasons[1]


def test_predictions_are_counted_in_cloudwatch(aws: Any, model: str) -> None:
    """How many, how long the model took, and which failed."""
    deploy(aws("sagemaker"), model)
    for _ in range(5):
        predict(aws("sagemaker-runtime"), features(1))
    with pytest.raises(ClientError):
        predict(aws("sagemaker-runtime"), b"not,a,row,of,numbers")
    cloudwatch = aws("cloudwatch")

    def told(name: str, statistic: str) -> float:
        dimensions = [{"Name": "EndpointName", "Value": "endpoint"}, {"Name": "VariantName", "Value": "AllTraffic"}]
        now = datetime.now(UTC)
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=name,
            Dimensions=dimensions,
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=3600,
            Statistics=[statistic],
        )["Datapoints"]
        return sum(point[statistic] for point in points)

    wait_until(lambda: told("Invocations", "Sum") == 6)
    assert (told("Invocation4XXErrors", "Sum"), told("Invocation5XXErrors", "Sum")) == (1, 0)
    assert 10 < told("ModelLatency", "Average") < 10_000_000
