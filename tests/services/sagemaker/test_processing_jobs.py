"""Processing jobs, as far as they are rows."""

import pytest
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import FAMILIES, Resources

from fieldstone.services.sagemaker.processing_checks import obstacle

(PROCESSING_JOB,) = (family for family in FAMILIES if family.kind == "ProcessingJob")

INPUT = {
    "InputName": "code",
    "S3Input": {"S3Uri": "s3://bucket/code/", "LocalPath": "/opt/ml/processing/input/code", "S3DataType": "S3Prefix"},
}
OUTPUT = {
    "OutputName": "train",
    "S3Output": {"S3Uri": "s3://bucket/out", "LocalPath": "/opt/ml/processing/train", "S3UploadMode": "EndOfJob"},
}


@pytest.fixture
def jobs(sagemaker):
    return Resources(PROCESSING_JOB, sagemaker)


def test_a_job_begins_as_aws_shows_it(jobs):
    """In progress; with a day to run, which the SDK's own tests ask for."""
    jobs.create("job")
    job = jobs.describe("job")

    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    assert job["CreationTime"] <= job["LastModifiedTime"]


def test_a_longest_time_of_its_own_is_kept(jobs):
    """And the number of instances is one, when none is said."""
    request = PROCESSING_JOB.request | {
        "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.g5.xlarge", "VolumeSizeInGB": 1}},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    jobs.sagemaker.create_processing_job(ProcessingJobName="job", **request)
    job = jobs.describe("job")

    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 60}
    assert job["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == 1


def test_of_preferred_instances_the_first_are_selected(jobs):
    """As for training jobs."""
    cluster = {"InstancePreferences": [{"InstanceType": "ml.g5.xlarge"}], "VolumeSizeInGB": 1}
    request = PROCESSING_JOB.request | {"ProcessingResources": {"ClusterConfig": cluster}}
    jobs.sagemaker.create_processing_job(ProcessingJobName="job", **request)

    selected = {"SelectedInstanceType": "ml.g5.xlarge", "SelectedInstanceCount": 1}
    assert jobs.describe("job")["ProcessingResources"]["ClusterConfig"] == cluster | selected


def test_inputs_and_outputs_say_what_aws_fills_in(jobs):
    """Files, whole, not managed by the program."""
    jobs.create("job", ProcessingInputs=[INPUT], ProcessingOutputConfig={"Outputs": [OUTPUT], "KmsKeyId": "key"})
    job = jobs.describe("job")

    (given,) = job["ProcessingInputs"]
    filled = {"S3InputMode": "File", "S3DataDistributionType": "FullyReplicated", "S3CompressionType": "None"}
    assert given == INPUT | {"AppManaged": False, "S3Input": INPUT["S3Input"] | filled}
    assert job["ProcessingOutputConfig"] == {"Outputs": [OUTPUT | {"AppManaged": False}], "KmsKeyId": "key"}


def test_what_the_program_manages_itself_needs_no_place(jobs):
    """It may also be a feature group."""
    given = {"InputName": "a", "AppManaged": True, "S3Input": {"S3Uri": "s3://b/k", "S3DataType": "S3Prefix"}}
    wanted = {"OutputName": "a", "AppManaged": True, "FeatureStoreOutput": {"FeatureGroupName": "features"}}
    jobs.create("job", ProcessingInputs=[given], ProcessingOutputConfig={"Outputs": [wanted]})

    assert jobs.describe("job")["ProcessingOutputConfig"]["Outputs"] == [wanted]


def at(path, what=INPUT, member="S3Input"):
    return what | {member: what[member] | {"LocalPath": path}}


def output(**members):
    return {"ProcessingOutputConfig": {"Outputs": [OUTPUT | members]}}


QUERY = {"LocalPath": "/opt/ml/processing/query", "AthenaDatasetDefinition": {
    "Catalog": "c", "Database": "d", "QueryString": "q", "OutputS3Uri": "s3://b/k", "OutputFormat": "PARQUET",
}}  # fmt: skip
SECOND = INPUT | {"InputName": "second"}
WRONG = {
    "no image": ({"AppSpecification": {"ImageUri": "mine"}}, "Invalid image URI mine. Please provide a valid Amazon"),
    "no instances": ({"ProcessingResources": {"ClusterConfig": {"VolumeSizeInGB": 1}}}, "exactly one of InstanceType"),
    "an unknown instance type": (
        {"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.nope", "VolumeSizeInGB": 1}}},
        "instanceType' failed to satisfy constraint: Member must satisfy enum value set",
    ),
    "twin names": ({"ProcessingInputs": [INPUT, INPUT]}, "input names must be unique, and code is given"),
    "twin places": ({"ProcessingInputs": [INPUT, SECOND]}, "input LocalPath names must be unique, and /opt/ml"),
    "twin outputs": ({"ProcessingOutputConfig": {"Outputs": [OUTPUT] * 2}}, "output names must be unique, and train"),
    "an empty input": ({"ProcessingInputs": [{"InputName": "a"}]}, "Specify exactly one of S3Input, DatasetDefinition"),
    "a query": ({"ProcessingInputs": [{"InputName": "a", "DatasetDefinition": QUERY}]}, "queries Athena or Redshift"),
    "a place elsewhere": ({"ProcessingInputs": [at("/etc")]}, "LocalPath /etc is needed as an absolute path below"),
    "a place above": ({"ProcessingInputs": [at("/opt/ml/processing/../model")]}, "Invalid input code: LocalPath"),
    "the whole folder": ({"ProcessingInputs": [at("/opt/ml/processing")]}, "Invalid input code: LocalPath"),
    "a relative place": ({"ProcessingInputs": [at("opt/ml/processing/a")]}, "Invalid input code: LocalPath"),
    "no place": (
        {"ProcessingInputs": [{"InputName": "a", "S3Input": {"S3Uri": "s3://b/k", "S3DataType": "S3Prefix"}}]},
        "Invalid input a: LocalPath",
    ),
    "an output elsewhere": (output(**at("/tmp/a", OUTPUT, "S3Output")), "Invalid output train: LocalPath /tmp/a"),
    "no address": (
        output(S3Output=OUTPUT["S3Output"] | {"S3Uri": "https://example.com/a"}),
        "Invalid output train: 'https://example.com/a' is no address",
    ),
    "features by the platform": (
        {"ProcessingOutputConfig": {"Outputs": [
            {"OutputName": "a", "FeatureStoreOutput": {"FeatureGroupName": "features"}}
        ]}},
        "FeatureStoreOutput is only supported when AppManaged is true",
    ),
    "ten days": ({"StoppingCondition": {"MaxRuntimeInSeconds": 864_000}}, "failed to satisfy constraint"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG)
