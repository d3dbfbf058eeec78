"""What SQS says of requests and errors in words of its own, which its model leaves out."""

from collections.abc import Callable
from typing import Any, Final

from fieldstone.core.errors import AwsError

_OLD: Final = "AWS.SimpleQueueService."
CODES: Final = {
    "QueueDoesNotExist": f"{_OLD}NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
} | {
    name: _OLD + name
    for name in (
        "BatchEntryIdsNotDistinct",
        "BatchRequestTooLong",
        "EmptyBatchRequest",
        "InvalidBatchEntryId",
        "MessageNotInflight",
        "PurgeQueueInProgress",
        "QueueDeletedRecently",
        "TooManyEntriesInBatchRequest",
        "UnsupportedOperation",
    )
}
"""The codes that errors had in the query protocol, by their shapes: clients still switch on them."""


def operation_check(violations: Callable[[Any], list[tuple[str, str, str]]], missing: str) -> Callable[[Any], None]:
    """What raises for a parameter that is not there; what the others may be, SQS's operations look at themselves.

    Args:
        violations: Finds what parameters fail.
        missing: What it says of one that is not there.
    """

    def validate(params: Any) -> None:
        for path, _, what in violations(params):
            if what == missing:
                name = ".".join(part[:1].upper() + part[1:] for part in path.split(".") if part != "member")
                raise AwsError("MissingParameter", f"The request must contain the parameter {name}.")

    return validate
