"""Models that fail in every way, and questions that are none: AWS's errors, and neighbours who notice nothing."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.conftest import Server, wait_until
from tests.journeys.endpoints import ANSWERING, ask, ask_soon, configure, create_model, deploy, in_service, variant
from tests.journeys.hostile import HOSTILE
from tests.journeys.programs import install
from tests.services.conftest import refusal

LOST = "Amazon SageMaker could not get a response from the endpoint endpoint."


@pytest.fixture
def serve(aws: Any, server: Server) -> Callable[..., Any]:
    """Bring a hostile model into service beside a good one; a client of both."""

    def serve(**members: Any) -> Any:
        sagemaker = aws("sagemaker")
        create_model(sagemaker, "m", {"Image": install(server.data_dir, "hostile", HOSTILE)})
        create_model(sagemaker, "good", {"Image": install(server.data_dir, "answering", ANSWERING)})
        configure(sagemaker, "hostile", variant("m", **members))
        configure(sagemaker, "neighbour", variant("good"))
        sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName="hostile")
        deploy(sagemaker, "neighbour", "neighbour")
        in_service(sagemaker)
        return aws("sagemaker-runtime")

    return serve


@contextmanager
def neighbour(runtime: Any) -> Iterator[None]:
    """Ask the good model all the while, and see that it answers each time."""
    over = threading.Event()
    answers: list[str] = []

    def insist() -> None:
        while not over.is_set():
            answers.append(ask(runtime, endpoint="neighbour"))

    asking = threading.Thread(target=insist)
    asking.start()
    try:
        yield
        wait_until(lambda: answers)
    finally:
        over.set()
        asking.join()
    assert set(answers) == {"(x)"}


def test_a_model_that_fails_is_a_model_error(serve: Callable[..., Any]) -> None:
    """With the status it gave, or none where it gave none; the model is asked on."""
    runtime = serve()
    with neighbour(runtime):
        for asked, words in (
            ("status 400", 'Received client error (400) from primary with message "so be it". See https://'),
            ("status 507", 'Received server error (507) from primary with message "so be it". See https://'),
            ("garbage", f'Received server error (0) from primary with message "{LOST}'),
            ("short", f'Received server error (0) from primary with message "{LOST}'),
            (f"huge {26 << 20}", "Received server error (0) from primary and could not load the entire response"),
            ("crash", f'Received server error (0) from primary with message "{LOST}'),
        ):
            refused = refusal(ask, runtime=runtime, body=asked)
            assert (refused.code, refused.status) == ("ModelError", 424), asked
            assert refused.message.startswith(words), asked
        assert ask(runtime, "say all is well") == "all is well"


def test_a_question_to_a_model_that_ends_before_it_takes_it_is_asked_again(serve: Callable[..., Any]) -> None:
    """Of the server that is started in its place."""
    runtime = serve()

    assert ask(runtime, "deaf") == "deaf"
    assert ask(runtime, "say hello") == "hello"


def test_answers_may_be_large_and_may_end_with_their_connection(serve: Callable[..., Any]) -> None:
    """Up to 25 MiB; HTTP/1.0 needs no length."""
    runtime = serve()

    assert len(ask(runtime, f"huge {25 << 20}")) == 25 << 20
    assert ask(runtime, "endless") == "until I hang up"


def test_a_slow_answer_holds_nobody_up(serve: Callable[..., Any]) -> None:
    """Of a program that answers several at a time, eight questions wait, and a later one is answered."""
    runtime = serve()
    waiting = [threading.Thread(target=ask, args=(runtime, "hold on")) for _ in range(8)]
    for thread in waiting:
        thread.start()

    assert ask(runtime, "say meanwhile") == "meanwhile"
    assert ask(runtime, "release all") == "released"
    for thread in waiting:
        thread.join()


def test_a_model_that_leaks_is_ended_at_its_instances_memory(serve: Callable[..., Any]) -> None:
    """Two gibibytes here; it is started again, and the neighbour has not noticed."""
    runtime = serve(InstanceType="ml.c8g.medium")
    with neighbour(runtime):
        refused = refusal(ask, runtime=runtime, body="leak")

        assert LOST in refused.message
        assert ask(runtime, "say again") == "again"


@pytest.mark.slow
def test_a_model_that_turns_pings_away_is_started_again_only_if_it_goes_on(serve: Callable[..., Any]) -> None:
    """Two in a row are forgiven, as of one that is asked by many at once; three are not."""
    runtime = serve()
    first, _ = ask(runtime, "whether").split()
    ask(runtime, "sick 2")
    wait_until(lambda: ask(runtime, "whether").endswith(" 0"))
    after_two, _ = ask(runtime, "whether").split()
    ask(runtime, "sick 1000")
    wait_until(lambda: ask_soon(runtime, "whether").split()[0] != first)

    assert after_two == first


@pytest.mark.slow
def test_a_model_that_is_never_ready_fails_its_endpoint(aws: Any, server: Server) -> None:
    """After as long as the variant says, though it takes the connection and keeps it."""
    sagemaker = aws("sagemaker")
    image = install(server.data_dir, "hostile", HOSTILE)
    create_model(sagemaker, "m", {"Image": image, "Environment": {"PING": "never"}})
    limits = {"ContainerStartupHealthCheckTimeoutInSeconds": 60, "ModelDataDownloadTimeoutInSeconds": 60}
    configure(sagemaker, "hostile", variant("m", **limits))
    sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName="hostile")
    wait_until(lambda: sagemaker.describe_endpoint(EndpointName="endpoint")["EndpointStatus"] != "Creating", 90)
    found = sagemaker.describe_endpoint(EndpointName="endpoint")

    assert found["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check: no answer within 60 seconds" in found["FailureReason"]


@pytest.mark.slow
def test_a_question_has_a_minute(serve: Callable[..., Any]) -> None:
    """In AWS's words; the model, which could answer others meanwhile, is not started again."""
    runtime = serve()
    refused = refusal(ask, runtime=runtime, body="hold on")

    assert refused.message.startswith(
        'Received server error (0) from primary with message "Your invocation timed out while waiting for a response '
        "from container primary. Review the latency metrics for each container in Amazon CloudWatch"
    )
    assert ask(runtime, "release all") == "released"
