"""The server is killed, and started again on the same folder."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.conftest import IMAGE, ROLE, make_rows, to_csv, training_request
from tests.journeys.test_serving import deploy, features, predict

ACCOUNT = "111122223333"
LONG = 600
"""Boosting rounds that take a few seconds on the table below."""
ENDLESS = 1_000_000
"""As many as nobody waits for."""

Start = Callable[..., Server]


def clients(server: Server) -> tuple[Any, Any, Any]:
    return tuple(client(server.url, service, ACCOUNT) for service in ("s3", "sagemaker", "sagemaker-runtime"))


def begin_training(server: Server, rounds: int, **members: Any) -> None:
    """Create a job and wait until its program trains."""
    s3, sagemaker, _ = clients(server)
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="data/train/a.csv", Body=to_csv(make_rows(20_000)))
    s3.put_object(Bucket="data", Key="data/validation/a.csv", Body=to_csv(make_rows(1_000, seed=8)))
    sagemaker.create_training_job(**training_request("data", rounds=rounds), **members)
    wait_until(lambda: any("[0]" in line for line in log_lines(server)))


def log_lines(server: Server) -> list[str]:
    """What the job printed, as CloudWatch Logs shows it."""
    logs = client(server.url, "logs", ACCOUNT)
    group = "/aws/sagemaker/TrainingJobs"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="job/")["logStreams"]
    return [
        event["message"]
        for stream in streams
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)[
            "events"
        ]
    ]


def newest_log(data_dir: Path) -> Path:
    """The file of the log stream that was written to last."""
    return max((data_dir / "logs").iterdir(), key=lambda path: path.stat().st_mtime)


def finished(server: Server) -> dict[str, Any]:
    """The job, once it has ended."""
    _, sagemaker, _ = clients(server)

    def ended() -> dict[str, Any] | None:
        job = sagemaker.describe_training_job(TrainingJobName="job")
        return job if job["TrainingJobStatus"] not in {"InProgress", "Stopping"} else None

    return wait_until(ended, 60)


def bring_up_endpoint(own_server: Start) -> tuple[Server, list[float]]:
    """A server with a model behind an endpoint, and the scores of five rows."""
    server = own_server("--auth", "off")
    begin_training(server, 10)
    finished(server)
    _, sagemaker, runtime = clients(server)
    container = {"Image": IMAGE, "ModelDataUrl": "s3://data/models/job/output/model.tar.gz"}
    sagemaker.create_model(ModelName="model", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    deploy(sagemaker, "model")
    return server, predict(runtime, features(5))


def processes(data_dir: Path) -> dict[int, str]:
    """The command lines of the processes that work for a data folder, the server's own left out."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if f"{data_dir}/tasks/" in line:
                found[int(entry.name)] = line
    return found


def supervisor_at_work(data_dir: Path) -> int | None:
    """A supervisor whose program runs; one that is killed before is replaced, and its job is not lost."""
    lines = processes(data_dir)
    supervisors = [pid for pid, line in lines.items() if "supervisor" in line]
    return supervisors[0] if supervisors and any("fieldstone.algorithms" in line for line in lines.values()) else None


def test_a_job_goes_on_while_the_server_is_dead_and_completes_after_it(own_server: Start) -> None:
    """The program is the same process before and after, and its model arrives."""
    server = own_server("--auth", "off")
    begin_training(server, LONG)
    before, log = processes(server.data_dir), newest_log(server.data_dir)

    server.kill()
    written = log.stat().st_size
    wait_until(lambda: log.stat().st_size > written)
    programs = [pid for pid, line in before.items() if "algorithms.xgboost" in line]
    for pid in programs:  # lest it ends before the server has started
        os.kill(pid, signal.SIGSTOP)
    again = own_server("--auth", "off")
    after = processes(server.data_dir)
    for pid in programs:
        os.kill(pid, signal.SIGCONT)
    job = finished(again)

    assert before
    assert set(before) == set(after)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    s3, _, _ = clients(again)
    assert s3.head_object(Bucket="data", Key="models/job/output/model.tar.gz")["ContentLength"] > 0
    assert sum("[0]" in line for line in log_lines(again)) == 1


@pytest.mark.slow
def test_a_job_that_ended_while_the_server_was_dead_is_concluded(own_server: Start) -> None:
    """Nobody saw it end, and still its model arrives."""
    server = own_server("--auth", "off")
    begin_training(server, 50)

    server.kill()
    wait_until(lambda: not processes(server.data_dir), 60)
    job = finished(own_server("--auth", "off"))

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")


@pytest.mark.slow
def test_a_job_whose_supervisor_is_killed_begins_again(own_server: Start) -> None:
    """The program dies with its supervisor; a second attempt completes."""
    server = own_server("--auth", "off")
    begin_training(server, LONG)
    supervisor = next(pid for pid, line in processes(server.data_dir).items() if "engine.supervisor" in line)

    os.kill(supervisor, signal.SIGKILL)
    job = finished(server)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert "Restarting" in [transition["Status"] for transition in job["SecondaryStatusTransitions"]]


def test_a_job_begins_again_as_often_as_its_strategy_says(own_server: Start) -> None:
    """With one more attempt it is lost twice, and says so."""
    server = own_server("--auth", "off")
    begin_training(server, ENDLESS, RetryStrategy={"MaximumRetryAttempts": 1})
    for _ in range(2):
        supervisor = wait_until(lambda: supervisor_at_work(server.data_dir))
        os.kill(supervisor, signal.SIGKILL)
        wait_until(lambda gone=supervisor: gone not in processes(server.data_dir))
    job = finished(server)

    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        "InternalServerError: the job's process, or one that it needs, was lost 2 times"
    )


def test_a_stopped_job_keeps_what_it_had(own_server: Start) -> None:
    """StopTrainingJob ends the program, and the job is Stopped."""
    server = own_server("--auth", "off")
    begin_training(server, 100_000)

    _, sagemaker, _ = clients(server)
    sagemaker.stop_training_job(TrainingJobName="job")
    job = finished(server)

    assert job["TrainingJobStatus"] == "Stopped"
    assert job["SecondaryStatus"] == "Stopped"
    assert not processes(server.data_dir)


def test_an_endpoint_answers_again_after_a_kill(own_server: Start) -> None:
    """The same model server answers the restarted server at once."""
    server, scores = bring_up_endpoint(own_server)
    before = processes(server.data_dir)

    server.kill()
    again = own_server("--auth", "off")
    _, _, runtime = clients(again)

    assert predict(runtime, features(5)) == scores
    assert set(processes(server.data_dir)) == set(before)


def test_a_killed_model_server_is_started_again(own_server: Start) -> None:
    """The endpoint answers on, with the same scores; a question that was under way may be lost with the server."""
    server, scores = bring_up_endpoint(own_server)
    program = next(pid for pid, line in processes(server.data_dir).items() if "algorithms.xgboost" in line)

    os.kill(program, signal.SIGKILL)
    runtime = client(server.url, "sagemaker-runtime", ACCOUNT, retries=4)
    with suppress(runtime.exceptions.ModelError):
        predict(runtime, features(5))

    assert predict(runtime, features(5)) == scores


@pytest.mark.slow
def test_no_task_is_left_when_the_server_is_stopped_with_endpoints(own_server: Start) -> None:
    """Model servers end with the server, and come up again with it."""
    server, scores = bring_up_endpoint(own_server)

    assert server.stop() == 0
    assert not processes(server.data_dir)
    _, _, runtime = clients(own_server("--auth", "off"))

    assert predict(runtime, features(5)) == scores
