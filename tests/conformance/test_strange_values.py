"""Every member of every operation that is built, with values that nobody should send: refused or taken, no failure.

The server looks at types alone here, so that the operations themselves see what the models' constraints would refuse.
"""

import math
import random
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

import pytest
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import Shape
from botocore.parsers import ResponseParserError
from tests.conformance.test_operations import Author, make_client
from tests.conftest import Server, kill_tasks, start_server

from fieldstone.gateway.coverage import coverage
from fieldstone.services.catalog import SERVICES

ACCOUNT = "987654321098"
STRANGE: dict[str, tuple[Any, ...]] = {
    "string": (
        *(
            "",
            "\0",
            "a\0b",
            "é" * 300,
            "x" * 50_000,
            "\uffff",
            "\U0010ffff",
            "..",
            "../../x",
            "%00",
            "a'b\"c",
            "{",
            "[1]",
        ),
        *("$", "*" * 50, "(a+)+$", "null", "-1", "1e400", "9" * 40, "<&>"),
    ),
    "integer": (-1, 0, (1 << 31) - 1, -(1 << 31), 1 << 63, 10**30),
    "long": (-1, 0, (1 << 63) - 1, -(1 << 63), 1 << 63, 10**30),
    "float": (1e308, -1e308, math.nan, math.inf, -0.0),
    "double": (1e308, -1e308, math.nan, math.inf, 5e-324),
    "timestamp": (0, -1, 253_402_300_799, -62_135_596_800),
    "blob": (b"", b"\0\xff" * 10),
    "boolean": (True, False),
}
OURS = ("Bucket", "ContentLength")
"""What boto3 itself refuses to send, or waits for."""


class Stranger:
    """Makes values of a shape that are strange in one place."""

    def __init__(self, author: Author) -> None:
        self._author = author

    def values(self, shape: Shape, depth: int = 0) -> Iterator[Any]:
        match shape.type_name:
            case "structure" if depth < 4:
                yield {}
                for name, member in shape.members.items():
                    rest = self._author._structure(shape, depth)
                    yield from (rest | {name: value} for value in self.values(member, depth + 1))
            case "list" if depth < 4:
                yield []
                for value in self.values(shape.member, depth + 1):
                    yield [value]
                if depth == 0 and shape.member.type_name in STRANGE:
                    yield [STRANGE[shape.member.type_name][0]] * 1100
            case "map" if depth < 4:
                yield {}
                rest = self._author._value(shape.value, "", depth)
                yield from ({key: rest} for key in self.values(shape.key, depth + 1))
            case kind:
                yield from STRANGE.get(kind, ())


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that looks at types alone."""
    folder = tmp_path_factory.mktemp("lenient")
    running = start_server(folder / "data", "--auth", "off", "--validation", "lenient", log=folder / "log")
    yield running
    running.stop()
    kill_tasks(folder / "data")


@pytest.fixture(scope="module")
def author(lenient: Server) -> Author:
    """Writes requests about a bucket with an object in it."""
    s3 = make_client(lenient, "s3", ACCOUNT)
    s3.create_bucket(Bucket="strange")
    s3.put_object(Bucket="strange", Key="key", Body=b"x")
    return Author(ACCOUNT, "strange")


def failed(client: Any, operation: str, request: dict[str, Any]) -> bool:
    """Whether the server failed. What boto3 cannot send, or read for a character that XML lacks, is no failure."""
    try:
        getattr(client, xform_name(operation))(**request)
    except ClientError as error:
        status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
        return status >= 500 and status != 501 and code != "500"  # boto3's own code for what it cannot read
    except (BotoCoreError, ParseError, ResponseParserError, ValueError):
        return False
    return False


@pytest.mark.parametrize("most", [1, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("service", SERVICES)
def test_strange_values_are_refused_or_taken(lenient, author, service, most):
    """A few for each member, or all of them; the log has no traceback afterwards."""
    client, rng = make_client(lenient, service, ACCOUNT), random.Random(service)
    strange = []
    for name in (name for name, built in coverage()[service].items() if built):
        operation = client.meta.service_model.operation_model(name)
        members = operation.input_shape.members.items() if operation.input_shape else ()
        for member, shape in ((member, shape) for member, shape in members if member not in OURS):
            found = list(Stranger(author).values(shape))
            strange += [
                (name, member, repr(value)[:100])
                for value in rng.sample(found, min(most, len(found)))
                if failed(client, name, author.minimal(operation) | {member: value})
            ]

    assert strange == []
    assert "Traceback" not in (lenient.data_dir.parent / "log").read_text()


def test_an_endpoint_configuration_has_a_variant_even_where_only_types_are_looked_at(lenient):
    """In AWS's words."""
    sagemaker = make_client(lenient, "sagemaker", ACCOUNT)

    with pytest.raises(ClientError, match="'productionVariants' failed to satisfy constraint: Member must have length"):
        sagemaker.create_endpoint_config(EndpointConfigName="empty", ProductionVariants=[])
