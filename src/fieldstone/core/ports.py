"""The doors through which parts reach each other without importing each other."""

from typing import Any, Protocol


class Call(Protocol):
    """Calls an operation of another service in process, as the same account in the same region."""

    def __call__(self, service: str, function: str, request: dict[str, Any], /) -> dict[str, Any]:
        """Run ``function`` (named as boto3 names it) and return its Describe-shaped answer.

        Raises:
            AwsError: Whatever the operation raises; nothing it wrote stays.
        """
        ...


class UnknownImageError(Exception):
    """No program runs here for a container image; the text says what does."""
