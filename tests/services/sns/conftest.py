"""Clients, a topic and a queue that subscribes to it, of a fresh account; an HTTP address that keeps what it gets."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from tests.conftest import wait_until


class Post(NamedTuple):
    """What an address got."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Address:
    """An HTTP server that answers with the given statuses, one after the other, and keeps the last one."""

    statuses: list[int] = field(default_factory=lambda: [200])
    posts: list[Post] = field(default_factory=list[Post])
    url: str = ""

    def got(self, number: int) -> list[Post]:
        """What it got, once that is so many."""
        wait_until(lambda: len(self.posts) >= number)
        return self.posts

    def answer(self, post: Post) -> int:
        self.posts.append(post)
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@pytest.fixture
def address() -> Iterator[Address]:
    """An HTTP address in this process."""
    it = Address()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): text for name, text in self.headers.items()}
            self.send_response(it.answer(Post(self.path, headers, body)))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield it
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sns(aws: Callable[..., Any]) -> Any:
    return aws("sns")


@pytest.fixture
def sqs(aws: Callable[..., Any]) -> Any:
    return aws("sqs")


@pytest.fixture
def topic(sns: Any) -> str:
    """The ARN of a topic."""
    return sns.create_topic(Name="topic")["TopicArn"]


class Listener:
    """A queue, and what is in it."""

    def __init__(self, sqs: Any, name: str) -> None:
        self._sqs = sqs
        self.url = sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = asked["Attributes"]["QueueArn"]

    def messages(self, **members: Any) -> list[dict[str, Any]]:
        """Up to ten messages, at once unless ``members`` say to wait."""
        usual = {"QueueUrl": self.url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        return self._sqs.receive_message(**usual | members).get("Messages", [])

    def heard(self, **members: Any) -> list[dict[str, Any]]:
        """The envelopes in the queue."""
        return [json.loads(message["Body"]) for message in self.messages(**members)]


@pytest.fixture
def listener(sqs: Any) -> Callable[[str], Listener]:
    """Make a queue."""
    return lambda name: Listener(sqs, name)


@pytest.fixture
def queue(sns: Any, topic: str, listener: Callable[[str], Listener]) -> Listener:
    """A queue that subscribes to the topic."""
    made = listener("queue")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=made.arn)
    return made
