"""The page of failures says what becomes of transform jobs: every row is made to happen, and held to its words."""

import io
import tarfile
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest
from tests.conftest import Server, client
from tests.durability.conftest import fill, seen_through, small_disk
from tests.journeys.failing import OUT_OF, SMALL_DISK, has_words, need_memory, rows, tried
from tests.journeys.transforming import create_model, ended, outputs, put, register_program, request

PROGRAM = """#!PYTHON
import os, sys, time
from fieldstone.contract.serving import Reply, serve

class Model:
    def answer(self, requests, /):
        return [self.one(request.body.strip()) for request in requests]

    def one(self, body):
        way, *more = body.decode().split() or [""]
        match way:
            case "die":
                os._exit(9)
            case "eat":
                bytearray(int(more[0]) << 30)
            case "hang":
                time.sleep(60)
            case "fail":
                return Reply(b"told to fail", status=503)
            case "raise":
                raise KeyError("tenure")
            case "swell":
                return Reply(os.urandom(int(more[0]) << 20))
        return Reply(b"did " + body)

if os.environ.get("MODE") == "crash":
    print("told to crash")
    sys.exit(3)
sys.exit(serve(lambda layout: Model()))
"""
TABLE = rows("A transform job that fails")


class World(NamedTuple):
    """What a cause works with: a request for a job, which it spoils."""

    request: dict[str, Any]
    aws: Any
    bucket: str
    server: Server

    def put(self, objects: dict[str, bytes | str]) -> None:
        """What is to be transformed."""
        put(self.aws, self.bucket, objects)

    def serve(self, **environment: str) -> None:
        """Have the model be the program above."""
        register_program(self.aws, self.server, f"serving-{self.bucket}", PROGRAM, **environment)


Cause = Callable[[World], None]


def answering(line: str, **members: Any) -> Cause:
    """Have the model do what a line says."""

    def cause(world: World) -> None:
        world.serve()
        world.put({"in.txt": f"one\n{line}\nthree\n"})
        world.request.update({"BatchStrategy": "SingleRecord", "ModelClientConfig": PATIENCE} | members)

    return cause


def keep_silent(world: World) -> None:
    """From the first line on: on a busy machine no answer comes within a second for sure."""
    answering("hang", ModelClientConfig=PATIENCE | {"InvocationsTimeoutInSeconds": 1})(world)
    world.put({"in.txt": "hang\ntwo\n"})


def miss_input(world: World) -> None:
    world.serve()


def miss_model(world: World) -> None:
    create_model(world.aws, world.bucket)
    world.put({"in.csv": "1,2,3,4\n"})
    world.aws("s3").delete_object(Bucket=world.bucket, Key="model.tar.gz")


def spoil_model(world: World) -> None:
    create_model(world.aws, world.bucket)
    world.put({"in.csv": "1,2,3,4\n"})
    world.aws("s3").put_object(Bucket=world.bucket, Key="model.tar.gz", Body=b"no archive")


def spoil_row(world: World) -> None:
    create_model(world.aws, world.bucket)
    world.put({"in.csv": "1,2,3,4\n1,2,3\n"})


def crash(world: World) -> None:
    world.serve(MODE="crash")
    world.put({"in.txt": "one\n"})


def eat(world: World) -> None:
    need_memory()
    answering(f"eat {OUT_OF + 1}")(world)
    del world.request["ModelClientConfig"]
    world.request["TransformResources"]["InstanceType"] = "ml.c6i.large"


def overfill_model(world: World) -> None:
    """Less room than the model takes when it is unpacked."""
    spoil_row(world)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("xgboost-model")
        member.size = 12 << 20
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    world.aws("s3").put_object(Bucket=world.bucket, Key="model.tar.gz", Body=packed.getvalue())
    fill(world.server.data_dir, leave=6 << 20)


def lose_bucket(world: World) -> None:
    answering("two")(world)
    world.request["TransformOutput"]["S3OutputPath"] = "s3://no-such-bucket/out"


def want_gpu(world: World) -> None:
    answering("two")(world)
    world.request["TransformResources"]["InstanceType"] = "ml.g5.xlarge"


PATIENCE = {"InvocationsTimeoutInSeconds": 60, "InvocationsMaxRetries": 1}
FAILS: dict[str, Cause] = {
    "there is no object under the input's address": miss_input,
    "the model's artifact is not there": miss_model,
    "the model's artifact is no archive": spoil_model,
    "the model refuses a row": spoil_row,
    "the script raises an exception": answering("raise"),
    "the model answers with an error": answering("fail"),
    "the model gives no answer in time": keep_silent,
    "the model server ends with every answer": answering("die"),
    "the model server ends before it is ready": crash,
    "the model takes more memory than its instance has": eat,
    "the disk is too full for the model": overfill_model,
    "the disk is too full for the output": answering("swell 30"),
    "the bucket for the output is not there": lose_bucket,
    "a GPU, on a machine without one": want_gpu,
    "it is stopped": answering("hang"),
}


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """A job over what lies in ``batch/``; on a small disk if it is about disks."""
    get = request.getfixturevalue
    if "disk" not in request.node.callspec.params["wrong"]:
        server, aws, bucket = (get(name) for name in ("server", "aws", "bucket"))
    else:
        server = get("own_server")("--auth", "off", before=small_disk(get("tmp_path") / "data", SMALL_DISK))
        server.data_dir = seen_through(server)
        aws, bucket = partial(client, server.url, account="111122223333"), "bucket"
        aws("s3").create_bucket(Bucket=bucket)
    return World(asked(bucket), aws, bucket, server)


def asked(bucket: str) -> dict[str, Any]:
    """The request of the journeys of batch transform."""
    return request(bucket)


def test_every_row_is_made_to_happen() -> None:
    """None is written down that is not tried, and none tried that is not written down."""
    assert [row[0] for row in TABLE] == list(FAILS)


@pytest.mark.parametrize(("wrong", "status", "reason"), tried(TABLE))
def test_a_job_fails_as_the_page_says(world: World, wrong: str, status: str, reason: str) -> None:
    """Its status and its reason; nothing of what failed is in S3."""
    FAILS[wrong](world)
    world.aws("sagemaker").create_transform_job(**world.request)
    if wrong == "it is stopped":
        world.aws("sagemaker").stop_transform_job(TransformJobName="batch")
    job = ended(world.aws)

    assert job["TransformJobStatus"] == status
    assert has_words(job.get("FailureReason", ""), reason), job.get("FailureReason")
    assert outputs(world.aws, world.bucket) == {}
