"""Training jobs, as far as they are rows; what runs is tested in the journeys."""

from itertools import pairwise

import pytest
from tests.conftest import client, wait_until
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import FAMILIES, ROLE, Resources

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


def test_a_job_on_gpus_that_are_not_there_fails_and_says_why(jobs):
    """Each transition ends where the next one begins."""
    jobs.create("job")
    wait_until(lambda: jobs.status("job") == "Failed")
    job = jobs.describe("job")
    transitions = job["SecondaryStatusTransitions"]

    assert "ml.g5.xlarge has a GPU, and this machine has none" in job["FailureReason"]
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


def test_a_description_says_what_aws_fills_in(jobs):
    """Of what the request leaves out."""
    jobs.create("job")
    job = jobs.describe("job")

    assert job["OutputDataConfig"] == {"S3OutputPath": "s3://bucket/models", "KmsKeyId": "", "CompressionType": "GZIP"}
    assert job["InputDataConfig"] == []
    assert job["ProfilingStatus"] == "Disabled"
    assert job["AlgorithmSpecification"]["EnableSageMakerMetricsTimeSeries"] is False
    for member in ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"):
        assert job[member] is False


def test_a_job_without_a_longest_time_has_a_day(jobs):
    """AWS's default."""
    jobs.sagemaker.create_training_job(TrainingJobName="job", **TRAINING_JOB.request | {"StoppingCondition": {}})

    assert jobs.describe("job")["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}


def test_a_built_in_algorithm_tells_which_metrics_it_prints(jobs):
    """The SDK's TrainingJobAnalytics reads their names; a request's own come first."""
    jobs.create("job")
    own = TRAINING_JOB.request["AlgorithmSpecification"] | {"MetricDefinitions": [{"Name": "m", "Regex": "m=(.*)"}]}
    jobs.sagemaker.create_training_job(TrainingJobName="own", **TRAINING_JOB.request | {"AlgorithmSpecification": own})

    found = jobs.describe("job")["AlgorithmSpecification"]["MetricDefinitions"]
    assert {"train:auc", "validation:rmse"} <= {metric["Name"] for metric in found}
    assert jobs.describe("own")["AlgorithmSpecification"]["MetricDefinitions"] == own["MetricDefinitions"]


ECHOED = {
    "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    "CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints", "LocalPath": "/opt/ml/checkpoints"},
    "DebugHookConfig": {"S3OutputPath": "s3://bucket/debug"},
    "DebugRuleConfigurations": [{"RuleConfigurationName": "a", "RuleEvaluatorImage": "image"}],
    "TensorBoardOutputConfig": {"S3OutputPath": "s3://bucket/board"},
    "ExperimentConfig": {"ExperimentName": "e"},
    "ProfilerConfig": {"S3OutputPath": "s3://bucket/profile", "ProfilingIntervalInMilliseconds": 500},
    "ProfilerRuleConfigurations": [{"RuleConfigurationName": "b", "RuleEvaluatorImage": "image"}],
    "Environment": {"A": "1"},
    "RetryStrategy": {"MaximumRetryAttempts": 3},
    "RemoteDebugConfig": {"EnableRemoteDebug": False},
    "InfraCheckConfig": {"EnableInfraCheck": True},
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
}


def test_what_a_request_says_is_described(jobs):
    """Also what has no effect here. What Describe has no member for is passed over."""
    jobs.sagemaker.create_training_job(
        TrainingJobName="job",
        SessionChainingConfig={"EnableSessionTagChaining": True},
        **TRAINING_JOB.request | ECHOED,
    )
    job = jobs.describe("job")

    assert {member: job[member] for member in ECHOED} == ECHOED
    assert job["ProfilingStatus"] == "Enabled"


@pytest.fixture
def data(aws, account):
    """A bucket with an object below `train/`."""
    bucket = f"data-{account}"
    aws("s3").create_bucket(Bucket=bucket)
    aws("s3").put_object(Bucket=bucket, Key="train/part-0.csv", Body=b"1,2\n")
    return bucket


def channel(uri, name="train"):
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def test_a_channel_says_what_aws_fills_in(jobs, data):
    """No compression, no wrapping."""
    given = channel(f"s3://{data}/train/")
    jobs.create("job", InputDataConfig=[given])

    assert jobs.describe("job")["InputDataConfig"] == [given | {"CompressionType": "None", "RecordWrapperType": "None"}]


@pytest.mark.parametrize("uri", ["s3://{}/none/", "s3://{}/train/part-1", "s3://no-such-bucket-here/train/"])
def test_input_that_is_not_there_is_refused(jobs, data, uri):
    """In AWS's words, and nothing is begun."""
    uri = uri.format(data)
    bucket = uri.split("/")[2]
    refused = refusal(jobs.create, name="job", InputDataConfig=[channel(uri)])

    assert refused[:2] == (400, "ValidationException")
    assert refused.message == (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists in '
        f"the selected region (us-east-1), that objects exist under that S3 prefix, and that the role "
        f'"{TRAINING_JOB.request["RoleArn"]}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )
    assert jobs.names() == []


def test_another_accounts_input_is_not_there(jobs, data, server, stranger):
    """Buckets are their account's."""
    other = Resources(TRAINING_JOB, client(server.url, "sagemaker", stranger))
    refused = refusal(other.create, name="job", InputDataConfig=[channel(f"s3://{data}/train/")])

    assert refused.message.startswith("No S3 objects found under S3 URL")


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/mine:latest",
            (
                "Cannot find repository: team/mine in registry ID: 111122223333 Please check if your ECR repository "
                f"exists and role {ROLE} has proper pull permissions "
                "for SageMaker: ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer. "
                "(no program runs here for the image"
            ),
        ),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:99", "sagemaker-xgboost has no version 99"),
        ("docker.io/mine:1", "Invalid image URI docker.io/mine:1. Please provide a valid Amazon Elastic Container"),
        ("", "Invalid image URI . Please provide"),
    ],
)
def test_an_image_that_nothing_runs_for_is_refused(jobs, image, said):
    """In AWS's words for an image that is not there, with what runs here; the SDK's shallow suite asks for that."""
    algorithm = {"TrainingImage": image, "TrainingInputMode": "File"}
    refused = refusal(
        jobs.sagemaker.create_training_job,
        TrainingJobName="job",
        **TRAINING_JOB.request | {"AlgorithmSpecification": algorithm},
    )

    assert refused[:2] == (400, "ValidationException")
    assert said in refused.message
    assert "sagemaker-xgboost" in refused.message
    assert jobs.names() == []


