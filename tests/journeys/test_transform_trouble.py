"""Batch transform with a model that does as it is told: dies, hangs, fails, never comes up, takes its time."""

import os
import signal
import struct
from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.test_restart import processes
from tests.journeys.transforming import (
    create_model,
    ended,
    lines,
    logged,
    outputs,
    put,
    register_program,
    request,
    scores,
    table,
    transform,
)

PROGRAM = """
import json, os, sys, time
from fieldstone.contract.paths import Layout
from fieldstone.contract.serving import Reply, serve

died = Layout.from_environment().root / "died"
mode = os.environ.get("MODE", "")

class Model:
    def answer(self, requests, /):
        return [self.one(request) for request in requests]

    def one(self, request):
        body = request.body
        if body.startswith(b"die always") or (body.startswith(b"die once") and not died.exists()):
            died.write_text("")
            print("told to die")
            os._exit(9)
        if b"fail" in body:
            return Reply(b"told to fail", status=503)
        if body.startswith(b"wait"):
            time.sleep(0.2)
        if body.startswith(b"hang"):
            time.sleep(60)
        if request.accept == "application/jsonlines":
            told = [json.loads(line) for line in body.splitlines()]
            return Reply(b"".join(b'{"sum": %d}\\n' % sum(one) for one in told), "application/jsonlines")
        how = request.headers.get("transfer-encoding", "")
        return Reply(b"%d%s" % (len(body), how.encode()) if mode == "count" else b"did " + body.strip())

if mode == "crash":
    print("told to crash")
    sys.exit(3)
if mode == "never":
    time.sleep(600)
sys.exit(serve(lambda layout: Model()))
"""


@pytest.fixture
def program(aws: Any, server: Server, account: str) -> Callable[..., None]:
    """Make the account's model one that is served by the program above."""
    return lambda **environment: register_program(aws, server, f"program-{account}", PROGRAM, **environment)


def test_json_lines_are_filtered_and_joined(aws: Any, bucket: str, program: Any) -> None:
    """The example of AWS's documents."""
    program()
    put(aws, bucket, {"in.jsonl": '{"id":1,"features":[1,2]}\n{"id":2,"features":[3,4,5]}\n'})
    filters = {"InputFilter": "$.features", "JoinSource": "Input", "OutputFilter": "$['id','SageMakerOutput']"}

    job = transform(
        aws, bucket, ContentType="application/jsonlines", Accept="application/jsonlines", DataProcessing=filters
    )

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert outputs(aws, bucket) == {
        "in.jsonl.out": '{"id":1,"SageMakerOutput":{"sum":3}}\n{"id":2,"SageMakerOutput":{"sum":12}}\n'
    }


def test_a_body_of_any_size_goes_in_chunks(aws: Any, bucket: str, program: Any) -> None:
    """MaxPayloadInMB 0."""
    program(MODE="count")
    put(aws, bucket, {"large.bin": b"x" * (15 << 20), "none.bin": b""})

    job = transform(aws, bucket, SplitType="None", MaxPayloadInMB=0)

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert outputs(aws, bucket) == {"large.bin.out": f"{15 << 20}chunked\n", "none.bin.out": ""}


def test_a_large_payload_goes_whole_where_the_job_allows_it(aws: Any, bucket: str, program: Any) -> None:
    """Beyond the 6 MB that a request may have else."""
    program(MODE="count")
    put(aws, bucket, {"large.bin": b"x" * (15 << 20)})

    job = transform(aws, bucket, SplitType="None", MaxPayloadInMB=20)

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert outputs(aws, bucket) == {"large.bin.out": f"{15 << 20}\n"}


def test_binary_records_go_one_by_one(aws: Any, bucket: str, program: Any) -> None:
    """RecordIO: their wrapping is taken off, their order is kept."""
    program()
    records = [f"record {number}".encode() for number in range(30)]
    framed = [struct.pack("<II", 0xCED7230A, len(one)) + one + bytes(-len(one) % 4) for one in records]
    put(aws, bucket, {"in.rec": b"".join(framed)})

    job = transform(aws, bucket, SplitType="RecordIO", BatchStrategy="SingleRecord", MaxConcurrentTransforms=4)

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert outputs(aws, bucket)["in.rec.out"].splitlines() == [f"did {one.decode()}" for one in records]


def test_a_model_that_dies_is_started_again_and_asked_again(aws: Any, bucket: str, program: Any) -> None:
    """Nothing is lost, nothing comes twice."""
    program()
    put(aws, bucket, {"in.txt": "one\ntwo\ndie once\nthree\n"})

    job = transform(aws, bucket, BatchStrategy="SingleRecord")

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert outputs(aws, bucket) == {"in.txt.out": "did one\ndid two\ndid die once\ndid three\n"}


@pytest.mark.parametrize(("line", "reason"), [
    ("die always", "the model server closed the connection and ended, exit code: 9; asked 2 times"),
    ("hang", "Unable to get response from algorithm: no answer within 1 seconds; asked 2 times"),
    ("fail", "Bad HTTP status received from algorithm: 503, at line 2: told to fail"),
])  # fmt: skip
def test_a_model_that_goes_on_failing_fails_the_object(
    aws: Any, bucket: str, program: Any, line: str, reason: str
) -> None:
    """After the retries of ModelClientConfig; the next object is transformed."""
    program()
    put(aws, bucket, {"a.txt": f"one\n{line}\nthree\n", "b.txt": "fine\n"})
    patience = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 1}

    job = transform(  # one at a time: a server that dies takes with it all that it was asked
        aws, bucket, BatchStrategy="SingleRecord", ModelClientConfig=patience, MaxConcurrentTransforms=1
    )

    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: See job logs for more information")
    assert reason in job["FailureReason"]
    assert line == "hang" or "at line 2" in job["FailureReason"]  # a busy machine may be late with line 1, too
    assert line == "hang" or outputs(aws, bucket) == {"b.txt.out": "did fine\n"}


