"""Cooldowns of scaling policies."""

import pytest

from fieldstone.control.proposals import restrain
from fieldstone.services.application_autoscaling.rows import POLICY
from fieldstone.store.resources import Row

GREW = {"at": 1000.0, "from": 2, "to": 4}
SHRANK = {"at": 1000.0, "from": 6, "to": 4}


@pytest.mark.parametrize(
    ("last", "now", "factor", "count"),
    [
        (None, 1001.0, 2.0, 8),
        (GREW, 1001.0, 2.0, None),  # four were asked for, and are there
        (GREW, 1001.0, 3.0, 6),  # twice as many instances more than at first
        (GREW, 1001.0, 0.5, None),
        (GREW, 1301.0, 2.0, 8),
        (SHRANK, 1001.0, 0.5, None),
        (SHRANK, 1001.0, 2.0, 8),
        (SHRANK, 1301.0, 0.5, 2),
    ],
)
def test_a_policy_waits_for_what_it_did(
    last: dict[str, float] | None, now: float, factor: float, count: int | None
) -> None:
    """Five minutes; there are four, and it asks for so many times what there is."""
    config = {"StepScalingPolicyConfiguration": {}}
    policy = Row(POLICY.name, "", "", "p", "", config, internal={} if last is None else {"last": last})

    assert restrain(policy, now, 4, lambda base: int(base * factor)) == count