def test_a_job_that_could_not_run_is_refused(jobs, changes, said):
    """Before anything is written down."""
    request = PROCESSING_JOB.request | changes
    refused = refusal(jobs.sagemaker.create_processing_job, ProcessingJobName="job", **request)

    assert refused[:2] == (400, "ValidationException")
    assert said in refused.message
    assert jobs.names() == []


def test_an_output_may_be_anywhere_in_the_contracts_folder(jobs):
    """AWS wants inputs below `processing`, and says nothing of outputs."""
    jobs.create("job", **output(**at("/opt/ml/output/data", OUTPUT, "S3Output")))

    (kept,) = jobs.describe("job")["ProcessingOutputConfig"]["Outputs"]
    assert kept["S3Output"]["LocalPath"] == "/opt/ml/output/data"


def job(**changes):
    return PROCESSING_JOB.request | changes


SPARK = "173754725891.dkr.ecr.us-east-1.amazonaws.com/sagemaker-spark-processing:3.3-cpu"
PIPE = INPUT | {"S3Input": INPUT["S3Input"] | {"S3InputMode": "Pipe"}}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (job(AppSpecification={"ImageUri": SPARK}), f"{SPARK}: Spark does not run here; use an image with Python"),
        (job(ProcessingInputs=[INPUT, PIPE]), "input code: S3InputMode Pipe is not supported here; use File"),
    ],
)
def test_what_stands_in_a_jobs_way_is_said(document, said):
    """For the controller, which fails the job with it: AWS would take the request."""
    assert str(obstacle(document)).startswith(said)
    assert obstacle(job(ProcessingInputs=[INPUT])) is None
