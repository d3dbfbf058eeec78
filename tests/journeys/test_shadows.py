"""Shadow variants: asked what the variant is asked, and never heard."""

from typing import Any

import pytest
from tests.conftest import Server, wait_until
from tests.journeys.endpoints import ANSWERING, ask, configure, create_model, deploy, in_service, variant
from tests.journeys.programs import install
from tests.services.conftest import refusal

NOTING = ANSWERING.replace(
    "status = int(asked)", 'os.write(1, b"asked: %b\\n" % asked.encode())\n        status = int(asked)', 1
)
"""The program that answers, and notes in its log what it is asked."""
HANGING = ANSWERING.replace("asked = self.rfile", '__import__("time").sleep(3600)\n        asked = self.rfile', 1)


class Journey:
    """An endpoint of a model ``a`` with a shadow."""

    def __init__(self, aws: Any, image: str) -> None:
        self.sagemaker, self.runtime, self.logs = aws("sagemaker"), aws("sagemaker-runtime"), aws("logs")
        self._image = image

    def begin(self, image: str, weight: float = 1.0) -> dict[str, Any]:
        create_model(self.sagemaker, "a", {"Image": self._image, "Environment": {"NAME": "a"}})
        create_model(self.sagemaker, "dark", {"Image": image, "Environment": {"NAME": "dark"}})
        configure(
            self.sagemaker, "config", variant("a", 2.0), ShadowProductionVariants=[variant("dark", weight, "shadow")]
        )
        return deploy(self.sagemaker, "config")

    def shadow_asked(self) -> list[str]:
        """What the shadow was asked, as its log has it."""
        group = "/aws/sagemaker/Endpoints/endpoint"
        found = self.logs.filter_log_events(logGroupName=group, logStreamNamePrefix="shadow/")["events"]
        lines = [event["message"].split() for event in found]
        return [line[1] for line in lines if line[0] == "asked:"]


@pytest.fixture
def journey(aws: Any, server: Server) -> Journey:
    return Journey(aws, install(server.data_dir, "answering", ANSWERING))


@pytest.fixture
def noting(server: Server) -> str:
    return install(server.data_dir, "noting", NOTING)


def test_a_shadow_is_asked_and_the_variant_answers(journey: Journey, noting: str) -> None:
    """With the same weight it gets a copy of everything; nobody can ask it by its name."""
    found = journey.begin(noting, 2.0)
    answers = [ask(journey.runtime, body=f"n{number}") for number in range(20)]
    refused = refusal(ask, runtime=journey.runtime, TargetVariant="shadow")

    (summary,) = found["ShadowProductionVariants"]
    assert (summary["VariantName"], summary["CurrentWeight"], summary["CurrentInstanceCount"]) == ("shadow", 2.0, 1)
    assert answers == [f"a(n{number})" for number in range(20)]
    assert "shadow" in refused.message
    expected = {f"n{number}" for number in range(20)}
    wait_until(lambda: set(journey.shadow_asked()) == expected)


def test_a_shadow_gets_the_sample_that_its_weight_is(journey: Journey, noting: str) -> None:
    """Half of the variant's weight is half of its questions; none when that is changed to nothing."""
    journey.begin(noting, 1.0)
    for number in range(200):
        ask(journey.runtime, body=f"n{number}")
    wait_until(lambda: len(journey.shadow_asked()) > 50)
    half = len(journey.shadow_asked())
    nothing = [{"VariantName": "shadow", "DesiredWeight": 0.0}]
    journey.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="endpoint", DesiredWeightsAndCapacities=nothing
    )
    found = in_service(journey.sagemaker)
    for number in range(20):
        ask(journey.runtime, body=f"late{number}")

    assert 60 < half < 140
    assert found["ShadowProductionVariants"][0]["CurrentWeight"] == 0.0
    assert not [line for line in journey.shadow_asked() if line.startswith("late")]


def test_a_shadow_that_hangs_harms_nobody(journey: Journey, server: Server) -> None:
    """However many questions it does not answer, the variant answers all; and the endpoint can be updated."""
    journey.begin(install(server.data_dir, "hanging", HANGING), 2.0)
    answers = {ask(journey.runtime) for _ in range(100)}
    configure(journey.sagemaker, "alone", variant("a"))
    journey.sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="alone")
    found = in_service(journey.sagemaker)

    assert answers == {"a(x)"}
    assert "ShadowProductionVariants" not in found
    assert ask(journey.runtime) == "a(x)"


def test_what_a_shadow_answers_is_counted_under_its_name(journey: Journey, aws: Any, server: Server) -> None:
    """Its failures, which the caller never sees, are in its metrics."""
    image = install(server.data_dir, "failing", ANSWERING.replace("else 200", "else 500", 1))
    journey.begin(image, 2.0)
    answers = {ask(journey.runtime) for _ in range(10)}
    cloudwatch = aws("cloudwatch")

    def errors() -> float:
        found = cloudwatch.list_metrics(Namespace="AWS/SageMaker", MetricName="Invocation5XXErrors")["Metrics"]
        return float(
            len([metric for metric in found if {"Name": "VariantName", "Value": "shadow"} in metric["Dimensions"]])
        )

    assert answers == {"a(x)"}
    wait_until(errors, 60)
