"""The page of failures says what becomes of training jobs: every row is made to happen, and held to its words."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest
from tests.conftest import Server, client, wait_until
from tests.durability.conftest import fill, seen_through, small_disk
from tests.journeys.conftest import make_rows, to_csv, training_request
from tests.journeys.failing import (
    OUT_OF,
    SMALL_DISK,
    feeder_of,
    has_words,
    kill_attempts,
    need_memory,
    register_breaking,
    rows,
    supervisor_of,
    tried,
)
from tests.services.conftest import refusal


class World(NamedTuple):
    """What a cause works with: a request for a training job, which it spoils, and what to do once it is there."""

    request: dict[str, Any]
    s3: Any
    sagemaker: Any
    bucket: str
    breaking: str
    server: Server
    then: list[Callable[[str], None]]

    def set(self, path: str, value: Any) -> None:
        """Change one member, named by its path."""
        *parents, last = path.split(".")
        target: Any = self.request
        for name in parents:
            target = target[int(name) if name.isdigit() else name]
        target[last] = value

    def break_by(self, way: str, seconds: int = 600) -> None:
        """Have the program fail in some way."""
        self.set("AlgorithmSpecification.TrainingImage", self.breaking)
        self.set("HyperParameters", {"way": way})
        self.set("StoppingCondition.MaxRuntimeInSeconds", seconds)


Cause = Callable[[World], Any]


def eat(world: World) -> None:
    need_memory()
    world.break_by(f"eat {OUT_OF + 1}")
    world.set("ResourceConfig.InstanceType", "ml.t3.medium")


def lose(victim: Any, mode: str = "File") -> Cause:
    """Have a process of every attempt killed."""

    def cause(world: World) -> None:
        world.break_by("wait")
        world.set("AlgorithmSpecification.TrainingInputMode", mode)
        world.then.append(lambda arn: kill_attempts(world.server, arn, victim))

    return cause


def overfill_inputs(world: World) -> None:
    """More than the disk has room for twice; what is small is copied."""
    for number in range(12):
        world.s3.put_object(Bucket=world.bucket, Key=f"data/train/{number}", Body=bytes(900_000))
    fill(world.server.data_dir, leave=5 << 20)


def setting(path: str, value: Any) -> Cause:
    return lambda world: world.set(path, value)


def breaking(way: str, seconds: int = 600) -> Cause:
    return lambda world: world.break_by(way, seconds)


def spoil_row(world: World) -> None:
    broken = to_csv(make_rows(5)) + b"1,0.5,twelve,0.1\n"
    world.s3.put_object(Bucket=world.bucket, Key="data/train/part-1.csv", Body=broken)


def leave_a_folder(world: World) -> None:
    world.s3.put_object(Bucket=world.bucket, Key="empty/")
    world.set("InputDataConfig.0.DataSource.S3DataSource.S3Uri", f"s3://{world.bucket}/empty/")


def take_the_name(world: World) -> None:
    world.break_by("exit")
    world.sagemaker.create_training_job(**world.request)


def double_channel(world: World) -> None:
    world.set("InputDataConfig", world.request["InputDataConfig"][:1] * 2)


URI = "InputDataConfig.0.DataSource.S3DataSource.S3Uri"
IMAGE = "AlgorithmSpecification.TrainingImage"
REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
FAILS: dict[str, Cause] = {
    "there is nothing but a folder under the channel's address": leave_a_folder,
    "the built-in algorithm misses a channel": lambda world: world.request.pop("InputDataConfig"),
    "a hyperparameter that the algorithm does not know": setting("HyperParameters.max_dept", "3"),
    "a hyperparameter out of its range": setting("HyperParameters.eta", "seven"),
    "a row that cannot be read": spoil_row,
    "the program raises an exception": breaking("raise"),
    "the program ends with a code of its own, and no word": breaking("exit"),
    "the program leaves its reason in `/opt/ml/output/failure`": breaking("say"),
    "the program is killed by a signal": breaking("die"),
    "a GPU, on a machine without one": setting("ResourceConfig.InstanceType", "ml.g5.xlarge"),
    "the bucket for the model is not there": setting("OutputDataConfig.S3OutputPath", "s3://no-such-bucket/out"),
    "the program takes more memory than its instance has": eat,
    "the program fills the disk": breaking("fill model"),
    "the disk is too full for the job's inputs": overfill_inputs,
    "the disk is too full to pack the model": breaking("leave model 12"),
    "the disk is too full to upload the model": breaking("leave model 9"),
    "the job's process is lost three times": lose(supervisor_of),
    "what fills its pipes is lost three times": lose(feeder_of, "Pipe"),
    "it takes longer than `MaxRuntimeInSeconds`": breaking("wait", seconds=1),
    "it is stopped": breaking("wait"),
}
IS_REFUSED: dict[str, Cause] = {
    "there is no object under the channel's address": setting(URI, "s3://no-such-bucket/train/"),
    "no program runs for the image": setting(IMAGE, "111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1"),
    "the image has no such version here": setting(IMAGE, f"{REGISTRY}/sagemaker-xgboost:99"),
    "an instance type that AWS does not have": setting("ResourceConfig.InstanceType", "ml.nonexistent.xlarge"),
    "the job's name is taken": take_the_name,
    "two channels of one name": double_channel,
    "a compressed channel that is not a pipe": setting("InputDataConfig.0.CompressionType", "Gzip"),
    "a time to wait, without spot": setting("StoppingCondition.MaxWaitTimeInSeconds", 600),
}


FAILING = rows("A training job that fails")
REFUSED = rows("A request that is refused")


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """A job that would succeed, and an image of a program that fails; on a small disk if it is about disks."""
    get = request.getfixturevalue
    if "disk" not in request.node.callspec.params["wrong"]:
        server, aws, bucket, job = (get(name) for name in ("server", "aws", "bucket", "training_job"))
    else:
        server = get("own_server")("--auth", "off", before=small_disk(get("tmp_path") / "data", SMALL_DISK))
        server.data_dir = seen_through(server)
        aws, bucket = partial(client, server.url, account="111122223333"), "bucket"
        aws("s3").create_bucket(Bucket=bucket)
        for channel in ("train", "validation"):
            aws("s3").put_object(Bucket=bucket, Key=f"data/{channel}/a.csv", Body=to_csv(make_rows(10)))
        job = training_request(bucket)
    return World(job, aws("s3"), aws("sagemaker"), bucket, register_breaking(server), server, [])


def test_every_row_is_made_to_happen() -> None:
    """None is written down that is not tried, and none tried that is not written down."""
    assert [row[0] for row in FAILING] == list(FAILS)
    assert [row[0] for row in REFUSED] == list(IS_REFUSED)


@pytest.mark.parametrize(("wrong", "status", "secondary", "reason"), tried(FAILING))
def test_a_job_fails_as_the_page_says(world: World, wrong: str, status: str, secondary: str, reason: str) -> None:
    """Its statuses, its reason, and the message of its last transition."""
    FAILS[wrong](world)
    arn = world.sagemaker.create_training_job(**world.request)["TrainingJobArn"]
    for do in world.then:
        do(arn)
    if secondary == "Stopped":
        world.sagemaker.stop_training_job(TrainingJobName="job")
    job = wait_until(lambda: ended(world.sagemaker), 60)

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == (status, secondary)
    assert has_words(job.get("FailureReason", ""), reason), job.get("FailureReason")
    assert "ModelArtifacts" not in job or status == "Stopped"
    if reason:
        assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == job["FailureReason"]


def ended(sagemaker: Any) -> dict[str, Any] | None:
    job = sagemaker.describe_training_job(TrainingJobName="job")
    return job if job["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"} else None


@pytest.mark.parametrize(("wrong", "code", "message"), tried(REFUSED))
def test_a_request_is_refused_as_the_page_says(world: World, wrong: str, code: str, message: str) -> None:
    """In these words; and no job is begun."""
    IS_REFUSED[wrong](world)
    before = world.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    refused = refusal(world.sagemaker.create_training_job, **world.request)

    assert refused[:2] == (400, code)
    assert has_words(refused.message, message), refused.message
    assert len(world.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == len(before)
