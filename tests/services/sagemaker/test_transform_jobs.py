"""Transform jobs, as far as they are rows; what runs is tested in the journeys."""

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import FAMILIES, Resources

(TRANSFORM_JOB,) = (family for family in FAMILIES if family.kind == "TransformJob")


@pytest.fixture
def jobs(sagemaker):
    return Resources(TRANSFORM_JOB, sagemaker)


def test_a_job_of_a_model_that_is_not_there_is_refused(jobs, account):
    """With the model's ARN."""
    refused = refusal(jobs.create, name="job")

    model = f"arn:aws:sagemaker:us-east-1:{account}:model/the-model"
    assert refused[:3] == (400, "ValidationException", f'Could not find model "{model}".')
    assert jobs.names() == []


def test_a_job_that_cannot_run_fails_and_says_why(jobs):
    """And cannot be stopped any more."""
    jobs.prepare()
    jobs.create("job")
    wait_until(lambda: jobs.status("job") == "Failed")
    refused = refusal(jobs.sagemaker.stop_transform_job, TransformJobName="job")

    assert jobs.describe("job")["FailureReason"]
    assert refused.message == "The request was rejected because the transform job is in status Failed."