def test_an_image_of_gpus_is_an_image_like_others(jobs):
    """It is the instance that promises a GPU."""
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1-gpu-py3"
    algorithm = {"TrainingImage": image, "TrainingInputMode": "File"}
    request = TRAINING_JOB.request | {"AlgorithmSpecification": algorithm}

    assert jobs.sagemaker.create_training_job(TrainingJobName="job", **request)["TrainingJobArn"]


RESOURCES = TRAINING_JOB.request["ResourceConfig"]
GROUP = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "a"}
WRONG = {
    "no image": ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "either TrainingImage or AlgorithmName"),
    "an algorithm": (
        {"AlgorithmSpecification": {"TrainingInputMode": "File", "AlgorithmName": "mine"}},
        "Could not find algorithm mine",
    ),
    "no instances": ({"ResourceConfig": RESOURCES | {"InstanceCount": 0}}, "'resourceConfig.instanceCount' failed to"),
    "no count": ({"ResourceConfig": {"InstanceType": "ml.m5.large"}}, "'resourceConfig.instanceCount' failed to"),
    "no type": ({"ResourceConfig": {"InstanceCount": 1, "VolumeSizeInGB": 1}}, "exactly one of InstanceType"),
    "a type and groups": ({"ResourceConfig": RESOURCES | {"InstanceGroups": [GROUP]}}, "exactly one of InstanceType"),
    "twin groups": ({"ResourceConfig": {"InstanceGroups": [GROUP, GROUP]}}, "names must be unique, and a is given"),
    "no volume": ({"ResourceConfig": RESOURCES | {"VolumeSizeInGB": 0}}, "'resourceConfig.volumeSizeInGB' failed to"),
    "a warm spot": (
        {
            "EnableManagedSpotTraining": True,
            "ResourceConfig": RESOURCES | {"KeepAlivePeriodInSeconds": 60},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
        },
        "KeepAlivePeriodInSeconds",
    ),
    "waiting without spot": (
        {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
        "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true",
    ),
    "spot without waiting": (
        {"EnableManagedSpotTraining": True},
        "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds",
    ),
    "spot that waits too short": (
        {
            "EnableManagedSpotTraining": True,
            "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
        },
        "It must be present and be greater than or equal to MaxRuntimeInSeconds",
    ),
    "a day to run, an hour to wait": (
        {"EnableManagedSpotTraining": True, "StoppingCondition": {"MaxWaitTimeInSeconds": 3_600}},
        "It must be present and be greater than or equal to MaxRuntimeInSeconds",
    ),
    "a selection": ({"ResourceConfig": RESOURCES | {"SelectedInstanceType": "ml.m5.large"}}, "are read-only"),
    "an empty group": (
        {"ResourceConfig": {"InstanceGroups": [GROUP | {"InstanceCount": 0}]}},
        "Value '0' at 'resourceConfig.instanceGroups.member.instanceCount' failed to satisfy",
    ),
    "29 days": ({"StoppingCondition": {"MaxRuntimeInSeconds": 29 * 86_400}}, "Invalid MaxRuntimeInSeconds"),
    "an odd interval": (
        {"ProfilerConfig": {"S3OutputPath": "s3://b/p", "ProfilingIntervalInMilliseconds": 7}},
        "Available values are 100, 200, 500, 1000, 5000, 60000",
    ),
    "twin rules": (
        {"DebugRuleConfigurations": ECHOED["DebugRuleConfigurations"] * 2},
        "rule configuration names must be unique, and a is given",
    ),
    "a channel of nothing": ({"InputDataConfig": [{"ChannelName": "a", "DataSource": {}}]}, "DataSource of channel a"),
    "no address": ({"InputDataConfig": [channel("https://example.com/a")]}, "Invalid S3 URI"),
    "too many parameters": (
        {"HyperParameters": {str(at): "" for at in range(101)}},
        "'hyperParameters' failed to satisfy constraint",
    ),
    "a long parameter": ({"HyperParameters": {"a": "x" * 2_501}}, "'hyperParameters' failed to satisfy constraint"),
    "a variable without a name": ({"Environment": {"1A": "x"}}, "'environment' failed to satisfy constraint"),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG)
