"""A client of SQS and a queue of a fresh account."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def sqs(aws: Callable[..., Any]) -> Any:
    return aws("sqs")


@pytest.fixture
def queue(sqs: Any) -> str:
    """The URL of a queue."""
    return sqs.create_queue(QueueName="queue")["QueueUrl"]


@pytest.fixture
def receive(sqs: Any, queue: str) -> Callable[..., list[dict[str, Any]]]:
    """Receive from the queue: up to ten, with all that is said of them."""

    def receive(**members: Any) -> list[dict[str, Any]]:
        usual = {"QueueUrl": queue, "MaxNumberOfMessages": 10, "AttributeNames": ["All"]}
        return sqs.receive_message(**usual | {"MessageAttributeNames": ["All"]} | members).get("Messages", [])

    return receive
