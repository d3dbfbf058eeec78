"""Updates of an endpoint in steps: canary, linear, rolling; alarms that roll them back; changes in place."""

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Server, wait_until
from tests.journeys.endpoints import ANSWERING, archive, ask, configure, create_model, deploy, in_service, variant
from tests.journeys.programs import install
from tests.services.conftest import refusal

LONG = 3600
"""Seconds to bake that no test waits for."""
HALF = {"Type": "CAPACITY_PERCENT", "Value": 50}
ONE = {"Type": "INSTANCE_COUNT", "Value": 1}
ALARM = {"Alarms": [{"AlarmName": "too-bad"}]}


def blue_green(kind: str, wait: int, **sizes: Any) -> dict[str, Any]:
    """A DeploymentConfig with the alarm."""
    routing = {"Type": kind, "WaitIntervalInSeconds": wait, **sizes}
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
        "AutoRollbackConfiguration": ALARM,
    }


def rolling(wait: int, **members: Any) -> dict[str, Any]:
    """A DeploymentConfig of one instance after the other, with the alarm."""
    policy = {"MaximumBatchSize": ONE, "WaitIntervalInSeconds": wait, **members}
    return {"RollingUpdatePolicy": policy, "AutoRollbackConfiguration": ALARM}


class Journey:
    """An endpoint of a model ``a``, and a configuration to update it to ``b``; each answers with its name."""

    def __init__(self, aws: Any, image: str, account: str) -> None:
        self.sagemaker, self.runtime = aws("sagemaker"), aws("sagemaker-runtime")
        self.s3, self.cloudwatch = aws("s3"), aws("cloudwatch")
        self._image = image
        self._bucket = f"models-{account}"

    def begin(self, count: int = 1) -> None:
        self.s3.create_bucket(Bucket=self._bucket)
        for name in ("a", "b"):
            self.s3.put_object(Bucket=self._bucket, Key=name, Body=archive(name=name))
            create_model(self.sagemaker, name, {"Image": self._image, "ModelDataUrl": f"s3://{self._bucket}/{name}"})
            configure(self.sagemaker, name, variant(name, name="v", InitialInstanceCount=count))
        self.cloudwatch.put_metric_alarm(
            AlarmName="too-bad",
            Namespace="Mine",
            MetricName="Errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )
        deploy(self.sagemaker, "a")

    def lose_model(self, name: str) -> None:
        self.s3.delete_object(Bucket=self._bucket, Key=name)

    def update(self, config: str = "b", **members: Any) -> None:
        self.sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName=config, **members)

    def ring(self) -> None:
        self.cloudwatch.set_alarm_state(AlarmName="too-bad", StateValue="ALARM", StateReason="for a test")

    def describe(self) -> dict[str, Any]:
        return self.sagemaker.describe_endpoint(EndpointName="endpoint")

    def baking(self, instances: int = 1) -> dict[str, Any]:
        """The description, once so many new instances have their traffic."""

        def found() -> dict[str, Any] | None:
            endpoint = self.describe()
            pending = endpoint.get("PendingDeploymentSummary", {"ProductionVariants": [{}]})["ProductionVariants"][0]
            statuses = [status["Status"] for status in pending.get("VariantStatus", [])]
            return endpoint if statuses == ["Baking"] and pending["CurrentInstanceCount"] == instances else None

        return wait_until(found, 60)

    def answers(self) -> set[str]:
        return {ask(self.runtime) for _ in range(60)}


@pytest.fixture
def journey(aws: Any, server: Server, account: str) -> Journey:
    return Journey(aws, install(server.data_dir, "answering", ANSWERING), account)


def test_an_alarm_takes_all_traffic_back_from_a_canary(journey: Journey) -> None:
    """While it bakes both answer, and Describe shows what is pending; then there is only the old one, and a reason."""
    journey.begin()
    canary = blue_green("CANARY", LONG, CanarySize=HALF)
    journey.update(DeploymentConfig=canary)
    during, both = journey.baking(), journey.answers()
    refused = refusal(journey.update)
    journey.ring()
    after = in_service(journey.sagemaker)

    pending = during["PendingDeploymentSummary"]
    told = pending["ProductionVariants"][0]["VariantStatus"][0]
    assert both == {"a(x)", "b(x)"}
    assert (during["EndpointStatus"], during["EndpointConfigName"], pending["EndpointConfigName"]) == (
        "Updating",
        "a",
        "b",
    )
    assert told["StatusMessage"] == (
        "Baking for 3600 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s)."
    )
    assert during["CreationTime"] < pending["StartTime"] <= told["StartTime"]
    assert refused.message.startswith("Cannot update in-progress endpoint")
    assert (after["EndpointConfigName"], after["LastDeploymentConfig"]) == ("a", canary)
    assert "too-bad" in after["FailureReason"]
    assert "PendingDeploymentSummary" not in after
    assert journey.answers() == {"a(x)"}


