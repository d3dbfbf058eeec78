"""The server killed while it updates an endpoint."""

import random
import statistics
import time

import pytest
from tests.conftest import client, wait_until
from tests.journeys.endpoints import ANSWERING, ask, configure, create_model, deploy, in_service, variant
from tests.journeys.programs import install

ACCOUNT = "111122223333"
HALF = {"Type": "CAPACITY_PERCENT", "Value": 50}
ALARM = {
    "Namespace": "Mine",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def canary(wait):
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": wait, "CanarySize": HALF}
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "too-bad"}]},
    }


def clients(server, *services):
    return [client(server.url, service, ACCOUNT) for service in services]


def fleets(server):
    """The fleets of which there are model servers."""
    return {path.name.split("-")[2] for path in (server.data_dir / "tasks").glob("endpoint-*")}


@pytest.fixture
def begin(own_server):
    """A server with an endpoint of a model ``a``, an alarm, and configurations of ``a`` and ``b``."""

    def begin():
        server = own_server("--auth", "off")
        sagemaker, cloudwatch = clients(server, "sagemaker", "cloudwatch")
        image = install(server.data_dir, "answering", ANSWERING)
        for name in ("a", "b"):
            create_model(sagemaker, name, {"Image": image, "Environment": {"NAME": name}})
            configure(sagemaker, name, variant(name, name="v"))
        cloudwatch.put_metric_alarm(AlarmName="too-bad", **ALARM)
        deploy(sagemaker, "a")
        return server

    return begin


def wait_for_baking(sagemaker):
    def baking():
        pending = sagemaker.describe_endpoint(EndpointName="endpoint").get("PendingDeploymentSummary", {})
        statuses = [item.get("VariantStatus", []) for item in pending.get("ProductionVariants", [])]
        return any(status["Status"] == "Baking" for found in statuses for status in found)

    wait_until(baking)


def test_an_update_goes_on_after_a_kill_where_it_stood(begin, own_server):
    """Both models answer as before, at once; the alarm still takes it back; and the new model's server is gone."""
    server = begin()
    (sagemaker,) = clients(server, "sagemaker")
    sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="b", DeploymentConfig=canary(3600))
    wait_for_baking(sagemaker)
    before = sagemaker.describe_endpoint(EndpointName="endpoint")
    server.kill()

    again = own_server("--auth", "off")
    sagemaker, runtime, cloudwatch = clients(again, "sagemaker", "sagemaker-runtime", "cloudwatch")
    answers = {ask(runtime) for _ in range(60)}
    after = sagemaker.describe_endpoint(EndpointName="endpoint")
    cloudwatch.set_alarm_state(AlarmName="too-bad", StateValue="ALARM", StateReason="for a test")
    end = in_service(sagemaker)

    assert answers == {"a(x)", "b(x)"}
    assert after["PendingDeploymentSummary"] == before["PendingDeploymentSummary"]
    assert (end["EndpointConfigName"], {ask(runtime) for _ in range(20)}) == ("a", {"a(x)"})
    wait_until(lambda: fleets(again) == {"1"})


@pytest.mark.slow
def test_a_deletion_that_a_kill_interrupts_leaves_no_server(begin, own_server):
    """Of neither fleet."""
    server = begin()
    (sagemaker,) = clients(server, "sagemaker")
    sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="b", DeploymentConfig=canary(3600))
    wait_for_baking(sagemaker)
    sagemaker.delete_endpoint(EndpointName="endpoint")
    server.kill()

    again = own_server("--auth", "off")
    (sagemaker,) = clients(again, "sagemaker")
    wait_until(lambda: not sagemaker.list_endpoints()["Endpoints"])
    assert fleets(again) == set()


@pytest.mark.parametrize("kills", [1, pytest.param(50, marks=pytest.mark.slow)])
def test_a_kill_at_any_instant_of_an_update_leaves_one_fleet_or_the_other(begin, own_server, kills):
    """The endpoint answers the first request after the restart; in the end it serves what it was updated to, alone."""
    moments, server, starts, answers = random.Random(kills), begin(), [], []
    for number in range(kills):
        (sagemaker,) = clients(server, "sagemaker")
        config = "b" if sagemaker.describe_endpoint(EndpointName="endpoint")["EndpointConfigName"] == "a" else "a"
        sagemaker.update_endpoint(
            EndpointName="endpoint", EndpointConfigName=config, DeploymentConfig=canary(number % 2)
        )
        time.sleep(moments.uniform(0.0, 1.5))
        server.kill()
        began = time.monotonic()
        server = own_server("--auth", "off")
        sagemaker, runtime = clients(server, "sagemaker", "sagemaker-runtime")
        ready = time.monotonic()
        first = ask(runtime)
        starts.append(ready - began)
        answers.append(time.monotonic() - ready)
        end = in_service(sagemaker)

        assert first in {"a(x)", "b(x)"}
        assert end["EndpointConfigName"] == config, end.get("FailureReason")
        assert {ask(runtime) for _ in range(10)} == {f"{config}(x)"}
        wait_until(lambda here=server: len(fleets(here)) == 1)
    for what, seconds in {"start of the server": starts, "its first answer after that": answers}.items():
        print(f"{what}: median {statistics.median(seconds):.3f} s, at most {max(seconds):.3f} s")  # noqa: T201
