"""The examples on the pages of algorithms, as somebody who reads them runs them."""

import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

PAGES = Path(__file__).parents[3] / "docs" / "algorithms"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "job"),
    [
        ("pca", "digits"),
        ("kmeans", "digit-groups"),
        ("random-cut-forest", "readings"),
        ("linear-learner", "cancer"),
        ("knn", "alike-digits"),
        ("factorization-machines", "eights"),
        ("xgboost", "digit-trees"),
    ],
)
def test_the_example_on_the_page_trains(pointed: str, tmp_path: Path, page: str, job: str) -> None:
    """With nothing but a bucket made before it."""
    bucket = boto3.client("s3").create_bucket(Bucket="my-bucket")["Location"]
    (example,) = re.findall(r"```python\n(.*?)```", (PAGES / f"{page}.md").read_text(), re.DOTALL)
    subprocess.run([sys.executable, "-c", example], cwd=tmp_path, check=True)
    sagemaker = boto3.client("sagemaker")
    patience = {"Delay": 1, "MaxAttempts": 120}
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=job, WaiterConfig=patience)
    trained = sagemaker.describe_training_job(TrainingJobName=job)

    assert (bucket, trained["TrainingJobStatus"]) == ("/my-bucket", "Completed")
    assert trained["FinalMetricDataList"]