@pytest.mark.slow
def test_errors_of_the_new_model_ring_the_alarm_that_takes_it_back(journey: Journey, server: Server) -> None:
    """Nobody sets the alarm: it watches the endpoint's own metric, which the canary's failures make."""
    journey.begin()
    failing = install(server.data_dir, "failing", ANSWERING.replace("else 200", "else 500", 1))
    create_model(journey.sagemaker, "bad", {"Image": failing})
    configure(journey.sagemaker, "bad", variant("bad", name="v"))
    dimensions = [{"Name": "EndpointName", "Value": "endpoint"}, {"Name": "VariantName", "Value": "v"}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors", "Dimensions": dimensions}
    journey.cloudwatch.put_metric_alarm(
        AlarmName="too-bad",
        **metric,
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=0.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    journey.update("bad", DeploymentConfig=blue_green("CANARY", LONG, CanarySize=HALF))
    journey.baking()

    def ask_until_it_is_taken_back() -> bool:
        with suppress(ClientError):
            ask(journey.runtime)
        return journey.describe()["EndpointStatus"] == "InService"

    wait_until(ask_until_it_is_taken_back, 120)
    assert "too-bad" in journey.describe()["FailureReason"]
    assert journey.answers() == {"a(x)"}


@pytest.mark.slow
def test_a_linear_update_ends_with_the_new_model_alone(journey: Journey) -> None:
    """And the next one can go the same way."""
    journey.begin()
    journey.update(DeploymentConfig=blue_green("LINEAR", 1, LinearStepSize=HALF))
    journey.baking()
    first = in_service(journey.sagemaker)
    answers = journey.answers()
    journey.update("a", RetainDeploymentConfig=True)
    journey.baking()
    second = in_service(journey.sagemaker)

    assert answers == {"b(x)"}
    assert (first["EndpointConfigName"], second["EndpointConfigName"]) == ("b", "a")
    assert first["LastDeploymentConfig"] == second["LastDeploymentConfig"]
    assert "FailureReason" not in second
    assert journey.answers() == {"a(x)"}


def test_a_rolling_update_goes_back_to_what_there_was(journey: Journey) -> None:
    """Of two instances one is new when the alarm goes off."""
    journey.begin(2)
    journey.update(DeploymentConfig=rolling(LONG, RollbackMaximumBatchSize=ONE))
    during, both = journey.baking(), journey.answers()
    journey.ring()
    after = in_service(journey.sagemaker)

    pending = during["PendingDeploymentSummary"]["ProductionVariants"][0]
    assert (pending["CurrentInstanceCount"], pending["DesiredInstanceCount"]) == (1, 2)
    assert both == {"a(x)", "b(x)"}
    assert after["EndpointConfigName"] == "a"
    assert after["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    assert journey.answers() == {"a(x)"}


@pytest.mark.slow
def test_an_update_that_can_neither_be_done_nor_undone_serves_on(journey: Journey) -> None:
    """The old model's data are gone when its instances should come back; another update mends it."""
    journey.begin(2)
    journey.update(DeploymentConfig=rolling(3))
    journey.lose_model("a")
    during = journey.baking(instances=2)
    journey.ring()
    stuck = wait_until(
        lambda: found if (found := journey.describe())["EndpointStatus"] == "UpdateRollbackFailed" else None, 60
    )
    answers = journey.answers()
    change = {"VariantName": "v", "DesiredWeight": 2.0}
    refused = refusal(
        journey.sagemaker.update_endpoint_weights_and_capacities,
        EndpointName="endpoint",
        DesiredWeightsAndCapacities=[change],
    )
    journey.update()
    mended = in_service(journey.sagemaker)

    assert during["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    assert "Could not find model data" in stuck["FailureReason"]
    assert answers == {"b(x)"}
    assert "UpdateRollbackFailed" in refused.message
    assert (mended["EndpointConfigName"], mended["ProductionVariants"][0]["CurrentInstanceCount"]) == ("b", 2)
    assert "FailureReason" not in mended
    assert journey.answers() == {"b(x)"}


def test_an_endpoint_can_be_deleted_in_the_midst_of_an_update(journey: Journey, server: Server) -> None:
    """No server of either fleet is left."""
    before = set(tasks(server))
    journey.begin()
    journey.update(DeploymentConfig=blue_green("CANARY", LONG, CanarySize=HALF))
    journey.baking()
    during = set(tasks(server)) - before
    journey.sagemaker.delete_endpoint(EndpointName="endpoint")

    def gone() -> bool:
        try:
            journey.describe()
        except ClientError:
            return True
        return False

    wait_until(gone, 60)
    assert len(during) == 2
    assert not during & set(tasks(server))


def tasks(server: Server) -> list[str]:
    """The folders of model servers."""
    return [path.name for path in Path(server.data_dir / "tasks").glob("endpoint-*")]


def test_instances_that_cannot_be_had_leave_those_there_are(journey: Journey) -> None:
    """The endpoint serves on with as many as it had, and says why."""
    journey.begin()
    journey.lose_model("a")
    change = {"VariantName": "v", "DesiredInstanceCount": 2, "DesiredWeight": 7.0}
    journey.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="endpoint", DesiredWeightsAndCapacities=[change]
    )
    found = in_service(journey.sagemaker)

    (summary,) = found["ProductionVariants"]
    assert (summary["CurrentInstanceCount"], summary["DesiredInstanceCount"]) == (1, 1)
    assert (summary["CurrentWeight"], summary["DesiredWeight"]) == (1.0, 1.0)
    assert "Could not find model data" in found["FailureReason"]
    assert journey.answers() == {"a(x)"}


def test_shares_follow_the_weights(journey: Journey) -> None:
    """Within five standard deviations, before and after a change of the weights."""
    journey.begin()
    configure(journey.sagemaker, "both", variant("a", 1.0), variant("b", 3.0))
    deploy(journey.sagemaker, "both", "shared")
    before = Counter(ask(journey.runtime, endpoint="shared") for _ in range(300))
    change = [{"VariantName": "a", "DesiredWeight": 3.0}, {"VariantName": "b", "DesiredWeight": 1.0}]
    journey.sagemaker.update_endpoint_weights_and_capacities(EndpointName="shared", DesiredWeightsAndCapacities=change)
    in_service(journey.sagemaker, "shared")
    after = Counter(ask(journey.runtime, endpoint="shared") for _ in range(300))

    assert abs(before["a(x)"] - 75) < 38
    assert abs(after["b(x)"] - 75) < 38


def test_an_update_keeps_counts_and_weights_where_it_is_told_to(journey: Journey) -> None:
    """All of them, or all but those that are excluded."""
    journey.begin()
    change = {"VariantName": "v", "DesiredInstanceCount": 2, "DesiredWeight": 7.0}
    journey.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="endpoint", DesiredWeightsAndCapacities=[change]
    )
    in_service(journey.sagemaker)
    journey.update(RetainAllVariantProperties=True)
    kept = in_service(journey.sagemaker)["ProductionVariants"][0]
    excluded = [{"VariantPropertyType": "DesiredInstanceCount"}]
    journey.update(RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=excluded)
    partly = in_service(journey.sagemaker)["ProductionVariants"][0]

    assert (kept["CurrentInstanceCount"], kept["CurrentWeight"]) == (2, 7.0)
    assert (partly["CurrentInstanceCount"], partly["CurrentWeight"]) == (1, 7.0)


def test_a_change_in_place_is_refused_where_it_could_not_be(journey: Journey) -> None:
    """A variant twice, or without instances."""
    journey.begin()
    change = journey.sagemaker.update_endpoint_weights_and_capacities

    def refused(*wanted: dict[str, Any]) -> str:
        named = [{"VariantName": "v", **item} for item in wanted]
        return refusal(change, EndpointName="endpoint", DesiredWeightsAndCapacities=named).message

    assert "variant names must be unique" in refused({"DesiredWeight": 1.0}, {"DesiredWeight": 2.0})
    assert "Invalid DesiredInstanceCount 0" in refused({"DesiredInstanceCount": 0})
