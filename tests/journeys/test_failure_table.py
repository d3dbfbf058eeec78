"""The page of failures says what happens: each of its rows is made to happen, and held against its words."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.conftest import Server, wait_until
from tests.journeys.conftest import make_rows, to_csv
from tests.journeys.programs import install
from tests.services.conftest import refusal

PAGE = Path(__file__).parents[2] / "docs" / "failures.md"
BREAKING = """
import json, os, pathlib, signal

root = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
match json.loads((root / "input/config/hyperparameters.json").read_text())["way"]:
    case "raise":
        json.loads("no json")
    case "exit":
        raise SystemExit(3)
    case "say":
        (root / "output" / "failure").write_text("the sky fell")
        raise SystemExit(1)
    case "die":
        os.kill(os.getpid(), signal.SIGKILL)
    case "wait":
        signal.pause()
"""
"""A program that fails in the way its hyperparameter names."""


class World(NamedTuple):
    """What a cause works with: a request for a training job, which it spoils."""

    request: dict[str, Any]
    s3: Any
    sagemaker: Any
    bucket: str
    breaking: str

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


def rows(columns: int) -> list[tuple[str, ...]]:
    """The rows of the page's table of so many columns, without its head."""
    tables = re.findall(r"((?:^\|.*\n)+)", PAGE.read_text(), re.MULTILINE)
    lines = [line.strip("|").split(" | ") for table in tables for line in table.splitlines()[2:]]
    return [tuple(cell.strip() for cell in line) for line in lines if len(line) == columns]


def has_words(said: str, written: str) -> bool:
    """Whether a text is what is written, with anything for every ``…``."""
    words = written.strip("`").split("…")
    return re.fullmatch(".*?".join(map(re.escape, words)), said, re.DOTALL) is not None


@pytest.fixture
def world(aws: Any, server: Server, bucket: str, training_job: dict[str, Any]) -> World:
    """A job that would succeed, and an image of a program that fails."""
    return World(training_job, aws("s3"), aws("sagemaker"), bucket, install(server.data_dir, "breaking", BREAKING))


def test_every_row_is_made_to_happen() -> None:
    """None is written down that is not tried, and none tried that is not written down."""
    assert [row[0] for row in rows(4)] == list(FAILS)
    assert [row[0] for row in rows(3)] == list(IS_REFUSED)


@pytest.mark.parametrize(("wrong", "status", "secondary", "reason"), rows(4), ids=[row[0] for row in rows(4)])
def test_a_job_fails_as_the_page_says(world: World, wrong: str, status: str, secondary: str, reason: str) -> None:
    """Its statuses, its reason, and the message of its last transition."""
    FAILS[wrong](world)
    world.sagemaker.create_training_job(**world.request)
    if secondary == "Stopped":
        world.sagemaker.stop_training_job(TrainingJobName="job")
    job = wait_until(lambda: ended(world.sagemaker))

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == (status, secondary)
    assert has_words(job.get("FailureReason", ""), reason), job.get("FailureReason")
    assert "ModelArtifacts" not in job or status == "Stopped"
    if reason:
        assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == job["FailureReason"]


def ended(sagemaker: Any) -> dict[str, Any] | None:
    job = sagemaker.describe_training_job(TrainingJobName="job")
    return job if job["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"} else None


@pytest.mark.parametrize(("wrong", "code", "message"), rows(3), ids=[row[0] for row in rows(3)])
def test_a_request_is_refused_as_the_page_says(world: World, wrong: str, code: str, message: str) -> None:
    """In these words; and no job is begun."""
    IS_REFUSED[wrong](world)
    before = world.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    refused = refusal(world.sagemaker.create_training_job, **world.request)

    assert refused[:2] == (400, code)
    assert has_words(refused.message, message), refused.message
    assert len(world.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == len(before)
