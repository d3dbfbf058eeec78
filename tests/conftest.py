"""What every test may ask for: a real server, and boto3 clients that point at it."""

import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.environments import python_of

FIELDSTONE = (sys.executable, "-m", "fieldstone")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs an environment of its own is slow, and skipped in words where that is not there."""
    for item in items:
        marker = item.get_closest_marker("client")
        if marker is not None:
            item.add_marker(pytest.mark.slow)
            python = python_of(marker.args[0])
            item.add_marker(pytest.mark.skipif(not python.exists(), reason=f"{python} is missing: make clients"))


@dataclass
class Server:
    """A server in a process of its own."""

    process: "subprocess.Popen[str]"
    url: str
    data_dir: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()
        self._close()

    def stop(self) -> int:
        """End it as a person would."""
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self._close()
        return code

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()


def start_server(
    data_dir: Path,
    *options: str,
    before: Sequence[str] = (),
    log: Path | None = None,
    fieldstone: Sequence[str] = FIELDSTONE,
) -> Server:
    """Start a server on a free port and wait until it says that it is ready.

    Args:
        data_dir: Its data folder.
        options: Of ``fieldstone up``.
        before: A command that becomes the one that follows it, such as one that sets limits.
        log: Where to keep what it says besides.
        fieldstone: The command; another environment's, say.
    """
    command = (*before, *fieldstone, "up", "--port", "0", "--data-dir", str(data_dir), *options)
    with nullcontext() if log is None else log.open("a") as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    assert "http://" in first, f"the server said {first!r}"
    return Server(process, first.split()[-1], data_dir)


def kill_tasks(data_dir: Path) -> None:
    """End every process that names the data folder on its command line: supervisors, jobs, model servers."""
    subprocess.run(["pkill", "-9", "-f", str(data_dir)], check=False)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share; each has an account of its own."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    running = start_server(data_dir, "--auth", "off", "--testing")
    yield running
    running.stop()
    kill_tasks(data_dir)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers of the test's own, on a data folder of its own; they are ended with the test."""
    started: list[Server] = []

    def start(*options: str, **more: Any) -> Server:
        started.append(start_server(tmp_path / "data", *options, **more))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.kill()
    kill_tasks(tmp_path / "data")


Aws = Callable[..., Any]


def client(url: str, service: str, account: str, region: str = "us-east-1", retries: int = 0) -> Any:
    """A boto3 client of an account."""
    config = Config(retries={"max_attempts": retries}, parameter_validation=False)
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="unchecked",
        config=config,
    )


@pytest.fixture
def account() -> str:
    """A fresh account."""
    return str(secrets.randbelow(9 * 10**11) + 10**11)


@pytest.fixture
def aws(server: Server, account: str) -> Iterator[Aws]:
    """Make boto3 clients of a fresh account: ``aws("s3")``. Its endpoints end with the test."""
    asked: set[str] = set()

    def make(service: str, region: str = "us-east-1") -> Any:
        asked.add(service)
        return client(server.url, service, account, region)

    yield make
    if "sagemaker" in asked:
        sagemaker = client(server.url, "sagemaker", account)
        for endpoint in sagemaker.list_endpoints()["Endpoints"]:
            with suppress(ClientError):  # it may be on its way out
                sagemaker.delete_endpoint(EndpointName=endpoint["EndpointName"])


@pytest.fixture
def bucket(aws: Aws, account: str) -> str:
    """A bucket of the fresh account."""
    name = f"bucket-{account}"
    aws("s3").create_bucket(Bucket=name)
    return name


def wait_until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Poll until the condition holds; what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} seconds"
        time.sleep(0.02)
