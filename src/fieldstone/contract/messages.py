"""What passes between the server and a model: one request for predictions, and its answer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Invocation(NamedTuple):
    """One POST to /invocations, complete.

    Attributes:
        body: The bytes to predict from.
        content_type: The Content-Type header as sent, "" without one.
        accept: The Accept header as sent, "" without one.
        headers: Every header; the names are in lower case.
    """

    body: bytes
    content_type: str
    accept: str
    headers: Mapping[str, str]


class Reply(NamedTuple):
    """The answer to one invocation."""

    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


class Model(Protocol):
    """What an algorithm supplies: one loaded model."""

    def answer(self, requests: Sequence[Invocation], /) -> Sequence[Reply]:
        """Answer requests that arrived together: one reply each, in their order.

        A mistake of the client is a Reply with its status; what is raised becomes a 500. Requests with a large body
        come alone and in a thread of their own, so this may run twice at the same time.
        """
        ...
