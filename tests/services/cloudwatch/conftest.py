"""A client of a fresh account, and a whole minute some minutes ago."""

import time
from typing import Any

import pytest
from tests.services.conftest import Refusal, refusal


@pytest.fixture
def cloudwatch(aws: Any) -> Any:
    return aws("cloudwatch")


@pytest.fixture
def minute() -> int:
    """The beginning of a minute, ten minutes ago."""
    now = int(time.time())
    return now - now % 60 - 600


@pytest.fixture
def put(cloudwatch: Any) -> Any:
    """Put data of one metric ``m`` in the namespace ``N``."""

    def put(*data: dict[str, Any], name: str = "m") -> None:
        cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": name, **datum} for datum in data])

    return put


def refused(call: Any, **request: Any) -> Refusal:
    """The error that a call must give, with the code that clients know from the query protocol."""
    found = refusal(call, **request)
    return found._replace(code=found.code.removesuffix("Exception"))
