"""Delivery policies: how long after each other attempts are."""

import pytest

from fieldstone.services.sns.policies import Retries


@pytest.mark.parametrize(
    ("policy", "delays"),
    [
        ({}, [20, 20, 20]),
        ({"num_retries": 0}, []),
        ({"num_retries": 4, "min_delay_target": 2, "max_delay_target": 10}, [4, 6, 8, 10]),
        (
            {
                "num_retries": 6,
                "num_no_delay_retries": 2,
                "num_min_delay_retries": 1,
                "num_max_delay_retries": 1,
                "min_delay_target": 1,
                "max_delay_target": 16,
                "backoff_function": "geometric",
            },
            [0, 0, 1, 4, 16, 16],
        ),
    ],
)
def test_attempts_are_further_and_further_apart(policy, delays):
    """First at once, then after the least time, then growing, then after the most."""
    assert Retries(**policy).delays() == pytest.approx(delays)
