"""Application Auto Scaling by boto3: counts of instances that follow metrics, schedules and bounds."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Server, client, wait_until
from tests.journeys.endpoints import ANSWERING, ask, configure, create_model, deploy, in_service, variant
from tests.journeys.programs import install
from tests.services.cloudwatch.test_alarms import last_minutes
from tests.services.conftest import refusal

SUBJECT = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/endpoint/variant/a",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
NAMED = "service namespace: sagemaker, resource ID: {ResourceId}, scalable dimension: {ScalableDimension}"
LOAD = {"MetricName": "load", "Namespace": "Own", "Statistic": "Average"}
STEPS = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 15.0, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 15.0, "ScalingAdjustment": 2},
    ],
}

Endpoint = Callable[[int], None]


@pytest.fixture
def endpoint(aws: Any, server: Server) -> Endpoint:
    """Have an endpoint of so many instances in service."""

    def make(instances: int) -> None:
        create_model(aws("sagemaker"), "a", {"Image": install(server.data_dir, "answering", ANSWERING)})
        configure(aws("sagemaker"), "config", variant("a", InitialInstanceCount=instances))
        deploy(aws("sagemaker"), "config")

    return make


@pytest.fixture
def scaling(aws: Any) -> Any:
    """The service."""
    return aws("application-autoscaling")


def count(aws: Any) -> int:
    """How many instances there are, once nothing is being changed."""
    return in_service(aws("sagemaker"))["ProductionVariants"][0]["CurrentInstanceCount"]


def put_load(aws: Any, *values: float) -> None:
    """The metric's values in the last whole minutes."""
    data = [{"MetricName": "load", **datum} for datum in last_minutes(*values)]
    aws("cloudwatch").put_metric_data(Namespace="Own", MetricData=data)


def track(scaling: Any, **members: Any) -> Any:
    """A policy for ten of the load each, without cooldowns."""
    followed = {} if "PredefinedMetricSpecification" in members else {"CustomizedMetricSpecification": LOAD}
    config = {"TargetValue": 10.0, "ScaleOutCooldown": 0, "ScaleInCooldown": 0} | followed
    return scaling.put_scaling_policy(
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=config | members,
        **SUBJECT,
    )


def told(scaling: Any) -> list[tuple[str, str, str]]:
    """What was done, the newest first: description, cause and how it ended."""
    found = scaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    return [(item["Description"], item["Cause"], item["StatusCode"]) for item in found]


def test_more_load_brings_more_instances(aws: Any, endpoint: Endpoint, scaling: Any) -> None:
    """As many as bring the metric to its target, after three minutes above it; the activity says which alarm it was."""
    endpoint(1)
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=4, **SUBJECT)
    alarms = track(scaling)["Alarms"]
    put_load(aws, 25, 25, 25)
    wait_until(lambda: count(aws) == 3)

    high = next(alarm["AlarmName"] for alarm in alarms if "AlarmHigh" in alarm["AlarmName"])
    cause = f"monitor alarm {high} in state ALARM triggered policy track"
    wait_until(lambda: told(scaling) == [("Setting desired instance count to 3.", cause, "Successful")])
    assert ask(aws("sagemaker-runtime")) == "(x)"


def test_less_load_leaves_fewer_instances(aws: Any, endpoint: Endpoint, scaling: Any) -> None:
    """After fifteen minutes below; not below the minimum."""
    endpoint(3)
    scaling.register_scalable_target(MinCapacity=2, MaxCapacity=4, **SUBJECT)
    track(scaling)
    put_load(aws, *[1] * 15)
    wait_until(lambda: count(aws) == 2)

    assert [what for what, _, _ in told(scaling)] == ["Setting desired instance count to 2."]


