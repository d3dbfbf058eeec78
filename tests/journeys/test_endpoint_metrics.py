"""Metrics of endpoints by boto3: how often they were asked, how long it took, what their servers take."""

import os
from time import perf_counter
from typing import Any

import pytest
from tests.conftest import Server, wait_until
from tests.journeys.endpoints import ANSWERING, ask, configure, create_model, deploy, variant
from tests.journeys.measured import told
from tests.journeys.programs import install
from tests.services.conftest import refusal

SAGEMAKER = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
MEGABYTES = 400
BUSY = f"""
import threading

held = bytes(1) * ({MEGABYTES} << 20)

def burn():
    while True:
        sum(range(1000))

threading.Thread(target=burn, daemon=True).start()
"""
"""Before a server begins: it takes memory, and all of a core."""


@pytest.fixture
def image(server: Server) -> str:
    """The image of a program that tells what it is asked."""
    return install(server.data_dir, "answering", ANSWERING)


def test_what_an_endpoint_is_asked_is_counted(aws: Any, image: str) -> None:
    """As one for each request; for each instance as its share; failures by whose they are."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    create_model(sagemaker, "a", {"Image": image})
    configure(sagemaker, "config", variant("a", InitialInstanceCount=2))
    deploy(sagemaker, "config")
    started = perf_counter()
    for _ in range(6):
        ask(runtime)
    took = (perf_counter() - started) * 1e6
    for status in ("404", "500"):
        refusal(ask, runtime=runtime, body=status)
    refusal(ask, runtime=runtime, TargetModel="of many")  # no model is asked that

    def found(name: str, statistic: str = "Sum") -> float | None:
        return told(aws("cloudwatch"), SAGEMAKER, name, statistic, EndpointName="endpoint", VariantName="a")

    wait_until(lambda: found("Invocations") == 8)
    assert found("InvocationsPerInstance") == 4
    errors = {name: found(name) for name in ("Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")}
    assert errors == {"Invocation4XXErrors": 1, "Invocation5XXErrors": 1, "InvocationModelErrors": 2}
    assert found("Invocation4XXErrors", "Average") == 1 / 8
    latencies = [found(name, "Average") or 0 for name in ("ModelLatency", "OverheadLatency")]
    assert min(latencies) > 1
    assert sum(latencies) * 6 < took * 2
    assert found("OverheadLatency", "SampleCount") == 8


def test_what_the_servers_take_is_measured(aws: Any, server: Server) -> None:
    """Of processors in percent of a core, of memory in percent of what the instance has."""
    sagemaker = aws("sagemaker")
    create_model(sagemaker, "busy", {"Image": install(server.data_dir, "busy", BUSY + ANSWERING)})
    configure(sagemaker, "config", variant("busy"))
    deploy(sagemaker, "config")

    def found(name: str, statistic: str = "Maximum") -> float | None:
        return told(aws("cloudwatch"), INSTANCES, name, statistic, EndpointName="endpoint", VariantName="busy")

    instance = min(8 << 30, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    held = 100 * (MEGABYTES << 20) / instance

    memory = wait_until(lambda: (most := found("MemoryUtilization") or 0) > held and most)  # it may be seen starting
    assert memory < held * 1.5
    assert 15 < (found("CPUUtilization") or 0) < 110
    assert 0 < (found("DiskUtilization") or 0) <= 100