def test_a_job_that_could_not_run_is_refused(jobs, changes, said):
    """Before anything is written down; in AWS's words where they are known."""
    refused = refusal(jobs.sagemaker.create_training_job, TrainingJobName="job", **TRAINING_JOB.request | changes)

    assert refused[:2] == (400, "ValidationException")
    assert said in refused.message
    assert jobs.names() == []


def test_channels_have_names_of_their_own(jobs, data):
    """A second one of a name would hide the first."""
    channels = [channel(f"s3://{data}/train/")] * 2
    refused = refusal(jobs.create, name="job", InputDataConfig=channels)

    assert refused[:2] == (400, "ValidationException")
    assert "channel names must be unique, and train is given more than once" in refused.message


def test_instance_groups_are_kept(jobs):
    """Of one type or of several."""
    groups = [GROUP | {"InstanceType": "ml.g5.xlarge"}, GROUP | {"InstanceGroupName": "b"}]
    resources = {"InstanceGroups": groups, "VolumeSizeInGB": 10}
    jobs.sagemaker.create_training_job(TrainingJobName="job", **TRAINING_JOB.request | {"ResourceConfig": resources})

    assert jobs.describe("job")["ResourceConfig"] == resources


def test_of_preferred_instances_the_first_are_selected(jobs):
    """All are to be had here; Describe says which."""
    preferences = [{"InstanceType": "ml.g5.xlarge", "InstanceCount": 2}, {"InstanceType": "ml.m5.large"}]
    resources = {"InstancePreferences": preferences, "VolumeSizeInGB": 10}
    jobs.sagemaker.create_training_job(TrainingJobName="job", **TRAINING_JOB.request | {"ResourceConfig": resources})
    selected = {"SelectedInstanceType": "ml.g5.xlarge", "SelectedInstanceCount": 2}

    assert jobs.describe("job")["ResourceConfig"] == resources | selected


