"""Model servers that end before they were ever ready: killed by others, or of their own accord."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Server, wait_until
from tests.journeys.endpoints import ANSWERING, ask, configure, create_model, deploy, in_service, variant
from tests.journeys.failing import supervisor_of
from tests.journeys.programs import install

from fieldstone.core.settings import DataDir
from fieldstone.engine.task import Attendance, TaskFolder

STARTING = f"""
import os, pathlib, signal, sys, time

print("starting", flush=True)
match os.environ["START"]:
    case "fails":
        sys.exit("no such thing")
    case "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    case "waits":
        while not pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"), "model", "go").exists():
            time.sleep(0.02)
{ANSWERING}
"""
"""A program that starts as its environment says; one that waits does so until a file lies beside its model."""


def program_of(attendance: Attendance) -> int:
    """The program, which is its warden's child."""
    children = f"/proc/{attendance.warden}/task/{attendance.warden}/children"
    return int(wait_until(lambda: Path(children).read_text().split())[0])


class Starting:
    """An account's endpoints, whose models start in several ways."""

    def __init__(self, aws: Callable[..., Any], server: Server, account: str) -> None:
        self.sagemaker, self.runtime, self._logs = aws("sagemaker"), aws("sagemaker-runtime"), aws("logs")
        self._server, self._account = server, account
        image = install(server.data_dir, "starting", STARTING)
        for name, start in {"good": "", "slow": "waits", "bad": "fails", "hunted": "is killed"}.items():
            environment = {"NAME": f"{name} {account}", "START": start}
            create_model(self.sagemaker, name, {"Image": image, "Environment": environment})
            configure(self.sagemaker, name, variant(name))

    def fail(self, config: str) -> str:
        """Create an endpoint that fails; its reason."""
        self.sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName=config)
        describe = self.sagemaker.describe_endpoint
        wait_until(lambda: describe(EndpointName="endpoint")["EndpointStatus"] == "Failed", 60)
        return describe(EndpointName="endpoint")["FailureReason"]

    def starts(self) -> int:
        """How often a server of the endpoint was started."""
        found = self._logs.filter_log_events(logGroupName="/aws/sagemaker/Endpoints/endpoint")["events"]
        return [event["message"] for event in found].count("starting")

    def attendances(self, name: str) -> Iterator[tuple[TaskFolder, Attendance]]:
        """The tasks of a model's servers that run, or ran last."""
        for path in DataDir(self._server.data_dir).tasks.iterdir():
            folder = TaskFolder(path)
            task, attendance = folder.read_task(), folder.read_attendance()
            if task and attendance and task.environment.get("NAME") == f"{name} {self._account}":
                yield folder, attendance

    def kill(self, name: str, *victims: Callable[[Attendance], int]) -> TaskFolder:
        """Kill a process of each start of a model's server, one after the other, and wait for the start after that."""
        killed: set[int] = set()

        def begun() -> tuple[TaskFolder, Attendance] | None:
            return next((pair for pair in self.attendances(name) if pair[1].supervisor not in killed), None)

        for victim in victims:
            _, attendance = wait_until(begun, 60)
            killed.add(attendance.supervisor)
            os.kill(victim(attendance), signal.SIGKILL)
        return wait_until(begun, 60)[0]


@pytest.fixture
def starting(aws: Any, server: Server, account: str) -> Starting:
    return Starting(aws, server, account)


def test_a_new_model_server_that_is_killed_is_started_again(starting: Starting) -> None:
    """Whether it was killed itself or with its supervisor; the update of which it is a part goes on."""
    deploy(starting.sagemaker, "good")
    starting.sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="slow")
    folder = starting.kill("slow", program_of, supervisor_of)
    (folder.contract / "model" / "go").touch()
    found = in_service(starting.sagemaker)

    assert found["EndpointConfigName"] == "slow", found.get("FailureReason")
    assert ask(starting.runtime).startswith("slow")


def test_a_new_model_server_that_is_killed_each_time_fails_its_endpoint(starting: Starting) -> None:
    """After five starts, in the words for one that ended."""
    assert "did not pass the ping health check: its process ended" in starting.fail("hunted")
    assert starting.starts() == 5


def test_a_new_model_server_that_gives_up_is_not_started_again(starting: Starting) -> None:
    """The endpoint fails at once, with its last words."""
    reason = starting.fail("bad")

    assert reason.endswith("the ping health check: its process ended. Its last words: starting | no such thing")
    assert starting.starts() == 1
