"""The one error an operation may raise; the gateway renders it, nothing else does."""

from typing import Any


class AwsError(Exception):
    """An error as AWS answers it: a code, a message in AWS's words and an HTTP status.

    Attributes:
        code: The error code clients switch on, such as ``ValidationException``.
        message: What failed, and where we can say it, what to do next.
        status: The HTTP status; 4xx for the caller's mistakes, 5xx for ours.
        members: Further members of the modelled error shape, such as ``OriginalStatusCode``.
        headers: HTTP headers that the answer has besides, where AWS says something there: an ETag with a 304.
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members
        self.headers: dict[str, str] = {}


def validation_error(message: str) -> AwsError:
    """The error most services give for a request that is well formed and still wrong."""
    return AwsError("ValidationException", message)
