"""Training jobs, as far as they are rows; what runs is tested in the journeys."""

from itertools import pairwise

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import FAMILIES, Resources

(TRAINING_JOB,) = (family for family in FAMILIES if family.kind == "TrainingJob")


@pytest.fixture
def jobs(sagemaker):
    return Resources(TRAINING_JOB, sagemaker)


def test_a_job_begins_as_aws_shows_it(jobs):
    """In progress, starting, with one transition that says so."""
    jobs.create("job")
    job = jobs.describe("job")
    first = job["SecondaryStatusTransitions"][0]

    assert job["TrainingJobStatus"] in {"InProgress", "Failed"}
    assert (first["Status"], first["StatusMessage"]) == ("Starting", "Preparing the instances for training")
    assert first["StartTime"] == job["CreationTime"]


def test_the_key_of_the_output_is_empty_rather_than_absent(jobs):
    """The SageMaker SDK reads it without looking whether it is there."""
    jobs.create("job")

    assert jobs.describe("job")["OutputDataConfig"]["KmsKeyId"] == ""


def test_a_job_whose_image_nobody_knows_fails_and_says_why(jobs):
    """Each transition ends where the next one begins."""
    jobs.create("job")
    wait_until(lambda: jobs.status("job") == "Failed")
    job = jobs.describe("job")
    transitions = job["SecondaryStatusTransitions"]

    assert "nobodys:1" in job["FailureReason"]
    assert job["SecondaryStatus"] == transitions[-1]["Status"] == "Failed"
    assert all(one["EndTime"] == two["StartTime"] for one, two in pairwise(transitions))
    assert "EndTime" in transitions[-1]


def test_a_job_that_has_ended_cannot_be_stopped(jobs):
    """In AWS's words."""
    jobs.create("job")
    wait_until(lambda: jobs.status("job") == "Failed")
    refused = refusal(jobs.sagemaker.stop_training_job, TrainingJobName="job")

    assert refused[:2] == (400, "ValidationException")
    assert refused.message == "The request was rejected because the training job is in status Failed."


def test_a_waiter_of_boto3_sees_the_end(jobs):
    """It raises for a job that failed."""
    jobs.create("job")
    waiter = jobs.sagemaker.get_waiter("training_job_completed_or_stopped")

    with pytest.raises(Exception, match="terminal failure"):
        waiter.wait(TrainingJobName="job", WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})


@pytest.mark.parametrize("member", ["AlgorithmSpecification", "ResourceConfig", "StoppingCondition"])
def test_a_job_needs_a_program_a_machine_and_an_end(jobs, member):
    """The model leaves them out for serverless jobs, which are not built: nothing is begun that could not go on."""
    request = {name: value for name, value in TRAINING_JOB.request.items() if name != member}
    refused = refusal(jobs.sagemaker.create_training_job, TrainingJobName="job", **request)

    assert refused[:2] == (400, "ValidationException")
    assert member in refused.message
    assert jobs.names() == []


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("RoleArn", "not-an-arn", "'roleArn' failed to satisfy constraint: Member must satisfy regular expression"),
        ("StoppingCondition", {"MaxRuntimeInSeconds": 0}, "'stoppingCondition.maxRuntimeInSeconds' failed to satisfy"),
        (
            "ResourceConfig",
            {"InstanceType": "ml.nope", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set",
        ),
    ],
)
def test_a_request_that_breaks_the_models_rules_is_refused(jobs, member, value, said):
    """In AWS's words, with the place of the mistake."""
    refused = refusal(jobs.sagemaker.create_training_job, TrainingJobName="j", **TRAINING_JOB.request | {member: value})

    assert refused[:2] == (400, "ValidationException")
    assert said in refused.message
    assert jobs.names() == []
