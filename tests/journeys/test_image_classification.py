"""Image classification where PyTorch is not, as the tests' own environment; tests in `clients/torch` have it."""

from importlib.util import find_spec
from typing import Any

import pytest
from tests.algorithms.image_classification.conftest import HYPERPARAMETERS, RECORDIO, draw_images, rec
from tests.journeys.conftest import training_request
from tests.journeys.programs import run_to_end

IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1"


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is there")
def test_a_job_is_told_what_to_install(aws: Any, bucket: str) -> None:
    """As the reason for which it failed; the server needs neither PyTorch nor Pillow."""
    asked = training_request(bucket)
    asked["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    asked["HyperParameters"] = HYPERPARAMETERS
    for channel in asked["InputDataConfig"]:
        channel["ContentType"] = RECORDIO
        key = f"data/{channel['ChannelName']}/a.rec"
        aws("s3").put_object(Bucket=bucket, Key=key, Body=rec(*draw_images(16)))
    job = run_to_end(aws("sagemaker"), asked)

    assert job["FailureReason"] == (
        "ClientError: this image needs PyTorch and Pillow, and PyTorch and Pillow are not installed in Fieldstone's "
        "environment: pip install 'fieldstone[torch]', exit code: 2"
    )
