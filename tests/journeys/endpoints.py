"""What the tests of endpoints share: models whose answers tell them apart, endpoints brought into service."""

import io
import tarfile
from typing import Any

from tests.conftest import wait_until
from tests.journeys.conftest import ROLE

ANSWERING = """
import http.server, json, os, pathlib, socketserver

root = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
files = {path.name: path.read_text() for path in (root / "model").rglob("*") if path.is_file()}

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = int(asked) if asked.isdigit() and len(asked) == 3 else 200
        self.answer(f"{os.environ.get('NAME', '')}{files.get('name', '')}({asked})".encode(), status)

    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Type", self.headers.get("Content-Type", "text/plain"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return ""

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    pass

Server(os.environ["FIELDSTONE_BIND_TO_SOCKET"], Handler).serve_forever()
"""
"""A program that answers with its NAME, its model's file `name`, and what it is asked; a number is a status."""


def archive(**files: str) -> bytes:
    """A model's artifact."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def create_model(sagemaker: Any, name: str, *containers: dict[str, Any], **members: Any) -> None:
    """A model of one container or several."""
    form = {"PrimaryContainer": containers[0]} if len(containers) == 1 else {"Containers": list(containers)}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, **form, **members)


def variant(model: str, weight: float = 1.0, name: str = "", **members: Any) -> dict[str, Any]:
    """A production variant, named as its model unless it has a name."""
    usual = {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large", "InitialVariantWeight": weight}
    return {"VariantName": name or model, "ModelName": model} | usual | members


def configure(sagemaker: Any, name: str, *variants: dict[str, Any], **members: Any) -> None:
    """An endpoint configuration."""
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants), **members)


def deploy(sagemaker: Any, config: str, endpoint: str = "endpoint") -> dict[str, Any]:
    """Create an endpoint and wait until it is in service; its description."""
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    return in_service(sagemaker, endpoint)


def in_service(sagemaker: Any, endpoint: str = "endpoint") -> dict[str, Any]:
    """Wait until nothing is being changed any more; the endpoint's description."""

    def settled() -> dict[str, Any] | None:
        found = sagemaker.describe_endpoint(EndpointName=endpoint)
        return found if found["EndpointStatus"] in {"InService", "Failed"} else None

    found = wait_until(settled, 60)
    assert found["EndpointStatus"] == "InService", found.get("FailureReason")
    return found


def ask(runtime: Any, body: str = "x", endpoint: str = "endpoint", **members: Any) -> str:
    """What the endpoint answers."""
    return runtime.invoke_endpoint(EndpointName=endpoint, Body=body.encode(), **members)["Body"].read().decode()


def ask_soon(runtime: Any, body: str = "x", **members: Any) -> str:
    """What the endpoint answers, as soon as a server that has just been started knows it."""

    def answer() -> str | None:
        try:
            return ask(runtime, body, **members)
        except runtime.exceptions.ClientError:
            return None

    return wait_until(answer)
