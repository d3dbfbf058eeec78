"""The plan of a DeploymentConfig, without an endpoint."""

import pytest

from fieldstone.control.endpoints.rollout import Step, instances, plan, retreat


def percent(value):
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def count(value):
    return {"Type": "INSTANCE_COUNT", "Value": value}


def routing(kind, wait=5, **sizes):
    return {"TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": wait, **sizes}}


def blue_green(kind, linger=0, **members):
    return {"BlueGreenUpdatePolicy": routing(kind, **members) | {"TerminationWaitInSeconds": linger}}


def rolling(size, **members):
    return {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 5, **members}}


def test_without_a_policy_all_traffic_moves_at_once():
    """Nothing is waited for."""
    assert plan({}, 1) == (Step(1.0),)


@pytest.mark.parametrize(
    ("config", "instances", "shares"),
    [
        (blue_green("ALL_AT_ONCE"), 3, [1.0]),
        (blue_green("CANARY", CanarySize=percent(10)), 1, [0.1, 1.0]),
        (blue_green("CANARY", CanarySize=count(1)), 4, [0.25, 1.0]),
        (blue_green("LINEAR", LinearStepSize=percent(25)), 1, [0.25, 0.5, 0.75, 1.0]),
        (blue_green("LINEAR", LinearStepSize=percent(40)), 1, [0.4, 0.8, 1.0]),
        (blue_green("LINEAR", LinearStepSize=count(1)), 3, [1 / 3, 2 / 3, 1.0]),
        (blue_green("LINEAR", LinearStepSize=percent(10)), 1, [n / 10 for n in range(1, 11)]),
        (rolling(percent(50)), 4, [0.5, 1.0]),
        (rolling(count(1)), 3, [1 / 3, 2 / 3, 1.0]),
    ],
)
def test_traffic_moves_in_steps_of_the_size_that_is_given(config, instances, shares):
    """Of instances, or of percent; each step is waited on as long as it says, and watched."""
    steps = plan(config, instances)

    assert [step.share for step in steps] == pytest.approx(shares)
    assert {(step.wait, step.watched) for step in steps} == {(5, True)}


def test_blue_green_keeps_both_fleets_whole_to_the_end():
    """And the old one a while longer, if that is said; alarms count no more by then."""
    steps = plan(blue_green("CANARY", linger=7, CanarySize=percent(10)), 1)

    assert {(step.fresh, step.kept) for step in steps} == {(1.0, 1.0)}
    assert [(step.share, step.wait, step.watched) for step in steps][1:] == [(1.0, 5, True), (1.0, 7, False)]


def test_rolling_never_has_more_than_a_batch_too_many():
    """The old instances of a batch go when the next one comes, and at no time are there fewer than were wanted."""
    for step in plan(rolling(count(1)), 4):
        assert instances(step.fresh, 4) + instances(step.kept, 4) == 5


def test_the_way_back_is_one_step():
    """The old fleet is there whole before it gets the traffic."""
    reached = plan(rolling(percent(50)), 4)[1]

    assert retreat(rolling(percent(50)), 4, reached) == (Step(0.0, fresh=1.0, kept=1.0, watched=False),)


def test_a_rolling_update_goes_back_in_batches_where_it_says_so():
    """Old instances come before their traffic, and new ones go after it."""
    config = rolling(percent(50), RollbackMaximumBatchSize=count(1))
    steps = retreat(config, 4, plan(config, 4)[1])

    assert [(step.share, step.fresh, step.kept) for step in steps] == [
        (0.75, 1.0, 0.5),
        (0.5, 0.75, 0.5),
        (0.25, 0.5, 0.75),
        (0.0, 0.25, 1.0),
    ]


@pytest.mark.parametrize(
    ("share", "of", "expected"),
    [(0.0, 3, 0), (0.1, 1, 1), (1 / 3, 3, 1), (2 / 3, 3, 2), (1 - 2 / 3, 3, 1), (1.0, 3, 3)],
)
def test_a_share_of_instances_is_never_too_few(share, of, expected):
    """Whatever the arithmetic of floats says."""
    assert instances(share, of) == expected