def test_an_alarm_of_ones_own_takes_a_step(aws: Any, endpoint: Endpoint, scaling: Any) -> None:
    """That for how far the metric is beyond the threshold."""
    endpoint(1)
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=4, **SUBJECT)
    policy = scaling.put_scaling_policy(
        PolicyName="step", PolicyType="StepScaling", StepScalingPolicyConfiguration=STEPS, **SUBJECT
    )
    bounds = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 10.0, "EvaluationPeriods": 1, "Period": 60}
    aws("cloudwatch").put_metric_alarm(AlarmName="mine", AlarmActions=[policy["PolicyARN"]], **bounds, **LOAD)
    put_load(aws, 30)
    wait_until(lambda: count(aws) == 3)

    assert told(scaling)[0][1] == "monitor alarm mine in state ALARM triggered policy step"


@pytest.mark.slow
def test_bounds_and_schedules_are_kept(aws: Any, endpoint: Endpoint, scaling: Any) -> None:
    """The minimum at once; another one when its time has come."""
    endpoint(1)
    scaling.register_scalable_target(MinCapacity=2, MaxCapacity=2, **SUBJECT)
    wait_until(lambda: count(aws) == 2)
    soon = datetime.now(UTC) + timedelta(seconds=1)
    scaling.put_scheduled_action(
        ScheduledActionName="night",
        Schedule=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        ScalableTargetAction={"MinCapacity": 1, "MaxCapacity": 1},
        **SUBJECT,
    )
    wait_until(lambda: count(aws) == 1)
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]

    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 1)
    assert [cause for _, cause, _ in told(scaling)][:3] == [
        "maximum capacity was set to 1",
        "scheduled action name night was triggered",
        "minimum capacity was set to 2",
    ]


def test_what_is_suspended_or_full_is_left_alone(aws: Any, endpoint: Endpoint, scaling: Any) -> None:
    """Scaling out is suspended; once it is not, it goes no further than the maximum."""
    endpoint(1)
    suspended = {"DynamicScalingOutSuspended": True}
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=2, SuspendedState=suspended, **SUBJECT)
    alarms = track(scaling, DisableScaleIn=True)["Alarms"]
    put_load(aws, 99, 99, 99)
    state = {"AlarmNames": [alarms[0]["AlarmName"]], "StateValue": "ALARM"}
    wait_until(lambda: aws("cloudwatch").describe_alarms(**state)["MetricAlarms"])
    before = count(aws)
    scaling.register_scalable_target(SuspendedState={"DynamicScalingOutSuspended": False}, **SUBJECT)
    wait_until(lambda: count(aws) == 2)

    assert before == 1
    assert len(alarms) == 1  # none for scaling in


def test_an_endpoint_takes_its_scaling_with_it(aws: Any, endpoint: Endpoint, scaling: Any) -> None:
    """Targets, policies and their alarms go."""
    endpoint(1)
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=2, **SUBJECT)
    track(scaling)
    aws("sagemaker").delete_endpoint(EndpointName="endpoint")
    wait_until(lambda: not aws("cloudwatch").describe_alarms()["MetricAlarms"])

    assert not scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert not scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]


def test_invocations_for_each_instance_are_watched(aws: Any, endpoint: Endpoint, scaling: Any) -> None:
    """By two alarms, as AWS names and sets them; they go with the policy."""
    endpoint(1)
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=2, **SUBJECT)
    specification = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    track(scaling, TargetValue=70.0, PredefinedMetricSpecification=specification)
    cloudwatch = aws("cloudwatch")
    found = cloudwatch.describe_alarms(AlarmNamePrefix="TargetTracking-endpoint/endpoint/variant/a-Alarm")
    high, low = sorted(found["MetricAlarms"], key=lambda alarm: -alarm["Threshold"])
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]

    assert (high["Threshold"], high["ComparisonOperator"], high["EvaluationPeriods"]) == (70, "GreaterThanThreshold", 3)
    assert (low["Threshold"], low["ComparisonOperator"], low["EvaluationPeriods"]) == (63, "LessThanThreshold", 15)
    for alarm in (high, low):
        assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("InvocationsPerInstance", "Sum", 60)
        assert alarm["AlarmActions"] == [policy["PolicyARN"]]
    assert policy["PolicyARN"].endswith(":resource/sagemaker/endpoint/endpoint/variant/a:policyName/track")
    scaling.delete_scaling_policy(PolicyName="track", **SUBJECT)
    assert not cloudwatch.describe_alarms()["MetricAlarms"]