@pytest.fixture
def running(jobs, aws, data):
    """A job that has not ended."""
    aws("s3").put_object(Bucket=data, Key="long/a.csv", Body=b"1,2\n0,1\n" * 10_000)
    request = TRAINING_JOB.request | {
        "ResourceConfig": RESOURCES | {"InstanceType": "ml.m5.large"},
        "InputDataConfig": [channel(f"s3://{data}/long/") | {"ContentType": "text/csv"}],
        "HyperParameters": {"num_round": "1000000"},
    }
    jobs.sagemaker.create_training_job(TrainingJobName="job", **request)
    yield jobs
    if jobs.names(StatusEquals="InProgress"):
        jobs.sagemaker.stop_training_job(TrainingJobName="job")
    wait_until(lambda: jobs.status("job") in {"Stopped", "Failed"})


def test_a_job_that_has_not_ended_can_be_changed_but_not_deleted(running):
    """Profiler, rules, debugging and how long instances stay: members that are not named stay as they are."""
    profiler = {"S3OutputPath": "s3://bucket/profile", "DisableProfiler": False}
    update = running.sagemaker.update_training_job
    assert update(TrainingJobName="job", ProfilerConfig=profiler)["TrainingJobArn"].endswith("training-job/job")
    update(TrainingJobName="job", ResourceConfig={"KeepAlivePeriodInSeconds": 60})
    first = running.describe("job")
    update(
        TrainingJobName="job", ProfilerConfig={"DisableProfiler": True}, RemoteDebugConfig={"EnableRemoteDebug": False}
    )
    job = running.describe("job")

    assert (first["ProfilerConfig"], first["ProfilingStatus"]) == (profiler, "Enabled")
    assert first["ResourceConfig"] == RESOURCES | {"InstanceType": "ml.m5.large", "KeepAlivePeriodInSeconds": 60}
    assert (job["ProfilerConfig"], job["ProfilingStatus"]) == (profiler | {"DisableProfiler": True}, "Disabled")
    assert job["RemoteDebugConfig"] == {"EnableRemoteDebug": False}
    refused = refusal(running.sagemaker.delete_training_job, TrainingJobName="job")
    assert refused[:2] == (400, "ValidationException")
    assert refused.message == "The request was rejected because the training job is in status InProgress."


def test_a_job_that_has_ended_cannot_be_changed(jobs):
    """In AWS's words."""
    jobs.create("job")
    wait_until(lambda: jobs.status("job") == "Failed")
    refused = refusal(jobs.sagemaker.update_training_job, TrainingJobName="job", ProfilerConfig={})

    assert refused.message == "The request was rejected because the training job is in status Failed."


def test_a_job_that_has_ended_can_be_deleted(jobs):
    """Its name is free again."""
    jobs.create("job")
    wait_until(lambda: jobs.status("job") == "Failed")
    jobs.delete("job")

    assert jobs.names() == []
    assert refusal(jobs.describe, name="job").message == "Requested resource not found."
    assert jobs.create("job")


def test_a_list_can_be_narrowed_by_training_plan_and_warm_pool(jobs):
    """A list shows the plan; no instances are kept warm, so no job is in a pool."""
    plan = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/mine"
    jobs.create("other")
    resources = RESOURCES | {"TrainingPlanArn": plan}
    jobs.sagemaker.create_training_job(TrainingJobName="job", **TRAINING_JOB.request | {"ResourceConfig": resources})

    (found,) = jobs.page(TrainingPlanArnEquals=plan)["TrainingJobSummaries"]
    assert (found["TrainingJobName"], found["TrainingPlanArn"]) == ("job", plan)
    assert jobs.names(TrainingPlanArnEquals=plan + "s") == []
    assert jobs.names(WarmPoolStatusEquals="Available") == []
