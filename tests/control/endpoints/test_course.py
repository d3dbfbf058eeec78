"""How far a rollout is, read from a row and written to it, without an endpoint."""

import asyncio
import time

import pytest

from fieldstone.control.endpoints.baking import in_time
from fieldstone.control.endpoints.course import Phase, course_of, enter, status_of, step_on, turn_back
from fieldstone.control.endpoints.description import describe_endpoint
from fieldstone.control.failures import JobFailedError
from fieldstone.store.resources import Row

CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "WaitIntervalInSeconds": 5,
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
        },
        "TerminationWaitInSeconds": 7,
        "MaximumExecutionTimeoutInSeconds": 600,
    }
}


def fleet(config):
    entry = {"variant": {"VariantName": "v"}, "model": {"PrimaryContainer": {"Image": "i"}}, "weight": 1.0, "count": 2}
    return {"config": config, "variants": [entry]}


def updating(started=1000.0):
    """An endpoint of the configuration ``old`` that an update brings to ``new``."""
    rollout = {"config": CANARY, "started": started, "since": started}
    internal = {"serving": 1, "next": 2, "fleets": {"1": fleet("old"), "2": fleet("new")}, "rollout": rollout}
    return Row("Endpoint", "1", "r", "e", "arn", {"EndpointConfigName": "old"}, internal=internal)


def pass_step(row, now):
    """Launch, activate and bake; what Describe said meanwhile."""
    found = []
    for phase in (Phase.LAUNCHING, Phase.ACTIVATING, Phase.BAKING):
        enter(row, phase, now)
        describe_endpoint(row)
        (summary,) = row.document["PendingDeploymentSummary"]["ProductionVariants"]
        found += [status["StatusMessage"] for status in summary.get("VariantStatus", [])]
    step_on(row, course_of(row), now)
    return found


def test_a_rollout_ends_with_the_new_fleet_alone():
    """Step by step, each described."""
    row = updating()
    said = [pass_step(row, 1001.0), pass_step(row, 1002.0), pass_step(row, 1003.0)]

    assert said == [
        [
            "Launching 2 instance(s).",
            "Activating traffic on canary capacity of 1 instance(s).",
            "Baking for 5 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s).",
        ],
        [
            "Activating traffic on full capacity of 2 instance(s).",
            "Baking for 5 seconds (WaitIntervalInSeconds) with traffic enabled on full capacity of 2 instance(s).",
        ],
        [
            "Activating traffic on full capacity of 2 instance(s).",
            "Baking for 7 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 2 instance(s).",
        ],
    ]
    assert (course_of(row), status_of(row), row.internal["serving"]) == (None, "InService", 2)
    assert (list(row.internal["fleets"]), row.document["EndpointConfigName"]) == (["2"], "new")


def test_a_rollout_that_turns_back_ends_with_the_old_fleet_alone():
    """It takes the traffic back from where it stood."""
    row = updating()
    enter(row, Phase.BAKING, 1001.0)
    turn_back(row, course_of(row), "for a test", 1002.0)
    back = course_of(row)
    during = status_of(row)
    step_on(row, back, 1003.0)

    assert (during, back.standing.share, back.step.share) == ("RollingBack", 0.1, 0.0)
    assert (status_of(row), row.internal["serving"], list(row.internal["fleets"])) == ("InService", 1, ["1"])
    assert (row.document["FailureReason"], row.document["EndpointConfigName"]) == ("for a test", "old")


def test_a_way_back_that_fails_leaves_both_fleets():
    """Where they stood."""
    row = updating()
    enter(row, Phase.BAKING, 1001.0)
    turn_back(row, course_of(row), "for a test", 1002.0)
    turn_back(row, course_of(row), "for another", 1003.0)

    assert (status_of(row), course_of(row).standing.share) == ("UpdateRollbackFailed", 0.1)
    assert (sorted(row.internal["fleets"]), row.document["FailureReason"]) == (["1", "2"], "for another")


@pytest.mark.parametrize(("steps", "late"), [(0, True), (2, False)])
def test_a_rollout_may_take_no_longer_than_its_time(steps, late):
    """Unless all traffic has moved for good, and only the old fleet's end is waited for."""
    row = updating(started=time.time() - 601)
    for _ in range(steps):
        pass_step(row, time.time())

    async def work():
        async with in_time(course_of(row)):
            await asyncio.sleep(0)
        return False

    def overdue():
        try:
            return asyncio.run(work())
        except JobFailedError as failure:
            return "MaximumExecutionTimeoutInSeconds" in str(failure)

    assert overdue() is late