@pytest.mark.slow
def test_traffic_brings_instances(aws: Any, endpoint: Endpoint, scaling: Any) -> None:
    """Three minutes with twice as many requests as one instance shall have; the metric is the endpoint's own."""
    endpoint(1)
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=4, **SUBJECT)
    specification = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    track(scaling, TargetValue=100.0, PredefinedMetricSpecification=specification, ScaleOutCooldown=300)
    runtime, started = aws("sagemaker-runtime"), time.monotonic()

    def asked() -> bool:
        ask(runtime)
        time.sleep(0.4)  # 150 a minute, less what asking takes
        return len(told(scaling)) > 0

    wait_until(asked, 360)
    assert time.monotonic() - started > 120
    assert told(scaling)[0][0] == "Setting desired instance count to 2."
    wait_until(lambda: count(aws) == 2)


def test_what_cannot_be_scaled_is_refused(endpoint: Endpoint, scaling: Any) -> None:
    """In AWS's words where they are known."""
    endpoint(1)
    named = NAMED.format(**SUBJECT)
    register, put, schedule = (
        scaling.register_scalable_target,
        scaling.put_scaling_policy,
        scaling.put_scheduled_action,
    )
    step = {"PolicyName": "p", "PolicyType": "StepScaling", **SUBJECT}
    missing = refusal(put, **step, StepScalingPolicyConfiguration=STEPS)
    assert (missing.code, missing.message) == (
        "ObjectNotFoundException",
        f"No scalable target registered for {named}",
    )
    other = SUBJECT | {"ResourceId": "endpoint/none/variant/a"}
    bounds = {"MinCapacity": 1, "MaxCapacity": 2}
    assert "doesn't exist: endpoint/none/variant/a" in refusal(register, **bounds, **other).message
    table = SUBJECT | {"ResourceId": "table/t"}
    assert refusal(register, **bounds, **table).message.startswith("Unsupported service namespace, resource type")
    assert "cannot be less" in refusal(register, MinCapacity=3, MaxCapacity=2, **SUBJECT).message
    assert "maximum capacity must be specified" in refusal(register, MinCapacity=3, **SUBJECT).message
    register(**bounds, **SUBJECT)
    gap = STEPS | {"StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 1.0,
                                        "ScalingAdjustment": 1}, STEPS["StepAdjustments"][1]]}  # fmt: skip
    assert "gaps" in refusal(put, **step, StepScalingPolicyConfiguration=gap).message
    track(scaling)
    again = {"PolicyName": "second", "PolicyType": "TargetTrackingScaling", **SUBJECT}
    config = {"TargetValue": 1.0, "CustomizedMetricSpecification": LOAD}
    same = refusal(put, **again, TargetTrackingScalingPolicyConfiguration=config)
    assert same.message == "Only one TargetTrackingScaling policy for a given metric specification is allowed."
    action = {"ScheduledActionName": "s", "ScalableTargetAction": {"MinCapacity": 1}, **SUBJECT}
    assert "no at, rate or cron" in refusal(schedule, Schedule="cron(0 9)", **action).message
    absent = refusal(scaling.deregister_scalable_target, **other)
    assert absent.code == "ObjectNotFoundException"
    assert absent.message == f"No scalable target found for {NAMED.format(**other)}"


@pytest.mark.slow
def test_scaling_goes_on_after_a_kill(own_server: Callable[..., Server], account: str) -> None:
    """What was registered before is kept after."""
    server = own_server("--auth", "off")

    def aws(service: str) -> Any:
        return client(server.url, service, account)

    create_model(aws("sagemaker"), "a", {"Image": install(server.data_dir, "answering", ANSWERING)})
    configure(aws("sagemaker"), "config", variant("a"))
    deploy(aws("sagemaker"), "config")
    scaling = aws("application-autoscaling")
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=2, **SUBJECT)
    track(scaling)
    server.kill()
    server = own_server("--auth", "off")
    put_load(aws, 20, 20, 20)

    wait_until(lambda: count(aws) == 2)
