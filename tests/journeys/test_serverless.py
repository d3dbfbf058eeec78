"""Serverless endpoints by boto3: servers started when somebody asks, ended when nobody does."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.endpoints import ask, ask_soon, configure, create_model, deploy, in_service
from tests.journeys.programs import install
from tests.journeys.test_async import SLOW
from tests.services.conftest import refusal

Serve = Callable[..., dict[str, Any]]

HUNGRY = SLOW.replace(
    "        import time\n",
    """        import time
        if asked == "eat":
            held = b"x" * (1400 << 20)
            time.sleep(50)
""",
)
"""Who is asked to eat takes 1.4 GB, and keeps it for longer than anybody looks away."""


def serverless(name: str = "AllTraffic", **config: int) -> dict[str, Any]:
    """A serverless variant of the model ``model``."""
    usual = {"MemorySizeInMB": 1024, "MaxConcurrency": 2}
    return {"VariantName": name, "ModelName": "model", "ServerlessConfig": usual | config}


@pytest.fixture
def serve(aws: Any, server: Server) -> Serve:
    """Bring a serverless endpoint into service."""

    def serve(script: str = SLOW, idle: str = "300", **config: int) -> dict[str, Any]:
        image = install(server.data_dir, "hungry-slow" if script == HUNGRY else "slow", script)
        container = {"Image": image, "Environment": {"NAME": "m", "FIELDSTONE_IDLE_SECONDS": idle}}
        create_model(aws("sagemaker"), "model", container)
        configure(aws("sagemaker"), "config", serverless(**config))
        return deploy(aws("sagemaker"), "config")

    return serve


def test_a_serverless_endpoint_answers_and_says_what_it_is(aws: Any, serve: Serve) -> None:
    """Its description has its ServerlessConfig in place of instances."""
    (described,) = serve(MaxConcurrency=7)["ProductionVariants"]

    assert ask(aws("sagemaker-runtime")) == "m(x)"
    assert described["CurrentServerlessConfig"] == {"MemorySizeInMB": 1024, "MaxConcurrency": 7}
    assert "CurrentInstanceCount" not in described


def test_more_than_may_be_asked_at_a_time_is_throttled(aws: Any, server: Server, account: str, serve: Serve) -> None:
    """In AWS's words, while others are being answered; more may be asked after an update."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    serve(MaxConcurrency=1)
    gate = server.data_dir.parent / "program-slow" / "gate"
    told: list[str] = []
    patient = client(server.url, "sagemaker-runtime", account, retries=10)
    asking = threading.Thread(target=lambda: told.append(ask(patient, "wait")))
    asking.start()
    try:
        refused = wait_until(lambda: _refused(runtime))
        change = sagemaker.update_endpoint_weights_and_capacities
        wanted = {"VariantName": "AllTraffic", "ServerlessUpdateConfig": {"MaxConcurrency": 3}}
        change(EndpointName="endpoint", DesiredWeightsAndCapacities=[wanted])
        (found,) = in_service(sagemaker)["ProductionVariants"]
        more = ask(runtime)
    finally:
        gate.touch()
        asking.join()
        gate.unlink()

    assert (refused.code, refused.message) == ("ThrottlingException", "Rate exceeded")
    assert found["CurrentServerlessConfig"]["MaxConcurrency"] == 3
    assert (more, told) == ("m(x)", ["m(wait)"])


def _refused(runtime: Any) -> Any:
    try:
        ask(runtime)
    except runtime.exceptions.ClientError:
        return refusal(ask, runtime=runtime)
    return None


def test_a_server_that_nobody_asks_is_ended_and_started_again(own_server: Any) -> None:
    """Those that are provisioned stay. After a kill of the server too, the first question starts one."""
    server = own_server("--auth", "off")
    image = install(server.data_dir, "slow", SLOW)

    def clients(running: Server) -> list[Any]:
        return [client(running.url, name, "1" * 12) for name in ("sagemaker", "sagemaker-runtime")]

    sagemaker, runtime = clients(server)
    container = {"Image": image, "Environment": {"NAME": "m", "FIELDSTONE_IDLE_SECONDS": "1"}}
    create_model(sagemaker, "model", container)
    configure(sagemaker, "config", serverless())
    deploy(sagemaker, "config")
    asleep = wait_until(lambda: not _running(server))
    first = ask(runtime)
    wait_until(lambda: not _running(server))
    server.kill()
    server = own_server("--auth", "off")
    sagemaker, runtime = clients(server)
    again = ask_soon(runtime)
    change = sagemaker.update_endpoint_weights_and_capacities
    wanted = {"VariantName": "AllTraffic", "ServerlessUpdateConfig": {"ProvisionedConcurrency": 1}}
    change(EndpointName="endpoint", DesiredWeightsAndCapacities=[wanted])
    in_service(sagemaker)

    assert (asleep, first, again) == (True, "m(x)", "m(x)")
    assert len(_running(server)) == 1
    sagemaker.delete_endpoint(EndpointName="endpoint")
    wait_until(lambda: not list(server.data_dir.glob("tasks/endpoint-*")))


def _running(server: Server) -> list[Path]:
    """The tasks of endpoints that run: those that have not ended."""
    return [path for path in server.data_dir.glob("tasks/endpoint-*") if not (path / "exit.json").exists()]


def test_a_server_that_takes_more_memory_than_it_may_is_ended(aws: Any, serve: Serve) -> None:
    """And another answers the next question."""
    runtime = aws("sagemaker-runtime")
    serve(HUNGRY)
    refused = refusal(ask, runtime=runtime, body="eat")

    assert refused.code == "ModelError"
    assert ask_soon(runtime) == "m(x)"


def test_what_cannot_be_serverless_is_refused(aws: Any, server: Server) -> None:
    """Other sizes, more provisioned than may be asked, instances besides; and other shapes beside it, as on AWS."""
    sagemaker = aws("sagemaker")
    create_model(sagemaker, "model", {"Image": install(server.data_dir, "slow", SLOW)})
    create = sagemaker.create_endpoint_config
    wrong = [
        serverless(MemorySizeInMB=1500),
        serverless(ProvisionedConcurrency=3),
        serverless() | {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1},
    ]
    refused = [refusal(create, EndpointConfigName="config", ProductionVariants=[variant]) for variant in wrong]
    output = {"OutputConfig": {"S3OutputPath": "s3://lake/out"}}
    configure(sagemaker, "later", serverless(), AsyncInferenceConfig=output)
    both = refusal(sagemaker.create_endpoint, EndpointName="endpoint", EndpointConfigName="later")

    assert {error.code for error in (*refused, both)} == {"ValidationException"}
    assert both.message == "One or more endpoint features are not supported using this configuration"
