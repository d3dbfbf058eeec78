"""Transform jobs, as far as they are rows; what runs is tested in the journeys."""

import pytest
from tests.conftest import wait_until
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import FAMILIES, Resources

(TRANSFORM_JOB,) = (family for family in FAMILIES if family.kind == "TransformJob")


def source(uri, kind="S3Prefix"):
    return {"TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": kind, "S3Uri": uri}}}}


@pytest.fixture
def jobs(sagemaker):
    return Resources(TRANSFORM_JOB, sagemaker)


def test_a_job_of_a_model_that_is_not_there_is_refused(jobs, account):
    """With the model's ARN."""
    refused = refusal(jobs.create, name="job")

    model = f"arn:aws:sagemaker:us-east-1:{account}:model/the-model"
    assert refused[:3] == (400, "ValidationException", f'Could not find model "{model}".')
    assert jobs.names() == []


@pytest.mark.parametrize(("change", "words"), [
    ({"MaxPayloadInMB": 101}, "MaxPayloadInMB cannot be greater than 100 MB."),
    ({"MaxPayloadInMB": 6, "MaxConcurrentTransforms": 17}, "cannot exceed 100 MB: 17 * 6 = 102."),
    ({"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 101}}, "InstanceCount cannot be greater"),
    ({"TransformResources": {"InstanceType": "ml.m5.tiny", "InstanceCount": 1}}, "Member must satisfy enum value set"),
    ({"ModelClientConfig": {"InvocationsMaxRetries": 4}}, "Member must have value less than or equal to 3"),
    ({"BatchStrategy": "Some"}, "Member must satisfy enum value set"),
    ({"TransformOutput": {"S3OutputPath": "https://example.com/out"}}, "Invalid S3 URI in TransformOutput.S3Out"),
    ({"TransformOutput": {"S3OutputPath": "bucket/out"}}, "Member must satisfy regular expression pattern"),
    (source("s3://bucket/in", "AugmentedManifestFile"), "S3DataType AugmentedManifestFile is not compatible"),
    (source("https://example.com/in"), "Invalid S3 URI in TransformInput.DataSource.S3DataSource.S3Uri"),
], ids=str)  # fmt: skip
def test_what_cannot_be_is_refused_when_it_is_asked_for(jobs, change, words):
    """ValidationException; and nothing is created."""
    jobs.prepare()

    refused = refusal(jobs.sagemaker.create_transform_job, TransformJobName="job", **TRANSFORM_JOB.request | change)

    assert refused[:2] == (400, "ValidationException")
    assert words in refused.message
    assert jobs.names() == []


def test_the_largest_payloads_are_taken(jobs):
    """100 MB on their way at a time; what is not said counts for nothing."""
    jobs.prepare()

    jobs.create("many", MaxPayloadInMB=5, MaxConcurrentTransforms=20)
    jobs.create("unsaid", MaxConcurrentTransforms=64)

    assert sorted(jobs.names()) == ["many", "unsaid"]


def test_what_was_not_said_is_answered_as_aws_answers_it(jobs):
    """The defaults of input, output and processing."""
    jobs.prepare()
    jobs.create("job", DataProcessing={"JoinSource": "Input"})

    job = jobs.describe("job")

    assert job["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "Input"}
    assert (job["TransformInput"]["SplitType"], job["TransformInput"]["CompressionType"]) == ("None", "None")
    assert (job["TransformOutput"]["AssembleWith"], job["TransformOutput"]["KmsKeyId"]) == ("None", "")
    assert "BatchStrategy" not in job


def test_a_job_that_cannot_run_fails_and_says_why(jobs):
    """And cannot be stopped any more."""
    jobs.prepare()
    jobs.create("job")
    wait_until(lambda: jobs.status("job") == "Failed")
    refused = refusal(jobs.sagemaker.stop_transform_job, TransformJobName="job")

    assert jobs.describe("job")["FailureReason"]
    assert refused.message == "The request was rejected because the transform job is in status Failed."
