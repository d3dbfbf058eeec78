"""A request and a response, as the rest of the server sees them."""

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Request:
    """An HTTP request before anything of it is decoded; text is Latin-1, a character for each byte sent.

    Attributes:
        method: In capitals.
        path: As on the request line, percent-encoding and all, without the query.
        query: As on the request line, without the question mark.
        headers: Names in lower case; what was sent under one name several times is joined by commas.
        body: The bytes, or, for operations that stream, whatever object stands for them.
        sent_path: The path of the request line, where ``path`` begins with a bucket that the Host named.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    sent_path: str | None = None


@dataclass(slots=True)
class Response:
    """An HTTP response.

    Attributes:
        status: Such as 200.
        headers: Names in lower case. No length: whoever sends the body knows it.
        body: The bytes, or the object an operation gave as its streaming payload, untouched.
    """

    status: int
    headers: dict[str, str]
    body: Any
