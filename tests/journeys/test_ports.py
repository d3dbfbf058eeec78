"""Programs that listen on a port as containers made for SageMaker do: unmodified, and side by side."""

from typing import Any

import pytest
from tests.conftest import Server
from tests.journeys.endpoints import ask, configure, create_model, deploy, variant
from tests.journeys.programs import install
from tests.journeys.transforming import outputs, put, register_program, transform

PLAIN = """
import http.server, os, urllib.request

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if asked == "network":
            with urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_fieldstone/health") as health:
                asked = str(health.status)
        self.answer(f"{os.environ.get('NAME')} at {os.environ['SAGEMAKER_BIND_TO_PORT']}: {asked}".encode())

    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

http.server.HTTPServer(("0.0.0.0", PORT), Handler).serve_forever()
"""
"""The simplest server there is: HTTP/1.0, one question at a time, on a port that stands in it."""


@pytest.fixture
def image(server: Server) -> str:
    """The image of such a program."""
    return install(server.data_dir, "plain", f"PORT = 8080\n{PLAIN}")


def test_two_that_listen_on_the_same_port_serve_side_by_side(aws: Any, image: str) -> None:
    """Each in a network of its own, from which it reaches this server."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    for name in ("a", "b"):
        create_model(sagemaker, name, {"Image": image, "Environment": {"NAME": name}})
    configure(sagemaker, "c", variant("a"), variant("b", InitialInstanceCount=2))
    deploy(sagemaker, "c")

    assert ask(runtime, TargetVariant="a") == "a at 8080: x"
    assert {ask(runtime, "y", TargetVariant="b") for _ in range(4)} == {"b at 8080: y"}
    assert ask(runtime, "network", TargetVariant="a") == "a at 8080: 200"


def test_one_without_network_serves_too(aws: Any, image: str) -> None:
    """It is reached, and reaches nobody."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    create_model(sagemaker, "a", {"Image": image, "Environment": {"NAME": "a"}}, EnableNetworkIsolation=True)
    configure(sagemaker, "c", variant("a"))
    deploy(sagemaker, "c")

    assert ask(runtime) == "a at 8080: x"


def test_one_in_the_machines_network_is_told_a_port(aws: Any, server: Server) -> None:
    """Where its model says so, or the machine has no other networks."""
    sagemaker, runtime = aws("sagemaker"), aws("sagemaker-runtime")
    told = install(server.data_dir, "told", f"import os\nPORT = int(os.environ['SAGEMAKER_BIND_TO_PORT'])\n{PLAIN}")
    for name in ("a", "b"):
        environment = {"NAME": name, "FIELDSTONE_NETWORK": "host"}
        create_model(sagemaker, name, {"Image": told, "Environment": environment})
    configure(sagemaker, "c", variant("a"), variant("b"))
    deploy(sagemaker, "c")
    answers = [ask(runtime, TargetVariant=name) for name in ("a", "b")]

    assert [answer[0] for answer in answers] == ["a", "b"]
    assert len({answer.split()[2] for answer in answers} - {"8080:"}) == 2


def test_batch_transform_asks_it_too(aws: Any, server: Server, bucket: str) -> None:
    """Record by record, as the job says."""
    put(aws, bucket, {"one": "1\n2\n"})
    register_program(aws, server, "plain", f"PORT = 8080\n{PLAIN}", NAME="m")
    job = transform(aws, bucket, BatchStrategy="SingleRecord")

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert outputs(aws, bucket)["one.out"].split() == ["m", "at", "8080:", "1", "m", "at", "8080:", "2"]
