"""The page of failures says what becomes of processing jobs: every row is made to happen, and held to its words."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest
from tests.conftest import Server, client, wait_until
from tests.durability.conftest import fill, seen_through, small_disk
from tests.journeys.failing import (
    OUT_OF,
    SMALL_DISK,
    has_words,
    kill_attempts,
    need_memory,
    register_breaking,
    rows,
    supervisor_of,
    tried,
)
from tests.journeys.test_processing import request

SPARK = "173754725891.dkr.ecr.us-east-1.amazonaws.com/sagemaker-spark-processing:3.3-cpu"
TABLE = rows("A processing job that fails")


class World(NamedTuple):
    """What a cause works with: a request for a job, which it spoils, and what to do once it is there."""

    request: dict[str, Any]
    s3: Any
    sagemaker: Any
    server: Server
    then: list[Callable[[str], None]]

    @property
    def cluster(self) -> dict[str, Any]:
        """The instances."""
        return self.request["ProcessingResources"]["ClusterConfig"]

    @property
    def output(self) -> dict[str, Any]:
        """The only output."""
        return self.request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]

    @property
    def bucket(self) -> str:
        """Where the output goes."""
        return self.output["S3Uri"].split("/")[2]


Cause = Callable[[World], None]


def breaking(*way: str, seconds: int = 600) -> Cause:
    """Have the program fail in some way."""

    def cause(world: World) -> None:
        world.request["AppSpecification"]["ContainerArguments"] = list(way)
        world.request["StoppingCondition"] = {"MaxRuntimeInSeconds": seconds}

    return cause


def miss_input(world: World) -> None:
    world.request["ProcessingInputs"][0]["S3Input"]["S3Uri"] = f"s3://{world.bucket}/nothing/"


def eat(world: World) -> None:
    need_memory()
    breaking("eat", str(OUT_OF + 1))(world)
    world.cluster["InstanceType"] = "ml.t3.medium"


def lose(world: World) -> None:
    breaking("wait")(world)
    world.then.append(lambda arn: kill_attempts(world.server, arn, supervisor_of))


def overfill_inputs(world: World) -> None:
    """More than the disk has room for twice; what is small is copied."""
    for number in range(12):
        world.s3.put_object(Bucket=world.bucket, Key=f"data/{number}", Body=bytes(900_000))
    fill(world.server.data_dir, leave=5 << 20)


def lose_bucket(world: World) -> None:
    breaking("leave", "processing/output", "1")(world)
    world.output["S3Uri"] = "s3://no-such-bucket/out"


def want_gpu(world: World) -> None:
    world.cluster["InstanceType"] = "ml.g5.xlarge"


def want_spark(world: World) -> None:
    world.request["AppSpecification"]["ImageUri"] = SPARK


FAILS: dict[str, Cause] = {
    "there is no object under an input's address": miss_input,
    "the script raises an exception": breaking("raise"),
    "the script ends with a code of its own, and no word": breaking("exit"),
    "the script leaves its reason in `/opt/ml/output/failure`": breaking("say"),
    "the script is killed by a signal": breaking("die"),
    "the script takes more memory than its instance has": eat,
    "the script fills the disk": breaking("fill", "processing/output"),
    "the disk is too full for the job's inputs": overfill_inputs,
    "the disk is too full to upload the outputs": breaking("leave", "processing/output", "14"),
    "the job's process is lost three times": lose,
    "the bucket for the output is not there": lose_bucket,
    "a GPU, on a machine without one": want_gpu,
    "Spark": want_spark,
    "it takes longer than `MaxRuntimeInSeconds`": breaking("wait", seconds=1),
    "it is stopped": breaking("wait"),
}


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """A job that would succeed; on a small disk if it is about disks."""
    get = request.getfixturevalue
    if "disk" not in request.node.callspec.params["wrong"]:
        server, aws, bucket = (get(name) for name in ("server", "aws", "bucket"))
    else:
        server = get("own_server")("--auth", "off", before=small_disk(get("tmp_path") / "data", SMALL_DISK))
        server.data_dir = seen_through(server)
        aws, bucket = partial(client, server.url, account="111122223333"), "bucket"
        aws("s3").create_bucket(Bucket=bucket)
    aws("s3").put_object(Bucket=bucket, Key="data/a.csv", Body=b"1,a\n")
    return World(asked(bucket, register_breaking(server)), aws("s3"), aws("sagemaker"), server, [])


def asked(bucket: str, image: str) -> dict[str, Any]:
    """A job that runs the program of an image's with arguments."""
    wanted = request(bucket)
    wanted["AppSpecification"] = {"ImageUri": image, "ContainerArguments": ["raise"]}
    del wanted["ProcessingInputs"][1]
    return wanted


def test_every_row_is_made_to_happen() -> None:
    """None is written down that is not tried, and none tried that is not written down."""
    assert [row[0] for row in TABLE] == list(FAILS)


@pytest.mark.parametrize(("wrong", "status", "reason"), tried(TABLE))
def test_a_job_fails_as_the_page_says(world: World, wrong: str, status: str, reason: str) -> None:
    """Its status and its reason; nothing of it is in S3."""
    FAILS[wrong](world)
    arn = world.sagemaker.create_processing_job(**world.request)["ProcessingJobArn"]
    for do in world.then:
        do(arn)
    if wrong == "it is stopped":
        world.sagemaker.stop_processing_job(ProcessingJobName="job")
    job = wait_until(lambda: ended(world.sagemaker), 60)

    assert job["ProcessingJobStatus"] == status
    assert has_words(job.get("FailureReason", ""), reason), job.get("FailureReason")
    if world.bucket != "no-such-bucket":
        assert world.s3.list_objects_v2(Bucket=world.bucket, Prefix="out/")["KeyCount"] == 0


def ended(sagemaker: Any) -> dict[str, Any] | None:
    """The job, once it has ended."""
    job = sagemaker.describe_processing_job(ProcessingJobName="job")
    return None if job["ProcessingJobStatus"] in {"InProgress", "Stopping"} else job
