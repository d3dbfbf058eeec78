"""Updates of an endpoint that 32 clients ask without a pause, while its model servers are killed."""

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Server, client
from tests.journeys.askers import Askers
from tests.journeys.endpoints import ANSWERING, configure, create_model, deploy, in_service, variant
from tests.journeys.programs import install

ACCOUNT = "111122223333"
CLIENTS = 32
LOST = ("Amazon SageMaker could not get a response from the", "the model server is being started again")
"""What is said where a model's server went before it answered; and where it was killed again each time it started."""
HALF = {"Type": "CAPACITY_PERCENT", "Value": 50}


def blue_green(kind: str, **sizes: Any) -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": 1, **sizes}}
    }


WAYS = (
    blue_green("CANARY", CanarySize=HALF),
    blue_green("ALL_AT_ONCE"),
    blue_green("LINEAR", LinearStepSize=HALF),
    {"RollingUpdatePolicy": {"MaximumBatchSize": HALF, "WaitIntervalInSeconds": 1}},
)


class Killer:
    """Kills one model server of a data folder after the other, each some moments after the one before."""

    def __init__(self, data_dir: Path) -> None:
        self._program = f"{data_dir.parent}/program-answering"
        self._ended = threading.Event()
        self.kills = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        thread = threading.Thread(target=self._work)
        thread.start()
        yield
        self._ended.set()
        thread.join()

    def _work(self) -> None:
        moments = random.Random(7)
        while not self._ended.wait(moments.uniform(0.3, 1.5)):
            found = [
                pid
                for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
                if self._serves(pid)
            ]
            if found:
                with suppress(ProcessLookupError):  # it has just ended
                    os.kill(moments.choice(found), signal.SIGKILL)
                    self.kills += 1

    def _serves(self, pid: int) -> bool:
        try:
            return self._program in Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        except OSError:
            return False


@pytest.fixture
def ready(own_server: Callable[..., Server]) -> Server:
    """A server with an endpoint of two instances of the model ``a``, and configurations of ``a`` and ``b``."""
    server = own_server("--auth", "off")
    sagemaker = client(server.url, "sagemaker", ACCOUNT)
    image = install(server.data_dir, "answering", ANSWERING)
    for name in ("a", "b"):
        create_model(sagemaker, name, {"Image": image, "Environment": {"NAME": name}})
        configure(sagemaker, name, variant(name, name="v", InitialInstanceCount=2))
    deploy(sagemaker, "a")
    return server


def update(sagemaker: Any, askers: Askers, config: str, deployment: dict[str, Any]) -> str:
    """Update the endpoint while it is asked; the configuration that it has then."""
    askers.allowed = {"a", "b"}
    sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName=config, DeploymentConfig=deployment)
    found = in_service(sagemaker)["EndpointConfigName"]
    askers.allowed = {found}
    return found


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_no_request_is_lost_by_an_update(ready: Server, times: int) -> None:
    """Every answer is right: of either model on the way, of the new one alone from when Describe says so."""
    sagemaker = client(ready.url, "sagemaker", ACCOUNT)
    with Askers(ready.url, ACCOUNT, {"a"}, CLIENTS) as askers:
        for config, way in zip(cycle("ba"), islice(cycle(WAYS), times), strict=False):
            assert update(sagemaker, askers, config, way) == config

    assert (askers.tally.wrong, askers.tally.failed) == ([], [])
    assert askers.tally.right > 100 * times


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_model_servers_take_only_what_they_were_asked_with_them(ready: Server, times: int) -> None:
    """Every other answer is right, but for those who waited ten seconds for servers that were killed as they started.

    An update whose new servers are killed as they start leaves what there was.
    """
    sagemaker, killer, serving = client(ready.url, "sagemaker", ACCOUNT), Killer(ready.data_dir), "a"
    with Askers(ready.url, ACCOUNT, {"a"}, CLIENTS) as askers, killer.at_work():
        for way in islice(cycle(WAYS), times):
            serving = update(sagemaker, askers, "b" if serving == "a" else "a", way)

    tally = askers.tally
    print(f"{times} updates, {killer.kills} kills: {tally.right} right, {len(tally.failed)} failed")  # noqa: T201
    assert tally.wrong == []
    assert [failure for failure in tally.failed if not any(words in failure for words in LOST)] == []
    assert len(tally.failed) <= CLIENTS * killer.kills
    assert tally.right > 100 * times
