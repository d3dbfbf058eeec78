"""DeploymentConfigs that are refused, and those that are kept."""

import pytest
from tests.services.conftest import refusal
from tests.services.sagemaker.conftest import MODEL, VARIANT

ONE = {"Type": "INSTANCE_COUNT", "Value": 1}
TENTH = {"Type": "CAPACITY_PERCENT", "Value": 10}
CANARY = {"Type": "CANARY", "WaitIntervalInSeconds": 60, "CanarySize": TENTH}
ROLLING = {"MaximumBatchSize": TENTH, "WaitIntervalInSeconds": 60}


def blue_green(**members):
    policy = {name: members.pop(name) for name in list(members) if name.endswith("InSeconds") and name[0] in "TM"}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": CANARY | members} | policy}


@pytest.fixture
def create(sagemaker):
    """Create an endpoint of a DeploymentConfig, of one variant with so many instances or of several."""
    sagemaker.create_model(**MODEL)

    def create(config, *counts):
        variants = [
            VARIANT | {"VariantName": f"v{number}", "InitialInstanceCount": count}
            for number, count in enumerate(counts or [1])
        ]
        sagemaker.create_endpoint_config(EndpointConfigName="config", ProductionVariants=variants)
        return sagemaker.create_endpoint(EndpointName="mine", EndpointConfigName="config", DeploymentConfig=config)

    return create


@pytest.mark.parametrize(
    ("config", "counts", "words"),
    [
        (blue_green() | {"RollingUpdatePolicy": ROLLING}, [1], "Only one update policy should be used"),
        (blue_green(Type="LINEAR"), [1], "CanarySize cannot be specified with traffic routing type LINEAR"),
        (blue_green(Type="ALL_AT_ONCE"), [1], "CanarySize cannot be specified with traffic routing type ALL_AT_ONCE"),
        (
            {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "CANARY", "WaitIntervalInSeconds": 1}}},
            [1],
            "CanarySize is required for traffic routing type CANARY",
        ),
        (blue_green(CanarySize=ONE), [1], "CanarySize: Value must be less than or equal to 50%"),
        (blue_green(CanarySize=TENTH | {"Value": 51}), [1], "CanarySize: Value must be less than or equal to 50%"),
        (blue_green(CanarySize=ONE), [4, 1], "CanarySize: Value must be less than or equal to 50%"),
        ({"RollingUpdatePolicy": ROLLING | {"MaximumBatchSize": ONE}}, [1], "MaximumBatchSize: Value must be between"),
        ({"RollingUpdatePolicy": ROLLING}, [1, 1], "Rolling deployments are not supported for multi-variant"),
        (
            blue_green(MaximumExecutionTimeoutInSeconds=600, TerminationWaitInSeconds=540),
            [1],
            "MaximumExecutionTimeoutInSeconds should be larger than the total waiting time",
        ),
        (
            {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "nobody"}]}},
            [1],
            "Could not find CloudWatch alarms: nobody",
        ),
    ],
)
def test_a_deployment_that_cannot_be_followed_is_refused(create, sagemaker, config, counts, words):
    """Before anything is written down."""
    refused = refusal(lambda: create(config, *counts))

    assert refused[:2] == (400, "ValidationException")
    assert words in refused.message
    assert sagemaker.list_endpoints()["Endpoints"] == []


@pytest.mark.parametrize(
    ("config", "count"),
    [
        (blue_green(TerminationWaitInSeconds=10, MaximumExecutionTimeoutInSeconds=600), 1),
        (blue_green(CanarySize=ONE), 2),
        ({"RollingUpdatePolicy": ROLLING | {"MaximumBatchSize": ONE, "RollbackMaximumBatchSize": ONE}}, 2),
    ],
)
def test_a_deployment_of_an_endpoint_is_described(create, sagemaker, config, count):
    """As its last one."""
    create(config, count)

    assert sagemaker.describe_endpoint(EndpointName="mine")["LastDeploymentConfig"] == config