def test_a_model_that_ends_before_it_is_ready_fails_the_job_with_its_words(aws: Any, bucket: str, program: Any) -> None:
    """At once, without waiting for the ping."""
    program(MODE="crash")
    put(aws, bucket, {"in.txt": "one\n"})

    job = transform(aws, bucket)

    assert job["TransformJobStatus"] == "Failed"
    assert "did not pass the ping health check" in job["FailureReason"]
    assert "told to crash" in job["FailureReason"]


def test_a_job_whose_model_never_comes_up_can_be_stopped(aws: Any, bucket: str, program: Any) -> None:
    """Stopping, then Stopped, and nobody is left waiting."""
    program(MODE="never")
    put(aws, bucket, {"in.txt": "one\n"})
    sagemaker = aws("sagemaker")
    sagemaker.create_transform_job(**request(bucket))
    wait_until(lambda: "TransformStartTime" in sagemaker.describe_transform_job(TransformJobName="batch"))

    sagemaker.stop_transform_job(TransformJobName="batch")
    job = ended(aws)

    assert (job["TransformJobStatus"], "FailureReason" in job) == ("Stopped", False)
    assert job["TransformEndTime"] >= job["TransformStartTime"]


def test_a_stopped_job_stores_no_output(aws: Any, bucket: str, program: Any) -> None:
    """Not even of the objects that it had done, as AWS says."""
    program()
    put(aws, bucket, {"a.txt": "fine\n", "b.txt": "wait\n" * 300})
    sagemaker = aws("sagemaker")
    sagemaker.create_transform_job(**request(bucket, BatchStrategy="SingleRecord"))
    wait_until(lambda: any("MaxConcurrentTransforms" in line for line in _lines(aws)))

    sagemaker.stop_transform_job(TransformJobName="batch")

    assert ended(aws)["TransformJobStatus"] == "Stopped"
    assert outputs(aws, bucket) == {}


@pytest.mark.slow
def test_an_object_that_is_deleted_meanwhile_fails_and_one_that_is_changed_is_taken_as_it_is(
    aws: Any, bucket: str, program: Any
) -> None:
    """As where each is got when its turn comes."""
    program()
    put(aws, bucket, {"a.txt": "wait\n" * 20, "b.txt": "old\n", "c.txt": "old\n"})
    aws("sagemaker").create_transform_job(**request(bucket, BatchStrategy="SingleRecord"))
    wait_until(lambda: any("MaxConcurrentTransforms" in line for line in _lines(aws)))

    put(aws, bucket, {"b.txt": "new\n"})
    aws("s3").delete_object(Bucket=bucket, Key="batch/c.txt")
    job = ended(aws)

    assert job["TransformJobStatus"] == "Failed"
    assert f"{bucket}/batch/c.txt: the object was deleted before it was read" in job["FailureReason"]
    assert outputs(aws, bucket) == {"a.txt.out": "did wait\n" * 20, "b.txt.out": "did new\n"}


def _lines(aws: Any) -> list[str]:
    """The data log, as far as there is one."""
    groups = aws("logs").describe_log_groups(logGroupNamePrefix="/aws/sagemaker/TransformJobs")["logGroups"]
    return logged(aws) if groups else []


@pytest.mark.parametrize(
    "victim", ["server", *(pytest.param(name, marks=pytest.mark.slow) for name in ("model server", "supervisor"))]
)
def test_whoever_is_killed_the_outputs_come_whole(own_server: Callable[..., Server], victim: str) -> None:
    """The job begins again, or its model does; every row has its score, and nothing is left running."""
    server = own_server("--auth", "off")

    def aws(service: str) -> Any:
        return client(server.url, service, "111122223333")

    aws("s3").create_bucket(Bucket="data")
    create_model(aws, "data")
    rows = {f"{number}.csv": table(600, number) for number in range(3)}
    put(aws, "data", {name: lines(features) for name, features in rows.items()})
    aws("sagemaker").create_transform_job(**request("data", BatchStrategy="SingleRecord", MaxConcurrentTransforms=4))
    wait_until(lambda: any("MaxConcurrentTransforms" in line for line in _lines(aws)))

    if victim == "server":
        server.kill()
        server = own_server("--auth", "off")
        assert set(outputs(aws, "data")) <= {f"{name}.out" for name in rows}
    else:
        wanted = "engine.supervisor" if victim == "supervisor" else "algorithms.xgboost"
        found = wait_until(lambda: [pid for pid, line in processes(server.data_dir).items() if wanted in line])
        os.kill(found[0], signal.SIGKILL)
    job = ended(aws)

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    found = outputs(aws, "data")
    assert set(found) == {f"{name}.out" for name in rows}
    for name, features in rows.items():
        assert [float(line) for line in found[f"{name}.out"].splitlines()] == pytest.approx(scores(features), abs=1e-6)
    assert not processes(server.data_dir)
